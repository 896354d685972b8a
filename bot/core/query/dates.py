"""Ranges of dates as arXiv writes them: `submittedDate:[202301010600 TO 202401010600]`."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.core.query.errors import Misread
from bot.core.query.expression import Dates

DATE_PREFIXES = ("submittedDate", "lastUpdatedDate")
"""The second is the first: arXiv rewrites it."""

_EXAMPLE = "submittedDate:[20230101 TO 20231231]"
_BODY = re.compile(r"\w+:\s*(?P<body>(?P<open>[\[\"]?)(?P<inside>[^\]\"]*)[\]\"]?)", re.DOTALL)
_YEARS = range(1900, 3000)


@lru_cache(maxsize=4096)
def dates(written: str) -> Dates:
    """Read a range with its prefix, in brackets or quotes; both bounds are included, in UTC.

    A bound has 4, 6, 8 or 12 digits, year first and to the minute at most, and stands for the whole
    of its year, month or day; of 14 digits the seconds say nothing. Raises Misread.
    """
    found = _BODY.fullmatch(written)
    body = found["body"] if found else ""
    if found is None or not found["open"]:
        raise Misread(f"a range of dates stands in brackets: {_EXAMPLE}", at=body or ":")
    if found["open"] == "[" and not body.endswith("]"):
        raise Misread("this bracket is never closed: write ] after the last date", at="[")
    bounds = found["inside"].split()
    if len(bounds) != 3 or bounds[1] != "TO":
        raise Misread(f"expected two dates with TO, in capitals, between: {_EXAMPLE}", at=body)
    first, last = _span(bounds[0])[0], _span(bounds[2])[1]
    if first >= last:
        raise Misread(
            f"the range ends before it begins: write [{bounds[2]} TO {bounds[0]}]", at=body
        )
    latest = last - timedelta(minutes=1)
    return Dates(first, last, f"submittedDate:[{first:%Y%m%d%H%M} TO {latest:%Y%m%d%H%M}]")


def _span(digits: str) -> tuple[datetime, datetime]:
    """Give the half-open span of time that a bound stands for."""
    if digits == "*":
        raise Misread("arXiv has no open ranges: write a year, such as 1991 or 2099", at=digits)
    if len(digits) not in (4, 6, 8, 12, 14) or not (digits.isascii() and digits.isdigit()):
        bare = re.sub(r"[-/:.TZ]", "", digits)
        likely = bare if len(bare) in (8, 12, 14) and bare.isdigit() else "20230131"
        raise Misread(
            f"{digits[:40]} is no date: write year, month and day in digits, such as {likely}, "
            "with hour and minute if need be",
            at=digits,
        )
    year, month, day, hour, minute = (
        int(digits[start:end] or least)
        for start, end, least in ((0, 4, 0), (4, 6, 1), (6, 8, 1), (8, 10, 0), (10, 12, 0))
    )
    _check(digits, year, month, day)
    if hour > 23 or minute > 59 or int(digits[12:] or 0) > 59:
        raise Misread(f"{digits} ends in no time of day: 0000 to 2359", at=digits)
    first = datetime(year, month, day, hour, minute, tzinfo=UTC)
    return first, first + _length(len(digits), year, month)


def _check(digits: str, year: int, month: int, day: int) -> None:
    """Refuse a day that there is not, and name the last one there is."""
    if year not in _YEARS:
        raise Misread(
            f"{digits}: the year {digits[:4]} is none of arXiv's: write one from 1991 on", digits
        )
    if not 1 <= month <= 12:
        raise Misread(f"{digits}: there is no month {digits[4:6]}", at=digits)
    longest = monthrange(year, month)[1]
    if not 1 <= day <= longest:
        raise Misread(
            f"{digits}: there is no day {digits[6:8]} in that month, write {digits[:6]}{longest}",
            at=digits,
        )


def _length(digits: int, year: int, month: int) -> timedelta:
    """Tell how long the year, month, day or minute lasts."""
    match digits:
        case 4:
            return datetime(year + 1, 1, 1, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)
        case 6:
            return timedelta(days=monthrange(year, month)[1])
        case 8:
            return timedelta(days=1)
        case _:
            return timedelta(minutes=1)
