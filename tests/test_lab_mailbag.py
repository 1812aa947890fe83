# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The mail of the lab is what its users expect: valid, varied, and the same each time."""

import collections
import csv
import datetime
import email
import io
import itertools
import zipfile
from email import policy

import pytest
from imapclient import IMAPClient
from PIL import Image
from pypdf import PdfReader

from lab import mailbag
from lab.mailbag import files

Found = collections.namedtuple("Found", "folder flags date message")


@pytest.fixture(scope="module", params=["de", "en"])
def account(lab, request):
    account = lab.account(language=request.param)
    assert mailbag.fill(lab, account) > 60
    return account


@pytest.fixture(scope="module")
def client(lab, account):
    with IMAPClient("127.0.0.1", lab.ports["imap"], ssl=False) as client:
        client.login(account.address, account.password)
        yield client


@pytest.fixture(scope="module")
def mails(client):
    found = []
    for flags, _delimiter, folder in client.list_folders():
        if b"\\Noselect" in flags:
            continue
        client.select_folder(folder, readonly=True)
        for data in client.fetch(client.search(), ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"]).values():
            message = email.message_from_bytes(data[b"BODY[]"], policy=policy.default)
            found.append(Found(folder, data[b"FLAGS"], data[b"INTERNALDATE"], message))
    return found


def test_filled_once_only(lab, account):
    assert mailbag.fill(lab, account) == 0


def test_mail_is_valid(mails):
    assert [mail.message["Subject"] for mail in mails if mail.message.defects] == []
    identifiers = [mail.message["Message-ID"] for mail in mails]
    assert len(set(identifiers)) == len(identifiers)


def test_folders_are_nested_and_partly_subscribed(client):
    folders = {folder for *_facts, folder in client.list_folders()}
    subscribed = {folder for *_facts, folder in client.list_sub_folders()}
    assert any(folder.count("/") == 2 and "ü" in folder for folder in folders)
    assert any(folder.startswith("Newsletter") for folder in folders - subscribed)
    assert any("/" in folder for folder in subscribed)


def test_flags_and_dates(mails):
    flags = collections.Counter(flag for mail in mails for flag in mail.flags)
    assert flags[b"\\Answered"] > 5
    assert flags[b"\\Flagged"] >= 3
    assert 5 < len(mails) - flags[b"\\Seen"] < len(mails) / 2
    now = datetime.datetime.now()
    assert all(now - datetime.timedelta(days=200) < mail.date <= now for mail in mails)


def test_every_kind_is_there(mails):
    types = collections.Counter(part.get_content_type() for mail in mails for part in mail.message.walk())
    for wanted in ("text/plain", "text/html", "application/pdf", "image/png", "text/csv", "text/calendar"):
        assert types[wanted] > 1, wanted
    assert any("wordprocessingml" in content_type for content_type in types)
    plain_only = [mail for mail in mails if mail.message.get_content_type() == "text/plain"]
    assert len(plain_only) > 10
    pages = [body.get_content() for mail in mails if (body := mail.message.get_body(("html",)))]
    assert any("cid:" in page for page in pages)
    assert any('src="https://' in page for page in pages)
    assert any("ü" in mail.message["Subject"] for mail in mails)
    assert any(mail.message["Subject"] == "" for mail in mails)


def test_threads_hang_together(mails):
    by_id = {mail.message["Message-ID"]: mail for mail in mails}
    answers = [mail for mail in mails if mail.message["In-Reply-To"]]
    assert len(answers) > 20
    for answer in answers:
        answered = by_id[answer.message["In-Reply-To"]]
        assert answered.date < answer.date
        assert answer.message["References"].split()[-1] == answered.message["Message-ID"]
        assert "\n> " in answer.message.get_body(("plain",)).get_content()


def test_inline_image_is_found_by_its_content_id(mails):
    mail = next(mail.message for mail in mails if "cid:picture" in str(mail.message.get_body(("html",))))
    image = next(part for part in mail.walk() if part["Content-ID"] == "<picture@lab.test>")
    assert Image.open(io.BytesIO(image.get_content())).size == (240, 160)


def test_attachments_open(mails):
    for mail in mails:
        for part in mail.message.iter_attachments():
            content = part.get_content()
            match part.get_filename().rsplit(".", 1)[1]:
                case "pdf":
                    assert len(PdfReader(io.BytesIO(content), strict=True).pages) == 1
                case "png":
                    Image.open(io.BytesIO(content)).verify()
                case "docx":
                    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
                case "csv":
                    assert len(list(csv.reader(io.StringIO(content), delimiter=";"))) > 3


def test_pdf_holds_its_text():
    text = PdfReader(io.BytesIO(files.pdf(["Größe (20 €)", r"back\slash"]))).pages[0].extract_text()
    assert text.strip().split("\n") == ["Größe (20 €)", r"back\slash"]


@pytest.mark.parametrize("source", [mailbag.mixed, mailbag.small])
def test_bulk_is_the_same_each_time(source):
    first = list(source(20, 7))
    assert first == list(source(20, 7))
    assert first != list(source(20, 8))
    # A longer run begins with a shorter one.
    assert first[:5] == list(source(5, 7))


def test_mixed_is_the_usual_mix():
    raws = list(mailbag.mixed(500, 3))
    assert 100_000 < sum(map(len, raws)) / len(raws) < 116_000
    messages = [email.message_from_bytes(raw, policy=policy.default) for raw in raws[:50]]
    assert [message.defects for message in messages if message.defects] == []
    assert sum(1 for message in messages if list(message.iter_attachments())) == 10
    page = messages[0].get_body(("html",)).get_content()
    assert 10_000 < len(page) < 50_000
    assert "ü" in page


def test_small_is_small():
    sizes = [len(raw) for raw in itertools.islice(mailbag.small(1000, 1), 200)]
    assert max(sizes) < 4000
