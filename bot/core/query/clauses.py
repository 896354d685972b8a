"""All clauses of all queries, each known once under a number, and what it takes to find them.

A clause's code is its number with the field in which it is looked for: `number << 3 | field`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.core.query.expression import (
    ANY_DISTANCE,
    Author,
    Dates,
    Label,
    Pattern,
    Text,
    TextField,
    Word,
)
from bot.core.query.numbering import GAP, UNKNOWN, Numbering, Postings
from bot.core.query.phrases import Phrases
from bot.core.query.proximity import Near
from bot.core.query.table import Table
from bot.core.query.vocabulary import Vocabulary
from bot.core.query.words import is_wildcard

Clause = Text | Author | Label | Dates
FIELDS: dict[TextField, int] = {
    "ti": 0, "abs": 1, "co": 2, "jr": 3, "rn": 4, "kw": 5, "all": 6
}  # fmt: skip
AUTHORS = 7
NO_FIELD = 0
FIELD_BITS = 3
# How much is likely to be found by what, without being wanted.
_PHRASE, _NAME, _WORD, _WILDCARD = 1, 2, 16, 256
_LABELS = {"id": 1, "doi": 1, "primary": 100_000, "cat": 200_000}


class Span(NamedTuple):
    """From an instant to before another."""

    start: datetime
    end: datetime


class Together(NamedTuple):
    """Words that stand anywhere in one field, by their numbers."""

    numbers: tuple[int, ...]


Definition = Near | Together | Span | str
"""What a clause is; an author's name, of which there are most, is its key, to save memory."""


class Anchor(NamedTuple):
    """The code of what is found wherever a clause is; the lighter, the less else it finds."""

    weight: int
    code: int


def code_of(number: int, field: int) -> int:
    """Give the code of a clause."""
    return number << FIELD_BITS | field


def parts_of(code: int) -> tuple[int, int]:
    """Give the number and the field of a code."""
    return code >> FIELD_BITS, code & (1 << FIELD_BITS) - 1


class Clauses:
    """The clauses that are in use.

    Words and phrases are found by reading a text, labels are known by their keys, and what
    `definitions` tells of is looked at one by one, if what `needing` has it under occurs: one of
    its words, or UNKNOWN where it has none.
    """

    def __init__(self) -> None:
        self._numbering = Numbering()
        self.words = Vocabulary(self._numbering)
        self.names = Vocabulary(self._numbering)
        self.phrases = Phrases(self._numbering)
        self.keys = Table[str, int]()
        self.definitions = Table[int, Definition]()
        self.needing = Postings()

    @property
    def numbers(self) -> int:
        """The numbers that there are: all are below it."""
        return len(self._numbering)

    def take(self, clause: Clause) -> int:
        """Enter a clause, or count one use more; give its code."""
        match clause:
            case Text(field):
                words = tuple(self.words.take(forms) if forms else GAP for forms in _forms(clause))
                return code_of(self._taken(clause, words), FIELDS[field])
            case Author():
                numbers = [self.names.take(forms) for forms in whole(clause)]
                if not _is_one_word(clause):
                    return code_of(self._keep(clause.key, clause.key, numbers), AUTHORS)
                return code_of(numbers[0], AUTHORS)
            case Dates(start, end):
                return code_of(self._keep(clause.key, Span(start, end), (UNKNOWN,)), NO_FIELD)
            case _:
                return code_of(self._keep(clause.key), NO_FIELD)

    def _taken(self, clause: Text, words: tuple[int, ...]) -> int:
        """Enter a pattern, of whose words the numbers are given."""
        if len(words) == 1:
            return words[0]
        if _is_exact(clause):
            return self.phrases.take(words)
        near = _near(clause, words)
        if clause.slop == ANY_DISTANCE:
            return self._keep(_near_key(clause), Together(words), words)
        return self._keep(_near_key(clause), near, near.numbers)

    def drop(self, clause: Clause) -> None:
        """Count one use less, and forget a clause after its last."""
        match clause:
            case Text():
                if not _is_exact(clause):
                    self._forget(_near_key(clause), self._path(clause))
                elif len(clause.pattern) > 1:
                    self.phrases.drop(self._path(clause))
                for forms in filter(None, _forms(clause)):
                    self.words.drop(forms)
            case Author():
                words = whole(clause)
                if not _is_one_word(clause):
                    self._forget(clause.key, map(self.names.number, words))
                for forms in words:
                    self.names.drop(forms)
            case _:
                self._forget(clause.key, (UNKNOWN,))

    def anchors(self, clause: Clause) -> Iterator[Anchor]:
        """Give all that could be the anchor of a clause that is in use."""
        uses = self._numbering.uses
        match clause:
            case Text(field) if _is_exact(clause) and len(clause.pattern) > 1:
                number = self.phrases.number(self._path(clause))
                yield Anchor(_PHRASE * uses(number), code_of(number, FIELDS[field]))
            case Text(field):
                for forms in filter(None, _forms(clause)):
                    number = self.words.number(forms)
                    weight = _WILDCARD if any(map(is_wildcard, forms)) else _WORD
                    yield Anchor(weight * uses(number), code_of(number, FIELDS[field]))
            case Author():
                for forms in whole(clause):
                    number = self.names.number(forms)
                    yield Anchor(_NAME * uses(number), code_of(number, AUTHORS))
            case Label(field):
                yield Anchor(_LABELS[field], code_of(self.keys[clause.key], NO_FIELD))
            case _:  # dates, which nothing in a paper stands for
                pass

    def _path(self, clause: Text) -> list[int]:
        """Give the numbers of the words of a phrase that is in use."""
        return [self.words.number(forms) if forms else GAP for forms in _forms(clause)]

    def _keep(
        self, key: str, definition: Definition | None = None, words: Sequence[int] = ()
    ) -> int:
        """Enter what is known by a key, or count one use more; give its number.

        What has a definition is looked for only where the least used of its words occurs.
        """
        number = self.keys.get(key)
        if number is not None:
            self._numbering.take(number)
            return number
        number = self.keys[key] = self._numbering.new()
        if definition is not None:
            self.definitions[number] = definition
            self.needing.add(min(words, key=self._numbering.uses), number)
        return number

    def _forget(self, key: str, words: Iterable[int]) -> None:
        """Count one use less of what is known by a key, and forget it after the last."""
        number = self.keys[key]
        if self._numbering.drop(number):
            self.keys.pop(key)
            self.definitions.pop(number)
            for word in words:
                self.needing.discard(word, number)


