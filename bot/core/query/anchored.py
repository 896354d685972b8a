"""Queries by their anchors, and which fields of a word or phrase are an anchor of any."""

from array import array

import numpy as np
from numpy.typing import NDArray

from bot.core.query.clauses import FIELD_BITS, parts_of
from bot.core.query.numbering import Postings
from bot.core.query.ragged import Numbers


class Anchored:
    """From the codes of anchors to the numbers of the queries under them.

    A bit for each code tells whether there are any, so that all codes are looked at at once.
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

    def queries(self, fields: NDArray[np.uint8]) -> Numbers:
        """Give the queries under any code of which the field's bit is set, each once, in order.

        `fields` has a byte for each number.
        """
        size = min(len(fields), len(self._fields))
        # Copied, since what is looked into cannot grow.
        asked = fields[:size] & np.frombuffer(bytes(self._fields), np.uint8)[:size]
        codes = [
            np.flatnonzero(asked >> field & 1) << FIELD_BITS | field
            for field in range(1 << FIELD_BITS)
        ]
        found = array("I")
        for queries in self._queries.each(np.concatenate(codes).tolist()):
            if isinstance(queries, int):
                found.append(queries)
            else:
                found.extend(queries or ())
        numbers: Numbers = np.array(found, np.int64)
        there = np.zeros(numbers.max(initial=-1) + 1, np.bool_)
        there[numbers] = True  # many are under several codes, and to sort them takes longer
        return np.flatnonzero(there)
