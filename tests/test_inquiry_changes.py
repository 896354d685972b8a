"""What `why` tells of subscriptions that changed, of later versions, and of what never came."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.polling import Batch
from tests.asking import DAY, HOUR, MORNING, Lived, lived
from tests.builders import NOON, paper, subscription, topic


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as opened:
        yield opened


async def test_a_removed_subscription_tells_what_it_was_given(world: Lived) -> None:
    await world.announce(paper(3), paper(4))
    await world.compose()
    await world.deliver()
    await world.announce(paper(5), now=MORNING + HOUR)
    await world.compose(MORNING + DAY)
    await world.subscribe(now=MORNING + DAY)
    assert (await world.account(3)).fate == "sent"
    dropped = await world.account(5)
    assert (dropped.fate, dropped.passage and dropped.passage.state) == ("removed", "dropped")
    assert (await world.account(1)).fate == "removed"
    await world.subscribe(subscription(), now=MORNING + 2 * DAY)
    assert (await world.account(5)).fate == "dropped"


async def test_what_the_bot_has_not_taken_up_is_told(world: Lived) -> None:
    await world.announce(paper(3))
    world.wanted = (subscription(topics=(topic("New", "ti:study"),)),)
    assert (await world.topic()).why == "untaken"
    world.wanted = (subscription(address="new@example.org"),)
    new, old = (await world.why()).accounts
    assert (new.fate, old.fate) == ("untaken", "removed")


async def test_a_broken_topic_says_so_and_the_others_go_on(tmp_path: Path) -> None:
    wanted = subscription(refused=("Broken",))
    async with lived(tmp_path, wanted) as world:
        await world.announce(paper(3))
        sound, broken = (await world.account()).topics
        assert (sound.why, broken.why, broken.name) == ("due", "broken", "Broken")


async def test_later_versions_tell_what_became_of_each(tmp_path: Path) -> None:
    wanted = subscription(include=frozenset({"new", "cross", "replace"}))
    async with lived(tmp_path, wanted) as world:
        await world.announce(paper(3))
        await world.compose()
        await world.deliver()
        for version, hours in ((2, 1), (3, 2)):
            now = MORNING + hours * HOUR
            await world.announce(paper(3, version=version, updated=now), now=now)
        assert [(r.version, r.why) for r in (await world.account()).revisions] == [
            (2, "due"),
            (3, "due"),
        ]
        await world.compose(MORNING + DAY)
        await world.deliver(MORNING + DAY)
        told = (await world.account()).revisions
        assert [(r.why, r.passage and r.passage.state) for r in told] == [("told", "sent")] * 2
        assert len(world.email.sent) == 2


async def test_later_versions_are_not_told_to_who_does_not_ask_or_gets_the_paper_itself(
    world: Lived,
) -> None:
    await world.announce(paper(3))
    await world.announce(paper(3, version=2, updated=NOON), now=NOON + 2 * HOUR)
    (revision,) = (await world.account()).revisions
    assert revision.why == "with_paper"
    await world.compose()
    (revision,) = (await world.account()).revisions
    assert (revision.why, revision.passage and revision.passage.delivery) == ("with_paper", 1)
    await world.announce(paper(3, version=3, updated=MORNING), now=MORNING + HOUR)
    assert (await world.account()).revisions[1].why == "not_included"


async def test_later_versions_of_what_came_too_early_or_does_not_match(tmp_path: Path) -> None:
    replacing: dict[str, Any] = {"include": frozenset({"new", "cross", "replace"})}
    zebras = (topic(query="ti:zebra AND cat:cs.CL"),)
    async with lived(tmp_path, subscription(topics=zebras, **replacing)) as world:
        await world.announce(paper(3))
        await world.announce(paper(3, version=2, updated=NOON), now=NOON + 2 * HOUR)
        (revision,) = (await world.account()).revisions
        assert revision.why == "unmatched"
        await world.subscribe(subscription(**replacing), now=NOON + 3 * HOUR)
        (revision,) = (await world.account()).revisions
        assert revision.why == "before"
        world.wanted = (subscription(topics=(topic("New", "ti:study"),), **replacing),)
        (revision,) = (await world.account()).revisions
        assert revision.why == "before"


async def test_a_version_that_was_passed_over_by_who_asked_for_none_then(world: Lived) -> None:
    await world.announce(paper(1, version=2, updated=NOON), now=NOON + 2 * HOUR)
    await world.compose()
    world.wanted = (subscription(include=frozenset({"new", "replace"})),)
    (revision,) = (await world.account(1)).revisions
    assert revision.why == "changed"
    assert (await world.account(1)).fate == "not_given"


async def test_two_channels_are_told_apart_and_the_best_comes_first(tmp_path: Path) -> None:
    slack = subscription(channel="slack", address="#papers", include=frozenset({"cross"}))
    async with lived(tmp_path, slack, subscription()) as world:
        await world.announce(paper(3))
        answer = await world.why()
        assert [one.fate for one in answer.accounts] == ["not_given", "due"]
        assert answer.best is answer.accounts[1]
        assert answer.accounts[0].identity == ("slack", "#papers")


async def test_what_the_ledger_does_not_hold_says_why(world: Lived) -> None:
    elsewhere = Batch(elsewhere=(paper(8).id,), census=paper(9).id)
    await world.store.record("arxiv_oai", elsewhere, NOON + HOUR)
    assert [(await why(world, number)) for number in (8, 7, 20)] == ["elsewhere", "unmet", "above"]
    await world.store.record("arxiv_oai", Batch((paper(12),), census=paper(12).id), NOON + HOUR)
    assert await why(world, 11) == "awaited"
    await world.store.record("arxiv_ids", Batch(absent=(paper(11).id,)), NOON + 15 * DAY)
    assert await why(world, 11) == "void"
    assert await why(world, "2612.00001") == "future"
    assert (await world.account(8)).fate == "absent"


async def why(world: Lived, number: int | str) -> str | None:
    absent = (await world.why(number)).absent
    return absent.why if absent else None


async def test_a_paper_that_was_pruned_is_forgotten(world: Lived) -> None:
    await world.announce(paper(3, published=NOON + 40 * DAY, updated=NOON + 40 * DAY))
    await world.compose()
    await world.deliver()
    await world.store.prune(timedelta(days=30), NOON + 80 * DAY)
    assert await why(world, 1) == "forgotten"
    assert await why(world, 3) is None
