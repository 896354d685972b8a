"""The form by which people sign up: what they entered, what is wrong with it, and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from typing import Literal
from urllib.parse import quote_plus
from zoneinfo import available_timezones

from bot.core.enrolment import SignUp
from bot.core.render.wording import display, names
from bot.settings.addresses import email_address
from bot.settings.times import hour, zone
from bot.web.body import LARGEST
from bot.web.entrance import Entrance
from bot.web.look import rendered
from bot.web.rhythm import days

TRAP = "comment"
"""The field that nobody sees: whoever fills it in is a program."""
_FIELDS = 8
"""How many fields a form may have besides the topics that are chosen."""
LONGEST = 254
"""Characters of an email address (RFC 5321)."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form brings, as it was written."""

    address: str = ""
    topics: tuple[str, ...] = ()
    rhythm: Literal["daily", "weekly"] = "daily"
    at: str = ""
    timezone: str = ""
    trapped: bool = False

    @classmethod
    def of(cls, entries: Sequence[tuple[str, str]]) -> "Entered":
        """Take it from the form's fields."""
        one = dict(entries)
        return cls(
            one.get("email", "").strip(),
            tuple(value for name, value in entries if name == "topic"),
            "weekly" if one.get("rhythm") == "weekly" else "daily",
            one.get("at", "").strip(),
            one.get("timezone", "").strip(),
            bool(one.get(TRAP)),
        )


@dataclass(frozen=True, slots=True)
class FormPage:
    """What the page says: for each field what was entered, and what is wrong with it."""

    entered: Entered
    topics: tuple[tuple[str, str, bool], ...]
    rhythms: tuple[tuple[str, str], ...]
    zones: Mapping[str, Sequence[str]]
    problems: Mapping[str, str] = field(default_factory=dict)
    trap: str = TRAP
    longest: int = LONGEST


def room(entrance: Entrance) -> tuple[int, int]:
    """Tell how many fields a form may have, and how many octets: all topics may be chosen."""
    names = [quote_plus(topic.name) for topic in entrance.enrolment.topics]
    octets = sum(len(f"&topic={name}") for name in names)
    return _FIELDS + len(names), LARGEST + octets


def fresh(entrance: Entrance) -> Entered:
    """Give the form as it is proposed: all topics where there are few, and otherwise none."""
    offered = tuple(topic.name for topic in entrance.enrolment.topics)
    settings = entrance.settings
    proposed = offered if len(offered) == 1 else ()
    return Entered("", proposed, "daily", f"{settings.deliver_at:%H:%M}", settings.timezone)


def wish_of(entered: Entered, entrance: Entrance) -> tuple[SignUp | None, dict[str, str]]:
    """Make what was entered a wish, or say by field what is wrong with it."""
    problems: dict[str, str] = {}
    address = _address(entered, entrance, problems)
    chosen = [one.name for one in entrance.enrolment.topics if one.name in entered.topics]
    if not chosen:
        problems["topic"] = "Choose one topic at least."
    at, timezone = _hour(entered.at, problems), _zone(entered.timezone, problems)
    if problems or at is None:
        return None, problems
    schedule = entrance.settings.schedule(timezone, at, entered.rhythm)
    return SignUp(address, tuple(chosen), schedule), problems


def html(entrance: Entrance, entered: Entered, problems: Mapping[str, str] | None = None) -> str:
    """Render the form."""
    midnight = time()
    settings = entrance.settings
    page = FormPage(
        entered,
        tuple(
            (one.name, display(one.name), one.name in entered.topics)
            for one in entrance.enrolment.topics
        ),
        tuple(
            (name, days(settings.schedule("UTC", midnight, name).days))
            for name in ("daily", "weekly")
        ),
        _zones(entered.timezone),
        problems or {},
    )
    return rendered("signup.html", page=page)


def _address(entered: Entered, entrance: Entrance, problems: dict[str, str]) -> str:
    if not entered.address:
        problems["email"] = "Enter the address to which the digests shall go."
        return ""
    try:
        address = email_address(entered.address)
    except ValueError as error:
        problems["email"] = str(error)
        return ""
    if not entrance.settings.takes(address):
        domains = names(entrance.settings.domains, len(entrance.settings.domains), "or")
        problems["email"] = f"Only addresses of {domains} can sign up here."
    return address


def _hour(value: str, problems: dict[str, str]) -> time | None:
    try:
        at = hour(value[:5])  # some browsers write seconds
    except ValueError:
        at = None
    if at is None:
        problems["at"] = "Enter an hour such as 08:30."
    return at


def _zone(value: str, problems: dict[str, str]) -> str:
    try:
        return zone(value)
    except ValueError:
        problems["timezone"] = "Choose a time zone from the list."
        return ""


def _zones(chosen: str) -> Mapping[str, Sequence[str]]:
    """Give the zones of the list by region, with the one that is chosen."""
    found = _regions()
    if any(chosen in names for names in found.values()):
        return found
    try:
        return {"": [zone(chosen)], **found}
    except ValueError:
        return found


@cache
def _regions() -> dict[str, list[str]]:
    """Give the zones that are places, by region, and UTC first."""
    regions: dict[str, list[str]] = {"UTC": ["UTC"]}
    for name in sorted(available_timezones()):
        region, slash, _ = name.partition("/")
        if slash and region not in {"Etc", "SystemV", "US", "Canada", "Brazil", "Chile", "Mexico"}:
            regions.setdefault(region, []).append(name)
    return regions
