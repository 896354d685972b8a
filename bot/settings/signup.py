"""The table by which people may sign up by themselves, and how those are subscribed who did."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from bot.core.enrolment import Enrolment
from bot.core.schedule import Schedule
from bot.settings.addresses import Domain, mail_domain
from bot.settings.tables import Table
from bot.settings.times import WEEK, ClockTime, Day, Zone
from bot.settings.words import Name, Whole

if TYPE_CHECKING:
    from bot.settings.model import Settings


class SignupSettings(Table):
    """[signup]: people may subscribe themselves on the pages of `daily-papers web`."""

    topics: tuple[Name, ...] | None = Field(
        default=None,
        min_length=1,
        description="the topics they may choose from; all of them when absent",
        examples=['["RAG", "SFT"]'],
    )
    timezone: Zone = Field(
        default="UTC",
        description="the time zone that the form proposes",
        examples=['"Europe/Madrid"'],
    )
    deliver_at: ClockTime = Field(
        default=time(8, 30), description="the hour that the form proposes", examples=['"08:30"']
    )
    days: tuple[Day, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"),
        min_length=1,
        description="the days of daily digests; weekly ones come on the first of them",
        examples=['["mon", "tue", "wed", "thu", "fri"]'],
    )
    domains: tuple[Domain, ...] = Field(
        default=(),
        description="the domains, with all below them, whose addresses may sign up; any when empty",
        examples=['["example.org"]'],
    )
    per_hour: Whole = Field(
        default=60,
        ge=1,
        le=10_000,
        description="how many messages that ask for confirmation are sent in an hour at most",
        examples=["60"],
    )

    def schedule(self, zone: str, at: time, rhythm: Literal["daily", "weekly"]) -> Schedule:
        """Make the schedule of somebody who chose these."""
        named = self.days[:1] if rhythm == "weekly" else self.days
        return Schedule(zone, at, frozenset(WEEK.index(day) for day in named))

    def takes(self, address: str) -> bool:
        """Tell whether an address, normalised, may sign up."""
        domain = mail_domain(address.rpartition("@")[2])
        mine = (domain == one or domain.endswith(f".{one}") for one in self.domains)
        return not self.domains or any(mine)


def enrolment_of(settings: Settings) -> Enrolment:
    """Say how those are subscribed who signed up."""
    wanted = settings.signup.topics
    topics = [one for one in settings.topic if wanted is None or one.name in wanted]
    left_out = [one.topic for one in settings.refused if not one.stays]
    refused = [name for name in left_out if wanted is None or name in wanted]
    is_open = "signup" in settings.model_fields_set and bool(topics)
    return Enrolment(tuple(one.topic for one in topics), tuple(refused), open=is_open)
