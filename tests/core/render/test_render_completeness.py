"""The line on completeness, and the note that nothing matched."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core import render
from bot.core.digest import Digest
from bot.core.model import Coverage, Entry
from bot.core.render.completeness import completeness, note
from tests.builders import digest, paper
from tests.core.render.outline import Outline

ALL = ("arxiv_api", "arxiv_rss", "arxiv_oai", "arxiv_ids")


def at(day: int, hour: int = 12, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def coverage(**changes: Any) -> Coverage:
    """Build what a digest of Friday 20 November rests on, which covers Thursday's announcement."""
    values: dict[str, Any] = {
        "announced": 1482,
        "received": 1482,
        "matched": 12,
        "sources": ALL[:3],
        "since": at(19, 2),
        "until": at(20, 2),
    }
    return Coverage(**(values | changes))


def test_a_whole_digest_tells_its_day_its_counts_and_its_sources() -> None:
    assert completeness(coverage()) == (
        "Thu 19 Nov: 1,482 papers announced in your categories, 1,482 received, 12 matched; "
        "from the query API, the feeds and OAI-PMH."
    )


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (at(20, 12), at(20, 20), "1,482 papers"),
        (None, at(20, 2), "1,482 papers"),
        (at(20, 2), None, "1,482 papers"),
        (at(20, 12), at(23, 2), "Sun 22 Nov: 1,482 papers"),
        (at(17), at(19, 2), "Covers the announcements of Tue 17 and Wed 18 Nov. 1,482 papers"),
        (at(16), at(19, 2), "Covers the announcements of Mon 16, Tue 17 and Wed 18 Nov. 1,482"),
        (
            at(29, month=9),
            at(2, month=10),
            "Covers the announcements of Tue 29, Wed 30 Sep and Thu 1 Oct. 1,482 papers",
        ),
        (at(2), at(13, 2), "Covers 9 announcements, Mon 2 to Thu 12 Nov. 1,482 papers"),
        (
            at(10, month=12, year=2025),
            at(9, 2, month=1),
            "Covers 15 announcements, Wed 10 Dec 2025 to Thu 8 Jan 2026. 1,482 papers",
        ),
    ],
    ids=["none", "ever", "never whole", "one", "two", "three", "two months", "many", "two years"],
)
def test_the_days_that_are_covered_are_named(
    since: datetime | None, until: datetime | None, days: str
) -> None:
    assert completeness(coverage(since=since, until=until)).startswith(days)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"announced": 1, "received": 1}, "1 paper announced in your categories, 1 received, "),
        (
            {"announced": 0, "received": 0, "matched": 0, "sources": ()},
            "Thu 19 Nov: no papers announced in your categories, none matched.",
        ),
        ({"matched": 0}, "1,482 received, none matched; from"),
        ({"sources": ("arxiv_api",)}, "12 matched; from the query API."),
        ({"sources": ("arxiv_ids", "mirror")}, "; from requests by id and mirror."),
    ],
)
def test_counts_and_sources_are_written_as_people_say_them(
    changes: dict[str, Any], words: str
) -> None:
    assert words in completeness(coverage(**changes))


def test_without_a_day_the_line_begins_with_a_capital() -> None:
    line = completeness(coverage(announced=0, received=0, since=None))
    assert line.startswith("No papers announced in your categories, 12 matched")


def test_what_is_missing_is_said_to_come_later() -> None:
    assert completeness(coverage(received=1480)) == (
        "Thu 19 Nov: 1,482 papers announced in your categories, 1,480 received so far, "
        "12 matched; from the query API, the feeds and OAI-PMH. "
        "What is missing comes in a later digest."
    )


def test_a_poll_that_was_not_whole_is_told() -> None:
    line = completeness(coverage(late=True))
    assert "1,482 received so far, " in line
    assert line.endswith(" arXiv could not be read whole; what is missing comes in a later digest.")


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (1, "1 id of arXiv has not come yet and is asked for"),
        (1489, "1,489 ids of arXiv have not come yet and are asked for"),
    ],
)
def test_ids_of_arxiv_that_have_not_come_are_told_apart_from_the_readers_papers(
    missing: int, words: str
) -> None:
    assert completeness(coverage(missing=missing)) == (
        "Thu 19 Nov: 1,482 papers announced in your categories, 1,482 received, 12 matched; "
        f"from the query API, the feeds and OAI-PMH; {words}."
    )
    assert note(quiet(missing=missing))[0].endswith(f"was for RAG or SFT. Besides, {words}.")


