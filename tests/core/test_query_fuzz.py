"""Random queries and random text: all is read, or refused with its place, in bounded work."""

import sys
from collections.abc import Callable
from contextlib import suppress
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.query import Query, QuerySyntaxError, from_keywords, parse, restrict
from bot.core.query.errors import Misread
from bot.core.query.expression import Node, all_of, any_of, none_of, write
from bot.core.query.parser import MAX_LENGTH, MAX_WILDCARDS
from bot.core.query.size import count_wildcards
from bot.core.query.terms import PREFIXES, term, typed

_FRAGMENTS = st.sampled_from(
    [*(f"{prefix}:" for prefix in PREFIXES), "foo:", "submittedDate:", "lastUpdatedDate:",
     "x", "graph", "optimi*", "te?t", "RAG", "cs.CL", "cs.*", "the", "2503.11731", "[2023 TO 2024]",
     "[202301010600", " TO ", "20240229", "]", "AND", "OR", "ANDNOT", "NOT", "and", "(", ")", "~",
     '"', "~3", "~99", "\u201c", "'", "\\", "*", "?", "$", "_2", "^", "=", ",", "-", "+", "&", " ",
     "  ", "\n", "\u00a0", "\u200b", "\x00", "\ud800", "é", "α", "\uff0a"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_FRAGMENTS, max_size=25).map("".join))


def _survives(text: str) -> None:
    """Check that `text` is a query that prints back, or an error with its place."""
    try:
        query = parse(text)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017  # either outcome is right
        assert error.text == text  # noqa: PT017
        assert error.pointed.endswith("^")  # noqa: PT017
    else:
        again = parse(str(query))
        assert (again, again.hash, str(again)) == (query, query.hash, str(query))


@given(_TEXTS)
def test_any_text_is_a_query_that_prints_back_or_a_syntax_error(text: str) -> None:
    _survives(text)


_BARE = st.text(st.sampled_from("abTXof19éßα'-/\\.,;_*?{}$&\u2019\u200b"), min_size=1, max_size=14)


@given(st.sampled_from(["ti", "all", "rn", "kw"]), _BARE, st.booleans())
def test_a_word_without_quotes_prints_back(
    prefix: str,
    word: str,
    quoted: bool,  # noqa: FBT001  # drawn
) -> None:
    sign = '"' if quoted else ""
    _survives(f"{prefix}:{sign}{word}{sign}")
    _survives(f"ti:zeta {prefix}:{sign}{word}{sign}")


_VALID = st.sampled_from(
    [
        'ti:RAG OR abs:"retrieval augmented generation"',
        'au:"Del Maestro, A" AND (ti:checkerboard ANDNOT abs:pyrochlore)',
        "cat:cs.* AND submittedDate:[202301010600 TO 202401010600]",
        '(optimi* "deep learning"~3) ANDNOT primary:math',
        r'au:"Erd\H{o}s" OR rn:CERN-TH* OR doi:10.1038/418838a',
        'kw:LLM NOT kw:"state of the art" id:hep-th/9901001',
    ]
)


@given(_VALID, st.data())
def test_a_query_with_a_slip_is_read_or_refused_too(query: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(query)))
    removed = data.draw(st.integers(0, 3))
    put = data.draw(st.one_of(st.just(""), _FRAGMENTS, st.characters()))
    _survives(query[:place] + put + query[place + removed :])


_PHRASES = st.text(
    st.sampled_from("abcXYZ019éßα '-\"\\.,:()_*?$\u2019\u201c"), min_size=1, max_size=12
)
_DATES = st.sampled_from(["submittedDate:[2023 TO 2024]", 'lastUpdatedDate:"20230105 TO 202302"'])


@st.composite
def _terms(draw: st.DrawFn) -> Node:
    prefix = draw(
        st.sampled_from(["ti", "abs", "co", "jr", "rn", "au", "kw", "all", "cat", "primary"])
    )
    if prefix in ("cat", "primary"):
        return term(prefix, draw(st.sampled_from(["cs.CL", "cs.*", "hep-th", "math"])))
    if draw(st.integers(0, 9)) == 0:
        return parse(draw(_DATES)).expression
    body = typed(draw(_PHRASES)).replace('"', " ").replace("\\", " ")
    tail = draw(st.sampled_from(["", "~1", "~50"])) if prefix != "au" else ""
    try:
        return term(prefix, f"Zeta {body}", tail=tail)
    except Misread:  # a wildcard without letters before it
        return term(prefix, "Zeta optimi*", tail=tail)


