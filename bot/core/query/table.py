"""A map in pieces, so that no change of one key has much to move, however many keys there are."""

from array import array
from collections.abc import Hashable, Iterable, Iterator
from itertools import chain
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
PIECES = 251
"""A prime, over which numbers that are made of several spread too."""


class Table(Generic[K, V]):
    """As a dict is.

    A dict that is full moves all of its entries when one more comes, which for a million takes a
    tenth of a second; here it is the entries of one piece. In the same way each piece gives back
    its memory once most of its entries are gone.
    """

    def __init__(self) -> None:
        self._pieces: list[dict[K, V]] = [{} for _ in range(PIECES)]
        self._peaks = array("I", bytes(4 * PIECES))

    def __len__(self) -> int:
        """Tell how many keys there are."""
        return sum(map(len, self._pieces))

    def __bool__(self) -> bool:
        """Tell whether there is any key."""
        return any(self._pieces)

    def __iter__(self) -> Iterator[K]:
        """Give the keys."""
        return chain.from_iterable(self._pieces)

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a key."""
        return key in self._pieces[hash(key) % PIECES]

    def __getitem__(self, key: K) -> V:
        """Give what a key leads to, which is there."""
        return self._pieces[hash(key) % PIECES][key]

    def get(self, key: K) -> V | None:
        """Give what a key leads to, if it is there."""
        return self._pieces[hash(key) % PIECES].get(key)

    def each(self: "Table[int, V]", keys: Iterable[int]) -> list[V | None]:
        """Give what each key leads to, if it is there.

        Keys are numbers from 0 to 2**61 - 2, which are their own hashes.
        """
        pieces = self._pieces
        return [pieces[key % PIECES].get(key) for key in keys]

    def __setitem__(self, key: K, value: V) -> None:
        """Enter a key, or let it lead to something else."""
        number = hash(key) % PIECES
        piece = self._pieces[number]
        piece[key] = value
        self._peaks[number] = max(self._peaks[number], len(piece))

    def pop(self, key: K) -> V | None:
        """Remove a key, if it is there, and give what it led to."""
        number = hash(key) % PIECES
        piece = self._pieces[number]
        found = piece.pop(key, None)
        if self._peaks[number] > 4 * len(piece):
            self._pieces[number] = dict(piece)
            self._peaks[number] = len(piece)
        return found
