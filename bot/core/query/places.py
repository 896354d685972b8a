"""Which papers queries match: the places of all of them in one array, a range for each query."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.core.query.ragged import Numbers

Places = NDArray[np.uint16]
"""Places in a batch, which are below 2**16."""


class Spans(NamedTuple):
    """What some programs match: each the places from its begin to before its end, lowest first."""

    programs: Numbers
    begins: Numbers
    ends: Numbers
    places: Places

    @classmethod
    def joined(cls, parts: Iterable["Spans"]) -> "Spans":
        """Put together what different programs match."""
        places = array("H")
        spans = []
        for part in parts:
            before = len(places)
            spans.append((part.programs, part.begins + before, part.ends + before))
            places.frombytes(part.places.tobytes())
        programs, begins, ends = map(np.concatenate, zip(*spans, strict=True))
        return cls(programs, begins, ends, np.frombuffer(places, np.uint16))


class _Part(NamedTuple):
    """What queries match of a batch, whose first paper has the place `first`.

    `queries` tells by a query's hash which range of `places` is its.
    """

    first: int
    queries: dict[str, int]
    begins: Numbers
    ends: Numbers
    places: Places

    def of(self, number: int) -> Sequence[int]:
        """Give the places of a range, as numbers of Python's."""
        places = self.places[self.begins[number] : self.ends[number]]
        found: list[int] = places.tolist()
        return [self.first + place for place in found] if self.first else found


class Found(Mapping[str, tuple[int, ...]]):
    """What some queries match, by their hashes: the places of papers, lowest first.

    The places are one array, of which a query's are given as numbers when they are asked for.
    """

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def add(self, first: int, queries: Sequence[str], spans: Spans) -> None:
        """Add what some queries, the programs of `spans`, match of papers from `first` on."""
        numbers = dict(zip(queries, range(len(queries)), strict=True))
        self._parts.append(_Part(first, numbers, spans.begins, spans.ends, spans.places))

    def __getitem__(self, query: str) -> tuple[int, ...]:
        """Give the places that a query matches."""
        found = [
            part.of(number)
            for part in self._parts
            if (number := part.queries.get(query)) is not None
        ]
        if not found:
            raise KeyError(query)
        return tuple(found[0] if len(found) == 1 else chain.from_iterable(found))

    def __contains__(self, query: object) -> bool:
        """Tell whether a query matches anything."""
        return any(query in part.queries for part in self._parts)

    def __iter__(self) -> Iterator[str]:
        """Give the queries that match anything."""
        return iter(dict.fromkeys(chain.from_iterable(part.queries for part in self._parts)))

    def __len__(self) -> int:
        """Tell how many queries match anything."""
        return len(set().union(*(part.queries for part in self._parts)))

    def anywhere(self) -> tuple[int, ...]:
        """Give the places that any query matches."""
        held = (part.first + np.unique(part.places).astype(np.int64) for part in self._parts)
        return tuple(sorted(set(chain.from_iterable(one.tolist() for one in held))))

    def __or__(self, others: "Found") -> "Found":
        """Join with what others match of the same papers, none of which is here."""
        joined = Found()
        joined._parts = self._parts + others._parts
        return joined
