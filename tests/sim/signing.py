"""Readers of a simulation who sign up by themselves, beside the bot, and leave by themselves."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.core.enrolment import Enrolment, SignUp
from bot.core.people import Who
from bot.core.subscription import Topic
from bot.store import SqliteStore
from tests.sim.readers import Reader, Wish, query_of

_SHARE = 0.5


@dataclass
class Signing:
    """Who of the readers signs up, and what they have done so far, by their addresses."""

    rng: random.Random
    allowed: bool = True
    tokens: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """Addresses whose readers have unsubscribed."""
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)
    """The topics that each wanted when they were last looked at."""

    def drawn(self, readers: Sequence[Reader], before: Sequence[Reader]) -> tuple[Reader, ...]:
        """Let some of those who are new sign up; what nobody can change by themselves stays."""
        known = {one.identity: one for one in before}
        named = [one.address for one in readers]
        found = []
        for one in readers:
            new = one.identity not in known
            alone = named.count(one.address) == 1 and one.channel == "email"
            if new and alone and self.allowed and len(readers) > 1 and self.rng.random() < _SHARE:
                kinds = frozenset({"new", "cross"})
                one = replace(one, name=one.address, include=kinds, since=one.since * 0, web=True)  # type: ignore[arg-type]  # noqa: PLW2901
            if one.web:
                schedule = known.get(one.identity, one).schedule
                # Topics are the owner's: readers of one name mean the same.
                one = replace(one, topics=_tagged(one), schedule=schedule)  # noqa: PLW2901
            found.append(one)
        return tuple(found)

    def enrolment(self, readers: Sequence[Reader]) -> Enrolment:
        """Offer all that anybody has chosen, or will."""
        topics = [topic for one in readers if one.web for topic in one.topics]
        return Enrolment(tuple(Topic(name, query_of(wish)) for name, wish in topics), open=True)

    async def follow(self, path: Path, readers: Sequence[Reader], now: datetime) -> None:
        """Do on the pages what has changed: sign up, choose what is new, or leave."""
        wanted = {one.address: one for one in readers if one.web}
        if not (wanted or self.tokens):
            return
        async with SqliteStore.open(path, exclusive=False) as page:
            for address in self.tokens.keys() - wanted.keys():
                await page.unsubscribe(self.tokens.pop(address), now)
                self.left.add(address)
                del self.chosen[address]
            for address, one in wanted.items():
                if address not in self.tokens:
                    self.tokens[address] = await self._join(page, one, readers, now)
                names = frozenset(name for name, _ in one.topics)
                for name in names - self.chosen.get(address, names):
                    await page.switch(self.tokens[address], name, on=True, now=now)
                self.chosen[address] = names

    async def _join(
        self, page: SqliteStore, one: Reader, readers: Sequence[Reader], now: datetime
    ) -> str:
        """Sign up and confirm it, twice now and then, as people do."""
        wish = SignUp(one.address, tuple(name for name, _ in one.topics), one.schedule)
        asked = await page.ask(wish, now, per_hour=1000)
        assert asked.verdict == "new", f"{one.identity} could not sign up: {asked.verdict}"
        tokens = set()
        for _ in range(self.rng.choice((1, 1, 2))):
            done = await page.confirm(asked.token, self.enrolment(readers), now)
            assert done is not None
            tokens.add(done.token)
        told = await page.export(Who(one.address))
        assert len(told["subscriptions"]) == 1
        (token,) = tokens
        return token


def _tagged(one: Reader) -> tuple[tuple[str, Wish], ...]:
    """Name the topics of a reader as no other's are named."""
    tag = f"of {one.name.partition('@')[0]}"
    return tuple((name if tag in name else f"{name} {tag}", wish) for name, wish in one.topics)
