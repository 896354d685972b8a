"""kill -9 in the midst of outcomes that are settled together: the next run loses and repeats none.

Five emails and five posts are under way at once. Of each channel the first that is accepted is
settled alone, and the other four in one transaction, which is what the deliverer makes of outcomes
that come while it writes; each process dies at one point of that.
"""

import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import SqliteStore
from tests.builders import NOON, paper
from tests.killing import SOURCES, World, begin_anew, check_emails, check_rooms, keep, world_of
from tests.mortal import Deathclock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

READERS = ("ana", "ben", "chi", "dov", "eva")
ROOMS = ("papers", "talks", "group", "club", "lab")
CROWD = len(READERS)
GROUP = CROWD - 1
MORNING = NOON + timedelta(days=1)
NEWS = [paper(10, published=NOON), paper(11, published=NOON)]
CHANNELS = ("email", "slack")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world that was polled on Monday, with two papers announced since then."""
    async with world_of(tmp_path, READERS, ROOMS) as made:
        made.turn_to(NOON)
        made.announce([paper(1)], NOON, SOURCES)
        assert await made.whole_pass(NOON) == 0
        made.turn_to(MORNING)
        made.announce(NEWS, MORNING, SOURCES)
        made.announced = NEWS
        keep(made)
        yield made


async def states(world: World, channel: str) -> list[tuple[str, int]]:
    """Give the state of each delivery of a channel, and how often it was uncertain."""
    async with SqliteStore.open(world.database(), exclusive=False) as store:
        rows = await store.deliveries("list", now=MORNING)
    return sorted((row["state"], row["uncertain"]) for row in rows if row["channel"] == channel)


async def die(world: World, point: str) -> None:
    """Make the run until it dies at the point."""
    begin_anew(world)
    reached = world.config.parent / "reached"
    code = await world.whole_pass(MORNING, Deathclock(reached, point, CROWD))
    assert code == -signal.SIGKILL, f"{point} was not reached:\n{world.said()}"
    reached.unlink()


async def go_on(world: World) -> int:
    """Let the plain command run after a death; give how many emails came twice."""
    assert await world.whole_pass(MORNING) == 0, world.said()
    check_rooms(world, ROOMS)
    return check_emails(world, await world.status(MORNING), READERS)


async def check_group(world: World, point: str, channel: str, *, written: bool) -> None:
    """Die at a point about the group's transaction, and see that it is in the ledger or is not.

    All were accepted, so those of a group that is not written are sent under the same key again.
    """
    await die(world, point)
    group = ("sent", 0) if written else ("sending", 0)
    assert await states(world, channel) == sorted([*[group] * GROUP, ("sent", 0)]), point
    copies = await go_on(world)
    unsure = 0 if written else 1
    assert await states(world, channel) == sorted([*[("sent", unsure)] * GROUP, ("sent", 0)]), point
    if channel == "email":
        assert copies == unsure * GROUP, point


async def statements(world: World, channel: str) -> int:
    """Make the run without a death, and count what the transaction of the group is made of."""
    begin_anew(world)
    reached = world.config.parent / "reached"
    assert await world.whole_pass(MORNING, Deathclock(reached, crowd=CROWD)) == 0, world.said()
    points = reached.read_text().splitlines()
    reached.unlink()
    for size in (1, GROUP):
        assert points.count(f"after commit settle {channel} of {size} 1") == 1
    return sum(one.startswith(f"statement settle {channel} of {GROUP} ") for one in points)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_group_is_settled_in_one_transaction_and_all_is_sent_once(
    world: World, channel: str
) -> None:
    # A row of each outcome, and what they say of addresses and papers.
    assert await statements(world, channel) > GROUP + 2
    assert await states(world, channel) == [("sent", 0)] * CROWD
    assert await go_on(world) == 0


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "point",
    ["before settling {} of {} 1", "before commit settle {} of {} 1"],
    ids=["before_it_begins", "before_it_ends"],
)
async def test_killed_about_the_transaction_of_a_group_all_of_it_is_sent_again(
    world: World, point: str, channel: str
) -> None:
    await check_group(world, point.format(channel, GROUP), channel, written=False)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_killed_at_any_statement_none_of_a_group_is_written(
    world: World, channel: str
) -> None:
    for number in range(1, await statements(world, channel) + 1):
        point = f"statement settle {channel} of {GROUP} {number}"
        await check_group(world, point, channel, written=False)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "point",
    ["after commit settle {} of {} 1", "after settling {} of {} 1"],
    ids=["before_anybody_is_told", "before_all_are_told"],
)
async def test_killed_after_the_commit_of_a_group_none_of_it_is_sent_again(
    world: World, point: str, channel: str
) -> None:
    await check_group(world, point.format(channel, GROUP), channel, written=True)


@pytest.mark.parametrize("accepted", range(1, CROWD + 1))
@pytest.mark.parametrize("channel", CHANNELS)
async def test_killed_when_some_of_a_group_are_accepted_those_alone_can_come_twice(
    world: World, channel: str, accepted: int
) -> None:
    await die(world, f"accepted {channel} {accepted}")
    assert await states(world, channel) == [("sending", 0)] * CROWD
    if channel == "email":
        assert len(world.mail.messages) == accepted
    else:
        assert sum(len(world.slack.messages(room)) for room in ROOMS) == accepted
    copies = await go_on(world)
    assert await states(world, channel) == [("sent", 1)] * CROWD
    if channel == "email":
        assert copies == accepted
