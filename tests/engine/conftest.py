# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import math
import random

import pytest

from lab.identity import CLIENT_ID

from .mails import mails
from .odoo_process import OdooProcess
from .pair import Pair
from .seeds import repetitions, wait_until


def pytest_generate_tests(metafunc):
    """What has no seed of its own is repeated, too."""
    if "seed" not in metafunc.fixturenames:
        parameters = metafunc.definition.iter_markers("parametrize")
        cases = math.prod(len(mark.args[1]) for mark in parameters)
        metafunc.parametrize("repetition", repetitions(cases), indirect=True)


@pytest.fixture(autouse=True)
def repetition(request):
    """Another row of random numbers each time; what ``mails`` makes differs anyway."""
    random.seed(getattr(request, "param", 0))


@pytest.fixture(scope="session")
def odoo():
    with OdooProcess() as odoo:
        yield odoo


@pytest.fixture
def proxy(lab):
    with lab.proxy("imap") as proxy:
        yield proxy


@pytest.fixture
def make_pair(lab, odoo, proxy):
    """``make_pair({folder: mails})`` gives a mailbox that reaches its server through ``proxy``."""
    with contextlib.ExitStack() as stack:

        def make(fill, **account):
            pair = Pair(lab, odoo, proxy.port, fill, **account)
            stack.callback(pair.close)
            return pair

        yield make


@pytest.fixture(scope="session")
def office():
    """Mail of three folders, some of it twice in one of them and in another one."""
    twice = list(mails(2))
    return {"INBOX": [*mails(30), *twice, *twice], "Projects": list(mails(12)), "Archive": twice}


@pytest.fixture
def make_office(make_pair, office):
    """``make_office()`` gives a mailbox of which nothing is imported yet; all of them have the same mail."""
    return lambda **account: make_pair(office, **account)


@pytest.fixture(scope="session")
def _sizes():
    return {}


@pytest.fixture
def size_of_import(make_office, proxy, _sizes):
    """Bytes that the server sends during the first import of such an office when all goes well, up to shortly before it
    takes leave: what is cut off there does no harm.
    """
    if not _sizes:
        pair = make_office()
        proxy.clear_counts()
        assert not pair.sync()
        pair.assert_equal(contents=True)
        _sizes["import"] = proxy.bytes_from_server - 500
    return _sizes["import"]


@pytest.fixture
def start_stalled(proxy):
    """``start_stalled(pair, size)`` begins a sync that stands still after so many bytes, until ``proxy.reset()``."""

    def start(pair, size):
        proxy.clear_counts()
        proxy.stall_after(size)
        worker = pair.start_sync()
        wait_until(lambda: proxy.bytes_from_server >= size or worker.has_answered())
        assert not worker.has_answered(), f"all was done after {proxy.bytes_from_server} bytes"
        return worker

    return start


def begin_sign_in(lab, odoo, mailbox_id, worker, account):
    """Begin a sign-in with a code and enter it; who asks next gets the tokens."""
    # Down here: it needs the addons, which are there only once pytest collects tests.
    from test_oauth_client import browse

    begun = worker.call("comm.mailbox", [mailbox_id], "oauth_begin_device", [], odoo.user_id)
    browse(lab, begun["address"], user_code=begun["user_code"], account=account.address, password=account.password)
    return begun


@pytest.fixture
def oauth_account(lab):
    return lab.account()


@pytest.fixture
def signed_in(lab, odoo, oauth_account):
    """A mailbox whose access token is about to run out, and a worker."""
    lab.identity.reset()
    with odoo.worker() as worker:
        values = {
            "name": oauth_account.address,
            "email": oauth_account.address,
            "host": "localhost",
            "port": lab.ports["imaps"],
            "auth_method": "oauth2",
            "client_id": CLIENT_ID,
            "oauth_authority": lab.identity.authority,
        }
        (mailbox_id,) = worker.call("comm.mailbox", [], "create", [values], odoo.user_id)
        lab.identity.book.access_seconds = 100
        begun = begin_sign_in(lab, odoo, mailbox_id, worker, oauth_account)
        answer = worker.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [begun["key"]], odoo.user_id)
        assert answer["state"] == "done", answer
        lab.identity.book.access_seconds = 3600
        yield mailbox_id, worker
        worker.sql("DELETE FROM comm_mailbox WHERE id = %s", [mailbox_id])
    lab.identity.reset()


@pytest.fixture
def begun_again(lab, odoo, oauth_account, signed_in):
    """The key of another sign-in for the mailbox of ``signed_in``, whose code was entered."""
    mailbox_id, worker = signed_in
    return begin_sign_in(lab, odoo, mailbox_id, worker, oauth_account)["key"]
