"""What a reader has chosen on the page of their own: topics that are off, and a pause."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.digest import Section, sections_of
from bot.core.model import Entry
from bot.core.people import Holder
from bot.core.schedule import Schedule, first_slot

LONGEST_PAUSE = timedelta(days=365)
"""How far ahead the day may lie until which a reader pauses."""


@dataclass(frozen=True, slots=True)
class TopicWish:
    """A topic of a subscription, and since when its reader has it turned off; None: it is on."""

    topic: str
    off: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that was sent, for the instant `at`, with its papers as they are known now.

    What is part `part` of `parts`. Papers that were forgotten since are missing.
    """

    at: datetime
    entries: tuple[Entry, ...]
    part: int = 1
    parts: int = 1

    @property
    def sections(self) -> tuple[Section, ...]:
        """Its papers by topic, as they stood in the digest."""
        return sections_of(self.entries)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the reader of one subscription has chosen, and what they got, the newest first.

    `until` is when digests go on that are paused now; None where they are not. `timezone` is the
    reader's own. Without `topics` the subscription was removed.
    """

    holder: Holder
    timezone: str
    topics: tuple[TopicWish, ...] = ()
    until: datetime | None = None
    sent: tuple[Sent, ...] = ()

    @property
    def all_off(self) -> bool:
        """Whether the reader has turned off every topic there is."""
        return bool(self.topics) and all(one.off for one in self.topics)


def pause_days(timezone: str, now: datetime) -> tuple[date, date]:
    """Tell the first and the last day until which a reader may pause: tomorrow, and in a year."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return today + timedelta(days=1), today + LONGEST_PAUSE


def pause_end(schedule: Schedule, day: date, now: datetime) -> datetime:
    """Tell when digests go on that pause until a day: at their usual hour, on it or after it.

    Raises ValueError where the day is none of `pause_days`.
    """
    first, last = pause_days(schedule.timezone, now)
    if not first <= day <= last:
        raise ValueError(f"a pause ends between {first} and {last}, not on {day}")
    return first_slot(schedule, day)
