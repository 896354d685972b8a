"""What a query brings, clause by clause and topic by topic."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.backtest import Tally
from bot.core.backtest.result import Acronym, Alternative, Condition, Flood, Overlap
from bot.core.model import Announcement, Paper
from bot.core.query import parse
from tests.builders import paper
from tests.core.backtest.counted import DAYS, NOW, PERIOD, rows, tried

CATS = paper(1, title="A cat")
DOGS = paper(2, title="A dog")
BOTH = paper(3, title="A cat and a dog", categories=("cs.CL", "cs.LG"))
NONE = paper(4, title="A horse")
ALL = (CATS, DOGS, BOTH, NONE)


def test_matches_are_counted_by_day() -> None:
    found = tried("ti:cat", rows((CATS, DOGS), DAYS[0]), rows((BOTH,), DAYS[2]))
    assert [(day.stored, day.matched) for day in found.days if day.announcements] == [
        (2, 1), (0, 0), (1, 1), (0, 0), (0, 0)
    ]  # fmt: skip
    assert (found.stored, found.matched, found.share) == (3, 2, 2 / 3)
    assert found.mean == 2 / len(DAYS)
    assert found.busiest is not None
    assert found.busiest.date == DAYS[2]


def test_the_mean_counts_from_the_first_day_that_is_stored() -> None:
    found = tried("ti:cat", rows((CATS, BOTH), DAYS[-2]))
    assert found.first_stored == DAYS[-2]
    assert (found.covered, found.announcements, found.mean) == (2, len(DAYS), 1.0)


def test_nothing_stored_is_nothing_found() -> None:
    found = tried("ti:cat", [])
    assert (found.stored, found.matched, found.share, found.mean) == (0, 0, 0.0, 0.0)
    assert found.busiest is None
    assert found.first_stored is None
    outside = Announcement(1, CATS, NOW + timedelta(days=1))
    assert tried("ti:cat", [outside]) == found


def test_each_branch_of_an_or_tells_what_it_brings_and_what_only_it_does() -> None:
    found = tried("ti:dog OR ti:cat OR ti:bird", rows(ALL))
    assert found.choices == (
        (Alternative("ti:dog", 2, 1), Alternative("ti:cat", 2, 1), Alternative("ti:bird", 0, 0)),
    )
    assert found.conditions == ()
    assert [term.key for term in found.dead] == [parse("ti:bird").meaning]


def test_branches_below_an_and_are_counted_within_it() -> None:
    found = tried("(ti:cat OR ti:dog) AND cat:cs.LG ANDNOT ti:horse", rows(ALL))
    assert found.choices == ((Alternative("ti:cat", 1, 0), Alternative("ti:dog", 1, 0)),)
    assert found.conditions == (
        Condition("ti:cat OR ti:dog", 3, 1),
        Condition("cat:cs.LG", 1, 3),
        Condition("NOT ti:horse", 3, 1),
    )


def test_topics_tell_what_they_have_already() -> None:
    topics = {"Dogs": "ti:dog", "Horses": "ti:horse"}
    found = tried("ti:cat", rows(ALL), topics=topics)
    assert found.overlaps == (Overlap("Dogs", 2, 1), Overlap("Horses", 1, 0))
    assert found.elsewhere == 1
    assert tried("ti:cat", rows(ALL)).elsewhere == 2


def test_the_newest_matches_are_the_examples() -> None:
    many = [paper(number, title="A cat") for number in range(1, 9)]
    found = tried("ti:cat", rows(many[4:], DAYS[0]), rows(many[:4], DAYS[1]), examples=5)
    assert [one.paper.id[-1] for one in found.examples] == ["4", "3", "2", "1", "8"]
    assert [one.day for one in found.examples] == [DAYS[1]] * 4 + [DAYS[0]]
    assert tried("ti:cat", rows(many), examples=0).examples == ()


LONG = "and so much more that was written of other things in other words " * 3


def models(count: int, text: str) -> list[Paper]:
    return [paper(number, title=text) for number in range(1, count + 1)]


def test_a_bare_word_that_floods_is_told_with_the_phrases_that_it_comes_from() -> None:
    texts = [*["Language models for us"] * 12, *["The graph model we"] * 8, *["A model"] * 10]
    page = [paper(number, title=text) for number, text in enumerate(texts, start=1)]
    page += [paper(100 + n, title=f"A language of its own, the graph, we {LONG}") for n in range(9)]
    later = [paper(200 + n, title="Language models") for n in range(5)]
    found = tried("ti:model", rows(page, DAYS[0]), rows(later))
    assert found.floods == (
        Flood("ti:model", 35, (('ti:"language models"', 17), ('ti:"graph model"', 8))),
    )


def test_a_word_floods_only_if_it_is_bare_and_many() -> None:
    assert tried("ti:model", rows(models(19, "A model"))).floods == ()
    assert tried("ti:model", rows(models(20, "A model"))).floods == (Flood("ti:model", 20, ()),)
    assert tried('ti:"one model"', rows(models(20, "One model"))).floods == ()
    assert tried("cat:cs.CL", rows(models(20, "One model"))).floods == ()
    assert tried("model AND cat:cs.LG", rows(models(20, "One model"))).floods == ()
    sparse = [*models(20, "A model"), *(paper(100 + n) for n in range(190))]
    assert tried("ti:model", rows(sparse)).floods == ()


def test_a_phrase_that_a_topic_asks_for_already_is_counted_once() -> None:
    texts = [*["Language models"] * 12, *["A model of words"] * 18]
    page = [paper(number, title=text) for number, text in enumerate([*texts, LONG * 9], start=1)]
    found = tried("ti:model", rows(page), topics={"T": 'ti:"language model"'})
    ((text, count),) = found.floods[0].phrases
    assert (text, count) == ('ti:"language models"', 12)


def test_an_acronym_is_counted_in_any_case_too() -> None:
    page = [paper(1, title="RAG"), paper(2, title="A rag"), paper(3, title="rags")]
    assert tried("kw:RAG", rows(page)).acronyms == (Acronym("kw:RAG", 1, 3),)
    assert tried("ti:RAG", rows(page)).acronyms == ()


def test_words_that_differ_only_in_capitals_are_not_asked_for_in_any_case() -> None:
    # ~ cannot ask twice for one word, and in any case RAG and RAGGED are one.
    page = rows([paper(1, title="RAGGED RAG")])
    assert tried('kw:"RAG RAGGED"~2', page).acronyms == ()
    assert tried('kw:"RAG LLM"~2', page).acronyms == (Acronym('kw:"RAG LLM"~2', 0, 0),)


def test_what_may_have_been_meant_instead_is_counted_too() -> None:
    tally = Tally(parse("cat dog"), {}, PERIOD)
    tally.compare([parse("cat AND dog")])
    tally.add(rows([paper(1, title="A cat"), paper(2, title="A cat and a dog")]))
    assert tally.result().instead == (("all:cat AND all:dog", 1),)


def test_wildcards_and_words_that_are_near_are_counted_too() -> None:
    page = rows((paper(1, title="Cats"), paper(2, title="A cat or dog"), NONE))
    found = tried('ti:cat* OR ti:"dog cat"~3', page)
    assert found.choices == ((Alternative("ti:cat*", 2, 1), Alternative('ti:"dog cat"~3', 1, 0)),)


@settings(max_examples=30)
@given(
    st.lists(st.sets(st.sampled_from(["cat", "dog", "owl"])), max_size=12),
    st.integers(min_value=1, max_value=12),
)
def test_how_the_log_is_cut_into_pages_changes_nothing(words: list[set[str]], size: int) -> None:
    page = rows([paper(n, title=" ".join(sorted(one)) or "x") for n, one in enumerate(words, 1)])
    query = "ti:cat OR (ti:dog AND ti:owl)"
    topics = {"T": "ti:owl"}
    whole = tried(query, page, topics=topics)
    cut = [page[start : start + size] for start in range(0, len(page), size)]
    assert tried(query, *cut, topics=topics) == whole
    wanted = [one for one in words if "cat" in one or {"dog", "owl"} <= one]
    assert whole.matched == len(wanted)
    brings = {one.text: (one.brings, one.only) for one in whole.choices[0]}
    assert brings["ti:cat"] == (
        sum("cat" in one for one in words),
        sum("cat" in one and not {"dog", "owl"} <= one for one in words),
    )
    assert whole.elsewhere == sum("owl" not in one for one in wanted)
