import io
import sys
from typing import Any

import pytest

from bot.answers.sentences import verdict
from bot.answers.shown import show_answer
from bot.core.arxiv_id import ArxivId
from bot.core.model import Announcement, Cursor, Former
from bot.core.query import from_keywords, parse
from bot.core.story import Reading, Story
from bot.core.subscription import Topic
from bot.core.why import Answer, Question, answer
from tests.asking import FAILED, held, passage, story
from tests.builders import NOON, paper, subscription, topic


def asked(*wanted: Any, of: Story | None = None) -> Answer:
    facts = of or story(held(readings={topic().key: Reading(Cursor(1), 0, None, NOON)}))
    return answer(Question("ana", ArxivId(paper(3).id, None), wanted, ("cs.CL",), NOON), facts)


def test_of_several_topics_the_most_telling_reason_comes_first() -> None:
    zebras, lions = topic("Zebras", "ti:zebra"), topic("Lions", "ti:lion")
    keys = {one.key: Reading(Cursor(1), 0, None, NOON) for one in (zebras, lions, topic())}
    facts = story(held(readings=keys))
    neither = asked(subscription(topics=(zebras, lions)), of=facts)
    assert verdict(neither).endswith(": none of the topics matches: Zebras, Lions.")
    one = asked(subscription(topics=(zebras,)), of=facts)
    assert verdict(one).endswith(": topic Zebras does not match.")
    passed = asked(subscription(topics=(zebras, topic())), of=facts)
    assert ": topic Language matches now, but had passed over it" in verdict(passed)
    assert verdict(asked(subscription(topics=()))).endswith(": the subscription has no topics.")
    assert verdict(asked(of=story())).endswith("nothing is sent to them, for want of an address.")


def test_the_evidence_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    many = " OR ".join(f"ti:zebra{number}" for number in range(9))
    queries = (
        parse(f"({many} OR abs:report) ANDNOT (ti:study AND ti:subject)"),
        from_keywords(["SUBJECT", "report"], exclude=["found"]),
    )
    topics = tuple(Topic(f"T{place}", one) for place, one in enumerate(queries))
    made = {one.key: Reading(Cursor(9), 0, None, NOON) for one in topics}
    revised = paper(3, version=2, updated=NOON)
    rows = (
        Announcement(1, revised, NOON, silent=True),
        Announcement(2, revised, NOON, late=("cs.LG",), sources=frozenset({"arxiv_oai"})),
        Announcement(3, revised, NOON, former=Former(1)),
    )
    facts = story(
        held(passage(1, **FAILED, topics=("T0",)), passage(2, **FAILED), readings=made),
        held(readings=made, channel="slack", address="#papers"),
        paper=revised,
        rows=rows,
    )
    wanted = (
        subscription(topics=topics),
        subscription(channel="slack", address="#papers", topics=topics),
    )
    show_answer(asked(*wanted, of=facts), {})
    out, _ = capsys.readouterr()
    for line in (
        "  cs.CL; submitted 2026-01-04, v2 2026-01-05",
        "  known from the past: never announced as news",
        "  cross-listed in cs.LG on Mon 5 Jan 12:00, found by arxiv_oai",
        "delivery 1, topic T0: failed on Mon 5 Jan 12:00",
        "  no: all of",
        "    yes: any of",
        "      yes: abs:report",
        "        abstract: We study subject 3 and *report* what we found.",
        "      and 3 more that do not match",
        "    no: NOT",
        "      yes: all of",
        "      no: kw:SUBJECT: there, but not in capitals",
        "    no: NOT kw:found",
        'v2, announced on Mon 5 Jan 12:00: not told, because `include` does not have "replace"',
    ):
        assert line in out.splitlines()
    assert out.count("yes: abs:report") == 1, "once for all channels"


def test_of_several_subscriptions_each_is_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    slack = {"channel": "slack", "address": "#papers"}
    facts = story(held(passage()), held(**slack, suspended=None))
    show_answer(asked(subscription(), subscription(**slack), of=facts), {})
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[0].startswith("ana got 2601.00003 by email to ana@example.org on ")
    assert lines.count(lines[0]) == 1
    assert "By email to ana@example.org:" in lines
    assert (
        sum(line.startswith("ana will get 2601.00003 on Slack in #papers") for line in lines) == 1
    )


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_signs_stand_for_words_and_no_text_commands_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    hostile = paper(3, title="A \x1b[2J zebra\u202e", comment="\x1b]0;x\x07")
    facts = story(held(), paper=hostile, rows=(Announcement(1, hostile, NOON),))
    show_answer(asked(subscription(topics=(topic(query="ti:zebra"),)), of=facts), {})
    shown = screen.getvalue()
    assert "✓ ti:zebra" in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
