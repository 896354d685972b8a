"""The ledger after kill -9: whatever a process was doing, the next one finds it whole."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.core.model import DeliveryId, Due
from bot.store import SqliteStore
from tests.store.scenario import DAY, MORNING, rows

KILLS = 15
ROOT = Path(__file__).parents[2]

WORK = """
import asyncio, sys
from bot.core.model import Outcome
from bot.store import SqliteStore
from tests.builders import paper, subscription
from tests.store.scenario import DAY, MORNING, arrive, begin, claim, composition, cursor_at

async def main():
    async with SqliteStore.open(sys.argv[1]) as store:
        await begin(store)
        await store.sync([subscription("ana"), subscription("bo")], MORNING)
        print("working", flush=True)
        while True:
            seq = (await store.head()).seq
            await arrive(store, *(paper(seq + n) for n in range(1, 6)))
            due = await store.due(MORNING, everyone=True)
            await store.compose(
                [
                    composition(
                        one,
                        *(a for c in one.cursors.values() for a in range(c.seq + 1, seq + 6)),
                        slot=one.slot + DAY,
                        cursors=cursor_at(seq + 5),
                    )
                    for one in due
                ],
                MORNING,
            )
            for delivery in await claim(store):
                await store.settle([Outcome(delivery.id, "sent")], MORNING)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_whatever_instant_a_process_is_killed_at_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    path = tmp_path / "papers.db"
    generator = random.Random(2601)
    for _ in range(KILLS):
        work_and_be_killed(path, generator.uniform(0.01, 0.3))
        async with SqliteStore.open(path) as store:
            await check(store)


def work_and_be_killed(path: Path, seconds: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORK, str(path)], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"working\n"
        time.sleep(seconds)
        process.kill()


async def given_to(store: SqliteStore, due: Due) -> list[str]:
    """Read every paper that stands in a delivery of this subscription."""
    sql = "SELECT paper FROM delivery_papers WHERE subscription = ? ORDER BY paper"
    found = await store._read(lambda db: db.execute(sql, (due.id,)).fetchall())
    return [row[0] for row in found]


async def check(store: SqliteStore) -> None:
    """See that what each subscription was given is the log up to its cursor, each row once."""
    for due in await store.due(MORNING, everyone=True):
        (cursor,) = due.cursors.values()
        given = await given_to(store, due)
        log = await store.log(0, cursor.seq, limit=10**6)
        assert given == [row.paper.id for row in log]
    sending = [row for row in await rows(store) if row["state"] == "sending"]
    claimed = await store.claim("email", MORNING + DAY, lease=DAY, limit=100)
    again = {delivery.id for delivery in claimed if delivery.again}
    assert again >= {DeliveryId(row["id"]) for row in sending}
