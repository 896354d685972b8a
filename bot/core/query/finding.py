"""Which papers of a batch each clause finds, worked out for a clause when it is asked for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from operator import and_, or_

import numpy as np

from bot.core.query.batch import COLUMNS, Batch
from bot.core.query.clauses import (
    Clauses,
    Definition,
    Together,
    author_of,
    code_of,
    parts_of,
    signed,
    words_of,
)
from bot.core.query.numbering import BREAK, UNKNOWN
from bot.core.query.passage import Token, tokens
from bot.core.query.proximity import Near, Spots
from bot.core.query.reading import is_author

# By the number of a field; affiliations and names of categories are searched by `all:` alone.
_COLUMNS = ((0,), (1,), (2,), (3,), (4,), (0, 1), tuple(range(COLUMNS)))


class Masks(dict[int, int]):
    """By a clause's code, the mask of the papers that it finds; bit n stands for paper n.

    `live` tells by a number whether what has it may be found: it occurs, or a word that it needs.
    """

    def __init__(self, clauses: Clauses, batch: Batch) -> None:
        super().__init__()
        self._definitions = clauses.definitions
        self._name = clauses.names.get
        self._batch = batch
        self._words = _words(clauses, batch)
        self._names = _names(clauses, batch)
        self._phrases = _phrases(clauses, batch)
        self._labels = {
            clauses.keys[key]: mask for key, mask in batch.labels.items() if key in clauses.keys
        }
        self._bits = [batch.bits[slot // COLUMNS] for slot in batch.slots]
        self._fields = [
            bytes(slot % COLUMNS in columns for slot in batch.slots) for columns in _COLUMNS
        ]
        self._papers = np.array([slot // COLUMNS for slot in batch.slots], np.int64)
        self._spots = Spots(batch, self._words)
        self._held: dict[int, frozenset[int]] = {}
        self.live = bytearray(clauses.numbers)
        needed = clauses.needing.under((UNKNOWN, *self._words, *self._names))
        for number in chain(self.occurring(), *(numbers for _, numbers in needed)):
            self.live[number] = True
        self._tokens: dict[int, tuple[Token, ...]] = {}

    def occurring(self) -> Iterator[int]:
        """Give the number of all that occurs and can be an anchor."""
        return chain(self._words, self._phrases, self._names, self._labels)

    def __missing__(self, code: int) -> int:
        """Work out a clause's mask."""
        number, field = parts_of(code)
        mask = self[code] = self._find(number, field) if self.live[number] else 0
        return mask

    def _find(self, number: int, field: int) -> int:
        if number in self._words:
            return self._text(self._words[number], _COLUMNS[field])
        if number in self._phrases:
            passages = map(self._batch.passages.__getitem__, self._phrases[number])
            return self._passages(passages, field)
        if number in self._names:
            masks = self._batch.names.masks
            return reduce(or_, map(masks.__getitem__, self._holders(number)))
        definition = self._definitions.get(number)
        if definition is None:
            return self._labels.get(number, 0)
        return self._defined(definition, field)

    def _defined(self, definition: Definition, field: int) -> int:
        """Find what has to be looked at one by one."""
        match definition:
            case Near():
                return self._near(definition, field)
            case Together(numbers):
                return self._together(numbers, _COLUMNS[field])
            case str():
                return self._author(definition)
            case _:
                start, end = definition
                papers = zip(self._batch.papers, self._batch.bits, strict=True)
                return sum(bit for paper, bit in papers if start <= paper.published < end)

    def _text(self, words: Sequence[int], columns: Sequence[int]) -> int:
        """Find the papers that hold one of the batch's words in one of the columns."""
        mask, bit = 0, self._batch.bits.__getitem__
        for column in columns:
            holders = self._batch.columns[column]
            for word in words:
                if word in holders:
                    mask = reduce(or_, map(bit, holders[word]), mask)
        return mask

    def _together(self, numbers: Sequence[int], columns: Sequence[int]) -> int:
        """Find the papers of which one column holds all of some clauses' words."""
        if not all(number in self._words for number in numbers):
            return 0
        return reduce(
            or_,
            (reduce(and_, (self._held_in(column, one) for one in numbers)) for column in columns),
        )

    def _held_in(self, column: int, number: int) -> int:
        """Find the papers of which a column holds a clause's word that occurs."""
        if (column,) in _COLUMNS:  # a field by itself, whose number is the column's
            return self[code_of(number, column)]
        return self._text(self._words[number], (column,))

    def _passages(self, passages: Iterable[int], field: int) -> int:
        """Find the papers of those passages that belong to a field."""
        belonging = filter(self._fields[field].__getitem__, passages)
        return reduce(or_, map(self._bits.__getitem__, belonging), 0)

    def _near(self, near: Near, field: int) -> int:
        """Find the papers that hold words near each other in a field."""
        passages = self._spots.find(near)
        belonging = passages[np.frombuffer(self._fields[field], np.bool_)[passages]]
        held = np.zeros(len(self._batch.papers), np.uint8)
        held[self._papers[belonging]] = 1
        return int.from_bytes(np.packbits(held, bitorder="little").tobytes(), "little")

    def _holders(self, number: int) -> frozenset[int]:
        """Give the names that hold a word."""
        found = self._held.get(number)
        if found is None:
            holders = self._batch.names.holders
            found = frozenset(name for word in self._names[number] for name in holders[word])
            self._held[number] = found
        return found

    def _author(self, key: str) -> int:
        """Find the papers that have an author of that name; most have none, which is seen first."""
        numbers = list(map(self._name, words_of(key)))
        if not all(number in self._names for number in numbers):
            return 0
        wanted = author_of(key)
        names, mask = self._batch.names, 0
        initials = {forms[0] for forms in wanted.surname + wanted.given if len(forms[0]) == 1}
        for name in reduce(and_, map(self._holders, numbers)):
            if initials <= names.initials[name] and is_author(self._name_of(name), wanted):
                mask |= names.masks[name]
        return mask

    def _name_of(self, name: int) -> tuple[Token, ...]:
        """Give the words of a name."""
        found = self._tokens.get(name)
        if found is None:
            found = self._tokens[name] = tokens(self._batch.names.texts[name])
        return found


def _words(clauses: Clauses, batch: Batch) -> Mapping[int, Sequence[int]]:
    """Tell which words of clauses occur, as which of the batch's."""
    known = [
        (*stems, signed(form)) for stems, form in zip(batch.stems, batch.capitals, strict=True)
    ]
    return clauses.words.occurring(known, batch.folded)


def _names(clauses: Clauses, batch: Batch) -> Mapping[int, Sequence[int]]:
    """Tell which words of authors' names occur, as which of the batch's."""
    if not clauses.names:
        return {}
    return clauses.names.occurring(batch.names.folded, batch.names.folded)


def _phrases(clauses: Clauses, batch: Batch) -> Mapping[int, Sequence[int]]:
    """Tell which phrases occur, each with the places where it ends."""
    found: dict[int, list[int]] = defaultdict(list)
    number = clauses.words.get
    stems = [number(forms[0]) if forms else BREAK for forms in batch.stems]
    clauses.phrases.find(batch, stems, found)
    others = (
        (word, tuple(filter(None, map(number, forms[1:]))))
        for word, forms in enumerate(batch.stems)
        if len(forms) > 1
    )
    if also := {word: numbers for word, numbers in others if numbers}:
        clauses.phrases.find_ambiguous(batch, stems, also, found)
    capitals = [number(signed(form)) if form else BREAK for form in batch.capitals]
    if max(capitals) > BREAK:
        clauses.phrases.find(batch, capitals, found)
    return found
