"""What is known of each category's feed, and whether what a feed shows today can be believed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

REMEMBERED = 10
"""How many of a category's feeds, two weeks of them, are kept in mind by their sizes."""
EMPTY_BELOW = 5
"""A category that ever had fewer items may well have none."""
EMPTY_BELOW_AT_FIRST = 20
"""The same while fewer than three days are known: of a hundred categories one has none daily."""

# Only cs.CV was measured: 113 to 501 items a day. The others are guesses on the safe side; too low
# a guess costs one request more, since a feed that is too full is asked for again in halves.
_UNKNOWN = 140
_LARGE = {"cs.LG": 1000, "cs.AI": 900, "cs.CV": 600, "cs.CL": 500}


@dataclass(frozen=True, slots=True)
class Item:
    """What tells one item of a feed from others: version and type too, and the day it bears."""

    name: str
    day: date
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the feed of one `day` shows of one category."""

    day: date
    items: tuple[Item, ...] = ()

    @property
    def print(self) -> str:
        """16 hexadecimal digits that stand for the items, in whatever order; "" for none."""
        if not self.items:
            return ""
        names = "\n".join(sorted({item.name for item in self.items}))
        return sha256(names.encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Reading:
    """The category's feeds so far: the `day` of the last one believed, None before the first.

    `print` is that of the last which was not empty. `counts` are the numbers of items lately, one
    for each day that should have held an announcement, oldest first.
    """

    day: date | None = None
    print: str = ""
    counts: tuple[int, ...] = ()

    def expectation(self, category: str) -> int:
        """Tell how many items to expect at most: the most seen lately, or else a guess."""
        return max(self.counts, default=_LARGE.get(category, _UNKNOWN))

    def doubt(self, shown: Shown, expected: date) -> str:
        """Say why what is shown is not the news of the `expected` day; "" where it may be.

        One category can be stale although its feed bears today's date.
        """
        if shown.day < expected:
            return f"the feed is still that of {shown.day}"
        if not shown.items:
            least = min(self.counts, default=0)
            enough = EMPTY_BELOW if len(self.counts) > 2 else EMPTY_BELOW_AT_FIRST
            doubtful = shown.day == expected and least >= enough
            return f"nothing, although there were never fewer than {least}" if doubtful else ""
        if all(item.day < expected for item in shown.items):
            return f"the items are still those of {max(item.day for item in shown.items)}"
        if self.day is not None and self.day < expected and self.print == shown.print:
            return f"the items are the same as on {self.day}"
        return ""

    def after(self, shown: Shown, expected: date) -> "Reading":
        """Give what is known once what is shown has been believed."""
        if not shown.items and shown.day > expected:
            return self  # a weekend's feed tells nothing of the category
        count = len(shown.items)
        if self.day is not None and self.day >= shown.day:
            # The same day's feed again, perhaps made anew.
            past, count = self.counts[:-1], max(count, *self.counts[-1:], 0)
        else:
            past = self.counts[1 - REMEMBERED :]
        return replace(
            self,
            day=max(shown.day, self.day or shown.day),
            print=shown.print or self.print,
            counts=(*past, count),
        )

    def to_json(self) -> str:
        """Write the reading as a mark keeps it."""
        day = self.day and self.day.isoformat()
        return json.dumps({"day": day, "print": self.print, "counts": self.counts})


def reading_of(text: str) -> Reading:
    """Read a mark; one that makes no sense is as good as none."""
    try:
        told: Any = json.loads(text)
        day = None if told["day"] is None else date.fromisoformat(told["day"])
        return Reading(day, str(told["print"]), tuple(int(one) for one in told["counts"]))
    except (ValueError, KeyError, TypeError):
        return Reading()


def shown_of(category: str, day: date, items: Iterable[Item]) -> Shown:
    """Pick from a feed's items those of one category."""
    return Shown(day, tuple(item for item in items if category in item.categories))