def test_a_foreign_sources_name_hides_nothing() -> None:
    assert "from a b." in completeness(coverage(sources=("a\u202e\nb",)))


def test_the_line_stands_in_every_rendering_and_nowhere_without_it() -> None:
    line = completeness(coverage())
    with_line = digest(coverage=coverage())
    assert Outline(render.html(with_line)).texts("p").count(line) == 1
    assert line in " ".join(render.text(with_line).split())
    assert "announced in your categories" not in render.html(digest()) + render.text(digest())


# A note that nothing matched


def quiet(**changes: Any) -> Digest:
    rests = {"since": at(12, 2), "matched": 0, "topics": ("RAG", "SFT")} | changes
    return digest(sections=(), at=at(20, 8), coverage=coverage(**rests))


def test_a_note_says_that_nothing_came_and_that_the_bot_is_at_work() -> None:
    paragraphs = (
        (
            "arXiv announced 1,482 papers in your categories since 12 Nov 2026. All of them were "
            "looked through, and nothing among them was for RAG or SFT."
        ),
        "Daily Papers is at work, and writes again as soon as something comes for you.",
    )
    assert note(quiet()) == paragraphs
    page = Outline(render.html(quiet()))
    text = " ".join(render.text(quiet()).split())
    for paragraph in paragraphs:
        assert paragraph in page.texts("p")
        assert paragraph in text
    assert page.texts("p", "sum") == ["No new papers this week"]
    reason = "You get this because ana follows RAG and SFT, and asked for a word when a week brings"
    assert reason in render.html(quiet())
    assert page.texts("h1") == ["Friday 20 November 2026"]


def test_the_subject_of_a_note_names_the_topics() -> None:
    assert render.subject(quiet()) == "No new papers this week · RAG, SFT · Fri 20 Nov 2026"


@pytest.mark.parametrize("changes", [{"received": 1480}, {"received": 1480, "late": True}])
def test_a_note_does_not_claim_what_has_not_come(changes: dict[str, Any]) -> None:
    told, _ = note(quiet(**changes))
    assert "The 1,480 that have come so far were looked through" in told


def test_a_note_is_dated_on_the_readers_own_calendar() -> None:
    assert "since 13 Nov 2026" in note(quiet(since=at(12, 23)))[0]
    assert "your categories. All" in note(quiet(since=None))[0]


def test_a_note_about_many_topics_counts_them() -> None:
    topics = tuple(f"T{n}" for n in range(9))
    assert "for T0, T1, T2, T3, T4, T5 or 3 more." in note(quiet(topics=topics))[0]
    assert "nothing among them was for you." in note(quiet(topics=()))[0]


def test_a_note_of_which_nothing_is_known_says_that_the_bot_is_at_work() -> None:
    empty = digest(sections=())
    assert note(empty) == note(quiet())[1:]
    assert "Daily Papers is at work" in render.html(empty)


def test_no_topic_in_a_note_becomes_markup() -> None:
    hostile = quiet(topics=("<script>alert(1)</script>", "a\u202eb"), sources=("<b>x</b>",))
    source = render.html(hostile)
    assert "<script>" not in source
    assert "<b>" not in source
    assert "\u202e" not in source + render.text(hostile) + render.subject(hostile)


def test_a_digest_of_papers_is_no_note() -> None:
    assert "is at work" not in render.html(digest(Entry(paper(), ("RAG",)), coverage=coverage()))
    assert "is at work" not in render.html(digest(sections=(), test=True))


def test_a_topic_that_was_left_out_is_named_with_what_is_to_be_done() -> None:
    line = completeness(coverage(refused=("RAG",)))
    assert line.startswith(completeness(coverage()))
    assert line.endswith(
        " RAG was left out, because its query does not work: have it mended, and what was "
        "announced since comes too."
    )
    late = completeness(coverage(late=True, refused=("RAG", "SFT")))
    assert "comes in a later digest. RAG and SFT were left out, because their queries do" in late
    assert "have them mended" in late


def test_a_note_that_nothing_matched_names_it_too() -> None:
    said = note(quiet(refused=("RAG",), missing=2))[0]
    assert "are asked for. RAG was left out" in said
