"""The bundled sample keeps arXiv's rules, and holds what a demonstration must show."""

import re
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.core.arxiv_id import order_of, parse_id
from bot.core.latex import to_unicode
from bot.core.query import taxonomy
from bot.demo.sample import Announced, load

EASTERN = ZoneInfo("America/New_York")
SAMPLE = load()
FIRSTS = {one.paper.id: one for one in reversed(SAMPLE)}
SHOWN = datetime(2026, 1, 6, tzinfo=UTC)
NEW = [one for one in FIRSTS.values() if one.at >= SHOWN and one.paper.version == 1]
NEW_BY_DAY = [[one for one in NEW if one.at.date().day == day] for day in (6, 7, 8)]
AGAIN = [one for one in SAMPLE if one is not FIRSTS[one.paper.id]]


def cutoffs(announced: datetime) -> tuple[datetime, datetime]:
    """Give the instants between which arXiv took submissions for an announcement."""
    evening = announced.astimezone(EASTERN).date()
    days_back = {6: (3, 2), 0: (3, 0)}.get(evening.weekday(), (1, 0))
    first, last = (
        datetime.combine(evening - timedelta(days=back), time(14), EASTERN) for back in days_back
    )
    return first, last


def matches(one: Announced, topic: str) -> bool:
    """Say independently of the query language whether a paper belongs to a topic."""
    text = f"{one.paper.title} {one.paper.abstract}"
    folded = text.lower().replace("-", " ")
    abstract = one.paper.abstract.lower().replace("-", " ")
    categories = set(one.paper.categories)
    return {
        "RAG": bool(re.search(r"\bRAGs?\b", one.paper.title))
        or "retrieval augmented generation" in abstract,
        "SFT": (bool(re.search(r"\bSFT\b", text)) or "supervised fine tuning" in folded)
        and bool(categories & {"cs.CL", "cs.LG"})
        and "protein" not in folded,
        "Galaxies": "astro-ph.GA" in categories and "star formation" in abstract,
    }[topic]


def test_is_as_large_as_a_demonstration_needs() -> None:
    assert len(NEW) >= 66
    assert len(FIRSTS) >= 100
    assert [len(day) >= 20 for day in NEW_BY_DAY] == [True, True, True]


def test_announcements_are_at_eight_in_the_evening_eastern_from_sunday_to_thursday() -> None:
    for one in SAMPLE:
        evening = one.at.astimezone(EASTERN)
        assert evening.time() == time(20)
        assert evening.weekday() in {6, 0, 1, 2, 3}
    assert [one.at for one in SAMPLE] == sorted(one.at for one in SAMPLE)


def test_ids_rise_with_the_announcements() -> None:
    orders = [order_of(one.paper.id) for one in SAMPLE if one is FIRSTS[one.paper.id]]
    modern = [order for order in orders if order[0] > 200000]
    assert modern == sorted(set(modern))


def test_every_paper_was_submitted_before_its_cutoff_and_only_held_ones_long_before() -> None:
    held = []
    for one in FIRSTS.values():
        first, last = cutoffs(one.at)
        assert one.paper.published < last
        if one.paper.published < first and one.paper.version == 1:
            held.append(one.at - one.paper.published)
    assert len(held) == 2
    assert max(held) > timedelta(days=24)


def test_ids_carry_the_month_of_their_announcement() -> None:
    for one in FIRSTS.values():
        if one.paper.version == 1:
            assert one.paper.id[:4] == f"{one.at.astimezone(EASTERN):%y%m}"


@pytest.mark.parametrize("one", SAMPLE, ids=lambda one: f"{one.paper.id}v{one.paper.version}")
def test_each_paper_is_whole(one: Announced) -> None:
    paper = one.paper
    assert parse_id(paper.id) == (paper.id, None)
    assert paper.primary_category == paper.categories[0]
    assert [taxonomy.category(name) for name in paper.categories] == list(paper.categories)
    assert len(set(paper.categories)) == len(paper.categories)
    assert paper.published <= paper.updated < cutoffs(one.at)[1]
    assert (paper.version == 1) == (paper.published == paper.updated)
    for text in (paper.title, paper.abstract, *paper.authors, paper.comment or "-"):
        assert text
        assert text == " ".join(text.split())
        assert text.isprintable()
    assert 15 < len(paper.title) < 130
    assert paper.doi is None or paper.doi.startswith("10.5555/")


