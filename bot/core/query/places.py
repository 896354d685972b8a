"""Which papers queries match: a mask for each query, and from it the papers' places."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

import numpy as np

_FEW = 12


class Places(dict[int, tuple[int, ...]]):
    """By a mask, the places of the bits that are set, lowest first; each worked out once."""

    def __init__(self, size: int) -> None:
        """No place is as high as `size`."""
        super().__init__()
        self._octets = (size + 7) // 8
        # The same numbers for all, which is quicker than to make them, and takes less memory.
        self._places = np.array(range(self._octets * 8), object)

    def __missing__(self, mask: int) -> tuple[int, ...]:
        """Work out a mask: bit by bit where there are few, else by looking at all."""
        if mask.bit_count() < _FEW:
            found = tuple(self._few(mask))
        else:
            octets = np.frombuffer(mask.to_bytes(self._octets, "little"), np.uint8)
            bits = np.unpackbits(octets, bitorder="little").view(np.bool_)
            found = tuple(self._places[bits].tolist())
        self[mask] = found
        return found

    def _few(self, mask: int) -> Iterator[int]:
        while mask:
            low = mask & -mask
            yield self._places[low.bit_length() - 1]
            mask ^= low


class Found(Mapping[str, tuple[int, ...]]):
    """What some queries match, by their hashes: the places of papers, lowest first.

    It keeps a bit for each paper, and writes a query's places out when they are asked for. Queries
    that match the same papers share one sequence.
    """

    def __init__(self, masks: dict[str, int], size: int) -> None:
        """`masks` are those of the queries that match anything; no place is as high as `size`."""
        self._masks = masks
        self._size = size
        self._places = Places(size)

    def __getitem__(self, name: str) -> tuple[int, ...]:
        """Give the places that a query matches."""
        return self._places[self._masks[name]]

    def __iter__(self) -> Iterator[str]:
        """Give the queries that match anything."""
        return iter(self._masks)

    def __len__(self) -> int:
        """Tell how many queries match anything."""
        return len(self._masks)

    def anywhere(self) -> tuple[int, ...]:
        """Give the places that any query matches."""
        return self._places[reduce(or_, self._masks.values(), 0)]

    def __or__(self, others: "Found") -> "Found":
        """Join with what others match of the same papers."""
        return Found(self._masks | others._masks, self._size)
