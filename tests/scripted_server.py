# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Servers that misbehave in ways no real server can be told to: real sockets, scripted words.

with ScriptedServer(lambda talk: talk.send(b"* BYE no\\r\\n")) as server: ... server.port
with ScriptedImap({"LIST": b"* LIST () NIL x\\r\\n{tag} OK\\r\\n"}) as server: ... server.commands
"""

import contextlib
import re
import socket
import threading
import time

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")


class Talk:
    """One connection, seen from the server."""

    def __init__(self, sock):
        self.sock = sock
        self._file = sock.makefile("rb")

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        return self._file.readline()

    def command(self):
        """Return a whole IMAP command, its literals included; b"" when the client has gone."""
        text = self.line()
        while match := _LITERAL.search(text):
            if not match[2]:
                self.send(b"+ go on\r\n")
            text += self._file.read(int(match[1])) + self.line()
        return text

    def wait(self, seconds=10):
        """Say nothing until the client gives up."""
        with contextlib.suppress(OSError):
            self.sock.settimeout(seconds)
            while self.sock.recv(4096):
                pass

    def hang_up(self):
        self.sock.shutdown(socket.SHUT_RDWR)

    def drip(self, data, pause):
        for index in range(len(data)):
            self.send(data[index : index + 1])
            time.sleep(pause)


class ScriptedServer:
    """Runs ``script(talk)`` for each connection, then hangs up."""

    def __init__(self, script):
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = []
        self._open = []
        self.connections = 0

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *exc_info):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock):
        with contextlib.suppress(OSError, ValueError), sock:
            self._script(Talk(sock))


class ScriptedImap(ScriptedServer):
    """A polite IMAP server with one folder, whose answers to single commands are replaced.

    ``answers`` maps a command ("UID FETCH") to bytes in which {tag} is filled in, to a list of these (one for each
    time, the last one stays), or to a function (talk, tag, arguments) that talks by itself.
    """

    GREETING = b"* OK ready\r\n"
    POLITE = {
        "LOGIN": b"{tag} OK in\r\n",
        "EXAMINE": b"* 9 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 10] .\r\n{tag} OK [READ-ONLY] open\r\n",
        "LIST": b'* LIST () "/" INBOX\r\n{tag} OK\r\n',
        "LSUB": b"{tag} OK done\r\n",
        "STATUS": b"{tag} NO no numbers\r\n",
        "LOGOUT": b"* BYE bye\r\n{tag} OK out\r\n",
    }

    def __init__(self, answers=(), *, capabilities=b"IMAP4rev1", greeting=GREETING):
        super().__init__(self._talk)
        self._answers = self.POLITE | {"CAPABILITY": b"* CAPABILITY %b\r\n{tag} OK done\r\n" % capabilities}
        self._answers |= dict(answers)
        self._greeting = greeting
        self.commands = []  # (name, arguments)

    def names(self, *, without=("CAPABILITY", "LOGIN", "LOGOUT")):
        return [name for name, _arguments in self.commands if name not in without]

    def _talk(self, talk):
        talk.send(self._greeting)
        while text := talk.command():
            tag, name, *rest = text.rstrip(b"\r\n").split(b" ", 2)
            name, arguments = name.decode().upper(), rest[0] if rest else b""
            if name == "UID":
                word, _space, arguments = arguments.partition(b" ")
                name = f"UID {word.decode().upper()}"
            self.commands.append((name, arguments))
            answer = self._answers.get(name, b"{tag} BAD unknown command\r\n")
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if callable(answer):
                answer(talk, tag, arguments)
            else:
                talk.send(answer.replace(b"{tag}", tag))
