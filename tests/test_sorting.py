"""The best match stands first in what is sent, in whatever order papers came."""

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.compose import compose
from bot.core.polling import Batch
from bot.core.subscription import Sort
from bot.deliver import Terms, deliver
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.doubles import RecordingNotifier

MORNING = NOON + timedelta(hours=20, minutes=30)
PAPERS = (
    paper(3, title="Graphs", abstract="Of nothing else."),
    paper(4, title="Networks", abstract="Of graphs."),
    paper(5, title="Graphs and trees", abstract="Of trees."),
    paper(6, title="Networks", abstract="Of trees."),
    paper(7, title="Trees and graphs", abstract="Of graphs and trees."),
)
WANTED = topic("Graphs", "ti:graph OR abs:graph OR ti:tree OR abs:tree")


async def sent(folder: Path, *arrivals: int, sort: Sort = "best") -> list[str]:
    """Let PAPERS come in this order, each by itself, and tell in which they are sent."""
    readers = [subscription(topics=(WANTED,), sort=sort)]
    async with SqliteStore.open(folder / "daily-papers.db") as store:
        await store.record("test", Batch((paper(1),), complete=frozenset({"*"})), NOON)
        await store.sync(readers, NOON)
        for place in arrivals:
            await store.record("test", Batch((PAPERS[place],)), NOON)
        assert await compose(store, readers, now=MORNING) == 1
        email = RecordingNotifier()
        assert await deliver(store, {"email": email}, Terms(MORNING)) == {"sent": 1}
    (section,) = email.sent[0].digest.sections
    return [entry.paper.id[-1] for entry in section.entries]


@pytest.mark.parametrize("arrivals", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 4, 0, 3, 1)])
async def test_papers_are_sent_in_the_same_order_however_they_came(
    arrivals: tuple[int, ...], tmp_path: Path
) -> None:
    assert await sent(tmp_path, *arrivals) == ["7", "5", "3", "6", "4"]


async def test_the_newest_first_is_by_date_and_id(tmp_path: Path) -> None:
    assert await sent(tmp_path, 2, 4, 0, 3, 1, sort="newest") == ["7", "6", "5", "4", "3"]


async def test_a_digest_goes_though_nobody_can_tell_what_matches_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("bot.core.ranking.evidence", failing)
    with capture_logs() as logs:
        assert await sent(tmp_path, 0, 1, 2, 3, 4) == ["7", "6", "5", "4", "3"]
    told = [(line["query"], line["error"]) for line in logs if line["event"] == "order.failed"]
    assert told == [(WANTED.query.text, "RecursionError")]
