"""Queries by their anchors, and which fields of a word or phrase are an anchor of any."""

from collections.abc import Iterable, Sequence

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

    def under(self, number: int) -> Iterable[tuple[int, Sequence[int]]]:
        """Give the codes of a number that are there, each with the queries under it."""
        if number >= len(self._fields) or not self._fields[number]:
            return ()
        fields = _BITS[self._fields[number]]
        return self._queries.under([code_of(number, field) for field in fields])
