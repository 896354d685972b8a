"""A reader's topic that cannot be read for a while, as a process finds it when it starts."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.core.subscription import Subscription
from tests.sim.readers import Reader


@dataclass
class Spoiling:
    """Which topic is refused now, and how often each reader had one that was mended."""

    rng: random.Random
    refused: tuple[Reader, str] | None = None
    mended: Counter[str] = field(default_factory=Counter)

    def choose(self, readers: Sequence[Reader]) -> tuple[Reader, str]:
        """Choose a reader's topic."""
        reader = self.rng.choice(readers)
        return reader, self.rng.choice(reader.topics)[0]

    def spoil(self, readers: Sequence[Reader]) -> None:
        """Break the query of some topic, unless one is broken."""
        self.refused = self.refused or self.choose(readers)

    def mend(self) -> None:
        """Mend what is broken."""
        if self.refused is not None:
            self.mended[self.refused[0].identity] += 1
            self.refused = None

    def read(self, reader: Reader) -> Subscription:
        """Give a reader's subscription, as far as it can be read."""
        whole = reader.subscription
        if self.refused is None or self.refused[0].identity != reader.identity:
            return whole
        name = self.refused[1]
        topics = tuple(topic for topic in whole.topics if topic.name != name)
        return replace(whole, topics=topics, refused=(name,))
