"""What arXiv's answers call records and categories, whatever the format that they come in."""

import re
from collections.abc import Iterable

from bot.core.arxiv_id import parse_id
from bot.core.polling import Quarantined

LONGEST_NAME = 80
"""How many characters of a name are kept that is no id."""

_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[A-Za-z]+)*)?")


def categories_among(terms: Iterable[str]) -> tuple[str, ...]:
    """Pick the categories, each once, in their order; ACM and MSC classes are none."""
    return tuple(dict.fromkeys(term for term in terms if _CATEGORY.fullmatch(term)))


def unreadable(name: str, error: object) -> Quarantined:
    """Quarantine a record by its base id where `name` holds one, so that any source releases it."""
    try:
        return Quarantined(parse_id(name).base, str(error))
    except ValueError:
        return Quarantined(name[:LONGEST_NAME], str(error))


def stray(base: str, error: str) -> Quarantined:
    """Quarantine a paper that came unasked; its name is no id, since nobody misses the paper."""
    return Quarantined(f"{base} (stray)", error)
