"""Names every commit and every send of a process, and kills it at the one that is asked for."""

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

TOGETHER = 2
"""How many sends are under way at once on a channel of a process that has points."""


@dataclass
class Deathclock:
    """Writes each point that is reached into a file, a line each, and dies at that of this name.

    With a `crowd`, so many sends of each channel are accepted together, one of them is settled
    alone, and all others in the next transaction, each statement of which is a point. Without,
    each is settled in a transaction of its own.
    """

    points: Path
    death: str | None = None
    crowd: int = 0
    met: Counter[str] = field(default_factory=Counter)

    def reach(self, what: str) -> None:
        """Be at a point; the same may be reached again, and is then numbered.

        Points are told apart by what is done, not by when: sources and channels work side by side.
        """
        self.met[what] += 1
        point = f"{what} {self.met[what]}"
        with self.points.open("a") as file:
            file.write(f"{point}\n")
        if point == self.death:
            os.kill(os.getpid(), signal.SIGKILL)


def name_points(clock: Deathclock) -> None:
    """Let this process reach its points: around each commit, each send and each post of one."""
    from bot.notifiers.email import EmailNotifier
    from bot.notifiers.slack import SlackNotifier
    from bot.outcomes import Outcomes

    _name_commits(clock)
    if clock.crowd:
        EmailNotifier.concurrency = SlackNotifier.concurrency = clock.crowd
        _name_groups(clock)
        return
    _name_sends(clock, EmailNotifier, "send", lambda digest, address, **_: f"email {address}")
    _name_sends(clock, SlackNotifier, "send", lambda digest, address, **_: f"slack {address}")
    _name_sends(clock, SlackNotifier, "_post", lambda _message, address, *_: f"post {address}")
    # With as many at once as there are readers all would be under way at each death.
    EmailNotifier.concurrency = SlackNotifier.concurrency = TOGETHER
    # Which of them are settled together hangs on the machine; a point has one name in every run.
    Outcomes._write = _one_by_one  # type: ignore[assignment, method-assign]  # of this process alone


async def _one_by_one(outcomes: Any) -> None:
    """Settle what waits, each in a transaction of its own."""
    while outcomes._waiting:
        await outcomes._settle([outcomes._waiting.pop(0)])


_group: ContextVar[str] = ContextVar("_group", default="")
"""The channel of the outcomes that are being settled, and how many they are."""


def _name_groups(clock: Deathclock) -> None:
    """Let the points be those of outcomes that are settled together, as they are in earnest.

    All that is added is waiting: of each send for all others before what accepts it, and of the
    transaction of the first outcome for those of the others. The rest is the bot's own.
    """
    from bot.notifiers.slack import SlackNotifier
    from bot.notifiers.smtp_session import Session
    from bot.outcomes import Outcomes

    settle, begun = Outcomes._settle, set()

    async def in_company(outcomes: Any, together: Any) -> None:
        if outcomes._channel not in begun:
            begun.add(outcomes._channel)
            together, outcomes._waiting[:0] = together[:1], together[1:]
            while len(outcomes._waiting) < clock.crowd - 1:  # noqa: ASYNC110  # it has no event
                await asyncio.sleep(0.001)
        name = _group.set(f"{outcomes._channel} of {len(together)}")
        clock.reach(f"before settling {_group.get()}")
        await settle(outcomes, together)
        clock.reach(f"after settling {_group.get()}")
        _group.reset(name)

    Outcomes._settle = in_company  # type: ignore[assignment, method-assign]  # of this process alone
    _gather(clock, Session, "_conclude", "accepted email")
    _gather(clock, SlackNotifier, "_post", "accepted slack")


def _gather(clock: Deathclock, kind: type, method: str, name: str) -> None:
    """Let nothing be accepted before all of a crowd could be, and no more than death allows."""
    accept = getattr(kind, method)
    died_at, _, number = (clock.death or "").rpartition(" ")
    allowed = int(number) if died_at == name else clock.crowd
    whole = asyncio.Event()
    come = 0

    async def together(part: Any, *args: Any, **more: Any) -> Any:
        nonlocal come
        come += 1
        mine = come
        if mine == clock.crowd:
            whole.set()
        await whole.wait()
        if allowed < mine <= clock.crowd:
            await asyncio.Event().wait()  # death comes first
        result = await accept(part, *args, **more)
        clock.reach(name)
        return result

    setattr(kind, method, together)


def _name_commits(clock: Deathclock) -> None:
    import bot.store.connection
    import bot.store.transactions
    from bot.store import SqliteStore

    writing, write = bot.store.connection.writing, SqliteStore._change
    doing = threading.local()

    @contextmanager
    def mortal(db: Database) -> Iterator[None]:
        doing.what = "opening"
        with writing(db):
            yield
            clock.reach(f"before commit {doing.what}")
        clock.reach(f"after commit {doing.what}")

    async def named(store: Any, change: Callable[..., Any], *args: Any, **more: Any) -> Any:
        group = _group.get()

        def do(db: Database, *args: Any, **more: Any) -> Any:
            doing.what = f"{change.__name__} {group or _about(*args[:1])}".strip()
            with _statements(db, clock, doing.what if group else ""):
                return change(db, *args, **more)

        return await write(store, do, *args, **more)

    bot.store.connection.writing = bot.store.transactions.writing = mortal  # type: ignore[attr-defined]  # its own import
    SqliteStore._change = named  # type: ignore[assignment,method-assign]  # the same contract


@contextmanager
def _statements(db: Database, clock: Deathclock, what: str) -> Iterator[None]:
    """Let each statement be a point, where it has a name."""
    if what:
        db.conn.set_trace_callback(lambda _: clock.reach(f"statement {what}"))
    yield
    db.conn.set_trace_callback(None)


def _about(first: Any = None) -> str:
    """Tell by its first argument which source or channel a change is for, where it is for one."""
    if isinstance(first, str):
        return first if first.startswith("arxiv_") else ""
    return str(getattr(first, "source", "") or getattr(first, "channel", ""))


def _name_sends(clock: Deathclock, kind: type, method: str, name: Callable[..., str]) -> None:
    send = getattr(kind, method)

    async def mortal(notifier: Any, *args: Any, **more: Any) -> Any:
        what = name(*args, **more)
        clock.reach(f"before {what}")
        result = await send(notifier, *args, **more)
        clock.reach(f"after {what}")
        return result

    setattr(kind, method, mortal)
