# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the benchmarks stand on: a wrong anchor or a wrong file would go unnoticed in numbers."""

import json

from lxml import etree

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


def test_plot_is_an_svg_with_all_values():
    drawn = etree.fromstring(plot("Cost & time", [Panel("ms", [(1_000, 0.5), (10_000, 2.25)])]))

    texts = drawn.xpath("//*[local-name()='text']/text()")
    assert texts == ["Cost & time", "ms", "0", "0.5", "1,000", "2.25", "10,000"]
