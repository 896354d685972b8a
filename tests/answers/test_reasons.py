import pytest

from bot.answers.reasons import absence_sentence, revision_line, topic_reason
from bot.answers.words import Clock
from bot.core.absence import Absence, Absent
from bot.core.baseline import Horizon
from bot.core.clauses import clauses
from bot.core.model import Announcement, Cursor
from bot.core.query import parse
from bot.core.standing import Head
from bot.core.story import Flaw, Gap, Passage, Reading, Story
from bot.core.why_revised import Revised, RevisedWhy
from bot.core.why_topic import TopicFate, TopicWhy
from tests.asking import HOUR, passage, story
from tests.builders import NOON, paper, topic

CLOCK = Clock("Europe/Madrid", NOON)
HORIZON = Horizon("cs.CL", paper(2).id, None, NOON, 2)
BEGAN = Reading(Cursor(5), 3, None, NOON)
ROW = Announcement(1, paper(3), NOON - HOUR)


@pytest.mark.parametrize(
    ("why", "query", "says"),
    [
        ("gave", "cat:cs.CL", "gave it"),
        ("gave", "ti:zebra", "gave it; its query does not match it as it is now"),
        ("due", "cat:cs.CL", "matches; it is in the next digest"),
        ("waits", "cat:cs.CL", "matches, and reaches back to it once the baseline"),
        ("already", "cat:cs.CL", "matches, and another topic gave it before"),
        ("off", "cat:cs.CL", "matches, but its reader has turned the topic off on Mon 5 Jan 13:"),
        (
            "changed",
            "cat:cs.CL",
            "matches now, but had passed over it, announced on Mon 5 Jan 12:00",
        ),
        ("kind", "cat:cs.CL", 'the paper is new there, and `include` does not have "new"'),
        (
            "before",
            "cat:cs.CL",
            (
                "matches, but began on Mon 5 Jan 13:00, after the paper was announced"
                " on Mon 5 Jan 12:00"
            ),
        ),
        ("before", "ti:zebra", "does not match, and began on"),
        ("undated", "cat:cs.CL", "matches, but nobody told yet when the paper was submitted"),
        ("baseline", "cat:cs.CL", "from before the news began (baseline: cs.CL Mon 5 Jan 13:00)"),
        ("untaken", "cat:cs.CL", "the bot has not taken the topic up yet"),
        ("broken", "cat:cs.CL", "is left out"),
        ("unmatched", "ti:zebra", "does not match"),
    ],
)
def test_each_reason_of_a_topic_has_its_words(why: TopicWhy, query: str, says: str) -> None:
    fate = TopicFate(
        "T",
        why,
        topic(query=query),
        clauses(parse(query), paper(3)),
        row=ROW,
        reading=BEGAN,
        off=NOON,
    )
    assert says in topic_reason(fate, story(horizons={"cs.CL": HORIZON}), CLOCK)


def test_reasons_for_want_of_facts() -> None:
    silent = TopicFate("T", "baseline", topic())
    assert "while there was no baseline" in topic_reason(silent, story(), CLOCK)
    assert "while there was no baseline" in topic_reason(silent, Story("2601.00003"), CLOCK)
    old = TopicFate("T", "changed", topic(), reading=Reading(Cursor(5)))
    assert topic_reason(old, story(), CLOCK).endswith("or the topic is younger")


@pytest.mark.parametrize(
    ("why", "one", "says"),
    [
        (
            "told",
            passage(7),
            "v2, announced on Mon 5 Jan 12:00: told in delivery 7, topic Language",
        ),
        ("with_paper", passage(7), "delivery 7, topic Language (sent) gives the paper itself"),
        ("with_paper", None, "the next digest gives the paper itself"),
        ("due", None, "will be told in the next digest"),
        ("not_included", None, 'not told, because `include` does not have "replace"'),
        ("before", None, "not told, because every topic began after it"),
        ("unmatched", None, "not told, because no topic matches the paper"),
        ("changed", None, "was another then"),
    ],
)
def test_each_later_version_has_its_line(why: RevisedWhy, one: Passage | None, says: str) -> None:
    assert says in revision_line(Revised(2, why, ROW, one), CLOCK)


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("forgotten", "older than `retention` keeps papers"),
        (
            "elsewhere",
            (
                "in none of the categories that are polled (cs.CL) when it was last met, on Mon"
                " 5 Jan 13:00"
            ),
        ),
        ("unreadable", "what arxiv_api told of it on Mon 5 Jan 13:00 could not be read (no title)"),
        ("awaited", "asked for by its id once a day, last on Mon 5 Jan 14:00"),
        ("void", "arXiv most likely never gave this number"),
        ("unpolled", "nothing has been polled yet"),
        ("future", "that month has not come"),
        (
            "above",
            "(up to 2601.00002) at the last poll, on Mon 5 Jan 13:00, of which no source could",
        ),
        ("unmet", "no poll has brought it. Polled are cs.CL, last on Mon 5 Jan 13:00"),
    ],
)
def test_each_absence_has_its_sentence(why: Absent, says: str) -> None:
    facts = Story(
        paper(3).id,
        elsewhere=NOON,
        gap=Gap(NOON, NOON + HOUR, void=False),
        flaws=(Flaw("arxiv_api", "no title", NOON),),
        head=Head(1, frozenset(), late=True),
        highest=paper(2).id,
        polled=NOON,
    )
    assert says in absence_sentence(Absence(why, ("cs.CL",)), facts, CLOCK)


def test_an_absence_for_want_of_facts() -> None:
    bare = Story(paper(3).id)
    assert "(none)" in absence_sentence(Absence("above"), bare, CLOCK)
    assert "once a day" in absence_sentence(Absence("awaited"), bare, CLOCK)
    assert "Polled are all of arXiv" in absence_sentence(Absence("unmet", ("*",)), bare, CLOCK)
    assert "Polled are no categories" in absence_sentence(Absence("unmet"), bare, CLOCK)
