"""Messages put together from encoded blocks: the same octets as if each were written anew."""

import quopri
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core import render
from bot.core.digest import Digest, Style, sections_of
from bot.core.marks import Marks
from bot.core.model import Coverage, Detail, Entry, Former, Paper
from bot.core.render import encoded as encoding
from bot.core.render.encoded import Parts, quoted_printable
from tests.builders import digest, paper

STOP = "https://papers.example.org/u/AAAAAAAAAAAAAAAAAAAAAA"
WORDS = st.text(max_size=30) | st.sampled_from(
    [
        *("trailing space ", ".", "..", "From the start", "=", "=3D", "=?utf-8?q?a?=", "\t"),
        *("a\r\nb", "a\x85b", "<script>&\"'", "é" * 60, "日本" * 40, "x" * 200, "\u202e", "𝔸"),
    ]
)
RANGES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40)), max_size=3).map(tuple)


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    return paper(
        draw(st.integers(1, 5)),
        title=draw(WORDS),
        abstract=draw(WORDS),
        authors=tuple(draw(st.lists(WORDS, max_size=7))),
        comment=draw(st.none() | WORDS | st.just("Withdrawn: an error")),
        version=draw(st.integers(1, 3)),
        detail=draw(st.sampled_from(Detail)),
    )


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    one = draw(papers())
    topics = draw(st.lists(st.sampled_from(["RAG", "SFT", "<é>"]), min_size=1, unique=True))
    kind: Any = draw(st.sampled_from(["new", "cross", "replace"]))
    marks = Marks(draw(RANGES), draw(RANGES), draw(RANGES))
    former = Former(1, draw(WORDS)) if kind == "replace" else None
    return Entry(one, tuple(topics), kind, former, followed=(0,), marks=marks)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    found = draw(st.lists(entries(), max_size=10))
    layouts: Any = st.sampled_from(["full", "compact", "titles"])
    return digest(
        sections=sections_of(found),
        subscriber=draw(WORDS),
        style=Style(draw(layouts), draw(st.none() | st.integers(0, 5))),
        coverage=draw(st.none() | st.just(Coverage(3, 2, 1))),
        test=draw(st.booleans()),
    )


def forms_of(one: Digest, unsubscribe: str = "") -> Iterator[Parts]:
    return render.encoded_forms(one, render.subject(one), unsubscribe)


def decoded(pieces: Sequence[bytes]) -> str:
    return quopri.decodestring(b"".join(pieces)).decode()


@settings(max_examples=40)
@given(one=digests())
@example(one=digest(sections=()))
def test_shared_blocks_decode_to_what_an_unshared_rendering_gives(one: Digest) -> None:
    parts = next(forms_of(one, STOP))
    form = render.forms_of(one.style.layout)[0]
    for encoded, text in (
        (parts.text, render.text(one, form, STOP)),
        (parts.html, render.html(one, form, STOP)),
    ):
        whole = "".join(f"{line}\r\n" for line in text.splitlines())
        assert decoded(encoded) == whole
        assert b"".join(encoded) == quoted_printable(text)
    assert parts.size == len(decoded(parts.html).encode())


@settings(max_examples=20)
@given(earlier=st.lists(digests(), max_size=3), one=digests())
def test_what_was_kept_of_earlier_messages_changes_no_octet(
    earlier: list[Digest], one: Digest
) -> None:
    encoding._kept.cache_clear()
    alone = list(forms_of(one, STOP))
    encoding._kept.cache_clear()
    for other in earlier:
        list(forms_of(other, STOP))
    assert list(forms_of(one, STOP)) == alone
    assert list(forms_of(one, STOP)) == alone


def test_readers_of_the_same_papers_share_all_but_what_is_their_own() -> None:
    encoding._kept.cache_clear()
    both = [Entry(paper(n), ("RAG",)) for n in (1, 2)]
    next(forms_of(digest(*both), STOP))
    written = encoding._kept.cache_info().misses
    next(forms_of(digest(*both, subscriber="bob"), "mailto:other@example.org"))
    assert encoding._kept.cache_info().misses == written
    marked = replace(both[0], marks=Marks(title=((0, 1),)))
    labelled = replace(both[1], topics=("RAG", "SFT"))
    next(forms_of(digest(marked, labelled), STOP))
    # The title's and the abstract's block of the one, and the labels of the other.
    assert encoding._kept.cache_info().misses == written + 3


