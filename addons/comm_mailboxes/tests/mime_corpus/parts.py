# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Body parts that many mails of the corpus hold."""

import base64

from .mail import part

MIXED = b'Content-Type: multipart/mixed; boundary="=_b"'
ALTERNATIVE = b'Content-Type: multipart/alternative; boundary="=_b"'
RELATED = b'Content-Type: multipart/related; boundary="=_b"'

TEXT = part(b"Content-Type: text/plain; charset=utf-8", body="Grüße".encode())
HTML = part(b"Content-Type: text/html; charset=utf-8", body="<p>Grüße</p>".encode())
PDF = part(
    b"Content-Type: application/pdf; name=a.pdf",
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename=a.pdf",
    body=base64.encodebytes(b"%PDF-1.7 " * 20),
)
A_PDF = ("a.pdf", "application/pdf", b"%PDF-1.7 " * 20)
