"""Rows of numbers of different lengths, one after the other in one array."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class Ragged(NamedTuple):
    """Row n is what stands in `values` from `begins[n]` to before `begins[n + 1]`."""

    begins: Numbers
    values: Numbers

    @classmethod
    def of(cls, rows: Sequence[Collection[int]]) -> "Ragged":
        """Write rows one after the other."""
        begins = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)), out=begins[1:])
        return cls(begins, numbers_of(chain.from_iterable(rows)))

    @classmethod
    def keyed(cls, keys: Numbers, rows: int, bits: int) -> "Ragged":
        """Sort keys, which are a row's number, `bits` higher, and a value; each counts once."""
        keys = np.sort(keys)
        keys = keys[np.diff(keys, prepend=-1) > 0]
        begins = keys.searchsorted(np.arange(rows + 1) << bits)
        return cls(begins, keys & (1 << bits) - 1)

    def places(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Give for all values of some rows the place in `rows` of its row, and the value's own."""
        begins = self.begins[rows]
        lengths = self.begins[rows + 1] - begins
        which = np.arange(len(rows)).repeat(lengths)
        moved = (begins - np.cumsum(lengths) + lengths).repeat(lengths)
        return which, np.arange(len(which)) + moved

    def taken(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Give for all values of some rows the place in `rows` of its row, and the value."""
        which, places = self.places(rows)
        return which, self.values[places]


def numbers_of(numbers: Iterable[int]) -> Numbers:
    """Write numbers as an array."""
    return np.fromiter(numbers, np.int64)
