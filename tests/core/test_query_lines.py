"""A text as one line: it finds what reading it word by word finds."""

import pytest
from hypothesis import given, settings

from bot.core.query import marks, parse
from bot.core.query.expression import Author, Text
from bot.core.query.lines import line_of, may_be_among, ranges, stands_in
from bot.core.query.passage import occurrences, tokens
from bot.core.query.query import Query
from tests.drawn import TEXTS, a_term


def text_term(query: str) -> Text:
    found = parse(query).expression
    assert isinstance(found, Text)
    return found


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("ti:graphs", "A graph of words", ["graph"]),
        ("ti:graph", "Graph, graphs; paragraph", ["Graph", "graphs"]),
        ('ti:"a graph"', "graph", ["graph"]),
        ('ti:"graph word"', "Graph-words and graph of words", ["Graph-words"]),
        ('ti:"word word"', "word word word", ["word word word"]),
        ('ti:"state of the art"', "A state-of-the-art art", ["state-of-the-art"]),
        ('ti:"word graph"~3', "A graph of words", ["graph", "words"]),
        ("ti:graph-word", "Words of a graph", ["Words", "graph"]),
        ("ti:graph-word", "Words of a tree", []),
        ("ti:gra*", "Grass and graphs", ["Grass", "graphs"]),
        ("ti:gra*", "Trees", []),
        ("kw:RAG", "RAGs, rag", ["RAGs"]),
        ("kw:RAG", "Köln has rag and RAG", ["RAG"]),
        ("ti:koeln", "Köln", ["Köln"]),
        ('ti:"koeln word"', "Word of Köln", []),
        ("ti:word", "Köln of words", ["words"]),
        ("ti:word", "", []),
    ],
)
def test_a_term_is_found_where_it_stands(query: str, text: str, found: list[str]) -> None:
    term = text_term(query)
    assert stands_in(term, text) is bool(found)
    places = marks(parse(query), "title", text)
    assert [text[start:end] for start, end in places] == found
    covered = {place for start, end in ranges(term, text) for place in range(start, end)}
    assert covered == {place for start, end in places for place in range(start, end)}


@settings(max_examples=300)
@given(a_term(), TEXTS)
def test_it_finds_what_reading_finds(term: object, text: str) -> None:
    if isinstance(term, Text):
        assert stands_in(term, text) is bool(occurrences(term, tokens(text)))
        query = Query("", term.key, term)
        for field in ("title", "abstract", "comment", "journal_ref", "report_no"):
            for start, end in marks(query, field, text):
                inside = [one for one in ranges(term, text) if start <= one[0] <= one[1] <= end]
                assert min(inside)[0] == start


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("au:Wei", True),
        ("au:Koeln", True),
        ('au:"Li, W"', True),
        ('au:"Wei Nobody"', False),
        ("au:We*", True),
        ("au:Nobody", False),
    ],
)
def test_a_name_may_be_among_authors_who_have_its_words(name: str, *, may: bool) -> None:
    term = parse(name).expression
    assert isinstance(term, Author)
    assert may_be_among(term, ("Ana Köln", "Li Wei")) is may


def test_a_line_has_a_space_about_each_word() -> None:
    line = line_of("Köln's RAGs, of LLMs")
    assert line.stems == " koln rag of llm "
    assert line.others == " koeln "
    assert line.capitals == " Koln RAG of LLM "
