"""The line between a fault that refuses one topic, and one that refuses the configuration.

A fault is a topic's own where a value of QUERY_KEYS has its right type, and yet cannot be read as a
query: an open parenthesis, an unknown prefix or category, an initial in place of an author, a text
that is too long or goes too deep. It says of itself which topic it spoils, and that it spoils no
other: that topic is refused, and everything else holds.

Any other fault refuses the configuration, as nobody can tell what it would have changed: a key that
is not known (it may be a setting of everybody misspelt), a value of another type, an empty list, a
topic with both `query` and `keywords` or neither, a name that stands twice or nowhere.
"""

import hashlib
from collections.abc import Sequence

from bot.core.refusal import Refusal
from bot.settings.fields import Loc
from bot.settings.given import Given
from bot.settings.problem import Problem

QUERY_KEYS = (
    *("query", "keywords", "authors", "coauthors"),
    *("categories", "primary_only", "exclude"),
)
"""What of a topic says which papers it wants."""


def in_query(loc: Loc) -> bool:
    """Tell whether a place is a value, or an item of one, that says what a topic wants."""
    match loc:
        case ("topic", int(), str(key), *_):
            return key in QUERY_KEYS
    return False


def refused(given: Given, problems: Sequence[Problem]) -> tuple[Refusal, ...]:
    """Sum up faults that are all `in_query`, each topic's together, in the order of the file."""
    by_place: dict[int, list[Problem]] = {}
    for one in problems:
        by_place.setdefault(int(one.loc[1]), []).append(one)
    return tuple(
        Refusal(
            topic=given.data["topic"][place]["name"],
            error="\n".join(given.told(faults)),
            case=_case(faults),
            place=place,
        )
        for place, faults in sorted(by_place.items())
    )


def _case(faults: Sequence[Problem]) -> str:
    """Name the faults for ever, on whatever line of whichever file they stand."""
    told = "\n".join(f"{fault.loc[2:]} {fault.text}" for fault in faults)
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:12]
