"""Words that stand near each other, for many phrases at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.core.query.batch import BATCH, COLUMN_BITS, PAPER_BITS, Batch
from bot.core.query.passage import paired
from bot.core.query.ragged import Numbers, Ragged, numbers_of

KEPT = 4_000_000
"""Places that are looked at together at most, so that wildcards do not fill the memory."""
_ROW = BATCH >> 2
"""How many places a word counts for beside its own, for what is noted of it in each paper."""
_PLACE_BITS = 32
_PLACES = (1 << _PLACE_BITS) - 1
_NOWHERE = 1 << 62


class Near(NamedTuple):
    """A phrase as the numbers of its words, with the place that each has in it."""

    numbers: tuple[int, ...]
    offsets: tuple[int, ...]
    slop: int


class Spots:
    """Where the words of clauses stand in a batch."""

    def __init__(self, batch: Batch, occurring: Mapping[int, Collection[int]]) -> None:
        """`occurring` gives, for a clause's word, the batch's words that it is."""
        self.passages = batch.passages
        self.papers = batch.slots[batch.passages] >> COLUMN_BITS
        inner = np.flatnonzero(np.diff(batch.passages)) + 1
        self._begins = np.concatenate([[0], inner])
        self._ends = np.concatenate([inner, [len(batch.row)]])
        order = batch.line.argsort(kind="stable")
        words = np.arange(len(batch.words) + 1)
        self._places = Ragged(batch.line[order].searchsorted(words), order)
        self._counts = np.diff(self._places.begins)
        self._words = occurring

    def find(self, nears: Sequence[Near]) -> Iterator[tuple[Numbers, Numbers]]:
        """Give the passages that hold each of some phrases, and for each its place in `nears`.

        They come in parts, some of them twice.
        """
        sized: dict[int, list[int]] = {}
        for place, near in enumerate(nears):
            if all(number in self._words for number in near.numbers):
                sized.setdefault(len(near.numbers), []).append(place)
        for own in sized.values():
            for part in self._parted(own, [nears[place].numbers for place in own]):
                which, places = _Laid(self, [nears[place] for place in part]).holding()
                yield numbers_of(part)[which], self.passages[places]

    def _parted(
        self, own: Sequence[int], phrases: Sequence[tuple[int, ...]]
    ) -> Iterator[list[int]]:
        """Part phrases of as many words, so that each part has few places to look at."""
        numbers, index = np.unique(np.array(phrases), return_inverse=True)
        counts = numbers_of(
            sum(self._counts[list(set(self._words[one]))].tolist()) for one in numbers.tolist()
        )
        efforts = (counts + _ROW)[index].reshape(len(phrases), -1).sum(axis=1)
        cuts = np.flatnonzero(np.diff(np.cumsum(efforts) // KEPT)) + 1
        for part in np.split(np.array(own), cuts):
            yield part.tolist()

    def of(self, numbers: Sequence[int]) -> Numbers:
        """Give the places of words as keys, in order: a word's place in `numbers`, and its own."""
        pairs = [(n, word) for n, number in enumerate(numbers) for word in set(self._words[number])]
        which, places = self._places.taken(numbers_of(word for _, word in pairs))
        return np.sort(numbers_of(n for n, _ in pairs)[which] << _PLACE_BITS | places)

    def around(self, places: Numbers, first: Numbers, last: Numbers) -> tuple[Numbers, Numbers]:
        """Cut ranges of places, of which the last is in it, to the passages of some places."""
        passages = self.passages[places]
        return np.maximum(first, self._begins[passages]), np.minimum(last, self._ends[passages] - 1)


class _Laid:
    """The places of the words of some phrases, each of as many words, in one sorted array.

    `words` and `apart` have a row for each phrase: which words it has, the rarest first, and how
    far each is from that one. `papers` has the paper of each place, and `in_paper` tells for each
    word and paper whether it is there.
    """

    def __init__(self, spots: Spots, nears: Sequence[Near]) -> None:
        self._spots = spots
        numbers, index = np.unique([near.numbers for near in nears], return_inverse=True)
        keys = spots.of(numbers.tolist())
        begins = keys.searchsorted(np.arange(len(numbers) + 1) << _PLACE_BITS)
        self._places = Ragged(begins, keys & _PLACES)
        self._keys = np.append(keys, _NOWHERE)
        words = index.reshape(len(nears), -1)
        offsets = np.array([near.offsets for near in nears])
        order = np.diff(begins)[words].argsort(axis=1, kind="stable")
        self._words = np.take_along_axis(words, order, 1)
        offsets = np.take_along_axis(offsets, order, 1)
        self._apart = offsets - offsets[:, :1]
        self._slops = numbers_of(near.slop for near in nears)
        self._in_paper = np.zeros(len(numbers) << PAPER_BITS, np.bool_)
        self._papers = spots.papers[self._places.values]
        self._in_paper[keys >> _PLACE_BITS << PAPER_BITS | self._papers] = True

    def holding(self) -> tuple[Numbers, Numbers]:
        """Give each place of a rarest word that has the others near it, and which phrase's."""
        which, places = self._among()
        count = self._words.shape[1]
        for word in range(1, count):
            first, last = self._window(which, places, word)
            at = self._keys.searchsorted(first)
            if count == 2:
                # One place may be of both words, and does not count for two.
                at += self._keys[at] == (self._words[which, word] << _PLACE_BITS) + places
            near = self._keys[at] <= last
            which, places = which[near], places[near]
        if count > 2:
            held = self._paired(which, places)
            which, places = which[held], places[held]
        return which, places

    def _among(self) -> tuple[Numbers, Numbers]:
        """Give each place of a rarest word in whose paper the others are, and which phrase's."""
        which, at = self._places.places(self._words[:, 0])
        for word in range(1, self._words.shape[1]):
            begins = self._words[:, word] << PAPER_BITS
            own = self._in_paper[begins[which] | self._papers[at]]
            which, at = which[own], at[own]
        return which, self._places.values[at]

    def _window(self, which: Numbers, places: Numbers, word: int) -> tuple[Numbers, Numbers]:
        """Give the first and the last key that a word may have, for each place of the rarest."""
        middle, slop = places + self._apart[which, word], self._slops[which]
        first, last = self._spots.around(places, middle - slop, middle + slop)
        begins = self._words[which, word] << _PLACE_BITS
        return begins + first, begins + last

    def _paired(self, which: Numbers, places: Numbers) -> NDArray[np.bool_]:
        """Tell at which places each other word has a place of its own near the word there."""
        windows = [self._window(which, places, word) for word in range(1, self._words.shape[1])]
        lows = np.array([self._keys.searchsorted(first) for first, _ in windows])
        highs = np.array([self._keys.searchsorted(last, "right") for _, last in windows])
        apart = self._apart[which].T
        chosen = np.concatenate([[places], self._keys[lows] & _PLACES])
        shifts = chosen - apart
        held: NDArray[np.bool_] = shifts.max(axis=0) - shifts.min(axis=0) <= self._slops[which]
        held &= (np.diff(np.sort(chosen, axis=0), axis=0) > 0).all(axis=0)
        for at in np.flatnonzero(~held & (highs - lows > 1).any(axis=0)).tolist():
            around = zip(lows[:, at], highs[:, at], strict=True)
            own = [(self._keys[low:high] & _PLACES).tolist() for low, high in around]
            slop = int(self._slops[which[at]])
            held[at] = are_near([[int(places[at])], *own], apart[:, at].tolist(), slop)
        return held


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
