"""A backtest as one page of HTML that fetches nothing, in the look of the digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import jinja2

from bot.core.backtest.advice import Advice
from bot.core.backtest.days import Day
from bot.core.backtest.result import Backtest
from bot.core.backtest.wording import BASIS, bars, clause, headline, overlaps, summary
from bot.core.render.wording import (
    ACKNOWLEDGEMENT,
    categories,
    place_name,
    short_date,
    weekday_date,
)
from bot.core.visible import visible

_HEIGHT = 100


@dataclass(frozen=True, slots=True)
class _Column:
    """A bar of the chart: its left edge, top and height, in a field of one unit a day by 100."""

    x: float
    y: float
    height: float
    told: str
    empty: bool


def page(found: Backtest, advice: Sequence[Advice], heading: str) -> str:
    """Render the whole document; `heading` is the query or the topic's name."""
    days = bars(found)
    weekly = len(days) != len(found.days)
    return _template().render(
        found=found,
        heading=visible(heading),
        headline=headline(found),
        summary=summary(found),
        advice=[visible(one.text) for one in advice],
        weekly=weekly,
        columns=_columns(days, weekly=weekly),
        ends=[short_date(days[0].date), short_date(days[-1].date)] if days else [],
        most=max((day.matched for day in days), default=0),
        rows=[(_label(day.date, weekly=weekly), _told(day)) for day in days],
        overlaps=list(overlaps(found)) if found.stored else [],
        basis=BASIS,
        acknowledgement=ACKNOWLEDGEMENT,
    )


def _columns(days: Sequence[Day], *, weekly: bool) -> list[_Column]:
    """Lay the chart out."""
    most = max((day.matched for day in days), default=0) or 1
    found = []
    for place, day in enumerate(days):
        height = max(_HEIGHT * day.matched / most, 1.5)
        told = f"{_label(day.date, weekly=weekly)}: {_told(day)}"
        found.append(_Column(place + 0.1, _HEIGHT - height, height, told, not day.matched))
    return found


def _label(day: date, *, weekly: bool) -> str:
    """Name a day, or the week that begins with it."""
    return f"week of {short_date(day)}" if weekly else weekday_date(day)


def _told(day: Day) -> str:
    """Tell a day's matches, or why there are none."""
    if not day.announcements:
        return "no announcement"
    return f"{day.matched:,} of {day.stored:,}" if day.stored else "nothing stored"


@cache
def _template() -> jinja2.Template:
    """Read the template once."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "date": short_date, "clause": clause}
    environment.filters |= {"categories": categories, "place": place_name}
    source = files("bot.core.render") / "templates" / "backtest.html"
    return environment.from_string(source.read_text(encoding="utf-8"))
