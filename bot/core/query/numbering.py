"""Numbers that stand for words, phrases and clauses, and compact maps from one to many numbers."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

from bot.core.query.table import Table

UNKNOWN, GAP, BREAK = range(3)
"""Never numbers of anything: a word that no clause asks for, any one word, a passage's end."""


class Numbering:
    """Gives out numbers from 3 on, and again those that nothing uses any more."""

    def __init__(self) -> None:
        self._uses = array("I", [1, 1, 1])
        self._free = array("I")

    def __len__(self) -> int:
        """Tell how many numbers were ever given out; all are below it."""
        return len(self._uses)

    def new(self) -> int:
        """Give a number that has one use."""
        if self._free:
            number = self._free.pop()
            self._uses[number] = 1
        else:
            number = len(self._uses)
            self._uses.append(1)
        return number

    def uses(self, number: int) -> int:
        """Tell how many uses a number has."""
        return self._uses[number]

    def take(self, number: int) -> None:
        """Count one use more."""
        self._uses[number] += 1

    def drop(self, number: int) -> bool:
        """Count one use less; tell whether it was the last, and the number is free."""
        self._uses[number] -= 1
        if not self._uses[number]:
            self._free.append(number)
        return not self._uses[number]


class Postings(Table[int, "int | array[int]"]):
    """From a number to a set of numbers; a single one, as most are, takes no container."""

    def under(self, keys: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Give those of some keys that are there, each with the numbers under it, in order."""
        for key, found in zip(keys, self.each(keys), strict=True):
            if found is not None:
                yield key, (found,) if isinstance(found, int) else found

    def add(self, key: int, value: int) -> None:
        """Enter a number under a key, where it is not yet."""
        found = self.get(key)
        if found is None:
            self[key] = value
        elif isinstance(found, int):
            self[key] = array("I", sorted((found, value)))
        else:
            insort(found, value)

    def discard(self, key: int, value: int) -> None:
        """Remove a number from under a key, if it is there."""
        found = self.get(key)
        if found == value:
            self.pop(key)
        elif isinstance(found, array):
            place = bisect_left(found, value)
            if place < len(found) and found[place] == value:
                del found[place]
            if len(found) == 1:
                self[key] = found[0]
