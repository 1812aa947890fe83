"""A mail server that tells everybody what it was told: hostile, broken, or in debugging mode."""

import socketserver
import threading

# How it answers whatever holds the password. ``late``: it accepts the login and tells at the next command.
MODES = {
    "imap": ("no", "bad", "bye", "nonsense", "late no", "late bye", "late folder"),
    "pop3": ("no", "nonsense", "late no"),
    "smtp": ("no", "later", "bye", "nonsense"),
}
# It accepts the login, and tells at one of the commands by which a mail is handed over.
SENDING_MODES = ("MAIL", "RCPT", "RCPT later", "DATA", "DATA bye")


class _Imap(socketserver.StreamRequestHandler):
    def handle(self):
        told, mode = b"", self.server.mode
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN SASL-IR] ready\r\n")
        for line in self.rfile:
            line = line.strip()
            tag, _, command = line.partition(b" ")
            if command == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN SASL-IR\r\n%b OK\r\n" % tag)
                continue
            if command == b"AUTHENTICATE LOGIN":
                self.wfile.write(b"+ \r\n")
                login = self.rfile.readline().strip()
                self.wfile.write(b"+ \r\n")
                line = b"%b %b %b" % (line, login, self.rfile.readline().strip())
            if mode.startswith("late") and not told:
                told = line
                self.wfile.write(b"%b OK welcome\r\n" % tag)
                continue
            if mode == "late folder" and command.startswith(b"LIST"):
                self.wfile.write(b'* LIST () "/" INBOX\r\n%b OK\r\n' % tag)
                continue
            told = told or line
            answer = {
                "folder": b"%b NO you sent %b\r\n",
                "no": b"%b NO you sent %b\r\n",
                "bad": b"%b BAD you sent %b\r\n",
                "bye": b"* BYE %b you sent %b\r\n",
                "nonsense": b"%b! %b\r\n",
            }[mode.removeprefix("late ")]
            self.wfile.write(answer % (tag, told))
            if "bye" in mode or "nonsense" in mode:
                return


class _Pop3(socketserver.StreamRequestHandler):
    def handle(self):
        told, mode = b"", self.server.mode
        self.wfile.write(b"+OK ready\r\n")
        for line in self.rfile:
            line = line.strip()
            if line == b"CAPA":
                self.wfile.write(b"+OK\r\nUSER\r\nUIDL\r\n.\r\n")
            elif line.startswith(b"USER"):
                self.wfile.write(b"+OK\r\n")
            elif line.startswith(b"PASS") and mode.startswith("late"):
                told = line
                self.wfile.write(b"+OK welcome\r\n")
            else:
                told = told or line
                self.wfile.write((b"%b\r\n" if mode == "nonsense" else b"-ERR you sent %b\r\n") % told)


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        told = b""
        at, _blank, how = self.server.mode.partition(" ")
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            line = line.strip()
            if self.server.mode in SENDING_MODES and not line.upper().startswith(b"EHLO"):
                told = told or line
                code = b"235" if line == told else b"250"
                if line.upper().startswith(at.encode()):
                    code = {"later": b"450", "bye": b"421"}.get(how, b"550")
                self.wfile.write(b"%b you sent %b\r\n" % (code, told))
            elif line.upper().startswith(b"EHLO"):
                self.wfile.write(b"250-echo\r\n250 AUTH PLAIN LOGIN\r\n")
            elif line == b"AUTH LOGIN":
                self.wfile.write(b"334 VXNlcm5hbWU6\r\n")
                self.rfile.readline()
                self.wfile.write(b"334 UGFzc3dvcmQ6\r\n")
            else:
                answer = {
                    "no": b"535 you sent %b\r\n",
                    "later": b"454 you sent %b\r\n",
                    "bye": b"421 you sent %b\r\n",
                    "nonsense": b"%b\r\n",
                }
                self.wfile.write(answer[self.server.mode] % line)


class EchoServer(socketserver.ThreadingTCPServer):
    """Listens on the loopback while the block runs."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, kind, mode):
        super().__init__(("127.0.0.1", 0), {"imap": _Imap, "pop3": _Pop3, "smtp": _Smtp}[kind])
        self.mode = mode
        self.port = self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self.shutdown()
        self.server_close()