_NODES = st.recursive(
    _terms(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(none_of),
    ),
    max_leaves=12,
)


@given(_NODES)
def test_every_tree_prints_as_a_query_that_means_the_same(node: Node) -> None:
    query = parse(write(node))
    assert query.meaning == node.key
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)
    assert isinstance(query, Query)


@given(st.lists(_NODES, min_size=2, max_size=4, unique_by=lambda node: node.key), st.randoms())
def test_the_order_of_alternatives_says_nothing(nodes: list[Node], random: Random) -> None:
    shuffled = list(nodes)
    random.shuffle(shuffled)
    for join in (all_of, any_of):
        one, other = parse(write(join(nodes))), parse(write(join(shuffled)))
        assert one == other
        assert one.hash == other.hash


@given(
    st.lists(_PHRASES, max_size=4),
    st.lists(st.sampled_from(["cs.CL", "cs", "hep-th"]), max_size=2),
    st.lists(_PHRASES, max_size=2),
    st.booleans(),
)
def test_every_list_of_keywords_prints_as_a_query_that_means_the_same(
    keywords: list[str],
    categories: list[str],
    exclude: list[str],
    primary_only: bool,  # noqa: FBT001  # drawn
) -> None:
    try:
        query = from_keywords(keywords, categories=categories, exclude=exclude)
        query = restrict(query, categories=categories, primary_only=primary_only)
    except QuerySyntaxError:
        return
    assert parse(str(query)) == query


def _steps(text: str) -> int:
    """Count the lines of our own that are executed to read or refuse `text`."""
    steps = 0

    def count(_: FrameType, event: str, __: object) -> Callable[[FrameType, str, Any], Any]:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        _read(text)
    finally:
        sys.settrace(before)
    return steps


def _read(text: str) -> None:
    with suppress(QuerySyntaxError):
        parse(text)


@pytest.mark.parametrize(
    "made",
    [
        lambda size: "x" * size,
        lambda size: '"' * size,
        lambda size: "(" * size,
        lambda size: "ti:x OR " * (size // 8),
        lambda size: "NOT (" * (size // 5),
        lambda size: "ab* " * (size // 4),
        lambda size: "ab" + "*?" * (size // 2),
        lambda size: "cat:" + "cs." * (size // 3),
        lambda size: f"cat:{'*a' * (size // 2)}",
        lambda size: "a" * size + ":x",
        lambda size: '"' + "ab " * (size // 3) + '"~3',
        lambda size: f"au:{'a,' * (size // 2)}",
        lambda size: "submittedDate:[" + "2" * size,
        lambda size: "^" * size,
        lambda size: "$a_1" * (size // 4),
        lambda size: "~1" * (size // 2),
        lambda size: "\\" * size,
        lambda size: "\u0301" * size,
    ],
)  # fmt: skip
def test_what_is_absurdly_large_is_refused_or_read_in_bounded_work(
    made: Callable[[int], str],
) -> None:
    # What is beyond the limit costs no more than what is at it, and that is in proportion.
    large, small = _steps(made(MAX_LENGTH)), _steps(made(MAX_LENGTH // 8))
    assert _steps(made(50 * MAX_LENGTH)) <= 200
    assert large <= 12 * small + 20_000


def test_the_pointed_line_of_what_is_too_long_is_short() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse("x" * 1_000_000)
    assert len(caught.value.pointed) < 250


def test_wildcards_are_counted_over_the_whole_query() -> None:
    most = " ".join(f"ti:word{number:02}*" for number in range(MAX_WILDCARDS))
    assert count_wildcards(parse(most).expression) == MAX_WILDCARDS
    with pytest.raises(QuerySyntaxError, match="more than 50 words with wildcards") as caught:
        parse(f"{most} OR (ti:x ANDNOT au:more*)")
    assert caught.value.text[caught.value.position :] == "more*)"
    with pytest.raises(QuerySyntaxError, match="51 words with wildcards, of 50 at most"):
        from_keywords([f"word{number:02}*" for number in range(51)])
