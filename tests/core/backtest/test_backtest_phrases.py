"""Which phrases are suggested for a word, and how they are written."""

import pytest

from bot.core.backtest.clauses import bare_word
from bot.core.backtest.phrases import phrases_with
from bot.core.query import parse
from tests.builders import paper

FILLER = "and so much more that was written of other things in other words " * 3


def suggested(query: str, *texts: str, field: str = "title") -> list[str]:
    """Suggest phrases for a query of one word; each text is in four papers, beside much else."""
    word = bare_word(parse(query).expression)
    assert word is not None
    papers = [
        paper(10 * number + copy, **{"title": "x", "abstract": "x", field: f"{text} {FILLER}"})
        for number, text in enumerate(texts)
        for copy in range(4)
    ]
    return phrases_with(word, papers)


def test_neighbours_on_both_sides_are_found_under_all_their_inflections() -> None:
    texts = ("Diffusion models.", "a diffusion model:", "diffusion models,", "Model editing!")
    more = ("no model.", "graphs", "more models of it", "model")
    assert suggested("ti:model", *texts, *more) == ["diffusion models", "model editing"]


def test_a_phrase_stands_on_one_side_of_a_comma() -> None:
    assert suggested("ti:model", "language, model", "language (model)", "a model", "model") == []


def test_a_hyphen_is_kept_as_it_is_mostly_written() -> None:
    texts = ("vision-language it", "Vision-language we", "vision language", "language", "language")
    assert suggested("ti:language", *texts, "the language", "language.") == ["vision-language"]


def test_words_that_tell_nothing_are_no_part_of_a_phrase() -> None:
    empty = ("our model", "Model is", "proposed model", "42 model", "models are", "model based")
    assert suggested("ti:model", *empty) == []


def test_what_stands_in_most_papers_of_the_word_would_not_narrow_it() -> None:
    assert suggested("ti:model", "language model", "language models", "model") == []


def test_a_word_that_is_everywhere_says_nothing_beside_this_one() -> None:
    often = "deep " * 60
    assert suggested("ti:model", f"deep model {often}", f"model {often}", f"models {often}") == []


def test_three_are_suggested_at_most_the_most_frequent_first() -> None:
    texts = [f"{word} model" for word in ("red", "blue", "green", "pink", "blue", "blue", "red")]
    assert suggested("ti:model", *texts)[:2] == ["blue model", "red model"]
    assert len(suggested("ti:model", *texts)) == 3


@pytest.mark.parametrize(
    ("query", "field", "found"),
    [
        ("ti:model", "title", True),
        ("ti:model", "abstract", False),
        ("abs:model", "abstract", True),
        ("abs:model", "title", False),
        ("kw:model", "title", True),
        ("model", "abstract", True),
    ],
)
def test_phrases_come_from_the_fields_that_are_asked_for(
    query: str, field: str, *, found: bool
) -> None:
    texts = ("graph model", "a model", "model", "the model")
    assert suggested(query, *texts, field=field) == (["graph model"] if found else [])


def test_an_acronym_is_found_in_capitals_only() -> None:
    texts = ("LLM agents", "llm friends", "an LLM", "LLMs", "LLM")
    assert suggested("kw:LLM", *texts) == ["LLM agents"]
