"""What `backtest` tells: a chart and tables on a terminal, plain lines elsewhere, JSON, a page."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.backtest import Report
from bot.console import columns, draw, drawing, marked, say, table
from bot.core.backtest import Backtest, Day, Example, Marked
from bot.core.backtest.wording import BASIS, bars, clause, headline, overlaps, summary
from bot.core.errors import DailyPapersError
from bot.core.query.expression import write
from bot.core.render.backtest import page
from bot.core.render.wording import categories, place_name, short_date

_EIGHTHS = " ▏▎▍▌▋▊▉"
_PLAIN = 60
"""The columns of a chart that is not drawn on a terminal."""
_CLAUSES = 25
"""So many alternatives are listed; `--json` has all."""


def show_backtest(told: Report, heading: str) -> None:
    """Show a backtest: what should be known first, then numbers, then examples."""
    found = told.found
    say(heading)
    say(headline(found))
    _prose(summary(found))
    for one in told.advice:
        say()
        _prose(f"note: {one.text}")
    if found.matched:
        say()
        draw(_chart(bars(found), weekly=len(bars(found)) != len(found.days)))
    if found.stored:
        _clauses(found)
        _topics(found)
    for example in found.examples:
        _example(example)
    say()
    _prose(BASIS)


def _topics(found: Backtest) -> None:
    """Show what the configuration's topics have of it."""
    lines = list(overlaps(found))
    if lines:
        say()
    for line in lines:
        _prose(line)


def _prose(text: str, indent: int = 0) -> None:
    """Print a sentence, wrapped at words on a terminal."""
    marked([(text, False)], indent)


def _chart(days: Iterable[Day], *, weekly: bool) -> Iterable[str]:
    """Draw a bar for each day or week that had an announcement."""
    days = tuple(days)
    room, drawn = columns(), drawing()
    most = max((day.matched for day in days), default=0)
    digits = len(f"{most:,}")
    for day in days:
        label = f"{'week of ' if weekly else ''}{day.date:%a %Y-%m-%d}"
        if not day.announcements:
            yield f"{label}  {'-':>{digits}}  no announcement"
        elif not day.stored:
            yield f"{label}  {'?':>{digits}}  nothing stored"
        else:
            width = _PLAIN if room is None else max(room - len(label) - digits - 4, 10)
            bar = _bar(day.matched / (most or 1) * width, drawn=drawn)
            yield f"{label}  {day.matched:>{digits},}  {bar}".rstrip()


def _bar(length: float, *, drawn: bool) -> str:
    """Draw a bar so many columns long; what is not nothing is seen."""
    if not drawn:
        return "#" * max(round(length), length > 0)
    eighths = max(round(8 * length), length > 0)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _clauses(found: Backtest) -> None:
    """Show what each alternative brings, and what each condition keeps out."""
    for choice in found.choices:
        say()
        rows = [(clause(one.text), f"{one.brings:,}", f"{one.only:,}") for one in choice]
        table("alternatives", ("clause", "brings", "only it"), rows[:_CLAUSES])
        if len(rows) > _CLAUSES:
            say(f"and {len(rows) - _CLAUSES} more, which bring less: see --json")
    if found.conditions:
        say()
        rows = [
            (clause(one.text), f"{one.alone:,}", f"{one.without:,}") for one in found.conditions
        ]
        table("conditions", ("all of these", "matches alone", "the others without it"), rows)


def _example(example: Example) -> None:
    """Show one paper."""
    paper = example.paper
    say()
    marked(example.title)
    marked(example.byline, indent=2)
    _prose(f"{short_date(example.day)} · {categories(paper)} · {paper.url}", indent=2)
    marked(example.excerpt, indent=2)
    _prose(f"matched by {'; '.join(_found(example))}", indent=2)


def _found(example: Example) -> Iterable[str]:
    """Say which terms matched, and where."""
    for term, places in example.found:
        yield f"{clause(term)} in {', '.join(map(place_name, places))}"


def write_page(told: Report, heading: str, file: Path) -> None:
    """Write the page; raises DailyPapersError where that cannot be."""
    try:
        file.write_text(page(told.found, told.advice, heading), encoding="utf-8")
    except OSError as error:
        raise DailyPapersError(f"{file}: it cannot be written: {error.strerror}") from error


def backtest_json(told: Report, topic: str | None) -> dict[str, Any]:
    """Shape a backtest for scripts: the keys are a contract.

    `days` are {date, announcement, stored, matched}, on arXiv's clock. `share` is of 1, and `mean`
    is of the `announcements_stored`. `choices` lists for each OR its {clause, brings, only};
    `conditions` what must hold together, {clause, alone, without}; `topics` are {topic, matched,
    shared}, and `in_no_topic` counts the matches that none has. `phrases` are {clause, brings,
    phrases: [{query, matched}]} for each word that floods, `dead` the clauses that match nothing,
    and `advice` is {kind, text}. An example has {id, url, title, date, authors, categories,
    excerpt, marks, found}: `marks` are half-open ranges of characters in title and excerpt, and
    the places of authors; `found` is {clause, in}.
    """
    found = told.found
    numbers = ("stored", "matched", "share", "mean", "announcements")
    most = found.busiest
    return {
        "query": found.query.text,
        "topic": topic,
        **{name: getattr(found, name) for name in numbers},
        "announcements_stored": found.covered,
        "busiest": {"date": most.date, "matched": most.matched} if most else None,
        "days": [_day_json(day) for day in found.days],
        **_clauses_json(found),
        "advice": [{"kind": one.kind, "text": one.text} for one in told.advice],
        "examples": [_example_json(one) for one in found.examples],
    }


def _day_json(day: Day) -> dict[str, Any]:
    """Shape one day."""
    return {
        "date": day.date,
        "announcement": bool(day.announcements),
        "stored": day.stored,
        "matched": day.matched,
    }


def _clauses_json(found: Backtest) -> dict[str, Any]:
    """Shape what is told clause by clause and topic by topic."""
    return {
        "choices": [
            [{"clause": one.text, "brings": one.brings, "only": one.only} for one in choice]
            for choice in found.choices
        ],
        "conditions": [
            {"clause": one.text, "alone": one.alone, "without": one.without}
            for one in found.conditions
        ],
        "topics": [
            {"topic": one.topic, "matched": one.matched, "shared": one.shared}
            for one in found.overlaps
        ],
        "in_no_topic": found.elsewhere,
        "phrases": [
            {
                "clause": one.text,
                "brings": one.brings,
                "phrases": [{"query": query, "matched": count} for query, count in one.phrases],
            }
            for one in found.floods
        ],
        "dead": [write(one) for one in found.dead],
    }


def _example_json(one: Example) -> dict[str, Any]:
    """Shape one example."""
    return {
        "id": one.paper.id,
        "url": one.paper.url,
        "title": _text(one.title),
        "date": one.day,
        "authors": [name for name, _ in one.authors],
        "categories": list(one.paper.categories),
        "excerpt": _text(one.excerpt),
        "marks": {
            "title": _ranges(one.title),
            "authors": [place for place, (_, mark) in enumerate(one.authors) if mark],
            "excerpt": _ranges(one.excerpt),
        },
        "found": [{"clause": term, "in": list(places)} for term, places in one.found],
    }


def _text(pieces: Marked) -> str:
    """Join pieces."""
    return "".join(text for text, _ in pieces)


def _ranges(pieces: Marked) -> list[tuple[int, int]]:
    """Tell which half-open ranges of the joined text are marked."""
    ranges, place = [], 0
    for text, mark in pieces:
        if mark:
            ranges.append((place, place + len(text)))
        place += len(text)
    return ranges
