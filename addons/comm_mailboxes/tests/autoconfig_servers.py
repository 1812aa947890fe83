"""A name server and a web server on the loopback, for what a mail domain says about itself."""

import contextlib
import http.server
import socketserver
import ssl
import tempfile
import threading
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme


@contextlib.contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _NameServer(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def finish_request(self, request, client_address):
        wire, sock = request
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.questions.append((name, kind))
        if self.silent:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if (name, kind) in self.records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *self.records[name, kind]))
        elif not any(known == name for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(answer.to_wire(), client_address)


@contextlib.contextmanager
def name_server(records=None):
    """Run a name server; ``records`` is ``{(name, type): [text, …]}``. It notes the ``questions`` it is asked."""
    server = _NameServer(("127.0.0.1", 0), None)
    server.records, server.questions, server.silent = dict(records or {}), [], False
    with _running(server):
        yield server


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.headers["Host"].partition(":")[0], self.path))
        page = self.server.pages.get((self.headers["Host"].partition(":")[0], self.path.partition("?")[0]))
        if callable(page):
            page(self.wfile)
            return
        status, headers, body = page or (404, {}, b"")
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Tests need no access log."""


class _WebServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def get_request(self):
        sock, address = super().get_request()
        self.connections.append(address)
        return sock, address

    def finish_request(self, request, client_address):
        with contextlib.suppress(OSError):
            # The handshake belongs into the thread of the connection: a client that gives up must not stop the others.
            return super().finish_request(self.context.wrap_socket(request, server_side=True), client_address)
        return None


@contextlib.contextmanager
def web_server(*names):
    """Run an https server whose certificate carries these names.

    ``pages`` is ``{(host, path): (status, headers, body)}``; it notes ``connections`` and ``requests``; ``ca_file`` is
    what a client has to trust.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    server = _WebServer(("127.0.0.1", 0), _Page)
    server.context, server.pages, server.requests, server.connections = context, {}, [], []
    with tempfile.TemporaryDirectory() as folder, _running(server):
        server.ca_file = str(Path(folder) / "ca.pem")
        authority.cert_pem.write_to_path(server.ca_file)
        yield server
