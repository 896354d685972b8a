"""A deterministic arXiv: one seed draws every paper and all that happens to it, and when."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tests.sim.evenings import DAY, EASTERN, cutoff, evenings
from tests.sim.works import WITHDRAWAL, Version, Work

FOLLOWED = ("cs.CL", "cs.LG", "cs.CV", "stat.ML", "stat.ME", "math.CO")
ELSEWHERE = ("hep-th", "q-bio.NC")
WORDS = ("zebra", "quartz", "violin", "glacier", "saffron")
HISTORY = 40
"""Days before the bot's first poll of which arXiv's papers are known."""
# Days around which months, holidays and clocks change.
_STARTS = ("2026-03-02", "2026-10-26", "2025-12-22", "2026-06-24", "2026-01-05", "2026-08-17")
_BUSY = (1, 6)
_BEFORE = (0, 3)
"""Submissions of a day, at least and at most; long before the bot's first there are few."""
_OLD_MONTHS = ("1906", "2103", "2211", "2408", "2501")


@dataclass
class World:
    """Everything that arXiv announces from HISTORY days before `start` to `end`."""

    seed: int
    rng: random.Random
    start: date
    end: date
    works: list[Work] = field(default_factory=list)
    holidays: frozenset[date] = frozenset()
    voids: set[str] = field(default_factory=set)
    evenings: list[datetime] = field(default_factory=list)
    by_evening: dict[datetime, list[Work]] = field(default_factory=lambda: defaultdict(list))
    """The works of which each evening announces anything."""

    @classmethod
    def drawn(cls, seed: int, days: int) -> "World":
        """Draw the world of a seed, of which the bot lives `days`."""
        rng = random.Random(seed)
        start = date.fromisoformat(rng.choice(_STARTS)) + DAY * rng.randrange(14)
        world = cls(seed, rng, start, start + DAY * days)
        world._draw()
        return world

    def _draw(self) -> None:
        """Draw holidays, then papers evening by evening, then what becomes of them."""
        first = self.start - DAY * HISTORY
        span = [first + DAY * number for number in range((self.end - first).days + 1)]
        self.holidays = frozenset(day for day in span if self.rng.random() < 0.05)
        self.evenings = evenings(first, self.end, self.holidays)
        waiting = self._submissions(span)
        numbers = _Numbers(self.rng)
        for evening in self.evenings:
            self._announce([one for one in waiting if one[1] == evening], numbers, evening)
        self.voids = numbers.never_given()
        self.works += [self._old_work(number) for number in range(self.rng.randint(4, 10))]
        for work in self.works:
            self._live(work)
            for evening in work.events():
                self.by_evening[evening].append(work)

    def _submissions(self, span: list[date]) -> list[tuple[datetime, datetime]]:
        """Draw instants of submission with their evenings: some tie, some are held for weeks."""
        found = []
        for day in span:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            instant = noon
            busy = _BUSY if day >= self.start - 6 * DAY else _BEFORE
            for _ in range(self.rng.randint(*busy)):
                if self.rng.random() > 0.15:
                    instant = noon + timedelta(seconds=self.rng.randint(-43_200, 43_199))
                held = DAY * self.rng.randint(2, 29) if self.rng.random() < 0.06 else DAY * 0
                after = instant + held
                evening = next((one for one in self.evenings if cutoff(one) >= after), None)
                if evening is not None:
                    found.append((instant, evening))
        return found

    def _announce(
        self, papers: list[tuple[datetime, datetime]], numbers: "_Numbers", evening: datetime
    ) -> None:
        """Give ids to an evening's papers; the index and OAI-PMH get them at their own pace."""
        lagging = self.rng.random() < 0.1
        names = numbers.give(len(papers), evening)
        highest = max((one.id for one in self.works), default="")
        for place, ((submitted, _), name) in enumerate(zip(papers, names, strict=True)):
            work = self._work(name, submitted, evening)
            work.lag = 6_000 * place / max(len(papers), 1)
            if lagging and place >= len(papers) // 2:
                work.late, work.keeps_stamp = 86_400.0, self.rng.random() < 0.5
            work.behind = name < highest
            self.works.append(work)

    def _work(self, name: str, submitted: datetime, evening: datetime) -> Work:
        """Draw one paper."""
        pool = FOLLOWED if self.rng.random() < 0.85 else ELSEWHERE
        primary = self.rng.choice(pool)
        extra = [c for c in FOLLOWED if c != primary and self.rng.random() < 0.12]
        categories = dict.fromkeys([primary, *extra], evening)
        version = Version(1, submitted, evening, self._title(name), self._comment())
        return Work(name, f"We report on {self.rng.choice(WORDS)}.", categories, [version])

    def _old_work(self, number: int) -> Work:
        """Draw a paper of years ago, of which the bot hears only if something happens to it."""
        month = self.rng.choice(_OLD_MONTHS)
        name = f"{month}.{self.rng.randint(1, 900) * 10 + number:05d}"
        when = datetime(2000 + int(month[:2]), int(month[2:]), 10, 9, tzinfo=UTC)
        work = self._work(name, when, when + DAY)
        work.old = True
        return work

    def _live(self, work: Work) -> None:
        """Draw what becomes of a paper: versions, withdrawal, cross-lists, touches."""
        later = [one for one in self.evenings if one > work.announced]
        if not later:
            return
        while self.rng.random() < (0.7 if work.old else 0.25):
            self._revise(work, later)
        if self.rng.random() < (0.3 if work.old else 0.12):
            missing = [one for one in FOLLOWED if one not in work.categories]
            work.categories[self.rng.choice(missing)] = self.rng.choice(later)
        while self.rng.random() < 0.1:
            work.touched.append(self.rng.choice(later) + timedelta(hours=self.rng.randint(3, 9)))

    def _revise(self, work: Work, evenings: list[datetime]) -> None:
        """Add a version after the last."""
        last = work.versions[-1]
        later = [one for one in evenings if one > last.announced][:15]
        if not later or last.withdrawn:
            return
        evening = self.rng.choice(later)
        submitted = cutoff(evening) - timedelta(seconds=self.rng.randint(60, 80_000))
        kind = self.rng.random()
        title = self._title(work.id) if kind < 0.3 else last.title
        comment = WITHDRAWAL if kind > 0.9 else self._comment()
        changed = (title, comment) != (last.title, last.comment)
        work.versions.append(
            Version(last.number + 1, submitted, evening, title, comment, abstract_only=not changed)
        )

    def _title(self, name: str) -> str:
        """Draw a title, with one of the words that topics ask for."""
        return f"On {self.rng.choice(WORDS)} in {name} and {self.rng.choice(WORDS)}"

    def _comment(self) -> str | None:
        """Draw a comment."""
        return self.rng.choice((None, "12 pages", "Accepted at EMNLP 2026"))


class _Numbers:
    """Gives ids month by month; skips some, gives a few of these late and the others never."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._next: dict[str, int] = {}
        self._skipped: list[tuple[datetime, str]] = []

    def give(self, count: int, evening: datetime) -> list[str]:
        """Name an evening's papers, in the order of their numbers but for those that are late."""
        month = evening.astimezone(EASTERN).strftime("%y%m")
        names = []
        for _ in range(count):
            if self._rng.random() < 0.03:
                self._skipped.append((evening, self._number(month)))
            names.append(self._late(evening) or self._number(month))
        return names

    def never_given(self) -> set[str]:
        """Tell the ids that stay void."""
        return {name for _, name in self._skipped}

    def _late(self, evening: datetime) -> str | None:
        """Take a number that was skipped some evenings ago, now and then."""
        ripe = [one for one in self._skipped if DAY <= evening - one[0] <= 8 * DAY]
        if not ripe or self._rng.random() > 0.1:
            return None
        self._skipped.remove(ripe[0])
        return ripe[0][1]

    def _number(self, month: str) -> str:
        """Take the month's next number."""
        number = self._next.get(month, 100) + 1
        self._next[month] = number
        return f"{month}.{number:05d}"
