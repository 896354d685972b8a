"""How many digests a second leave the outbox, against what Postfix's own load generator sends.

Run it as `python -m tests.bench.bench_sender [READERS]`; it needs smtp-sink and smtp-source, of
Debian's package postfix. Deliveries of 20 papers are claimed from a ledger on disk, rendered, sent
to smtp-sink over 20 connections, and settled; in the same round smtp-source sends as many messages
of the same size over as many sessions, each used again, to the same smtp-sink.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bot.compose import compose
from bot.contents import digest_of
from bot.core.polling import Batch
from bot.core.query import parse
from bot.core.readers import Readers
from bot.core.subscription import Subscription, Topic
from bot.deliver import Terms, deliver
from bot.logs import configure
from bot.notifiers.email import EmailNotifier
from bot.notifiers.mailbox import mailbox
from bot.notifiers.message import build
from bot.notifiers.origin import Origin
from bot.notifiers.smtp_pool import CONNECTIONS
from bot.notifiers.smtp_server import Server
from bot.store import SqliteStore
from tests.bench.bench_ingest import typical_papers
from tests.builders import NOON, subscription, topic
from tests.ports import kept_port

READERS = 2_000
PAPERS = 20
ROUNDS = 3
DAY = timedelta(days=1)
ORIGIN = Origin(
    mailbox("Daily Papers <papers@example.org>"),
    "https://papers.example.org",
    "bounces@example.org",
)
PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"


def readers(many: int) -> list[Subscription]:
    """Make subscribers to everything, half of whom also ask for some of it by name."""
    named = Topic("Trust", parse('ti:"study 1" OR ti:"study 7" OR abs:trust'))
    return [
        subscription(f"reader{number}", topics=(topic(), named)[: 1 + number % 2])
        for number in range(many)
    ]


async def fill(store: SqliteStore, subscriptions: Sequence[Subscription]) -> None:
    """Write one delivery of PAPERS papers for each subscription."""
    await store.record("arxiv", Batch((), complete=frozenset({"cs.CL"})), NOON)
    await store.sync(subscriptions, NOON)
    await store.record("arxiv", Batch(tuple(typical_papers()[:PAPERS])), NOON)
    written = await compose(store, subscriptions, now=NOON + DAY)
    assert written == len(subscriptions), written


async def size_of_one(store: SqliteStore) -> int:
    """Tell how many octets the message of a delivery has; the delivery stays pending."""
    lease = timedelta(0)
    (delivery,) = await store.claim("email", NOON + DAY, lease=lease, limit=1)
    digest = digest_of(delivery, Readers(()))
    envelope = ORIGIN.envelope(delivery.address, digest)
    return len(build(digest, envelope, key=delivery.key).octets)


async def outbox(folder: Path, port: int, many: int) -> tuple[float, int]:
    """Send all deliveries of a new ledger; give the seconds, and the octets of one message."""
    async with SqliteStore.open(folder / f"{time.monotonic_ns()}.db") as store:
        subscriptions = readers(many)
        await fill(store, subscriptions)
        size = await size_of_one(store)
        server = Server("127.0.0.1", port, "none")
        async with EmailNotifier(server, ORIGIN, per_minute=10_000_000) as email:
            began = time.perf_counter()
            ended = await deliver(
                store, {"email": email}, Terms(NOON + DAY, readers=Readers(subscriptions))
            )
            seconds = time.perf_counter() - began
    assert ended == {"sent": many}, ended
    return seconds, size


def smtp_source(port: int, many: int, size: int) -> float:
    """Send as many messages of this size with Postfix's load generator; give the seconds."""
    program = shutil.which("smtp-source", path=PLACES) or "smtp-source"
    words = ["-d", "-s", str(CONNECTIONS), "-m", str(many), "-l", str(size)]
    ends = ["-f", "papers@example.org", "-t", "reader@example.org", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run([program, *words, *ends], check=True)
    return time.perf_counter() - began


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run a mail server that takes everything and keeps nothing; give its port."""
    program = shutil.which("smtp-sink", path=PLACES)
    if program is None:
        sys.exit("smtp-sink is not installed (Debian's package postfix)")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with kept_port() as port:
        process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "1000"])
        try:
            time.sleep(0.5)
            yield port
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    configure(level="warning")
    ratios = []
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as port:
        for _ in range(ROUNDS):
            ours, size = asyncio.run(outbox(Path(folder), port, many))
            theirs = smtp_source(port, many, size)
            ratios.append(theirs / ours)
            print(
                f"{many:,} digests of {size:,} octets: outbox {many / ours:,.0f}/s, "
                f"smtp-source {many / theirs:,.0f}/s, ratio {ratios[-1]:.3f}"
            )
    print(f"median ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
