"""A text as one line of its words, in which a plain phrase is found as a string is found.

It tells what `passage.occurrences` tells, for those who ask about many papers or queries: where a
term is not plain, it looks for each of its words first, and then asks there.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bot.core.query.expression import Author, Text, Word
from bot.core.query.passage import Token, occurrences, shown_tokens, tokens
from bot.core.query.words import is_wildcard


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a text with a space before and behind each: their first stems, or as acronyms.

    `others` holds the further stems of words that have several, such as Schrödinger.
    """

    stems: str
    capitals: str
    others: str


@lru_cache(maxsize=4096)  # the titles and abstracts of a day
def line_of(text: str) -> Line:
    """Give the line of a text as arXiv has it."""
    return _line(tokens(text))


class _Shown(NamedTuple):
    """A text as readers see it: its line, and the half-open range of each word."""

    line: Line
    starts: Sequence[int]
    ends: Sequence[int]


@lru_cache(maxsize=2048)
def _shown(text: str) -> _Shown:
    passage = shown_tokens(text)
    starts = array("L", (start for _, start, _ in passage))
    ends = array("L", (end for _, _, end in passage))
    return _Shown(_line([token for token, _, _ in passage]), starts, ends)


@lru_cache(maxsize=4096)
def _names_line(authors: tuple[str, ...]) -> str:
    """Give all forms of all words of authors' names, each between spaces."""
    return _spaced([form for name in authors for token in tokens(name) for form in token.folded])


def stands_in(term: Text, text: str) -> bool:
    """Tell whether the term occurs in a text as arXiv has it."""
    line = line_of(text)
    plain = _plain(term)
    if plain is not None and (term.capitals or not line.others):
        return plain in (line.capitals if term.capitals else line.stems)
    return _may_stand(term, line) and bool(occurrences(term, tokens(text)))


def may_be_among(term: Author, authors: tuple[str, ...]) -> bool:
    """Tell whether all words of a name, but for initials, are among those of the authors' names."""
    line = _names_line(authors)
    return all(
        len(forms[0]) == 1 or _is_among(forms, line) for forms in (*term.surname, *term.given)
    )


def ranges(term: Text, text: str) -> Iterator[tuple[int, int]]:
    """Give the half-open ranges of characters of `text`, as it is shown, in which the term stands.

    An unbroken phrase is one range; of a loose one each word is.
    """
    shown = _shown(text)
    for first, last in _runs(term, text, shown.line):
        yield shown.starts[first], shown.ends[last]


def _runs(term: Text, text: str, line: Line) -> Iterator[tuple[int, int]]:
    """Give the first and the last word of each place of a term in a text that is shown."""
    plain = _plain(term)
    if plain is not None and (term.capitals or not line.others):
        yield from _found(plain, line.capitals if term.capitals else line.stems, len(term.pattern))
    elif _may_stand(term, line):
        for places in occurrences(term, [token for token, _, _ in shown_tokens(text)]):
            if term.slop:
                yield from ((place, place) for place in places)
            else:
                yield places[0], places[-1]


def _found(plain: str, words: str, length: int) -> Iterator[tuple[int, int]]:
    """Give the first and the last word of each place of a phrase of so many words in a line."""
    at, first = 0, 0
    while (found := words.find(plain, at)) >= 0:
        first += words.count(" ", at, found)
        yield first, first + length - 1
        first, at = first + 1, found + 1


def _may_stand(term: Text, line: Line) -> bool:
    """Tell whether each word of a term is somewhere in a line, as far as that is plain."""
    words = line.capitals if term.capitals else line.stems + line.others
    return all(_is_among(forms, words) for forms in term.pattern if forms)


def _is_among(forms: Word, words: str) -> bool:
    """Tell whether a word is in a line in one of its forms, or may be: it has a wildcard."""
    return any(is_wildcard(form) or f" {form} " in words for form in forms)


def _plain(term: Text) -> str | None:
    """Write a term as it stands in a line; None for one that is looser than a phrase."""
    if term.slop:
        return None
    words = []
    for forms in term.pattern:
        if len(forms) != 1 or is_wildcard(forms[0]):
            return None
        words.append(forms[0])
    return _spaced(words)


def _line(passage: Sequence[Token]) -> Line:
    further = [stem for token in passage for stem in token.stems[1:]]
    return Line(
        _spaced([token.stems[0] for token in passage]),
        _spaced([token.capitals for token in passage]),
        _spaced(further) if further else "",
    )


def _spaced(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "
