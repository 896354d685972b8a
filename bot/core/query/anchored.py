"""Queries by their anchors, and which fields of a word or phrase are an anchor of any."""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from bot.core.query.clauses import code_of, parts_of
from bot.core.query.numbering import Postings

_BITS = [[field for field in range(8) if fields >> field & 1] for fields in range(256)]
"""The fields of which a byte is the set."""


class Anchored:
    """From the codes of anchors to the numbers of the queries under them.

    A bit for each code tells whether there are any, because most words that occur are an anchor in
    one field at most.
    """

    def __init__(self) -> None:
        self._queries = Postings()
        self._fields = bytearray()

    def __len__(self) -> int:
        """Tell how many codes there are."""
        return len(self._queries)

    def add(self, code: int, query: int) -> None:
        """Enter a query, where it is not yet."""
        self._queries.add(code, query)
        number, field = parts_of(code)
        if number >= len(self._fields):
            self._fields.extend(bytes(number + 1 - len(self._fields)))
        self._fields[number] |= 1 << field

    def discard(self, code: int, query: int) -> None:
        """Remove a query, if it is there."""
        if code in self._queries:
            self._queries.discard(code, query)
            if code not in self._queries:
                number, field = parts_of(code)
                self._fields[number] ^= 1 << field

    def codes(self, numbers: Iterable[int]) -> Iterator[int]:
        """Give the codes of some numbers that are there."""
        fields, known = self._fields, len(self._fields)
        for number in numbers:
            if number < known and fields[number]:
                for field in _BITS[fields[number]]:
                    yield code_of(number, field)

    def queries(self, codes: Iterable[int]) -> list[int]:
        """Give the queries under any of some codes, each once, in order."""
        found = array("I")
        for queries in self._queries.each(codes):
            if isinstance(queries, int):
                found.append(queries)
            elif queries:
                found.extend(queries)
        numbers: list[int] = np.unique(np.array(found)).tolist()
        return numbers