def test_what_is_kept_is_bounded() -> None:
    limit = encoding._kept.cache_info().maxsize
    assert limit is not None
    assert limit <= 5_000


@given(st.lists(st.text(), max_size=6))
def test_lines_encoded_one_by_one_are_the_lines_encoded_together(lines: list[str]) -> None:
    whole = "".join(f"{line}\n" for text in lines for line in text.splitlines())
    pieces = [quoted_printable(f"{line}\n") for text in lines for line in text.splitlines()]
    assert b"".join(pieces) == quoted_printable(whole)
    assert decoded(pieces) == whole.replace("\n", "\r\n")


@given(st.text())
def test_encoded_lines_are_short_and_ascii_and_end_in_crlf(text: str) -> None:
    octets = quoted_printable(text)
    assert octets.isascii()
    assert not octets or octets.endswith(b"\r\n")
    assert all(len(line) <= 76 for line in octets.split(b"\r\n"))
    rest = octets.replace(b"\r\n", b"")
    assert not {b"\r", b"\n"} & {rest[at : at + 1] for at in range(len(rest))}


# What fits


HOSTILE = {
    "quotation marks": '"' * 10_000,
    "many words": "'<>&\" " * 2_000,
    "four octets a character": "𝔸" * 10_000,
    "marks on letters": "a\u0301\u0302\u0303" * 3_000,
    "formulas": r"$\alpha$ " * 2_000,
}


def crowded(words: str, kind: Any, *, topics: int) -> Digest:
    """Build a digest as large as a delivery can be, of which every text is `words`."""
    short = words[:400]
    many = tuple(f"{short} {number}" for number in range(2_000))
    marks = Marks(*(tuple((n, n + 1) for n in range(0, 1_000, 2)) for _ in range(3)))
    found = [
        Entry(
            paper(n, title=words, abstract=short, authors=many, comment=f"withdrawn {short}"),
            (f"{n % topics} {short}", *(f"{other} {short}" for other in range(60, 64))),
            kind,
            Former(1, short) if kind == "replace" else None,
            followed=tuple(range(0, 2_000, 3)),
            marks=marks,
        )
        for n in range(50)
    ]
    refused = tuple(many[:30])
    coverage = Coverage(10**9, 10**8, 50, many[:30], missing=10**9, late=True, refused=refused)
    return digest(
        *found, subscriber=words, coverage=coverage, style=Style("titles", 3), part=9, parts=99
    )


@pytest.mark.slow
@pytest.mark.parametrize("topics", [1, 50])
@pytest.mark.parametrize("kind", ["cross", "replace"])
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_any_fifty_papers_fit_as_bare_titles(words: str, kind: str, topics: int) -> None:
    one = crowded(words, kind, topics=topics)
    longest = f"https://papers.example.org/u/{'x' * 900}"
    parts = list(forms_of(one, longest))[-1]
    assert parts.size <= 90_000
    for number in range(50):
        link = f"https://arxiv.org/abs/2601.{number:05d}"
        assert link in decoded(parts.html)
        assert link in decoded(parts.text).split()


@pytest.mark.parametrize("layout", ["full", "compact", "titles"])
def test_no_paper_takes_more_than_its_bounds_allow(layout: Any) -> None:
    words = "long words " * 10_000
    one = Entry(
        paper(
            title=words,
            abstract=words,
            authors=(words,) * 2_000,
            categories=tuple(f"{words}{number}" for number in range(50)),
            comment=words,
        ),
        tuple(f"{number} {words}" for number in range(100)),
        followed=tuple(range(2_000)),
    )
    short = digest(Entry(paper(), ("RAG",)))
    form = render.Form(layout)
    longer = len(render.html(digest(one), form)) - len(render.html(short, form))
    # An abstract, a comment, a title, categories, ten names with their marks, topics as labels;
    # around it the topic, the preheader and why the message came.
    paper_takes = 8_000 + 1_000 + 500 + 200 + 10 * (120 + 80) + 13 * (80 + 150)
    assert longer <= paper_takes + 160 + 200 + 2_000


def test_a_note_that_nothing_matched_fits_whatever_the_topics_are_called() -> None:
    topics = tuple(f"{number}{'<' * 5_000}" for number in range(100))
    note = digest(sections=(), coverage=Coverage(5, 5, 0, topics=topics), subscriber="<" * 10_000)
    assert next(forms_of(note)).size <= 20_000
