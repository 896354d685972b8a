"""The third step: claim deliveries, send each through its notifier, and settle it.

Nothing is sent inside a transaction, and nothing is awaited for a later attempt: what fails for now
is pending again in the ledger, at an instant of its own.
"""

import asyncio
import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.contents import digest_of
from bot.core.backoff import expired, retry_at
from bot.core.errors import PermanentFailure, StoreBusy, TemporaryFailure, Uncertain, first_of
from bot.core.model import Delivery, Outcome
from bot.core.readers import Readers
from bot.core.visible import visible
from bot.interfaces import Notifier, Paced, People, Store
from bot.logs import hidden
from bot.outcomes import Outcomes
from bot.turns import turn

_log = structlog.get_logger()

LEASE = timedelta(minutes=30)
"""How long a claim is ours; longer than any one attempt."""
ATTEMPT = 20 * 60.0
"""Seconds that one attempt may take before it counts as uncertain."""
PAUSE = timedelta(hours=1)
"""How long a channel rests whose credentials or policy refused us: no lock-out loop."""
MARGIN = timedelta(minutes=5)
"""How much later than the others the delivery is tried that a channel was refused for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a pass delivers: as of `now`; no new send once `stop` is set or `budget` seconds passed.

    `hold` names the channels on which an uncertain delivery waits for a person instead of being
    sent again; `attempt` bounds one attempt in seconds. `secrets` are hidden in what a channel
    says, before it is written down. `readers` tells what to mark for whom, and in which layout.
    """

    now: datetime
    hold: frozenset[str] = frozenset()
    attempt: float = ATTEMPT
    budget: float = math.inf
    secrets: tuple[str, ...] = field(default=(), repr=False)
    readers: Readers = field(default_factory=Readers, repr=False)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def deliver(store: Store, notifiers: Mapping[str, Notifier], terms: Terms) -> Counter[str]:
    """Send all deliveries whose instant has come, channel beside channel.

    Gives how many ended in each state (sent, retry, failed, held), those apart as "plain" that were
    sent as titles and links alone. Cancelled, it settles what is under way as uncertain and gives
    back what it had claimed. Raises StoreError where the ledger
    itself fails, and StoreBusy where another process wrote for long, after what was under way.
    """
    ended: Counter[str] = Counter()
    channels = [_Channel(name, one, store, terms, ended) for name, one in notifiers.items()]
    try:
        async with asyncio.TaskGroup() as group:
            for channel in channels:
                group.create_task(channel.run())
    except BaseExceptionGroup as failures:
        raise first_of(failures) from failures
    for channel in channels:
        if channel.hindrance is not None:
            raise channel.hindrance
    if ended:
        _log.info("deliver.done", **ended)
    return ended


