"""Words that every rendering of a digest shares: dates, counts, lists, shortened text."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.core.digest import Digest, Section
from bot.core.latex import to_unicode
from bot.core.model import Paper
from bot.core.visible import visible

ACKNOWLEDGEMENT = "Thank you to arXiv for use of its open access interoperability."
"""What arXiv asks of everybody who uses its API."""

AUTHORS_SHOWN = 5
NOT_YET_KNOWN = "comment and dates not yet known"
"""What is said of a paper that only a feed has told of."""

_PLACES = {"journal_ref": "journal", "report_no": "report number"}

# strftime would follow the locale of the process; a digest is written in English.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def display(text: str, readable: Mapping[str, str] | None = None) -> str:
    """Give outside text as people read it: LaTeX as Unicode, one line, nothing that hides.

    What a paper has as `readable` spares the work, and changes nothing else.
    """
    known = None if readable is None else readable.get(text)
    return visible(to_unicode(text)) if known is None else known


def categories(paper: Paper) -> str:
    """List a paper's categories, its primary one first."""
    return visible(", ".join(dict.fromkeys((paper.primary_category, *paper.categories))))


def place_name(place: str) -> str:
    """Name a field of a paper as people do."""
    return _PLACES.get(place, place)


def long_date(day: date) -> str:
    """Write `Tuesday 6 January 2026`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Write `6 Jan 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def weekday_date(day: date) -> str:
    """Write `Tue 6 Jan 2026`."""
    return f"{_DAYS[day.weekday()][:3]} {short_date(day)}"


def weekday(day: date) -> str:
    """Write `Tue 6`."""
    return f"{_DAYS[day.weekday()][:3]} {day.day}"


def month(day: date) -> str:
    """Write `Jan`."""
    return _MONTHS[day.month - 1][:3]


def dated(paper: Paper) -> str:
    """Say when the paper was submitted, and when the version that is shown was.

    Of what only a feed has told, the day of the feed is all that is known.
    """
    which = "" if paper.version == 1 else f"version {paper.version} "
    if paper.partial:
        return f"{which}announced {short_date(paper.updated.date())}"
    submitted = f"submitted {short_date(paper.published.date())}"
    return f"{submitted}, {which}of {short_date(paper.updated.date())}" if which else submitted


def papers(count: int) -> str:
    """Write `no new papers`, `1 new paper`, `2 new papers`."""
    return f"{count or 'no'} new paper{'' if count == 1 else 's'}"


def revised(count: int) -> str:
    """Write `1 revised paper`, `2 revised papers`."""
    return f"{count} revised paper{'' if count == 1 else 's'}"


def headline(digest: Digest) -> str:
    """Write `3 new papers`, `3 new papers, 2 revised`, `2 revised papers`, or that none came."""
    if digest.is_note:
        return "no new papers this week"
    revisions = digest.count - digest.papers
    if not digest.papers and revisions:
        return revised(revisions)
    return papers(digest.papers) + (f", {revisions} revised" if revisions else "")


def tally(section: Section) -> str:
    """Count a section's papers and revisions: `3`, `3 + 2 revised`, `2 revised`."""
    counts = [len(section.papers) or "", f"{len(section.revisions)} revised"]
    return " + ".join(str(one) for one in counts[: 1 + bool(section.revisions)] if one)


def names(words: Sequence[str], most: int, last: str = "and") -> str:
    """Write `a, b and c`, or the first `most` of them and `N more`."""
    if len(words) > most:
        return f"{', '.join(words[:most])} {last} {len(words) - most} more"
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def part_of(digest: Digest) -> str:
    """Write `part 2 of 3`, or nothing where the digest is one message."""
    return f"part {digest.part} of {digest.parts}" if digest.parts > 1 else ""


def headings_of(digest: Digest) -> tuple[str, ...]:
    """List the topics of the digest's sections; without any, those in which nothing was found."""
    topics = digest.coverage.topics if digest.coverage else ()
    return tuple(section.topic for section in digest.sections) or topics


def topics_of(digest: Digest) -> tuple[str, ...]:
    """List every topic that a section or a label of the digest names, sections first."""
    found = [*headings_of(digest)]
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
