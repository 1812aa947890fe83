# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lab starts, stops and starts again without stepping on anybody, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import Lab, LabError
from lab.ports import is_free

HELLO = b"Subject: Hello\r\n\r\nHow are you?\r\n"


def count(lab, account, folder="INBOX"):
    return int(lab.imap(account).select(folder, readonly=True)[1][0])


def test_two_labs_side_by_side(lab, tmp_path):
    account = lab.account()
    with Lab(tmp_path / "second") as second:
        assert not set(second.ports.values()) & set(lab.ports.values())
        second.account(account.address, "another password")
        second.deliver(account.address, HELLO)
        assert count(second, second.account(account.address)) == 1
        assert count(lab, account) == 0


def test_restart_keeps_accounts_mail_and_ports(tmp_path):
    with Lab(tmp_path) as lab:
        ports, authority = lab.ports, lab.ca_file.read_bytes()
        account = lab.account("anna")
        lab.deliver(account.address, HELLO, "Projekte")
    assert all(is_free(port) for port in ports.values())
    with Lab(tmp_path) as lab:
        assert lab.ports == ports
        assert lab.ca_file.read_bytes() == authority
        assert lab.account("anna") == account
        assert count(lab, account, "Projekte") == 1


def test_fresh_start_forgets(tmp_path):
    with Lab(tmp_path) as lab:
        lab.account("anna")
    with Lab(tmp_path, fresh=True) as lab:
        assert lab.accounts == []


def test_taken_port_is_replaced(tmp_path):
    with Lab(tmp_path) as lab:
        ports = lab.ports
    with socket.create_server(("127.0.0.1", ports["imap"])), Lab(tmp_path) as lab:
        assert lab.ports["imap"] != ports["imap"]
        assert lab.ports["pop3"] == ports["pop3"]


def test_port_taken_at_the_last_moment(tmp_path, monkeypatch):
    """Somebody listens on a port of ours between our look and the server's start."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        (tmp_path / "ports.json").write_text(json.dumps({"imaps": stranger.getsockname()[1]}))
        monkeypatch.setattr("lab.ports.is_free", lambda port: True)
        with Lab(tmp_path) as lab:
            lab.imap(lab.account())


def test_directory_in_use(tmp_path):
    with Lab(tmp_path), pytest.raises(LabError, match="Another lab runs"):
        Lab(tmp_path).start()


def test_directory_with_a_long_path(tmp_path):
    with Lab(tmp_path / ("long" * 20) / ("path" * 20)) as lab:
        lab.imap(lab.account())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, "pipe"])
def test_process_of_its_own_leaves_nothing_behind(tmp_path, end):
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", str(tmp_path)],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    facts = json.loads(process.stdout.readline())
    with socket.create_connection(("127.0.0.1", facts["ports"]["imap"])) as connection:
        assert connection.recv(4) == b"* OK"
    if end == "pipe":
        process.stdin.close()
    else:
        process.send_signal(end)
    process.wait(15)
    deadline = time.monotonic() + 5
    while not all(is_free(port) for port in facts["ports"].values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [name for name, port in facts["ports"].items() if not is_free(port)] == []
    process.stdin.close()
    process.stdout.close()


def test_processes_that_share_a_directory_get_labs_of_their_own(tmp_path):
    ask = "import lab, sys; print(lab.shared_lab().ports['imap'], flush=True); sys.stdin.read()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ask],
            cwd=Path(__file__).parent,
            env={**os.environ, "COMM_LAB_DIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    ports = [int(process.stdout.readline()) for process in processes]
    assert ports[0] != ports[1]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert all(is_free(port) for port in ports)
    assert (tmp_path / "dovecot.log").exists()
    assert not list(tmp_path.glob("lab-*"))


def test_root_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(LabError, match="not run as root"):
        Lab(tmp_path).start()