def test_abstracts_of_the_three_days_are_as_long_as_real_ones() -> None:
    lengths = [len(one.paper.abstract.split()) for one in NEW]
    assert min(lengths) >= 90
    assert max(lengths) <= 200
    assert all(len(one.paper.abstract) <= 1920 for one in SAMPLE)


def test_no_two_papers_share_a_title_or_an_abstract() -> None:
    assert len({one.paper.title for one in FIRSTS.values()}) == len(FIRSTS)
    assert len({one.paper.abstract for one in FIRSTS.values()}) == len(FIRSTS)


@pytest.mark.parametrize("topic", ["RAG", "SFT", "Galaxies"])
def test_each_topic_has_two_to_six_new_papers_a_day(topic: str) -> None:
    counts = [sum(matches(one, topic) for one in day) for day in NEW_BY_DAY]
    assert all(2 <= count <= 6 for count in counts), counts


def test_some_papers_belong_to_two_topics_and_some_only_seem_to() -> None:
    assert sum(matches(one, "RAG") and matches(one, "SFT") for one in NEW) >= 2
    cloth = [one for one in NEW if re.search(r"\brag\b", one.paper.abstract)]
    assert cloth
    assert not any(matches(one, "RAG") for one in cloth)
    folding = [
        one for one in NEW if "SFT" in one.paper.abstract and "protein" in one.paper.abstract
    ]
    assert folding
    assert not any(matches(one, "SFT") for one in folding)


def test_revisions_and_a_withdrawal_come_on_the_third_day() -> None:
    revised = [one for one in AGAIN if one.paper.version == 2]
    assert len(revised) == 3
    assert {one.at.date().day for one in revised} == {8}
    assert [one.paper.withdrawn for one in revised].count(True) == 1
    for one in revised:
        assert one.paper.published == FIRSTS[one.paper.id].paper.published


def test_one_paper_is_cross_listed_later_and_only_then_belongs_to_a_topic() -> None:
    (crossed,) = [one for one in AGAIN if one.paper.version == 1]
    first = FIRSTS[crossed.paper.id]
    assert set(crossed.paper.categories) > set(first.paper.categories)
    assert matches(crossed, "SFT")
    assert not matches(first, "SFT")


def test_one_old_paper_is_revised_long_after_any_window() -> None:
    (old,) = [one for one in SAMPLE if "/" in one.paper.id]
    assert old.paper.version == 3
    assert old.at - old.paper.published > timedelta(days=9_000)
    assert old.at - old.paper.updated < timedelta(days=2)


def test_shows_what_digests_must_cope_with() -> None:
    texts = [f"{one.paper.title} {one.paper.abstract}" for one in NEW]
    titles = " ".join(one.paper.title for one in NEW)
    authors = " ".join(name for one in NEW for name in one.paper.authors)
    assert sum("$" in text for text in texts) >= 20
    assert sum(bool(re.search(r"\\['\"H]", text)) for text in texts) >= 3
    assert any(to_unicode(one.paper.title) != one.paper.title for one in NEW)
    assert all(sign in titles for sign in "<>&|$`\\'")
    assert max(len(one.paper.authors) for one in NEW) > 30
    assert all(letter in authors for letter in "éØŞ山ΓДم")
    assert sum(one.paper.journal_ref is not None for one in SAMPLE) >= 2
    assert sum(one.paper.doi is not None for one in SAMPLE) >= 4


def test_no_two_papers_of_a_day_were_submitted_at_the_same_instant() -> None:
    for day in NEW_BY_DAY:
        instants = sorted(one.paper.published for one in day)
        assert all(before < after for before, after in pairwise(instants))
