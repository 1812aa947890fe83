# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the benchmarks stand on: a wrong anchor or a wrong file would go unnoticed in numbers."""

import json
import subprocess
import sys

from lxml import etree

from bench import rounds
from bench.cpu import Spent, cpu_of_tree, work_of_two
from bench.large_mailbox import LargeMailbox
from bench.result import Result, as_json, as_table
from bench.svg import Panel, plot
from lab.mailbag import small


def test_large_mailbox_has_large_messages_with_their_own_headers(lab, tmp_path):
    with LargeMailbox(lab, tmp_path / "mail") as box:
        mails = list(small(3))
        box.fill(mails, hole=1_000_000)

        client = lab.imap(box.account)
        client.select("INBOX")
        answer = client.fetch("1:*", "(RFC822.SIZE BODY.PEEK[HEADER] BODY.PEEK[])")[1]
        wholes = [part[1] for part in answer if isinstance(part, tuple) and b"BODY[] " in part[0]]

        assert [len(whole) for whole in wholes] == [len(mail) + 1_000_000 for mail in mails]
        assert [whole[: len(mail)] for whole, mail in zip(wholes, mails, strict=True)] == mails
        on_disk = sum(file.stat().st_blocks * 512 for file in (tmp_path / "mail").rglob("u.*"))
        assert on_disk < 100_000
        client.logout()
    assert not (tmp_path / "mail").exists()


def test_two_processes_do_about_one_to_two_times_the_work_of_one():
    # On a machine that others use, too
    assert 0.3 < work_of_two() < 6


def test_ratio_above_one_is_better_for_rates_and_for_costs():
    assert Result.of_rates("a", "messages/s", 200, "peer", 100).ratio == 2
    assert Result.of_costs("a", "ms", 100, "peer", 200).ratio == 2


def test_json_is_a_list_of_the_agreed_keys():
    [line] = json.loads(as_json([Result.of_costs("a", "ms", 1, "peer", 2, note="not a number")]))

    assert line == {"name": "a", "value": 1, "unit": "ms", "anchor": "peer", "anchor_value": 2, "ratio": 2.0}


def test_table_says_which_goal_is_missed():
    results = [Result.of_costs("slow", "ms", 2, "peer", 1), Result.of_costs("fast", "ms", 1, "peer", 2, note="warm")]

    header, slow, fast, *notes = as_table(results, {"slow": 1, "fast": 1}).splitlines()

    assert slow.endswith("1 MISSED")
    assert fast.endswith("1 reached")
    assert header.index("ratio") == slow.index("0.5") == fast.index("2.0")
    assert notes == ["", "fast: warm"]


def test_round_in_the_middle_is_told_with_all_ratios_and_who_took_what():
    def spent(seconds, client):
        return Spent(seconds, {client: 1.5, "Dovecot": 0.25}, 0.0, 2)

    found = [(spent(ours, "Odoo"), spent(theirs, "peer")) for ours, theirs in ((10, 2), (4, 2), (10, 9))]

    result = rounds.rates("import", "messages/s", 100, "peer", found, note=lambda ours, theirs: "and so on")

    assert (result.value, result.anchor_value, result.ratio) == (25, 50, 0.5)
    assert result.note == (
        "ratios 0.20, 0.50, 0.90; ours: Odoo 1.50 + Dovecot 0.25 CPU s in 4.00 s: 0.44 of 2 cores;"
        " peer: peer 1.50 + Dovecot 0.25 CPU s in 2.00 s: 0.88 of 2 cores; and so on"
    )


def test_costs_are_those_of_the_round_in_the_middle():
    result = rounds.costs("visit", "ms", "peer", [(10, 20), (10, 90), (50, 10)])

    assert (result.value, result.anchor_value, result.ratio) == (10, 20, 2)


def test_who_is_first_alternates():
    done = []

    results = [
        rounds.in_turn(number, lambda: done.append("ours") or 1, lambda: done.append("theirs") or 2)
        for number in (0, 1)
    ]

    assert results == [(1, 2), (1, 2)]
    assert done == ["ours", "theirs", "theirs", "ours"]


def test_cpu_of_a_program_counts_its_children_also_those_that_ended():
    work = "sum(range(20_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True)"
    program = subprocess.Popen(
        [sys.executable, "-c", f"{child}; print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    program.stdout.readline()
    try:
        assert cpu_of_tree(program.pid) > 0.1
    finally:
        program.communicate(b"\n")


def test_plot_is_an_svg_with_all_values():
    drawn = etree.fromstring(plot("Cost & time", [Panel("ms", [(1_000, 0.5), (10_000, 2.25)])]))

    texts = drawn.xpath("//*[local-name()='text']/text()")
    assert texts == ["Cost & time", "ms", "0", "0.5", "1,000", "2.25", "10,000"]
