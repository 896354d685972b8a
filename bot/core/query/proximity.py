"""Words that stand near each other, or that only a passage's own words can tell to be there."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from bot.core.query.batch import Batch
from bot.core.query.passage import paired

PASSAGE_BITS = 40
NOWHERE = 1 << 100
KEPT = 4_000_000
"""Places of words that are remembered at most, so that wildcards do not fill the memory."""


class Near(NamedTuple):
    """A phrase as the numbers of its words, with the place that each has in it."""

    numbers: tuple[int, ...]
    offsets: tuple[int, ...]
    slop: int


class Spots:
    """Where the words of clauses stand in a batch."""

    def __init__(
        self, batch: Batch, occurring: Mapping[int, Sequence[int]], asked: Container[int]
    ) -> None:
        """`occurring` gives, for a clause's word, the batch's words that it is.

        `asked` are the clauses' words whose places may be asked for.
        """
        self._occurring = occurring
        self._passages = batch.passages
        self._places = batch.places(
            {word for number, words in occurring.items() if number in asked for word in words}
        )
        self._spots: dict[int, list[int]] = {}
        self._kept = 0

    def _of(self, number: int) -> list[int]:
        """Give the places of a word, in order, with the passage's number PASSAGE_BITS higher.

        So no word is near another's passage. The last is NOWHERE, near nothing.
        """
        spots = self._spots.get(number)
        if spots is None:
            places, passages = self._places, self._passages
            spots = [
                (passages[place] << PASSAGE_BITS) + place
                for word in set(self._occurring[number])
                for place in places[word]
            ]
            spots.sort()
            spots.append(NOWHERE)
            self._kept += len(spots)
            if self._kept > KEPT:
                self._spots.clear()
                self._kept = len(spots)
            self._spots[number] = spots
        return spots

    def find(self, near: Near) -> set[int]:
        """Give the passages that hold the phrase.

        It goes from place to place of the rarest word, and looks no further than the slop.
        """
        if not all(number in self._occurring for number in near.numbers):
            return set()
        slop, spots = near.slop, [self._of(number) for number in near.numbers]
        first, *rest = sorted(range(len(spots)), key=lambda word: len(spots[word]))
        others = [(near.offsets[word] - near.offsets[first], spots[word]) for word in rest]
        places = spots[first][:-1]
        if len(others) == 1:
            return _near_each_other(places, *others[0], slop)
        for apart, own in others:
            low, high = apart - slop, apart + slop
            places = [one for one in places if own[bisect_left(own, one + low)] <= one + high]
        return {place >> PASSAGE_BITS for place in places if _holds(place, others, slop)}


def _near_each_other(places: Sequence[int], apart: int, own: Sequence[int], slop: int) -> set[int]:
    """Give the passages in which a word with its `own` places stands `apart` from one of others."""
    found = set()
    low, high = apart - slop, apart + slop
    for place in places:
        at = bisect_left(own, place + low)
        # One place may be of both words, and does not count for two.
        nearest = own[at] if own[at] != place else own[at + 1]
        if nearest <= place + high:
            found.add(place >> PASSAGE_BITS)
    return found


def _holds(place: int, others: Sequence[tuple[int, Sequence[int]]], slop: int) -> bool:
    """Tell whether each other word has a place of its own near the word at `place`.

    Each is given with its distance in the phrase, and is known to stand near.
    """
    around = [
        own[bisect_left(own, place + apart - slop) : bisect_right(own, place + apart + slop)]
        for apart, own in others
    ]
    offsets = (0, *(apart for apart, _ in others))
    return are_near([[place], *around], offsets, slop)


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
