"""What a user is told of a backtest before the numbers."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from bot.core.backtest import advise
from bot.core.backtest.result import Backtest
from bot.core.model import Announcement
from bot.core.query import parse
from bot.core.query.taxonomy import NAMES
from tests.builders import paper
from tests.core.backtest.counted import DAYS, rows, tried

CATS = [paper(number, title="A cat") for number in range(1, 4)]
CL = ("cs.CL",)


def told(found: Backtest, scopes: Collection[str] = ("*",), **hints: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in advise(found, scopes, hints)]


def whole(query: str, *more: Sequence[Announcement]) -> Backtest:
    return tried(query, rows(CATS, DAYS[0]), *more)


def test_there_is_nothing_to_say_of_a_good_query() -> None:
    assert told(whole("ti:cat OR ti:cats")) == []


def test_a_missing_operator_is_told_first_with_the_counts_of_what_may_be_meant() -> None:
    instead = (("all:cat AND all:dog", 1200), ('all:"cat dog"', 3))
    text = "words without an operator mean OR; for both write AND: cat AND dog"
    assert told(replace(whole("ti:cat"), instead=instead)) == [
        ("implied", f'{text} (1,200); for the phrase write: "cat dog" (3)')
    ]
    assert told(replace(tried("ti:cat"), instead=instead[:1]))[0] == ("implied", text)


def test_what_is_stored_may_begin_later_than_was_asked_for() -> None:
    asked = "2 of the 5 announcements asked for"
    assert told(tried("ti:cat", rows(CATS, DAYS[-2]))) == [
        ("short", f"Papers are stored since 7 Jan 2026: {asked}, which the mean counts.")
    ]
    assert told(tried("ti:cat")) == [
        ("short", "No paper of those days is stored: nothing can be told of them.")
    ]
    assert told(Backtest(parse("ti:cat"), ())) == [
        ("short", "arXiv announced nothing in those days: ask for more of them.")
    ]


@pytest.mark.parametrize(
    ("query", "scopes", "missing"),
    [
        ("ti:cat", ("*",), None),
        ("ti:cat AND cat:cs.CL", CL, None),
        ("ti:cat AND cat:cs.CL", ("cs.*",), None),
        ("ti:cat", CL, "cs.CL, and it asks for all of arXiv"),
        ("ti:cat AND (cat:cs.CL OR cat:math.NT)", CL, "cs.CL, and math.NT is missing"),
        ("ti:cat AND cat:cs.*", CL, "cs.CL, and cs.* is missing"),
        ("ti:cat", (), "no category yet, and it asks for all of arXiv"),
    ],
)
def test_what_is_not_polled_is_not_counted(
    query: str, scopes: Collection[str], missing: str | None
) -> None:
    said = [text for kind, text in told(whole(query), scopes) if kind == "unpolled"]
    expected = (
        f"The figures are too low: what is polled and stored is {missing}. A topic that names a "
        "category has it polled."
    )
    assert said == ([expected] if missing else [])


def test_many_categories_are_not_all_named() -> None:
    names = sorted(name for name in NAMES if name.startswith("math."))[:14]
    query = f"ti:cat AND ({' OR '.join(f'cat:{name}' for name in names)})"
    ((_, said),) = [one for one in told(whole(query), CL) if one[0] == "unpolled"]
    assert "math.GM and 2 more are missing" in said


def test_the_condition_that_keeps_everything_out_is_named() -> None:
    assert ("nothing", "None of the 3 stored papers matches. Without cat:cs.LG it would be 3.") in (
        told(whole("ti:cat AND cat:cs.LG"))
    )
    assert (
        "nothing",
        "None of the 3 stored papers matches, and leaving out any one condition changes nothing.",
    ) in told(whole("ti:dog AND cat:cs.LG"))
    assert told(whole("ti:dog")) == [("dead", "ti:dog matches nothing.")]
    assert told(whole("NOT ti:cat")) == [("nothing", "None of the 3 stored papers matches.")]


def test_a_term_that_matches_nothing_is_told_with_what_is_nearest() -> None:
    found = whole("ti:cat OR dgo")
    hints = {found.dead[0].key: "did you mean dog?"}
    assert told(found, **hints) == [("dead", "dgo matches nothing: did you mean dog?")]


def test_a_flood_is_told_with_phrases_where_there_are_any() -> None:
    cure = "A phrase, or a category beside it, would say more."
    cats = [paper(number, title="A cat") for number in range(1, 21)]
    assert told(tried("cat", rows(cats, DAYS[0]))) == [
        ("flood", f"cat alone brings 20, 100 % of all papers. {cure}")
    ]
    filler = "and so much more that was written of other things in other words " * 3
    texts = ["big cats", "big cats", "cats", "cat", "cat"]
    cats = [paper(n, title=f"{texts[n % 5]} {filler}", abstract="") for n in range(20)]
    ((kind, text),) = told(tried("cat", rows(cats, DAYS[0])))
    assert kind == "flood"
    assert text.endswith('A phrase says more: "big cats" (8).')


def test_capitals_are_explained_where_they_make_a_difference() -> None:
    page = rows([paper(1, title="A rag"), paper(2, title="rag"), paper(3, title="RAG")], DAYS[0])
    said = (
        "kw:RAG is in capitals, and so matches capitals only: 1. In any case it would match 3: "
        "kw:rag."
    )
    assert told(tried("kw:RAG", page)) == [("acronym", said)]
    said = said.replace("only: 1", "only: 0").replace("match 3", "match 2")
    assert told(tried("kw:RAG", page[:2])) == [("acronym", said)]
    assert told(tried("kw:RAG", page[2:])) == []
