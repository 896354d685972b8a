"""kill -9 at every commit and every send of a run: the next run loses and repeats nothing.

The run has three sources that do not agree, readers by email, one of whom hears of revisions, and
rooms of Slack whose digest is a thread. The rows are those of the table of delivery's faults.
"""

import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.model import Paper
from tests.builders import NOON, paper
from tests.killing import SOURCES, World, begin_anew, check_emails, check_rooms, keep, world_of
from tests.mortal import TOGETHER, Deathclock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

READERS = ("ana", "ben", "chi")
ROOMS = ("papers", "talks")
REVISED = """
[[subscriber]]
name = "eva"
deliver_at = "immediately"
include = ["new", "cross", "replace"]
email = ["eva@example.org"]
"""
MORNING = NOON + timedelta(days=1)
KNOWN = [paper(number) for number in range(1, 6)]
LONG = "We study a subject and report at length what we found. " * 12
FOUR = ("arxiv_api", "arxiv_rss", "arxiv_oai", "arxiv_ids")
BEFORE_COMMIT, AFTER_COMMIT = "before commit ", "after commit "
BEFORE_SENDING = ("before email", "before slack", "before post")
AFTER_SENDING = ("after email", "after slack", "after post")
LAST_STEPS = ("claim", "settle", "forget", "record 1", "commit enter")
"""Commits of delivering and of what follows it: what is old is forgotten, what is new indexed."""


def fresh(*numbers: int, published: datetime = NOON) -> list[Paper]:
    return [
        paper(number, abstract=LONG, published=published, updated=published) for number in numbers
    ]


ONLY_API, ONLY_OAI = fresh(10, 11), fresh(12, 13)
# Beyond the days that the API is asked for: it knows them when it is asked by id.
ONLY_FEEDS = fresh(14, 15, published=NOON - timedelta(days=40))
EVERYWHERE = fresh(*range(16, 24))
SECOND = paper(2, version=2, title="A Second Look", updated=MORNING - timedelta(hours=11))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world that was polled on Monday, with what arXiv announced since then."""
    async with world_of(tmp_path, READERS, ROOMS, more=REVISED) as made:
        made.turn_to(NOON)
        made.announce(KNOWN, NOON, SOURCES)
        assert await made.whole_pass(NOON) == 0
        made.turn_to(MORNING)
        made.announce(ONLY_API, MORNING, {"api"})
        made.announce(ONLY_FEEDS, MORNING, {"rss", "api"})
        made.announce(ONLY_OAI, MORNING, {"oai"})
        made.announce([*EVERYWHERE, SECOND], MORNING, SOURCES)
        made.announced = [*ONLY_API, *ONLY_FEEDS, *ONLY_OAI, *EVERYWHERE]
        keep(made)
        yield made


async def points_of(world: World) -> list[str]:
    """Make the run without a death; give the points that it reached, which are all there are."""
    begin_anew(world)
    reached = world.config.parent / "reached"
    assert await world.whole_pass(MORNING, Deathclock(reached)) == 0
    points = sorted(reached.read_text().splitlines())
    reached.unlink()
    print(f"{len(points)} points")  # noqa: T201  # pytest shows it when the test fails
    assert await check(world) == 0
    return points


async def sent_at_death(world: World, point: str) -> int:
    """Die at the point, and give the emails accepted by then; then let the plain command run."""
    begin_anew(world)
    reached = world.config.parent / "reached"
    code = await world.whole_pass(MORNING, Deathclock(reached, point))
    assert code == -signal.SIGKILL, f"{point} was not reached"
    reached.unlink()
    sent = len(world.mail.messages)
    assert await world.whole_pass(MORNING) == 0
    return sent


async def check(world: World) -> int:
    """See that nothing was lost or is left to do; give the number of copies, all counted."""
    check_rooms(world, ROOMS)
    told = Counter(
        str(one.message["Message-ID"])
        for one in world.mail.messages
        if f"/abs/{SECOND.id}".encode() in one.content.replace(b"=\r\n", b"")
    )
    assert len(told) == 1, "a revision is told once, to her who asked for it"
    return check_emails(world, await world.status(MORNING), (*READERS, "eva"))


def shares(count: int) -> pytest.MarkDecorator:
    """Cut the points of a test into shares, so that workers share them."""
    slices = [pytest.param(slice(n, None, count), id=f"{n + 1}_of_{count}") for n in range(count)]
    return pytest.mark.parametrize("share", slices)


def of(points: list[str], *kinds: str) -> list[str]:
    return [point for point in points if point.startswith(kinds)]


@shares(4)
async def test_fault_15_killed_before_any_commit_the_next_run_does_it_again(
    world: World, share: slice
) -> None:
    for point in of(await points_of(world), BEFORE_COMMIT)[share]:
        sent = await sent_at_death(world, point)
        assert sent == 0 or any(step in point for step in LAST_STEPS), point
        assert await check(world) <= TOGETHER


@shares(4)
async def test_fault_16_killed_after_any_commit_or_before_any_send_all_is_sent_by_the_next_run(
    world: World, share: slice
) -> None:
    for point in of(await points_of(world), AFTER_COMMIT, *BEFORE_SENDING)[share]:
        await sent_at_death(world, point)
        assert await check(world) <= TOGETHER


@shares(2)
async def test_fault_17_killed_after_any_send_an_email_comes_again_and_a_post_does_not(
    world: World, share: slice
) -> None:
    for point in of(await points_of(world), *AFTER_SENDING)[share]:
        sent = await sent_at_death(world, point)
        copies = await check(world)
        assert copies <= TOGETHER
        if "email" in point:
            assert sent >= 1
            assert copies >= 1, "nobody can know that it was accepted"


async def test_the_points_are_all_commits_and_sends_of_polling_composing_and_delivering(
    world: World,
) -> None:
    points = await points_of(world)
    assert (
        sorted(of(points, BEFORE_COMMIT, AFTER_COMMIT, *BEFORE_SENDING, *AFTER_SENDING)) == points
    )
    commits = of(points, BEFORE_COMMIT)
    changes = {point.removeprefix(BEFORE_COMMIT).rpartition(" ")[0] for point in commits}
    polls = {f"{step} {source}" for step in ("record", "note_poll") for source in FOUR}
    assert changes >= polls | {"opening", "sync", "compose", "claim email", "claim slack", "settle"}
    sends = {point.rpartition(" ")[0] for point in of(points, *AFTER_SENDING)}
    assert sends == {f"after email {name}@example.org" for name in (*READERS, "eva")} | {
        f"after {what} #{room}" for what in ("slack", "post") for room in ROOMS
    }
    assert "after post #papers 2" in points, "the digest of a room is a thread"
    assert len(of(points, "after commit settle")) == len(READERS) + 1 + len(ROOMS)


async def test_a_run_after_a_death_and_a_whole_one_has_nothing_left_to_do(world: World) -> None:
    point = next(one for one in await points_of(world) if one.startswith("after email"))
    await sent_at_death(world, point)
    sent = len(world.mail.messages)
    assert await world.whole_pass(MORNING) == 0
    assert len(world.mail.messages) == sent
    await check(world)