class _Channel:
    """One channel's pass: claimed deliveries, and the workers that share them."""

    def __init__(
        self, name: str, notifier: Notifier, store: Store, terms: Terms, ended: Counter[str]
    ) -> None:
        self._name = name
        self._notifier = notifier
        self._store = store
        self._terms = terms
        self._ended = ended
        self._claimed: deque[Delivery] = deque()
        self._claiming = asyncio.Lock()
        self._deadline = asyncio.get_running_loop().time() + terms.budget
        self._closed = asyncio.Event()
        self._outcomes = Outcomes(store, name, terms.now)
        self._accepted = False
        self._refused: dict[str, Outcome] = {}
        self.hindrance: StoreBusy | None = None
        """Why nothing more could be claimed, where another process wrote for long."""

    async def run(self) -> None:
        """Send all that is due, as many at once as the notifier allows."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._notifier.concurrency):
                group.create_task(self._work())
        if self._refused and not self._accepted:
            # Not one got through and some were refused at their first try: it is all that we send.
            pause = replace(next(iter(self._refused.values())), pause_until=self._terms.now + PAUSE)
            await self._outcomes.write([pause])

    async def _work(self) -> None:
        """Send one claimed delivery after the other until none is left."""
        try:
            while (delivery := await self._next()) is not None:
                await self._send(delivery)
        finally:
            await self._give_back()

    async def _next(self) -> Delivery | None:
        """Take a claimed delivery whose turn has come, claiming more where there is none.

        One whose reader has left since it was claimed is given back, which drops it; where they
        have paused it waits.
        """
        while True:
            async with self._claiming:
                if not self._over and not self._claimed:
                    await self._claim()
                if self._over or not self._claimed:
                    return None
                delivery = self._claimed.popleft()
            try:
                in_turn = await self._turn()
                if in_turn and await self._wanted(delivery):
                    return delivery
            except BaseException:  # surely not sent: it is given back
                self._claimed.appendleft(delivery)
                raise
            if not in_turn:
                self._claimed.appendleft(delivery)
                return None
            await self._outcomes.write([self._untried(delivery)])

    async def _wanted(self, delivery: Delivery) -> bool:
        """Whether its address may still be written to, as far as the store can tell."""
        if isinstance(self._store, People):
            holder = await self._store.holder(delivery.token)
            return holder is not None and holder.may_get(self._terms.now)
        return True

    @property
    def _over(self) -> bool:
        """Whether no further send may begin in this pass."""
        late = asyncio.get_running_loop().time() >= self._deadline
        return late or self._closed.is_set() or self._terms.stop.is_set()

    async def _turn(self) -> bool:
        """Wait until the notifier may send again; tell whether the pass still goes on then."""
        if not isinstance(self._notifier, Paced):
            return not self._over
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            came = await turn(self._notifier, (self._closed, self._terms.stop), left)
        except Exception:  # noqa: BLE001  # a notifier that cannot say when stops only itself
            _log.exception("notifier.broken", channel=self._name)
            self._closed.set()
            return False
        return came and not self._over

    async def _claim(self) -> None:
        """Claim as many as can be under way at once; a cancellation waits for the answer."""
        claim = asyncio.ensure_future(
            self._store.claim(
                self._name, self._terms.now, lease=LEASE, limit=self._notifier.concurrency
            )
        )
        try:
            self._claimed.extend(await asyncio.shield(claim))
        except asyncio.CancelledError:
            self._claimed.extend(await claim)  # given back by the worker that was cancelled
            raise
        except StoreBusy as failure:
            # What the others have under way ends in peace: broken off it would be sent again.
            self.hindrance = failure
            self._closed.set()

    async def _send(self, delivery: Delivery) -> None:
        """Make one attempt and settle it, also when cancelled."""
        if self._held(delivery):
            await self._settle(self._untried(delivery))
            return
        try:
            outcome = await self._attempt(delivery)
        except asyncio.CancelledError:
            await self._settle(self._uncertain(delivery, "interrupted while it was being sent"))
            raise
        await self._settle(outcome)

    async def _attempt(self, delivery: Delivery) -> Outcome:
        """Send, and say what became of it."""
        try:
            async with asyncio.timeout(self._terms.attempt):
                plain = await self._notifier.send(
                    digest_of(delivery, self._terms.readers),
                    delivery.address,
                    key=delivery.key,
                    again=delivery.again,
                )
        except TemporaryFailure as failure:
            return self._later(delivery, str(failure), retry_after=failure.retry_after)
        except PermanentFailure as failure:
            return self._refusal(delivery, failure)
        except Uncertain as failure:
            return self._uncertain(delivery, str(failure))
        except TimeoutError:
            return self._uncertain(delivery, f"no answer within {self._terms.attempt:.0f} s")
        except Exception as failure:  # noqa: BLE001  # a fault in its code may come after the send
            _log.exception("notifier.broken", channel=self._name, key=delivery.key)
            return self._uncertain(delivery, f"{type(failure).__name__} in the notifier")
        self._accepted = True
        return Outcome(delivery.id, "sent", plain)

    def _later(
        self, delivery: Delivery, error: str, *, retry_after: float | None = None
    ) -> Outcome:
        """Try again at an instant of the backoff's, or give up on what is no longer useful."""
        now = self._terms.now
        if expired(delivery.created_at, now):
            return Outcome(delivery.id, "failed", f"given up after 5 days: {error}")
        at = retry_at(now, delivery.attempts, key=delivery.key, retry_after=retry_after)
        return Outcome(delivery.id, "retry", error, at)

    def _refusal(self, delivery: Delivery, failure: PermanentFailure) -> Outcome:
        """Stop what is at fault: this delivery, the address, or the whole channel for a while.

        Whether a policy is held against one address or against us, the other deliveries tell: one
        that is accepted clears the channel. What was refused waits until after a pause.
        """
        error = str(failure)
        if failure.scope in ("delivery", "address"):
            return Outcome(delivery.id, "failed", error, suspend=failure.scope == "address")
        later = self._later(delivery, error, retry_after=(PAUSE + MARGIN).total_seconds())
        if failure.scope == "channel":
            self._closed.set()
            return replace(later, pause_until=self._terms.now + PAUSE)
        if delivery.attempts == 1:
            self._refused[delivery.address] = later
        if not self._accepted and len(self._refused) > self._notifier.concurrency:
            self._closed.set()
        return later

    def _uncertain(self, delivery: Delivery, error: str) -> Outcome:
        """Count an attempt that may have been accepted, and send it again unless told to hold."""
        if self._name in self._terms.hold:
            return Outcome(delivery.id, "held", error, uncertain=True)
        return replace(self._later(delivery, error), uncertain=True)

    async def _settle(self, outcome: Outcome) -> None:
        """Write an outcome: whatever is cancelled, what was sent must not look unsent."""
        plain = outcome.state == "sent" and outcome.error is not None
        if outcome.error is not None:
            # What no encoding can write could not be settled, nor what is settled with it.
            error = visible(hidden(outcome.error, self._terms.secrets))
            outcome = replace(outcome, error=error)
            _log.warning(
                "delivery.plain" if plain else "delivery.unsent",
                delivery=outcome.delivery,
                channel=self._name,
                state=outcome.state,
                error=outcome.error,
            )
        self._ended["plain" if plain else outcome.state] += 1
        await self._outcomes.write([outcome])

    def _held(self, delivery: Delivery) -> bool:
        """Whether a delivery waits for a person, as its process died while sending it."""
        return delivery.reclaimed and self._name in self._terms.hold

    def _untried(self, delivery: Delivery) -> Outcome:
        """Say what becomes of a claimed delivery that is not tried."""
        if self._held(delivery):
            error = "the process that was sending it ended; it may have been accepted"
            return Outcome(delivery.id, "held", error)
        return Outcome(delivery.id, "released")

    async def _give_back(self) -> None:
        """Make pending again what was claimed and never tried."""
        untried = [self._untried(one) for one in self._claimed]
        self._claimed.clear()
        if untried:
            await self._outcomes.write(untried)
