"""The two fakes of the flow tests: a scripted source, and a notifier that records."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bot.core.digest import Digest
from bot.core.polling import Batch, PollRequest


@dataclass
class ScriptedSource:
    """Yields what each poll is scripted to bring; an exception in the script is raised there."""

    polls: list[Sequence[Batch | Exception]]
    name: str = "scripted"
    asked: list[PollRequest] = field(default_factory=list)

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        self.asked.append(request)
        for item in self.polls.pop(0) if self.polls else ():
            await asyncio.sleep(0)
            if isinstance(item, Exception):
                raise item
            yield item


@dataclass
class Sent:
    """One digest that the channel accepted."""

    address: str
    key: str
    again: bool
    digest: Digest

    @property
    def papers(self) -> list[str]:
        return [entry.paper.id for section in self.digest.sections for entry in section.entries]


@dataclass
class RecordingNotifier:
    """Accepts digests into a list, unless `fault` raises for one."""

    concurrency: int = 4
    sent: list[Sent] = field(default_factory=list)
    fault: Callable[[str, str], Exception | None] = lambda address, key: None
    after: Callable[[str, str], Exception | None] = lambda address, key: None
    """Raises once the digest is accepted: the answer is lost."""
    gate: asyncio.Event | None = None
    """Where set, a send waits for it."""
    busy: int = 0
    busiest: int = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def send(self, digest: Digest, address: str, *, key: str, again: bool = False) -> None:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            if self.gate is not None:
                await self.gate.wait()
            if failure := self.fault(address, key):
                raise failure
            self.sent.append(Sent(address, key, again, digest))
            if failure := self.after(address, key):
                raise failure
        finally:
            self.busy -= 1
