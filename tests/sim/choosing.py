"""What readers choose in a simulation, on their own pages: pauses, and topics off and on."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.core.people import Who
from bot.core.wishes import pause_end
from bot.store import SqliteStore
from tests.sim.readers import Reader
from tests.sim.truth import Moment, Truth

_LONGEST = 5
"""Days that a reader pauses at most."""


@dataclass(slots=True)
class Pause:
    """A pause of an address: from a moment of arXiv's to an instant."""

    channel: str
    address: str
    since: Moment
    until: datetime


@dataclass(slots=True)
class Off:
    """A topic that a reader turned off, and on again at `ended`, if that was ever."""

    reader: str
    topic: str
    since: Moment
    ended: Moment | None = None


@dataclass
class Choosing:
    """Chooses now and then for somebody, as their page does: beside the bot, by their token."""

    rng: random.Random
    pauses: list[Pause] = field(default_factory=list)
    offs: list[Off] = field(default_factory=list)

    async def choose(
        self, path: Path, truth: Truth, readers: Sequence[Reader], calm_from: datetime
    ) -> None:
        """Do one thing, if this is the time for it; every pause ends before the calm begins."""
        if self.rng.random() > 0.3:
            return
        reader = self.rng.choice(readers)
        async with SqliteStore.open(path, exclusive=False) as page:
            told = await page.export(Who(reader.name, reader.channel))
            tokens = {one["address"]: one["token"] for one in told["subscriptions"]}
            token = tokens[reader.address]
            if self.rng.random() < 0.5:
                await self._pause(page, token, reader, truth, calm_from)
            else:
                await self._switch(page, token, reader, truth)

    async def _pause(
        self, page: SqliteStore, token: str, reader: Reader, truth: Truth, calm_from: datetime
    ) -> None:
        """Pause for some days, or go on where digests are paused."""
        now = truth.now
        running = [
            one
            for one in self.pauses
            if (one.channel, one.address) == (reader.channel, reader.address) and one.until > now
        ]
        if running:
            await page.pause(token, None, now)
            running[0].until = now
            return
        day = (now + timedelta(days=self.rng.randint(2, _LONGEST))).date()
        until = pause_end(reader.schedule, day, now)
        if until < calm_from:
            moment = truth.moment()
            await page.pause(token, day, now)
            self.pauses.append(Pause(reader.channel, reader.address, moment, until))

    async def _switch(self, page: SqliteStore, token: str, reader: Reader, truth: Truth) -> None:
        """Turn a topic off, or on where it is off."""
        name, wish = self.rng.choice(reader.topics)
        off = [one for one in self.offs if one.ended is None and one.reader == reader.identity]
        running = [one for one in off if one.topic == name]
        if running:
            await page.switch(token, name, on=True, now=truth.now)
            running[0].ended = truth.moment()
            truth.turned_on(reader, name, wish)
        else:
            truth.turned_off(reader, name, wish)
            await page.switch(token, name, on=False, now=truth.now)
            self.offs.append(Off(reader.identity, name, truth.moment()))
