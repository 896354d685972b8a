"""After each thing that can befall a paper, `why` tells what befell it: by the bot's real steps."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.compose import COMPLETION_WAIT
from bot.core.errors import PermanentFailure, TemporaryFailure, Uncertain
from bot.core.model import DeliveryId, Detail
from bot.core.polling import Batch
from bot.core.schedule import Schedule
from bot.core.why import Fate
from bot.core.why_topic import TopicWhy
from bot.deliver import Terms, deliver
from tests.asking import DAY, HOUR, MORNING, Lived, lived
from tests.builders import NOON, paper, subscription, topic


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as opened:
        yield opened


async def test_a_paper_is_due_then_pending_then_sent(world: Lived) -> None:
    await world.announce(paper(3))
    due = await world.account()
    assert (due.fate, due.next_due, due.topics[0].why) == ("due", MORNING, "due")
    await world.compose()
    pending = await world.account()
    assert (pending.fate, pending.topics[0].why) == ("pending", "gave")
    await world.deliver()
    sent = await world.account()
    assert sent.fate == "sent"
    assert sent.passage is not None
    assert (sent.passage.delivery, sent.passage.settled_at) == (1, MORNING)
    (mail,) = world.email.sent
    assert mail.papers == [paper(3).id]


async def test_what_a_running_send_holds_is_sending_and_then_uncertain(world: Lived) -> None:
    await world.announce(paper(3))
    await world.compose()
    await world.store.claim("email", MORNING, lease=HOUR, limit=1)
    assert (await world.account()).fate == "sending"
    assert (await world.account(now=MORNING + 2 * HOUR)).fate == "uncertain"


async def test_a_failure_that_will_be_tried_again_stays_pending_with_its_error(
    world: Lived,
) -> None:
    await world.announce(paper(3))
    await world.compose()
    world.email.fault = lambda _address, _key: TemporaryFailure("busy", retry_after=60)
    await world.deliver()
    account = await world.account()
    assert (account.fate, account.passage and account.passage.error) == ("pending", "busy")
    assert account.passage is not None
    assert account.passage.next_at > MORNING


async def test_an_answer_that_was_lost_is_held_if_so_wanted(world: Lived) -> None:
    await world.announce(paper(3))
    await world.compose()
    world.email.after = lambda _address, _key: Uncertain("the line broke")
    await deliver(world.store, {"email": world.email}, Terms(MORNING, hold=frozenset({"email"})))
    assert (await world.account()).fate == "held"
    await world.store.deliveries("drop", [await delivery(world)], now=MORNING)
    assert (await world.account()).fate == "dropped"


async def delivery(world: Lived) -> DeliveryId:
    passage = (await world.account()).passage
    assert passage is not None
    return passage.delivery


async def test_what_failed_for_good_returns_and_is_given_up_in_the_end(world: Lived) -> None:
    await world.announce(paper(3))
    world.email.fault = lambda _address, _key: PermanentFailure("too large")
    fates: list[Fate] = []
    for day in range(4):
        now = MORNING + day * DAY
        await world.compose(now)
        await world.deliver(now)
        fates.append((await world.account(now=now)).fate)
    assert fates == ["returns", "returns", "returns", "given_up"]
    world.email.fault = lambda _address, _key: None
    await world.compose(MORNING + 9 * DAY)
    await world.deliver(MORNING + 9 * DAY)
    assert world.email.sent == []


async def test_who_is_served_immediately_waits_for_a_return(tmp_path: Path) -> None:
    now = subscription(schedule=Schedule("UTC", None))
    async with lived(tmp_path, now) as world:
        await world.announce(paper(3))
        assert (await world.account()).next_due is None
        await world.compose(NOON + HOUR)
        world.email.fault = lambda _address, _key: PermanentFailure("too large")
        await world.deliver(NOON + HOUR)
        assert (await world.account(now=NOON + 2 * HOUR)).fate == "rests"
        assert (await world.account(now=NOON + 14 * HOUR)).fate == "returns"


async def test_what_is_kept_from_a_suspended_address_says_so(world: Lived) -> None:
    await world.announce(paper(3))
    await world.compose()
    world.email.fault = lambda _a, _k: PermanentFailure("550 no such user", scope="address")
    await world.deliver()
    await world.announce(paper(4), now=MORNING)
    for number in (3, 4):
        account = await world.account(number)
        assert account.fate == "suspended"
        assert account.held is not None
        assert account.held.suspended is not None
        assert account.held.suspended.reason == "550 no such user"
    assert (await world.account(1)).fate == "not_given"


async def test_a_paused_channel_is_told_with_what_waits_for_it(world: Lived) -> None:
    await world.announce(paper(3))
    await world.compose()
    world.email.fault = lambda _a, _k: PermanentFailure("bad password", scope="channel")
    await world.deliver()
    account = await world.account()
    assert account.fate == "pending"
    assert account.held is not None
    assert account.held.paused is not None
    assert account.held.paused.reason == "bad password"


async def test_a_paper_of_the_baseline_is_not_given(world: Lived) -> None:
    fate = await world.topic(1)
    assert (fate.why, fate.clause and fate.clause.matched) == ("baseline", True)


async def test_what_was_announced_before_the_topic_is_not_given(world: Lived) -> None:
    await world.announce(paper(3))
    changed = subscription(topics=(topic(query="cat:cs.CL OR ti:zebra"),))
    await world.subscribe(changed, now=NOON + 2 * HOUR)
    fate = await world.topic()
    assert fate.why == "before"
    assert fate.reading is not None
    assert fate.reading.made_at == NOON + 2 * HOUR
    assert await world.compose() == 0


async def test_a_renamed_topic_goes_on_where_it_was(world: Lived) -> None:
    await world.announce(paper(3))
    await world.subscribe(subscription(topics=(topic("Tongues"),)), now=NOON + 2 * HOUR)
    fate = await world.topic()
    assert fate.why == "due"
    assert fate.reading is not None
    assert fate.reading.made_at == NOON


async def test_since_reaches_back_to_the_baseline(world: Lived) -> None:
    reaching = subscription(topics=(topic(query="ti:study AND cat:cs.CL"),), since=7 * DAY)
    await world.subscribe(reaching, now=NOON + HOUR)
    assert (await world.account(1)).fate == "due"
    await world.compose()
    await world.deliver()
    assert (await world.account(1)).fate == "sent"


async def test_a_reach_waits_for_the_baseline_of_all_that_its_topic_needs(world: Lived) -> None:
    wide = subscription(topics=(topic(query="cat:cs.CL OR cat:math.PR"),), since=7 * DAY)
    await world.subscribe(wide, now=NOON + HOUR)
    assert (await world.topic(1)).why == "waits"
    assert await world.compose() == 0
    await world.store.record("arxiv_api", Batch(complete=frozenset({"math.PR"})), MORNING)
    assert (await world.topic(1)).why == "due"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"topics": (topic(query="ti:zebra AND cat:cs.CL"),)}, "unmatched"),
        ({"include": frozenset({"new"})}, "kind"),
        ({"include": frozenset({"cross"})}, "due"),
    ],
)
async def test_what_does_not_match_or_is_not_included_is_not_given(
    tmp_path: Path, changes: dict[str, Any], expected: TopicWhy
) -> None:
    async with lived(tmp_path, subscription(**changes)) as world:
        await world.announce(paper(3, primary_category="cs.LG", categories=("cs.LG", "cs.CL")))
        assert (await world.topic()).why == expected
        assert await world.compose() == (expected == "due")
        assert (await world.topic()).why == (expected if expected != "due" else "gave")


async def test_what_a_later_version_made_match_was_passed_over(tmp_path: Path) -> None:
    zebras = subscription(topics=(topic(query="ti:zebra AND cat:cs.CL"),))
    async with lived(tmp_path, zebras) as world:
        await world.announce(paper(3))
        assert await world.compose() == 0
        second = paper(3, version=2, title="Zebras", updated=MORNING)
        await world.announce(second, now=MORNING + HOUR)
        assert (await world.topic()).why == "changed"
        assert await world.compose(MORNING + DAY) == 0


async def test_what_another_topic_gave_before_is_not_given_again(world: Lived) -> None:
    await world.announce(paper(3))
    await world.compose()
    both = subscription(topics=(topic(), topic("Study", "ti:study AND cat:cs.CL")), since=7 * DAY)
    await world.subscribe(both, now=MORNING + HOUR)
    language, study = (await world.account()).topics
    assert (language.why, study.why) == ("gave", "already")
    await world.compose(MORNING + DAY)
    assert {one["state"] for one in await world.store.deliveries("list", now=MORNING)} == {
        "pending"
    }
    assert (await world.account(1)).fate == "pending"


async def test_a_late_cross_list_counts_only_for_what_did_not_match_before(tmp_path: Path) -> None:
    async with lived(tmp_path, subscription(topics=(topic(query="cat:cs.*"),))) as world:
        await world.store.record("arxiv_api", Batch(complete=frozenset({"cs.*"})), NOON)
        await world.announce(paper(1, categories=("cs.CL", "cs.LG")))
        assert (await world.topic(1)).why == "baseline"
        assert await world.compose() == 0
        learning = subscription(topics=(topic(query="cat:cs.LG"),))
        await world.subscribe(learning, now=MORNING)
        await world.announce(paper(2, categories=("cs.CL", "cs.LG")), now=MORNING + HOUR)
        assert (await world.topic(2)).why == "due"
        assert (await world.topic(1)).why == "before"
        assert await world.compose(MORNING + DAY) == 1


async def test_a_paper_that_only_a_feed_told_of_may_wait(world: Lived) -> None:
    await world.announce(paper(3, detail=Detail.FEED), now=MORNING - HOUR)
    account = await world.account()
    assert (account.fate, account.waits) == ("due", True)
    assert COMPLETION_WAIT > HOUR
