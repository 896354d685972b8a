"""Rows of the table of arXiv's failures, from the real sources to what a reader is sent."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.compose import compose
from bot.core.model import Paper
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, scopes_of
from bot.deliver import Terms, deliver
from bot.demo.arxiv_server import ArxivServer
from bot.interfaces import Source
from bot.poll import poll
from bot.sources.arxiv_ids import ArxivIds
from bot.sources.arxiv_oai import ArxivOai
from bot.sources.arxiv_rss import ArxivRss
from bot.sources.gate import Gate
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.doubles import RecordingNotifier
from tests.sources.feed_server import Announced, FeedServer
from tests.sources.oai_server import OaiServer, of

DAY = timedelta(days=1)
CONTACT = "ops@example.org"


def reader(*categories: str) -> Subscription:
    """Build a reader of some categories, who is served as soon as something comes."""
    wanted = topic("Wanted", " OR ".join(f"cat:{name}" for name in categories))
    return subscription(topics=(wanted,), schedule=Schedule("UTC", None))


@dataclass
class Bot:
    """The feeds, the harvest and the requests by id, asked on loopback; a ledger and a reader."""

    api: ArxivServer
    feeds: FeedServer
    oai: OaiServer
    store: SqliteStore
    sources: tuple[Source, ...]

    async def day(self, now: datetime, reader: Subscription) -> list[str]:
        """Let it be this instant, poll and deliver; give the ids of what is sent."""
        self.feeds.today, self.oai.now = now.date(), now
        await self.store.sync([reader], now)
        scopes = scopes_of(reader.topics)
        polls = await poll(self.sources, self.store, scopes=scopes, now=now, patience=0.5)
        assert {one.state for one in polls} == {"ok"}
        await compose(self.store, [reader], now=now)
        email = RecordingNotifier()
        await deliver(self.store, {"email": email}, Terms(now))
        return sorted(one for sent in email.sent for one in sent.papers)

    def list_both(self, *papers: Paper, now: datetime) -> None:
        """Let the harvest and the requests by id know papers."""
        self.oai.listed = [*self.oai.listed, *(of(one, now) for one in papers)]
        self.know(*papers)

    def know(self, *papers: Paper) -> None:
        """Let the requests by id know papers, in their newest version."""
        known = {one.id: one for one in (*self.api.papers, *papers)}
        self.api.papers = tuple(known.values())


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(ArxivServer())
        feeds = await stack.enter_async_context(FeedServer())
        oai = await stack.enter_async_context(OaiServer())
        store = await stack.enter_async_context(SqliteStore.open(tmp_path / "daily-papers.db"))
        gate = Gate(0.0)
        sources = (
            await stack.enter_async_context(ArxivRss(feeds.url, CONTACT, gate)),
            await stack.enter_async_context(ArxivOai(oai.url, CONTACT, gate)),
            await stack.enter_async_context(ArxivIds(api.url, CONTACT, gate)),
        )
        made = Bot(api, feeds, oai, store, sources)
        made.list_both(*(paper(number) for number in range(1, 6)), now=NOON)
        feeds.announce(paper(5))
        yield made


def ids(*numbers: int) -> list[str]:
    return [paper(number).id for number in numbers]


def dated(number: int, now: datetime, *categories: str) -> Paper:
    """Build a paper submitted half a day before, its primary category first."""
    submitted = now - DAY / 2
    names = categories or ("cs.CL",)
    return paper(
        number,
        published=submitted,
        updated=submitted,
        categories=names,
        primary_category=names[0],
    )


async def test_row_missing_id_range_of_oai_is_recovered_by_the_gap_audit_and_sent_once(
    bot: Bot,
) -> None:
    ana, tuesday, wednesday = reader("cs.CL"), NOON + DAY, NOON + 2 * DAY
    assert await bot.day(NOON, ana) == []

    came = {number: dated(number, tuesday) for number in range(6, 21)}
    bot.list_both(
        *(one for number, one in came.items() if number not in range(10, 15)), now=tuesday
    )
    bot.know(came[10], came[11])
    bot.feeds.announce(came[20], day=tuesday.date())
    assert await bot.day(tuesday, ana) == ids(*range(6, 12), *range(15, 21))

    bot.know(came[12], came[13], came[14])
    bot.feeds.announce(dated(21, wednesday), day=wednesday.date())
    bot.list_both(dated(21, wednesday), now=wednesday)
    assert await bot.day(wednesday, ana) == ids(12, 13, 14, 21)

    # OAI-PMH has the range at last: nobody is told again.
    thursday = NOON + 3 * DAY
    bot.list_both(*(came[number] for number in range(10, 15)), now=thursday)
    bot.feeds.announce(dated(22, thursday), day=thursday.date())
    bot.list_both(dated(22, thursday), now=thursday)
    assert await bot.day(thursday, ana) == ids(22)


async def test_row_one_paper_in_three_feeds_and_row_new_against_cross_is_one_notification(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.feed_group.FULL", 1)  # each category has a feed of its own
    ana, tuesday = reader("cs.CL", "cs.LG", "cs.AI"), NOON + DAY
    await bot.day(NOON, ana)
    everywhere = dated(6, tuesday, "cs.LG", "cs.CL", "cs.AI")
    from_elsewhere = dated(7, tuesday, "stat.ML", "cs.CL")
    bot.feeds.announce(everywhere, Announced(from_elsewhere, "cross"), day=tuesday.date())
    bot.list_both(everywhere, from_elsewhere, now=tuesday)
    assert await bot.day(tuesday, ana) == ids(6, 7)
    assert sorted(bot.feeds.paths[-3:]) == ["cs.AI", "cs.CL", "cs.LG"]
    assert await bot.day(tuesday + timedelta(hours=1), ana) == []


@pytest.mark.parametrize("comment", [None, "This paper has been withdrawn by the authors"])
async def test_row_v1_to_v2_and_row_withdrawn_as_v2_is_no_second_notification(
    bot: Bot, comment: str | None
) -> None:
    ana, tuesday, wednesday = reader("cs.CL"), NOON + DAY, NOON + 2 * DAY
    await bot.day(NOON, ana)
    first = dated(6, tuesday)
    bot.feeds.announce(first, day=tuesday.date())
    bot.list_both(first, now=tuesday)
    assert await bot.day(tuesday, ana) == ids(6)

    second = replace(first, version=2, updated=wednesday - DAY / 2, comment=comment)
    bot.oai.listed = [one for one in bot.oai.listed if one.paper.id != first.id]
    bot.feeds.announce(Announced(second, "replace"), dated(7, wednesday), day=wednesday.date())
    bot.list_both(second, dated(7, wednesday), now=wednesday)
    assert await bot.day(wednesday, ana) == ids(7)
    log = await bot.store.log(0, (await bot.store.head()).seq)
    assert {row.paper.version for row in log if row.former is not None} == {2}
