"""When a life makes its passes: a few a day while there are faults, fewer in the calm after it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.sim.evenings import DAY

CALM = 9
"""Days without faults at the end: whatever was put off comes in these."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a life is and how busy.

    `days` are those with faults, at least and at most, `passes` the most of one; `hours` are those
    of the passes of a calm day; after two of these only every `rest`-th has any. arXiv announces
    for `tail` of the calm days. `patience` is in seconds.
    """

    days: tuple[int, int] = (8, 12)
    passes: int = 3
    hours: tuple[int, ...] = (4, 16)
    rest: int = 2
    tail: int = 2
    patience: float = 600.0

    def instants(
        self, rng: random.Random, start: datetime, days: int, away: int
    ) -> Iterator[datetime]:
        """Draw when passes are made in `days` and the calm after: for `away` of them none is."""
        gone = rng.randrange(1, self.days[0])
        for day in range(days + CALM):
            if gone <= day < gone + away:
                continue
            drawn = rng.sample(range(24), rng.randint(1, self.passes))
            minutes = rng.randrange(60)
            if day >= days:
                drawn, minutes = [*self._calm_hours(day - days)], 0
            midnight = start + DAY * day + timedelta(minutes=minutes)
            yield from (midnight + timedelta(hours=hour) for hour in sorted(drawn))

    def _calm_hours(self, day: int) -> tuple[int, ...]:
        """Tell at which hours passes are made on a calm day."""
        if day < 2:
            return self.hours
        return self.hours[:1] if day % self.rest == 0 else ()
