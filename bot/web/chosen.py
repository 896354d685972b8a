"""The page of one reader: what they have chosen, in words, and the digests that they got.

Whoever got a forwarded message may read it: it names the topics and papers, which stand in the
message too, and no subscriber, no query and no whole address.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.render.item import name_of
from bot.core.render.wording import display, long_date, short_date, tally, weekday_date
from bot.core.wishes import Sent, TopicWish, Wishes, pause_days
from bot.web.look import rendered
from bot.web.pages import place

WRONG_DAY = "Choose a day from tomorrow on, within a year. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Row:
    """A topic: `name` as the ledger has it, which the button sends back, and as it is shown."""

    name: str
    shown: str
    off: str


@dataclass(frozen=True, slots=True)
class Group:
    """The papers of a digest under one topic, each with its title and its address."""

    topic: str
    tally: str
    papers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A message that was sent."""

    day: str
    summary: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """What the page says; `until` and `first` to `last` are of a pause that is, and that may be."""

    place: str
    stop: str
    topics: tuple[Row, ...]
    past: tuple[Past, ...]
    stopped: bool
    all_off: bool
    until: str
    first: date
    last: date
    problem: str


def html(wishes: Wishes, token: str, now: datetime, problem: str = "") -> str:
    """Render the page of a token; `problem` says why a wish was not followed."""
    first, last = pause_days(wishes.timezone, now)
    page = ReaderPage(
        place(wishes.holder),
        # Relative, so that it leads there below whatever path a proxy puts the pages.
        f"../u/{token}",
        tuple(_row(one, wishes.timezone) for one in wishes.topics),
        tuple(_past(one, wishes.timezone) for one in wishes.sent),
        wishes.holder.reason is not None,
        wishes.all_off,
        _instant(wishes.until, wishes.timezone) if wishes.until else "",
        first,
        last,
        problem,
    )
    return rendered("reader.html", page=page)


def _row(wish: TopicWish, timezone: str) -> Row:
    off = short_date(_local(wish.off, timezone).date()) if wish.off else ""
    return Row(wish.topic, display(wish.topic), off)


def _past(sent: Sent, timezone: str) -> Past:
    """Write one message; papers that were forgotten are not in it any more."""
    groups = tuple(
        Group(
            display(section.topic),
            tally(section),
            tuple((name_of(entry.paper), entry.paper.url) for entry in section.entries),
        )
        for section in sent.sections
    )
    counts = [f"{group.topic}\N{NO-BREAK SPACE}{group.tally}" for group in groups]
    part = [f"part {sent.part} of {sent.parts}"] if sent.parts > 1 else []
    summary = " · ".join([*counts, *part]) or "no papers"
    return Past(weekday_date(_local(sent.at, timezone).date()), summary, groups)


def _instant(instant: datetime, timezone: str) -> str:
    """Write `Monday 2 February 2026, 08:30` by the reader's clock."""
    local = _local(instant, timezone)
    return f"{long_date(local.date())}, {local:%H:%M}"


def _local(instant: datetime, timezone: str) -> datetime:
    return instant.astimezone(ZoneInfo(timezone))
