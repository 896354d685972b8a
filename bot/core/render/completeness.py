"""The line that tells how complete a digest is, and the message that nothing matched."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from bot.core.arxiv_calendar import EVENINGS, announcements_between
from bot.core.digest import Digest
from bot.core.model import Coverage
from bot.core.render.wording import display, headings_of, month, names, short_date, weekday

_DAYS_NAMED = 5
"""A digest that covers more announcements names the first and the last."""
_SOURCES_NAMED = 6
_TOPICS_NAMED = 6
_SOURCES = {
    "arxiv_api": "the query API",
    "arxiv_rss": "the feeds",
    "arxiv_oai": "OAI-PMH",
    "arxiv_ids": "requests by id",
}


def completeness(coverage: Coverage) -> str:
    """Write what was announced, received and matched, when, by which sources, and what is missing.

    One line such as `Thu 19 Nov: 1,482 papers announced in your categories, 1,482 received, 12
    matched; from the query API and the feeds.` An id that has not come may be of any category, so
    ids are told apart from the reader's papers. Topics that were left out are named at the end.
    """
    so_far = " so far" if coverage.received < coverage.announced or coverage.late else ""
    counts = [
        f"{_papers(coverage.announced)} announced in your categories",
        f"{coverage.received:,} received{so_far}" if coverage.announced else "",
        f"{coverage.matched:,} matched" if coverage.matched else "none matched",
    ]
    sources = [_SOURCES.get(one, display(one)) for one in coverage.sources]
    clauses = [
        ", ".join(filter(None, counts)),
        f"from {names(sources, _SOURCES_NAMED)}" if sources else "",
        ids_missing(coverage.missing),
    ]
    line = f"{_days(coverage)}{'; '.join(filter(None, clauses))}."
    line = line[:1].upper() + line[1:]
    if coverage.late:
        line += " arXiv could not be read whole; what is missing comes in a later digest."
    elif so_far:
        line += " What is missing comes in a later digest."
    return " ".join(filter(None, [line, _left_out(coverage)]))


def _left_out(coverage: Coverage) -> str:
    """Name the topics that were left out, and say what is to be done."""
    if not coverage.refused:
        return ""
    topics = names([display(topic) for topic in coverage.refused], _TOPICS_NAMED)
    one = len(coverage.refused) == 1
    was, its = ("was", "its query does") if one else ("were", "their queries do")
    return (
        f"{topics} {was} left out, because {its} not work: have {'it' if one else 'them'} "
        "mended, and what was announced since comes too."
    )


def note(digest: Digest) -> tuple[str, ...]:
    """Write the message of a digest that holds nothing, in paragraphs."""
    alive = "Daily Papers is at work, and writes again as soon as something comes for you."
    coverage = digest.coverage
    if coverage is None:
        return (alive,)
    topics = [display(topic) for topic in headings_of(digest)]
    whole = coverage.received >= coverage.announced and not coverage.late
    looked = "All of them" if whole else f"The {coverage.received:,} that have come so far"
    since = _since(digest, coverage)
    announced = f"arXiv announced {_papers(coverage.announced)} in your categories{since}."
    nothing = f"nothing among them was for {names(topics, _TOPICS_NAMED, 'or') or 'you'}."
    missing = f"Besides, {ids_missing(coverage.missing)}." if coverage.missing else ""
    told = f"{announced} {looked} were looked through, and {nothing}"
    return " ".join(filter(None, [told, missing, _left_out(coverage)])), alive


def ids_missing(count: int) -> str:
    """Write how many ids of all of arXiv have not come; empty where none is missing."""
    if not count:
        return ""
    ids, have, are = ("id", "has", "is") if count == 1 else ("ids", "have", "are")
    return f"{count:,} {ids} of arXiv {have} not come yet and {are} asked for"


def _since(digest: Digest, coverage: Coverage) -> str:
    """Say since when, on the reader's own calendar."""
    if coverage.since is None:
        return ""
    return f" since {short_date(coverage.since.astimezone(ZoneInfo(digest.timezone)).date())}"


def _papers(count: int) -> str:
    """Write `no papers`, `1 paper`, `1,482 papers`."""
    return f"{count:,} paper{'' if count == 1 else 's'}" if count else "no papers"


def _days(coverage: Coverage) -> str:
    """Name the announcements that are covered: one before a colon, several in a sentence."""
    if coverage.since is None or coverage.until is None:
        return ""
    zone = ZoneInfo(EVENINGS.timezone)
    evenings = announcements_between(coverage.since, coverage.until)
    days = [evening.astimezone(zone).date() for evening in evenings]
    if len(days) > _DAYS_NAMED:
        first, last = _written([days[0], days[-1]])
        return f"Covers {len(days)} announcements, {first} to {last}. "
    if len(days) > 1:
        return f"Covers the announcements of {names(_written(days), _DAYS_NAMED)}. "
    return f"{_written(days)[0]}: " if days else ""


def _written(days: Sequence[date]) -> list[str]:
    """Write days in their order, each month once, and years where there are two."""
    years = days[0].year != days[-1].year
    lasts = {(day.year, day.month): day for day in days}
    return [
        weekday(day)
        if lasts[day.year, day.month] > day
        else f"{weekday(day)} {month(day)}{f' {day.year}' if years else ''}"
        for day in days
    ]
