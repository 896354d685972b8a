"""Words that every rendering of a digest shares: dates, counts, lists, shortened text."""

from collections.abc import Sequence
from datetime import date

from bot.core.digest import Digest
from bot.core.latex import to_unicode
from bot.core.visible import visible

ACKNOWLEDGEMENT = "Thank you to arXiv for use of its open access interoperability."
"""What arXiv asks of everybody who uses its API."""

AUTHORS_SHOWN = 5

# strftime would follow the locale of the process; a digest is written in English.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def display(text: str) -> str:
    """Give outside text as people read it: LaTeX as Unicode, one line, nothing that hides."""
    return visible(to_unicode(text))


def long_date(day: date) -> str:
    """Write `Tuesday 6 January 2026`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Write `6 Jan 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def weekday_date(day: date) -> str:
    """Write `Tue 6 Jan 2026`."""
    return f"{_DAYS[day.weekday()][:3]} {short_date(day)}"


def papers(count: int) -> str:
    """Write `no new papers`, `1 new paper`, `2 new papers`."""
    return f"{count or 'no'} new paper{'' if count == 1 else 's'}"


def names(words: Sequence[str], most: int) -> str:
    """Write `a, b and c`, or the first `most` of them and `N more`."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def part_of(digest: Digest) -> str:
    """Write `part 2 of 3`, or nothing where the digest is one message."""
    return f"part {digest.part} of {digest.parts}" if digest.parts > 1 else ""


def topics_of(digest: Digest) -> tuple[str, ...]:
    """List every topic that a section or a label of the digest names, sections first."""
    found = [section.topic for section in digest.sections]
    found += [
        topic for section in digest.sections for one in section.entries for topic in one.topics
    ]
    return tuple(dict.fromkeys(found))


def shorten(text: str, length: int | None) -> str:
    """Cut text after a word so that it has at most `length` characters, `…` included.

    None leaves it whole; 0 leaves nothing.
    """
    if length is None or len(text) <= length:
        return text
    if length == 0:
        return ""
    cut = text[: length - 1]
    return f"{(cut.rsplit(' ', 1)[0] if ' ' in cut else cut).rstrip(' ,;:.–—-')}…"
