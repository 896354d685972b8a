"""Builders of values for tests: each gives a whole one, and takes what the test cares for."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.core.digest import Digest, sections_of
from bot.core.model import Entry, Paper
from bot.core.query import parse
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, Topic

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # a Monday


def paper(number: int = 1, **changes: Any) -> Paper:
    """Build paper `2601.<number>`, submitted a day before NOON."""
    values: dict[str, Any] = {
        "id": f"2601.{number:05d}",
        "version": 1,
        "title": f"A Study of Subject {number}",
        "abstract": f"We study subject {number} and report what we found.",
        "authors": ("Ana García", "Li Wei"),
        "categories": ("cs.CL",),
        "primary_category": "cs.CL",
        "published": NOON - timedelta(days=1),
        "updated": NOON - timedelta(days=1),
    }
    return Paper(**(values | changes))


def topic(name: str = "Language", query: str = "cat:cs.CL") -> Topic:
    """Build a topic."""
    return Topic(name, parse(query))


def subscription(subscriber: str = "ana", **changes: Any) -> Subscription:
    """Build a subscription to all of cs.CL by email, every day at 08:30 UTC."""
    values: dict[str, Any] = {
        "subscriber": subscriber,
        "channel": "email",
        "address": f"{subscriber}@example.org",
        "topics": (topic(),),
        "schedule": Schedule("UTC", time(8, 30)),
    }
    return Subscription(**(values | changes))


def digest(*entries: Entry, **changes: Any) -> Digest:
    """Build ana's digest for NOON; without entries it holds paper 1 under "Language"."""
    values: dict[str, Any] = {
        "subscriber": "ana",
        "timezone": "Europe/Madrid",
        "at": NOON,
        "sections": sections_of(entries or (Entry(paper(), ("Language",)),)),
    }
    return Digest(**(values | changes))
