"""The survey of the shelves: counts, keys, and what they hang on."""

import json
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core.query import parse
from bot.core.site.model import Place, authors_of, topics_of
from bot.core.site.survey import Survey
from bot.core.site.tally import Tally, count, key

RAG, SFT = parse("ti:RAG"), parse("ti:SFT")
TOPICS = topics_of([("RAG", RAG, ()), ("Tuning", SFT, ()), ("RAG again", RAG, ())])
LIU = parse("au:liu_p")
AUTHORS = authors_of([("Peiyang Liu", LIU)])
MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)


def place(number: int = 1, *queries: str, day: date = MONDAY, stamp: int = 1) -> Place:
    """Build a place of a paper updated on 3 January 2026."""
    updated = datetime(2026, 1, 3, tzinfo=UTC)
    return Place(f"2601.{number:05d}", queries or (RAG.hash,), day, updated, stamp)


def surveyed(*found: Place, until: date | None = None) -> Survey:
    """Count places."""
    survey = Survey(TOPICS, AUTHORS, until=until)
    survey.add("2601", Tally.over(survey.standings(found)))
    return survey


def test_topics_with_one_query_hold_the_same() -> None:
    survey = surveyed(place(1), place(2, SFT.hash), place(3, RAG.hash, SFT.hash, day=TUESDAY))
    counts = survey.counts({RAG.hash: {MONDAY: 1, TUESDAY: 1}})
    assert {slug: one.total for slug, one in counts.items()} == {
        "": 3,
        "rag": 2,
        "tuning": 2,
        "rag-again": 2,
    }
    assert counts["rag"].days == counts["rag-again"].days == {MONDAY: 1, TUESDAY: 1}
    assert counts["tuning"].days == {}
    assert counts[""].days == {MONDAY: 2, TUESDAY: 1}
    assert survey.papers == 3


def test_a_standing_names_topics_and_people_in_the_order_of_the_pages() -> None:
    (one,) = surveyed().standings([place(1, LIU.hash, SFT.hash, RAG.hash)])
    assert one.topics == ("rag", "tuning", "rag-again")
    assert one.authors == ("peiyang-liu",)


def test_what_stands_on_no_shelf_of_the_site_has_no_page() -> None:
    survey = surveyed(place(1, "0" * 32))
    assert survey.standings([place(1, "0" * 32)]) == []
    assert (survey.papers, survey.counts({}), survey.days()) == (0, {}, [])
    assert survey.folders == {}


def test_somebodys_paper_outside_of_all_topics_comes_on_no_day() -> None:
    survey = surveyed(place(1, LIU.hash))
    assert (survey.papers, survey.days(), survey.day_keys()) == (1, [], [])
    assert survey.author_key("peiyang-liu")
    assert not survey.topic_key("rag")


def test_what_came_after_the_day_asked_for_is_left_out() -> None:
    survey = surveyed(place(1), place(2, day=TUESDAY), until=MONDAY)
    assert survey.days() == [MONDAY]
    assert survey.counts({})["rag"].total == 1


def test_a_day_knows_its_neighbours_and_changes_with_them() -> None:
    later = date(2026, 1, 9)
    before = surveyed(place(1), place(2, day=later)).day_keys()
    after = surveyed(place(1), place(2, day=later), place(3, day=TUESDAY)).day_keys()
    assert [one[:2] for one in after] == [
        (MONDAY, (None, TUESDAY)),
        (TUESDAY, (MONDAY, later)),
        (later, (TUESDAY, None)),
    ]
    assert before[0][2] != after[0][2]
    assert before[1][2] != after[2][2]


def test_months_are_those_of_the_version_that_is_shown() -> None:
    revised = place(2)._replace(updated=datetime(2026, 2, 1, tzinfo=UTC))
    survey = surveyed(place(1), revised)
    assert survey.months("rag") == {date(2026, 2, 1): 1, date(2026, 1, 1): 1}
    assert [month for month, _ in survey.month_keys("rag")] == [date(2026, 1, 1), date(2026, 2, 1)]
    assert survey.months("tuning") == {}


def keys(survey: Survey) -> dict[object, object]:
    """Give every key there is."""
    return {
        **{slug: survey.topic_key(slug) for slug in ("rag", "tuning", "rag-again")},
        **{f"month {slug}": survey.month_keys(slug) for slug in ("rag", "tuning")},
        "days": survey.day_keys(),
        "author": survey.author_key("peiyang-liu"),
    }


@st.composite
def split(draw: st.DrawFn, found: list[Place]) -> list[list[Place]]:
    """Draw a way of parting some papers into folders."""
    numbers = draw(st.lists(st.integers(0, 3), min_size=len(found), max_size=len(found)))
    return [
        [one for one, at in zip(found, numbers, strict=True) if at == part] for part in range(4)
    ]


placed = st.builds(
    place,
    st.integers(1, 99),
    st.sampled_from([RAG.hash, SFT.hash, LIU.hash]),
    day=st.sampled_from([MONDAY, TUESDAY]),
    stamp=st.integers(1, 5),
)


@given(st.lists(placed, unique_by=lambda one: one.paper), st.randoms())
def test_keys_do_not_hang_on_the_order(found: list[Place], random: object) -> None:
    shuffled = sorted(found, key=lambda _: random.random())  # type: ignore[attr-defined]  # Hypothesis's
    assert keys(surveyed(*found)) == keys(surveyed(*shuffled))


@given(st.lists(placed, min_size=1, unique_by=lambda one: one.paper), st.data())
def test_keys_change_with_a_paper_that_changes_comes_or_goes(
    found: list[Place], data: st.DataObject
) -> None:
    before = keys(surveyed(*found))
    at = data.draw(st.integers(0, len(found) - 1))
    changed = found[at]._replace(stamp=found[at].stamp + 1)
    assert keys(surveyed(*found[:at], changed, *found[at + 1 :])) != before
    assert keys(surveyed(*found[:at], *found[at + 1 :])) != before
    assert keys(surveyed(*found, place(100))) != before


@given(st.lists(placed, unique_by=lambda one: one.paper), st.data())
def test_folder_by_folder_it_counts_the_same_also_by_what_was_noted(
    found: list[Place], data: st.DataObject
) -> None:
    by_folder = Survey(TOPICS, AUTHORS)
    for number, part in enumerate(data.draw(split(found))):
        told = json.dumps(Tally.over(by_folder.standings(part)).written())
        by_folder.add(f"{number}", Tally.read(json.loads(told)))
    whole = surveyed(*found)
    assert keys(by_folder) == keys(whole)
    assert (by_folder.key(), by_folder.papers) == (whole.key(), whole.papers)
    assert by_folder.counts({}) == whole.counts({})
    assert by_folder.months("rag") == whole.months("rag")


def test_a_folder_knows_its_papers_and_the_day_of_the_newest_version() -> None:
    revised = place(2)._replace(updated=datetime(2026, 2, 1, tzinfo=UTC))
    survey = surveyed(place(1), revised)
    assert survey.folders["2601"].latest == date(2026, 2, 1)
    assert survey.folder_key("2601") == survey.key()
    survey.add("2602", Tally.over(survey.standings([place(3)])))
    assert survey.folder_key("2601") != survey.key()
    assert Tally().latest is None


def test_sums_keep_within_their_bounds_however_much_they_are_of() -> None:
    survey = Survey(TOPICS, AUTHORS)
    tally = Tally.over(survey.standings(map(place, range(1, 2001))))
    told = tally.written()
    assert told[0] < 2**96
    assert key(Tally.read(told).papers) == key(tally.papers)
    assert count(tally.papers) == 2000
