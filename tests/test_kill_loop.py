"""kill -9 at random instants, with three sources that do not agree: nothing is lost."""

import os
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.model import Paper
from tests.builders import NOON, paper
from tests.killing import SOURCES, World, check_emails, check_rooms, world_of

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("TESTS_KILLS", "250"))
READERS = tuple(f"reader{number}" for number in range(12))
ROOMS = ("papers", "talks", "news")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(tmp_path, READERS, ROOMS) as made:
        made.turn_to(NOON)
        made.announce([paper(number) for number in range(1, 6)], NOON, SOURCES)
        yield made


def on_a_weekday(now: datetime) -> datetime:
    """Give this instant, or noon of the next day with a feed."""
    return now if now.weekday() < 5 else now.replace(hour=12) + DAY * (7 - now.weekday())


def announce_everywhere(world: World, fresh: list[Paper], now: datetime) -> None:
    """Let all sources have papers."""
    world.announced += fresh
    world.turn_to(now)
    world.announce(fresh, now, SOURCES)


def announce_anywhere(
    world: World, fresh: list[Paper], now: datetime, chance: random.Random
) -> None:
    """Let all sources have papers, or some only, and each paper at least one."""
    world.turn_to(now)
    if chance.random() < 0.5 or world.feeds.today not in world.feeds.days:
        announce_everywhere(world, fresh, now)
        return
    world.announced += fresh
    for one in fresh:
        # What a feed tells of first is completed by the API.
        world.announce([one], now, chance.choice(({"api"}, {"api", "rss"}, {"oai"})))


@pytest.mark.parametrize("day", range(5))
def test_the_last_day_of_the_loop_passes_no_feed_by(day: int) -> None:
    now = NOON.replace(hour=23) + DAY * day
    assert on_a_weekday(now + DAY).weekday() == (day + 1) % 5


@pytest.mark.timeout(900)
async def test_kill_9_hundreds_of_times_loses_nothing_and_repeats_only_what_is_counted(
    world: World,
) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it when the test fails
    chance = random.Random(seed)
    kills = sum([await world.killed_pass(NOON, chance.uniform(0.02, 0.8)) for _ in range(5)])
    assert await world.whole_pass(NOON) == 0, world.said()
    now, number = NOON, 100
    while kills < KILLS:
        now = on_a_weekday(now + HOUR)
        fresh = [paper(number + i, published=now, updated=now) for i in range(3)]
        number += len(fresh)
        announce_anywhere(world, fresh, now, chance)
        for _ in range(chance.randrange(1, 6)):
            kills += await world.killed_pass(now, chance.uniform(0.02, 0.8))
        assert await world.whole_pass(now) == 0, world.said()
    # The next day may be Monday, whose feed no longer has what Friday's had. Where it is a day's
    # first pass, that day's feed is not empty: so much less than ever before would not be believed.
    now = now.replace(hour=23)
    announce_everywhere(world, [paper(number, published=now, updated=now)], now)
    assert await world.whole_pass(now) == 0, world.said()
    # OAI-PMH is asked only after its updates, and so tells a day later of what it alone had.
    now = on_a_weekday(now + DAY)
    announce_everywhere(world, [paper(number + 1, published=now, updated=now)], now)
    assert await world.whole_pass(now) == 0, world.said()
    check_emails(world, await world.status(now), READERS)
    check_rooms(world, ROOMS)