def signed(form: str) -> str:
    """Tell a word in capitals apart from a stem."""
    return f"!{form}"


def _forms(clause: Text) -> list[Word]:
    """Give the words of a pattern, with those in capitals signed."""
    if not clause.capitals:
        return list(clause.pattern)
    return [
        tuple(form if is_wildcard(form) else signed(form) for form in forms)
        for forms in clause.pattern
    ]


def _is_exact(clause: Text) -> bool:
    """Tell whether a pattern is one word, or a phrase that reading a text finds."""
    if len(clause.pattern) == 1:
        return True
    plain = all(len(forms) < 2 and not any(map(is_wildcard, forms)) for forms in clause.pattern)
    return plain and not clause.slop


def _near_key(clause: Text) -> str:
    """Give a key that stands for the pattern in whatever field."""
    return f"near{clause.key.removeprefix(clause.field)}"


def _near(clause: Text, words: tuple[int, ...]) -> Near:
    """Describe a phrase of which reading a text finds only the words."""
    offsets = tuple(offset for offset, forms in enumerate(clause.pattern) if forms)
    return Near(tuple(words[offset] for offset in offsets), offsets, clause.slop)


def author_of(key: str) -> Author:
    """Read back an author from its key, but for how it was written."""
    surname, given = key.removeprefix("au:").split(",")
    return Author(_patterned(given), "", _patterned(surname))


def _patterned(spelled: str) -> Pattern:
    """Read back a pattern as keys have it."""
    return tuple(tuple(forms.split("/")) for forms in spelled.split())


def words_of(key: str) -> Iterator[str]:
    """Give the words of an author's key that are no initials, as a vocabulary's keys."""
    for word in key.removeprefix("au:").replace(",", " ").split():
        if len(word) > 1 and word[1] != "/":
            yield word


def whole(clause: Author) -> list[Word]:
    """Give the words of a name that are no initials."""
    return [forms for forms in clause.surname + clause.given if len(forms[0]) > 1]


def _is_one_word(clause: Author) -> bool:
    """Tell whether one whole word, anywhere in a name, is all that is asked for."""
    return not clause.surname and len(clause.given) == 1
