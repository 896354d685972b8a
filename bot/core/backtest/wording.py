"""A backtest in words, the same in a terminal and on a page."""

import re
from collections.abc import Iterator, Sequence

from bot.core.backtest.days import Day, weeks
from bot.core.backtest.result import Backtest, Overlap
from bot.core.render.wording import names, short_date, weekday_date

TOPICS_NAMED = 8
DAYS_DRAWN = 62
"""More days than this are drawn as weeks."""
BASIS = (
    "Each stored paper counts once, on the day of its announcement on arXiv's clock; one that was "
    "known from the start counts on the day for which it was submitted in time."
)


_EVERYWHERE = re.compile(r'("(?:\\.|[^"\\])*")|(?<![^\s(])all:')


def clause(text: str) -> str:
    """Write a clause as people do: what is looked for everywhere needs no prefix."""
    return _EVERYWHERE.sub(lambda found: found[1] or "", text)


def implied_or(queries: Sequence[str], counts: Sequence[str] = ("", "")) -> str:
    """Say that OR was read where no operator stands: `queries` have AND there, or the phrase."""
    told = [f"{clause(one)}{count}" for one, count in zip(queries, counts, strict=False)]
    text = f"words without an operator mean OR; for both write AND: {told[0]}"
    return f"{text}; for the phrase write: {told[1]}" if told[1:] else text


def percent(share: float) -> str:
    """Write a share of 1 as `84 %`, or `0.7 %` where it is small."""
    return f"{100 * share:.0f} %" if share >= 0.1 or not share else f"{100 * share:.2g} %"


def headline(found: Backtest) -> str:
    """Write `128 of 18,625 stored papers match (0.7 %)`."""
    papers = "paper matches" if found.stored == 1 else "papers match"
    return f"{found.matched:,} of {found.stored:,} stored {papers} ({percent(found.share)})"


def summary(found: Backtest) -> str:
    """Tell the days, how many match an announcement, and on which day most did."""
    if not found.days:
        return "no announcement in those days"
    first, last = found.days[0].date, found.days[-1].date
    words = [f"{short_date(first)} to {short_date(last)}"]
    words.append(f"{found.announcements} announcement{'' if found.announcements == 1 else 's'}")
    if found.busiest:
        words.append(f"{found.mean:.1f} matches in each on average")
        words.append(f"most on {weekday_date(found.busiest.date)}: {found.busiest.matched:,}")
    return " · ".join(words)


def bars(found: Backtest) -> tuple[Day, ...]:
    """Give the days to draw, or the weeks where there are too many days."""
    return found.days if len(found.days) <= DAYS_DRAWN else weeks(found.days)


def overlaps(found: Backtest) -> Iterator[str]:
    """Tell for each topic how many of the matches it has already, and how many none has."""
    if not found.matched or not found.overlaps:
        return
    ranked = sorted(found.overlaps, key=lambda one: -one.shared)
    shown = [one for one in ranked if one.shared][:TOPICS_NAMED]
    for one in shown:
        yield f"{_overlap(one, found.matched)} (which matches {one.matched:,})"
    foreign = [one.topic for one in ranked if not one.shared]
    if foreign:
        yield f"None is in {names(foreign, TOPICS_NAMED, 'or')}"
    new = {0: "Nothing", found.matched: "Everything"}.get(found.elsewhere, f"{found.elsewhere:,}")
    yield f"{new} would be new to your topics."


def _overlap(one: Overlap, matched: int) -> str:
    """Write `All but 3 are in your topic RAG`."""
    if one.shared == matched:
        return f"All are in your topic {one.topic}"
    if 2 * one.shared > matched:
        return f"All but {matched - one.shared:,} are in your topic {one.topic}"
    return f"{one.shared:,} {'is' if one.shared == 1 else 'are'} in your topic {one.topic}"
