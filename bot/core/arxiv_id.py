"""arXiv identifiers: reading them from every form in which arXiv writes them, and their order."""

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

_ID = re.compile(
    r"""(?i:
        (?P<url>(?:https?://)?(?:[a-z0-9-]+\.)*arxiv\.org/(?:abs|pdf|html|format|src|e-print)/)
        | oai:arxiv\.org: | arxiv:\s* | (?:https?://(?:dx\.)?doi\.org/|doi:)?10\.48550/arxiv\.
    )?
    (?:
        (?P<new>[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})
        # A subject class, as in math.GT/0309136, was never part of the id itself.
        | (?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[A-Z]{2})?/
          (?P<old>[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})
    )
    (?:v(?P<version>[1-9][0-9]{0,3}))?
    (?(url)(?:\.pdf)?/?(?:[?#]\S*)?)""",
    re.VERBOSE,
)


class ArxivId(NamedTuple):
    """A base id, and the version where one was written."""

    base: str
    version: int | None


def parse_id(text: str) -> ArxivId:
    """Read `2503.11731v2`, `hep-th/9901001`, an arXiv URL or DOI, or an OAI identifier.

    Raises ValueError where `text` is none of them.
    """
    found = _ID.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not an arXiv id: {text[:80]!r}")
    base = found["new"] or f"{found['archive']}/{found['old']}"
    return ArxivId(base, int(found["version"]) if found["version"] else None)


def month_of(base: str) -> int:
    """Tell the month in which arXiv gave the id, as yyyymm: `2503.11731` is 202503.

    arXiv began in 1991, so years from 91 on are of that century.
    """
    digits = base.rpartition("/")[2][:4]
    year, month = int(digits[:2]), int(digits[2:])
    return ((1900 if year >= 91 else 2000) + year) * 100 + month


def month_at(instant: datetime) -> int:
    """Tell the month whose ids arXiv gives at an instant in UTC, as yyyymm."""
    return instant.year * 100 + instant.month


@lru_cache(maxsize=4096)  # a batch asks for the same ones again and again
def order_of(base: str) -> tuple[int, int]:
    """Sort key in the order in which arXiv gave the ids: (yyyymm, number within the month).

    Old-style numbers run per archive, so two of them compare by month and then arbitrarily.
    """
    number = base.rpartition("/")[2][4:].lstrip(".")
    return month_of(base), int(number)


def order_or_least(base: str) -> tuple[int, int]:
    """Sort key of an id that may be "", which comes before all."""
    return order_of(base) if base else (0, 0)


def id_of(month: int, number: int) -> str:
    """Write the id of a number of a month (yyyymm) since April 2007; five digits since 2015."""
    return f"{month % 10_000:04d}.{number:0{5 if month >= 201501 else 4}d}"
