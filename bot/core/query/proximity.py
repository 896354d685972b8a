"""Words that stand near each other, or that only a passage's own words can tell to be there."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bot.core.query.batch import Batch
from bot.core.query.numbering import Numbers
from bot.core.query.passage import paired

PASSAGE_BITS = 40
NOWHERE = 1 << 62
KEPT = 4_000_000
"""Places of words that are remembered at most, so that wildcards do not fill the memory."""


class Near(NamedTuple):
    """A phrase as the numbers of its words, with the place that each has in it."""

    numbers: tuple[int, ...]
    offsets: tuple[int, ...]
    slop: int


class Spots:
    """Where the words of clauses stand in a batch."""

    def __init__(self, batch: Batch, occurring: Mapping[int, Sequence[int]]) -> None:
        """`occurring` gives, for a clause's word, the batch's words that it is."""
        self._batch = batch
        self._occurring = occurring
        self._spots: dict[int, Numbers] = {}
        self._kept = 0

    @cached_property
    def _places(self) -> tuple[Numbers, list[int]]:
        """All places in the order of their words, and where each of the batch's words begins.

        A place has the passage's number PASSAGE_BITS higher, so that no word is near another's
        passage.
        """
        row = np.array(self._batch.row, np.int64)
        order = row.argsort(kind="stable")
        passages = np.array(self._batch.passages, np.int64)
        begins = row[order].searchsorted(np.arange(len(self._batch.words) + 1))
        return (passages[order] << PASSAGE_BITS) + order, begins.tolist()

    def _of(self, number: int) -> Numbers:
        """Give the places of a word, in order; the last is NOWHERE, near nothing."""
        spots = self._spots.get(number)
        if spots is None:
            places, begins = self._places
            words = sorted(set(self._occurring[number]))
            parts = [places[begins[word] : begins[word + 1]] for word in words]
            spots = np.concatenate([*parts, [NOWHERE]])
            if len(parts) > 1:
                spots.sort()
            self._kept += len(spots)
            if self._kept > KEPT:
                self._spots.clear()
                self._kept = len(spots)
            self._spots[number] = spots
        return spots

    def find(self, near: Near) -> Numbers:
        """Give the passages that hold the phrase, some of them twice.

        It goes over the places of the rarest word, and looks no further than the slop.
        """
        if not all(number in self._occurring for number in near.numbers):
            return np.empty(0, np.int64)
        slop, spots = near.slop, [self._of(number) for number in near.numbers]
        first, *rest = sorted(range(len(spots)), key=lambda word: len(spots[word]))
        others = [(near.offsets[word] - near.offsets[first], spots[word]) for word in rest]
        places = spots[first][:-1]
        for apart, own in others:
            at = own.searchsorted(places + (apart - slop))
            nearest = own[at]
            if len(others) == 1:
                # One place may be of both words, and does not count for two.
                nearest = own[at + (nearest == places)]
            places = places[nearest <= places + (apart + slop)]
        if len(others) > 1:
            places = places[_holding(places, others, slop)]
        return places >> PASSAGE_BITS


def _holding(places: Numbers, others: Sequence[tuple[int, Numbers]], slop: int) -> list[bool]:
    """Tell at which places each other word has a place of its own near the word there.

    Each is given with its distance in the phrase, and is known to stand near.
    """
    around = [
        (
            own.searchsorted(places + (apart - slop)).tolist(),
            own.searchsorted(places + (apart + slop), "right").tolist(),
            own,
        )
        for apart, own in others
    ]
    offsets = (0, *(apart for apart, _ in others))
    return [
        are_near(
            [[place], *(own[low[at] : high[at]].tolist() for low, high, own in around)],
            offsets,
            slop,
        )
        for at, place in enumerate(places.tolist())
    ]


def are_near(places: Sequence[Sequence[int]], offsets: Sequence[int], slop: int) -> bool:
    """Tell whether one place of each word can be chosen, none twice, so that they are near.

    Words are near if they stand where the phrase has them, moved by `slop` at most against each
    other. One window goes over the places in order; a pairing is sought only where a place is
    claimed by two words.
    """
    shifted = sorted(
        (place - offset, place, word)
        for word, (offset, own) in enumerate(zip(offsets, places, strict=True))
        for place in own
    )
    alone = len({place for _, place, _ in shifted}) == len(shifted)
    counts = [0] * len(places)
    missing, start = len(places), 0
    for end, (shift, _, word) in enumerate(shifted, 1):
        missing -= not counts[word]
        counts[word] += 1
        while shifted[start][0] < shift - slop:
            counts[shifted[start][2]] -= 1
            missing += not counts[shifted[start][2]]
            start += 1
        if not missing and (alone or _are_paired(shifted[start:end], len(places))):
            return True
    return False


def _are_paired(shifted: Sequence[tuple[int, int, int]], words: int) -> bool:
    """Tell whether each word can have a place of its own."""
    if len({place for _, place, _ in shifted}) < words:
        return False
    choices: list[list[int]] = [[] for _ in range(words)]
    for _, place, word in shifted:
        choices[word].append(place)
    return paired(choices) is not None
