"""Weighs the rows that came of one window against the number that arXiv counts there."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bot.core.errors import SuspectAnswer
from bot.core.model import Paper
from bot.core.polling import Quarantined
from bot.sources.atom import Page

_FEW = 3
_FEW_SHARE = 0.02


class Tally:
    """What came of one window so far; `total` is arXiv's last count of it.

    `doubt` says what is amiss once the window has been walked through, and None if nothing is.
    """

    def __init__(self) -> None:
        self.total = 0
        self.doubt: SuspectAnswer | None = None
        self._rows: Counter[str] = Counter()
        self._walks: list[frozenset[str]] = []

    def add(self, page: Page) -> None:
        """Count the rows of a page; one that stands twice on it is two rows of one name."""
        self.total = page.total
        self._rows |= Counter(names(page))

    def ended(self, seen: Iterable[str]) -> None:
        """Note which rows one walk brought, from the first to the last that there was."""
        self._walks.append(frozenset(seen))

    @property
    def unique(self) -> int:
        """How many rows came, each counted once."""
        return len(self._rows)

    @property
    def missing(self) -> int:
        """How many rows fewer came than arXiv counts."""
        return max(0, self.total - self.unique)

    @property
    def whole(self) -> bool:
        """Whether everything came; rows may have been added or taken away meanwhile."""
        return not self.missing

    @property
    def alike(self) -> bool:
        """Whether both walks came to their end and brought the very same rows."""
        return len(self._walks) == 2 and self._walks[0] == self._walks[1] != frozenset()

    def believable(self, missing_elsewhere: int, counted: int) -> bool:
        """Whether the count is wrong rather than the answer, by all that can be known.

        So it is if both walks agree, and rows that stand twice make up for what is missing, or
        it is little: `counted` rows are the whole slice, of which more may be missing elsewhere.
        """
        few = max(_FEW, counted * _FEW_SHARE)
        repeated = self._rows.total() >= self.total
        return self.alike and (repeated or missing_elsewhere + self.missing <= few)

    def recurs_in(self, halves: Iterable["Tally"]) -> bool:
        """Whether the halves of this window miss as much as it did: then shorter ones will too."""
        parts = tuple(halves)
        steady = self.alike and all(half.whole or half.alike for half in parts)
        return steady and sum(half.missing for half in parts) >= self.missing


def names(page: Page) -> Iterator[str]:
    """Name every row of a page, malformed ones too."""
    yield from map(name_of, page.papers)
    yield from map(name_of, page.quarantined)


def name_of(row: Paper | Quarantined) -> str:
    """Tell rows apart: each version of a paper is one, and two malformed ones may lack an id."""
    return f"{row.id}v{row.version}" if isinstance(row, Paper) else f"{row.id}: {row.error}"
