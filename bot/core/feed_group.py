"""Which feeds to ask for: leaf categories, together as long as a feed can hold all their items.

A feed holds 2,000 items at most and drops the new papers first, without a word.
Source: arXiv's own feed service (https://github.com/arXiv/arxiv-feed).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.core.feed_reading import Reading
from bot.core.query.taxonomy import NAMES, category, family_of
from bot.core.subscription import EVERYTHING

FULL = 1_500
"""So many items may be expected of one feed at most."""
MOST = 50
"""So many categories in one feed at most: all their names stand in its address and its title."""
CAPPED = 1_900
"""A feed with so many items may have dropped some."""


@dataclass(frozen=True, slots=True)
class Group:
    """Leaf categories that are asked for together, in the order of their names.

    `etag` and `modified` are what arXiv said of the feed of `day`, the last that was believed for
    each of them; they hold for this group and no other.
    """

    leaves: tuple[str, ...]
    day: date | None = None
    etag: str = ""
    modified: str = ""

    def conditions(self, expected: date) -> dict[str, str]:
        """Give the headers that ask only for what has changed; none once a new feed is expected.

        A feed of an earlier day is never "not modified", so there is nothing to gain and a stale
        answer to lose.
        """
        if self.day is None or self.day < expected:
            return {}
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}

    def halves(self) -> tuple["Group", ...]:
        """Divide the group in two; a single leaf cannot be divided."""
        middle = len(self.leaves) // 2
        return (Group(self.leaves[:middle]), Group(self.leaves[middle:])) if middle else ()

    def to_json(self) -> str:
        """Write the group as a mark keeps it."""
        day = self.day and self.day.isoformat()
        return json.dumps(
            {"leaves": self.leaves, "day": day, "etag": self.etag, "modified": self.modified}
        )


def group_of(text: str) -> Group:
    """Read a mark; one that makes no sense is a group of nothing."""
    try:
        told: Any = json.loads(text)
        day = None if told["day"] is None else date.fromisoformat(told["day"])
        leaves = tuple(str(leaf) for leaf in told["leaves"])
        return Group(leaves, day, str(told["etag"]), str(told["modified"]))
    except (ValueError, KeyError, TypeError):
        return Group(())


def leaves_of(scope: str) -> frozenset[str]:
    """Name the categories within a scope; what arXiv does not have is left as it is.

    Two names of one category, as math-ph and math.MP, are two leaves: papers bear both.
    """
    if scope == EVERYTHING:
        return frozenset(NAMES)
    try:
        spelled = category(scope)
    except ValueError:
        return frozenset({scope})
    if spelled in NAMES:
        return frozenset({spelled})
    return frozenset(name for name in NAMES if family_of(name) == spelled)


def groups_for(
    leaves: Iterable[str], readings: Mapping[str, Reading], earlier: Iterable[Group], expected: date
) -> list[Group]:
    """Divide the leaves into groups, each with fewer than FULL items expected unless it is single.

    A group whose feed of the expected day was believed stays together, so that arXiv can tell that
    nothing has changed. One that was empty when that day had hardly begun is asked for anew.
    """
    left = set(leaves)
    known = {leaf: readings.get(leaf, Reading()) for leaf in left}
    read = {leaf for leaf in left if (day := known[leaf].day) and day >= expected}
    kept = []
    for group in earlier:
        if group.leaves and read.intersection(left).issuperset(group.leaves):
            kept.append(group)
            left.difference_update(group.leaves)
    sizes = {leaf: known[leaf].expectation(leaf) for leaf in left}
    return kept + [Group(tuple(sorted(names))) for names in _packed(sizes)]


def _packed(sizes: Mapping[str, int]) -> list[list[str]]:
    """Put each leaf into the first group that has room, the largest first."""
    groups: list[list[str]] = []
    totals: list[int] = []
    for leaf in sorted(sizes, key=lambda name: (-sizes[name], name)):
        size = max(sizes[leaf], 1)
        room = (total + size < FULL and len(groups[n]) < MOST for n, total in enumerate(totals))
        place = next((n for n, fits in enumerate(room) if fits), None)
        if place is None:
            groups.append([leaf])
            totals.append(size)
        else:
            groups[place].append(leaf)
            totals[place] += size
    return groups
