"""Which clauses a batch of papers holds, and in which papers: all at once, in arrays."""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.core.query.batch import COLUMN_BITS, LABELS, NAMES, PAPER_BITS, Batch
from bot.core.query.clauses import FIELD_BITS, Clauses, signed
from bot.core.query.defined import Defined
from bot.core.query.numbering import BREAK, UNKNOWN
from bot.core.query.ragged import Numbers, Ragged, numbers_of

_FIELDS = np.array(
    [0b1100001, 0b1100010, 0b1000100, 0b1001000, 0b1010000, 0b1000000, 0b1000000, 1 << 7, 1],
    np.uint8,
)
"""By a column, a bit for each field that it belongs to, as `clauses` numbers them.

Affiliations and names of categories are searched by `all:` alone.
"""
_COLUMN = (1 << COLUMN_BITS) - 1
_FIELD = (1 << FIELD_BITS) - 1


class Finding:
    """What is found of clauses: pairs of a number and a slot where it is.

    `fields` has for each number a bit for each field in which it is found, and UNKNOWN, which
    stands for nothing in particular, in its first. What has a definition is found once it was
    asked for.
    """

    def __init__(self, clauses: Clauses, batch: Batch) -> None:
        self.fields = np.zeros(clauses.numbers, np.uint8)
        self.fields[UNKNOWN] = 1
        self._definitions = clauses.definitions
        self._pairs: list[tuple[Numbers, Numbers]] = []
        known = [
            (*stems, signed(form)) for stems, form in zip(batch.stems, batch.capitals, strict=True)
        ]
        words = clauses.words.occurring(known, batch.folded)
        which, slots = batch.holders.taken(_flat(words))
        self._add(_keys(words)[which], slots)
        for phrases, places in _phrases(clauses, batch):
            self._add(phrases, batch.slots[batch.passages[places]])
        names = {}
        if clauses.names:
            names = clauses.names.occurring(batch.names.folded, batch.names.folded)
            which, papers = batch.names.papers_of(_flat(names))
            self._add(_keys(names)[which], papers << COLUMN_BITS | NAMES)
        keys = clauses.keys
        labels = {keys[key]: papers for key, papers in batch.labels.items() if key in keys}
        self._add(_keys(labels), _flat(labels) << COLUMN_BITS | LABELS)
        needed = clauses.needing.under((UNKNOWN, *words, *names))
        self._awaited = np.zeros(clauses.numbers, np.bool_)
        self._awaited[numbers_of(chain.from_iterable(numbers for _, numbers in needed))] = True
        self._defined = Defined(batch, words, names, clauses.names.get)

    def _add(self, numbers: Numbers, slots: Numbers) -> None:
        """Note where some clauses are found."""
        self._pairs.append((numbers, slots))
        columns = slots & _COLUMN
        for column, fields in enumerate(_FIELDS):
            self.fields[numbers[columns == column]] |= fields

    def define(self, codes: Numbers) -> None:
        """Look for those of some clauses that have a definition and may be there."""
        asked = np.zeros(len(self.fields), np.bool_)
        asked[codes >> FIELD_BITS] = True
        numbers = np.flatnonzero(asked & self._awaited)
        self._awaited[numbers] = False
        definitions = {number: self._definitions[number] for number in numbers.tolist()}
        for found, slots in self._defined.find(definitions):
            self._add(found, slots)

    def found(self, codes: Numbers) -> NDArray[np.bool_]:
        """Tell which clauses are found in any paper."""
        there: NDArray[np.bool_] = self.fields[codes >> FIELD_BITS] >> (codes & _FIELD) & 1 > 0
        return there

    def papers(self, codes: Numbers) -> tuple[Numbers, Ragged]:
        """Give, for clauses that are found, a row of each, and the rows: papers in order.

        Clauses that are the same have the same row.
        """
        there = np.flatnonzero(self.fields)
        index = np.zeros(len(self.fields), np.int32)
        index[there] = np.arange(len(there))
        rows = np.zeros(len(there) << FIELD_BITS, np.int32)
        places = index[codes >> FIELD_BITS].astype(np.int64) << FIELD_BITS | codes & _FIELD
        rows[places] = 1
        asked = np.flatnonzero(rows)
        rows[asked] = np.arange(1, len(asked) + 1)
        keys = np.concatenate([*self._keyed(index, rows)])
        return rows[places] - 1, Ragged.keyed(keys, len(asked), PAPER_BITS)

    def _keyed(self, index: NDArray[np.int32], rows: NDArray[np.int32]) -> Iterator[Numbers]:
        """Give rows, PAPER_BITS higher, and papers, for what has a row in `rows`, counted from 1.

        `index` gives a clause's place there, FIELD_BITS lower.
        """
        for numbers, slots in self._pairs:
            places = index[numbers].astype(np.int64) << FIELD_BITS
            belongs = _FIELDS[slots & _COLUMN]
            for field in range(1 << FIELD_BITS):
                own = rows[places | field]
                own[belongs >> field & 1 == 0] = 0
                asked = np.flatnonzero(own)
                yield (own[asked].astype(np.int64) - 1 << PAPER_BITS) | slots[asked] >> COLUMN_BITS


def _keys(rows: Mapping[int, Collection[int]]) -> Numbers:
    """Give the key of each number in any row."""
    lengths = np.fromiter(map(len, rows.values()), np.int64, len(rows))
    return np.fromiter(rows, np.int64, len(rows)).repeat(lengths)


def _flat(rows: Mapping[int, Collection[int]]) -> Numbers:
    """Give the numbers in all rows."""
    return numbers_of(chain.from_iterable(rows.values()))


def _phrases(clauses: Clauses, batch: Batch) -> Iterator[tuple[Numbers, Numbers]]:
    """Tell which phrases occur, each with the places where it ends."""
    number = clauses.words.get
    stems = [number(forms[0]) if forms else BREAK for forms in batch.stems]
    yield clauses.phrases.find(batch, stems)
    others = (
        (word, tuple(filter(None, map(number, forms[1:]))))
        for word, forms in enumerate(batch.stems)
        if len(forms) > 1
    )
    if also := {word: numbers for word, numbers in others if numbers}:
        found = list(clauses.phrases.find_ambiguous(batch, stems, also))
        yield numbers_of(one for one, _ in found), numbers_of(place for _, place in found)
    capitals = [number(signed(form)) if form else BREAK for form in batch.capitals]
    if max(capitals) > BREAK:
        yield clauses.phrases.find(batch, capitals)
