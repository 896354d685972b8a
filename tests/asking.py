"""What tests of `why` share: facts as values, and a small world lived by the bot's real steps."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.compose import compose
from bot.core.arxiv_id import parse_id
from bot.core.model import Announcement, Cursor, DeliveryId, Paper, SubscriptionId
from bot.core.polling import Batch, PollResult
from bot.core.standing import Head
from bot.core.story import Held, Passage, Reading, Story
from bot.core.subscription import Subscription, scopes_of
from bot.core.why import Account, Answer, Question, answer
from bot.core.why_topic import TopicFate
from bot.deliver import Terms, deliver
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.doubles import RecordingNotifier

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MORNING = NOON + timedelta(hours=20, minutes=30)


def passage(number: int = 1, **changes: Any) -> Passage:
    values: dict[str, Any] = {
        "delivery": DeliveryId(number),
        "state": "sent",
        "slot": NOON,
        "created_at": NOON,
        "next_at": NOON,
        "topics": ("Language",),
        "kind": "new",
        "settled_at": NOON,
    }
    return Passage(**(values | changes))


FAILED: dict[str, Any] = {"state": "failed", "live": False}


def held(*passages: Passage, **changes: Any) -> Held:
    """Build ana's subscription, whose topic has read nothing yet."""
    values: dict[str, Any] = {
        "id": SubscriptionId(1),
        "channel": "email",
        "address": "ana@example.org",
        "timezone": "Europe/Madrid",
        "active": True,
        "next_due": NOON + HOUR,
        "readings": {topic().key: Reading(Cursor(0), 0, None, NOON)},
        "passages": passages,
    }
    return Held(**(values | changes))


def story(*subscriptions: Held, **changes: Any) -> Story:
    """Build the story of paper 3, announced in row 1."""
    values: dict[str, Any] = {
        "id": paper(3).id,
        "seen": True,
        "paper": paper(3),
        "rows": (Announcement(1, paper(3), NOON),),
        "head": Head(1, frozenset({"cs.CL"})),
        "held": subscriptions,
    }
    return Story(**(values | changes))


class Lived:
    """A ledger and ana, who is subscribed by email unless told otherwise."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.email = RecordingNotifier()
        self.wanted: Sequence[Subscription] = ()

    async def subscribe(self, *wanted: Subscription, now: datetime = NOON) -> None:
        self.wanted = wanted
        await self.store.sync(wanted, now)

    async def announce(self, *papers: Paper, now: datetime = NOON + HOUR) -> None:
        await self.store.record("arxiv_api", Batch(papers), now)
        await self.store.polled(PollResult("arxiv_api", "ok", now, len(papers), whole_at=now))

    async def compose(self, now: datetime = MORNING) -> int:
        return await compose(self.store, self.wanted, now=now)

    async def deliver(self, now: datetime = MORNING) -> None:
        await deliver(self.store, {"email": self.email}, Terms(now))

    async def why(self, number: int | str = 3, now: datetime = MORNING) -> Answer:
        asked = parse_id(number if isinstance(number, str) else paper(number).id)
        story = await self.store.story("ana", asked.base, now)
        scopes = scopes_of(topic for one in self.wanted for topic in one.topics)
        return answer(Question("ana", asked, self.wanted, scopes, now), story)

    async def account(self, number: int | str = 3, now: datetime = MORNING) -> Account:
        (account,) = (await self.why(number, now)).accounts
        return account

    async def topic(self, number: int | str = 3, now: datetime = MORNING) -> TopicFate:
        (fate,) = (await self.account(number, now)).topics
        return fate


@asynccontextmanager
async def lived(folder: Path, *wanted: Subscription) -> AsyncIterator[Lived]:
    """Begin at NOON with papers 1 and 2 known, and ana subscribed to all of cs.CL."""
    async with SqliteStore.open(folder / "daily-papers.db") as store:
        world = Lived(store)
        known = Batch((paper(1), paper(2)), complete=frozenset({"cs.CL"}))
        await world.subscribe(*(wanted or (subscription(),)))
        await store.record("arxiv_api", known, NOON)
        await store.polled(PollResult("arxiv_api", "ok", NOON, 2, whole_at=NOON))
        yield world
