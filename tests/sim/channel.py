"""A channel of the simulation: takes digests, and fails in every way that a channel can."""

import asyncio
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from bot.core.digest import Digest
from bot.core.errors import PermanentFailure, TemporaryFailure, Uncertain
from tests.sim.disk import Crash, Disk
from tests.sim.faults import Effects, Fault
from tests.sim.truth import Truth

_SILENCE = 86_400.0
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Pigeon:
    """Carries digests on one channel; `fault` strikes some of a pass's sends."""

    channel: str
    truth: Truth
    effects: Effects
    disk: Disk
    stop: asyncio.Event
    rng: random.Random = field(default_factory=random.Random)
    fault: Fault | None = None
    number: int = 0
    """Of the pass that is under way."""
    concurrency: int = 3
    shut: str = ""
    """An address that takes nothing for weeks; `stubbornly` is how."""
    stubbornly: Fault | None = None
    calm: bool = False
    refused: dict[tuple[str, str, bool], set[str]] = field(default_factory=lambda: defaultdict(set))
    """In which deliveries each paper was refused to each reader: itself, or its revisions."""
    suspended: dict[str, int] = field(default_factory=dict)
    """Since which pass an address must be sent nothing more."""
    unsure: set[str] = field(default_factory=set)
    """Addresses of which a process that died may have written down that they are suspended."""
    spans: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    """From which pass to which each address was suspended."""
    at: datetime = _NEVER
    """The bot's time in it."""
    tries: dict[str, list[tuple[int, datetime]]] = field(default_factory=lambda: defaultdict(list))
    """In which passes each delivery was tried, and at what time of the bot's."""
    doubtful: int = 0
    """Sends of which the bot cannot know whether they were accepted."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def ready(self) -> None:
        """Let the next send wait a little: a stop may come first."""
        await asyncio.sleep(self.rng.random())

    async def send(self, digest: Digest, address: str, *, key: str, again: bool = False) -> None:
        self.tried(key)
        try:
            await asyncio.sleep(self.rng.random())
            fault = self.struck(address)
            if fault is not None:
                self._before(fault, digest, address, key)
            self.truth.accepted(self.number, self.reader(digest, address), key, digest)
            if fault is not None:
                await self.after(fault)
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.doubtful += 1
            raise

    def tried(self, key: str) -> None:
        """Note that the bot tries a delivery."""
        self.tries[key].append((self.number, self.at))

    def struck(self, address: str) -> Fault | None:
        """Tell which fault strikes the next send; one address may take nothing for weeks."""
        if self.stubbornly is not None and not self.calm and address == self.shut:
            return self.stubbornly
        return self.fault if self.rng.random() < 0.6 else None

    def lift(self, addresses: set[str], number: int) -> None:
        """Note that a person lifts suspensions; that it is done is not yet sure."""
        self.unsure |= addresses
        for address in addresses:
            self.suspended.pop(address, None)
            spans = self.spans[address]
            self.spans[address] = [(first, min(last, number)) for first, last in spans]

    def doubt(self) -> None:
        """Note that the pass died: what it learned of addresses may be lost."""
        for address in [one for one, number in self.suspended.items() if number == self.number]:
            del self.suspended[address]
            self.spans[address] = [one for one in self.spans[address] if one[0] != self.number]
            self.unsure.add(address)

    def reader(self, digest: Digest, address: str) -> str:
        return f"{digest.subscriber} {self.channel} {address}"

    def _before(self, fault: Fault, digest: Digest, address: str, key: str) -> None:
        """Refuse a digest, if that is the fault."""
        if fault in REFUSALS:
            self.effects[fault] += 1
        if fault is Fault.SEND_LATER:
            raise TemporaryFailure("450 later", retry_after=self.rng.choice((None, 1.5, 7_200.0)))
        if fault is Fault.SEND_REFUSED:
            self.refuse(digest, address, key)
            raise PermanentFailure("554 not this one")
        if fault is Fault.SEND_POLICY:
            raise PermanentFailure("550 5.7.1 policy", scope="policy")
        if fault is Fault.SEND_PAUSED:
            raise PermanentFailure("535 5.7.8 credentials", scope="channel")
        if fault is Fault.SUSPENDED:
            self.suspend(address)
            raise PermanentFailure("550 5.1.1 no such user", scope="address")
        if fault is Fault.SEND_LOST:
            self.doubtful += 1
            raise Uncertain("the connection broke")

    def refuse(self, digest: Digest, address: str, key: str) -> None:
        """Note that a digest was refused for good."""
        for section in digest.sections:
            for entry in section.entries:
                paper = entry.paper.id, entry.kind == "replace"
                self.refused[self.reader(digest, address), *paper].add(key)

    def suspend(self, address: str) -> None:
        """Note that an address must be sent nothing more."""
        self.suspended.setdefault(address, self.number)
        self.spans[address] = [*self.spans[address], (self.number, math.inf)]

    async def after(self, fault: Fault) -> None:
        """Lose the answer for what was accepted, or let the process end."""
        if fault not in LOSSES:
            return
        self.effects[fault] += 1
        self.doubtful += 1
        if fault is Fault.ANSWER_LOST:
            raise Uncertain("no answer after the final dot")
        if fault is Fault.HANG:
            await asyncio.sleep(_SILENCE)
        if fault is Fault.DEATH_AFTER_SEND:
            self.disk.dead = True
            raise Crash
        if fault is Fault.STOPPED:
            self.stop.set()
            await asyncio.sleep(self.rng.choice((0.0, 60.0)))


REFUSALS = frozenset(
    {
        Fault.SEND_LATER,
        Fault.SEND_REFUSED,
        Fault.SEND_POLICY,
        Fault.SEND_PAUSED,
        Fault.SUSPENDED,
        Fault.SEND_LOST,
    }
)
STUBBORN = (Fault.SEND_LATER, Fault.SEND_REFUSED)
LOSSES = frozenset({Fault.ANSWER_LOST, Fault.HANG, Fault.DEATH_AFTER_SEND, Fault.STOPPED})
