"""A POP3 server over real sockets, for what no real server can be told to do: refuse, break, list anew, know less."""

import contextlib
import socket
import socketserver
import threading


class Pop3Server(socketserver.ThreadingTCPServer):
    """``drop`` is a list of ``[id, mail]``; ``lacks`` holds commands that it does not know; ``answers`` maps a command with its
    number ("RETR 2") or without ("UIDL") to what is said instead, None to hang up in the middle of a message.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *drop):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.port = self.server_address[1]
        self.drop = [list(pair) for pair in drop]
        self.lacks = set()
        self.answers = {}
        self.commands = []

    def __enter__(self):
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self._thread.join()
        self.server_close()

    def asked(self, command):
        """Return with what numbers a command was given, and forget them all."""
        found = [number for name, number in self.commands if name == command]
        self.commands.clear()
        return found

    def handle_error(self, request, client_address):
        """Clients hang up as they like."""


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self._drop, self._deleted = list(self.server.drop), []
        self._say(b"+OK ready\r\n")
        with contextlib.suppress(ConnectionError):
            for line in self.rfile:
                name, _space, arguments = line.decode().strip().partition(" ")
                name, number = name.upper(), arguments.partition(" ")[0]
                self.server.commands.append((name, number))
                if not self._answer(name, number):
                    return

    def _answer(self, name, number):
        for command in (f"{name} {number}", name):
            if command in self.server.answers:
                return self._misbehave(self.server.answers[command], number)
        if name in self.server.lacks:
            self._say(b"-ERR unknown command\r\n")
        elif name in {"USER", "PASS"}:
            self._say(b"+OK\r\n")
        else:
            return getattr(self, f"_{name.lower()}")(number)
        return True

    def _misbehave(self, answer, number):
        if answer is not None:
            self._say(answer)
            return True
        self._say(b"+OK\r\n" + self._mail(number)[:20])
        self.connection.shutdown(socket.SHUT_RDWR)
        return False

    def _say(self, data):
        self.wfile.write(data)

    def _block(self, data):
        data = data.replace(b"\r\n.", b"\r\n..")
        self._say(b"+OK\r\n" + data + (b"" if not data or data.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return True

    def _mail(self, number):
        return self._drop[int(number) - 1][1]

    def _capa(self, _number):
        return self._block(b"USER\r\n")

    def _list(self, _number):
        return self._block(b"".join(b"%d %d\r\n" % (at, len(mail)) for at, (_id, mail) in enumerate(self._drop, 1)))

    def _uidl(self, _number):
        return self._block(b"".join(b"%d %b\r\n" % (at, name.encode()) for at, (name, _) in enumerate(self._drop, 1)))

    def _retr(self, number):
        return self._block(self._mail(number))

    def _top(self, number):
        return self._block(self._mail(number).partition(b"\r\n\r\n")[0] + b"\r\n\r\n")

    def _dele(self, number):
        self._deleted.append(self._drop[int(number) - 1])
        self._say(b"+OK\r\n")
        return True

    def _quit(self, _number):
        self.server.drop = [pair for pair in self.server.drop if all(pair is not each for each in self._deleted)]
        self._say(b"+OK\r\n")
        return False
