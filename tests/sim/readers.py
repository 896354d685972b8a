"""Who reads in a simulation, what they wish, and how their configuration changes."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import cache

from bot.core.model import Kind
from bot.core.query import Query, from_keywords, parse
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, Topic
from tests.sim.views import covered
from tests.sim.world import FOLLOWED, WORDS

_ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
_HOURS = (time(8, 30), time(2, 30), time(0, 15), time(23, 45), time(13, 0))
_DAYS = (frozenset(range(7)), frozenset(range(5)), frozenset({0, 3}))


@dataclass(frozen=True, slots=True)
class Wish:
    """A topic, said independently of the query language: categories and a word, either may lack."""

    categories: frozenset[str]
    word: str = ""

    @property
    def scopes(self) -> frozenset[str]:
        return self.categories or frozenset({"*"})

    def wants(self, categories: Iterable[str], text: str) -> bool:
        inside = not self.categories or covered(self.categories, tuple(categories))
        return inside and (not self.word or self.word in text.casefold().replace(".", "").split())

    def kind(self, primary: str) -> Kind:
        new = not self.categories or covered(self.categories, (primary,))
        return "new" if new else "cross"


@cache
def query_of(wish: Wish) -> Query:
    """Write a wish in the query language, or by keywords."""
    categories = sorted(wish.categories)
    if wish.word in WORDS[::2]:
        return from_keywords([wish.word], categories=categories)
    parts = [f"(ti:{wish.word} OR abs:{wish.word})"] if wish.word else []
    if categories:
        parts.append("(" + " OR ".join(f"cat:{one}" for one in categories) + ")")
    return parse(" AND ".join(parts))


@dataclass(frozen=True, slots=True)
class Reader:
    """One subscription of the simulation, with its wishes under the names of their topics."""

    name: str
    address: str
    channel: str
    topics: tuple[tuple[str, Wish], ...]
    schedule: Schedule
    include: frozenset[Kind]
    since: timedelta = timedelta(0)
    web: bool = False
    """Whether they sign up by themselves, and do not stand in the configuration."""

    @property
    def identity(self) -> str:
        return f"{self.name} {self.channel} {self.address}"

    @property
    def wishes(self) -> tuple[Wish, ...]:
        return tuple(wish for _, wish in self.topics)

    @property
    def subscription(self) -> Subscription:
        """Give it as the configuration would."""
        return Subscription(
            self.name,
            self.channel,
            self.address,
            tuple(Topic(name, query_of(wish)) for name, wish in self.topics),
            self.schedule,
            self.include,
            self.since,
        )


def draw_readers(rng: random.Random) -> tuple[Reader, ...]:
    """Draw a few readers; now and then two share an address."""
    readers = [draw_reader(rng, number) for number in range(rng.randint(1, 4))]
    if rng.random() < 0.3:
        readers[-1] = replace(readers[-1], address=readers[0].address, channel=readers[0].channel)
    return tuple(readers)


def draw_reader(rng: random.Random, number: int) -> Reader:
    """Draw one."""
    names = rng.sample(("Language", "Learning", "Rest", "Maths"), rng.randint(1, 3))
    wishes = dict.fromkeys(draw_wish(rng) for _ in names)
    at = rng.choice((None, *_HOURS))
    include: set[Kind] = {"new"}
    include |= {"cross"} if rng.random() < 0.7 else set()
    include |= {"replace"} if rng.random() < 0.4 else set()
    return Reader(
        f"reader{number}",
        f"reader{number}@example.org",
        rng.choice(("email", "slack")),
        tuple(zip(names, wishes, strict=False)),
        Schedule(rng.choice(_ZONES), at, rng.choice(_DAYS)),
        frozenset(include),
        timedelta(days=7) if rng.random() < 0.2 else timedelta(0),
    )


def draw_wish(rng: random.Random) -> Wish:
    """Draw what somebody wants."""
    chance = rng.random()
    word = rng.choice(WORDS) if chance < 0.6 else ""
    if word and rng.random() < 0.15:
        return Wish(frozenset(), word)
    if rng.random() < 0.15:
        return Wish(frozenset({"cs.*"}), word)
    return Wish(frozenset(rng.sample(FOLLOWED, rng.randint(1, 2))), word)


def changed(readers: tuple[Reader, ...], rng: random.Random, number: int) -> tuple[Reader, ...]:
    """Edit the configuration: a reader comes or goes, a topic comes, goes, or is renamed."""
    kind = rng.choice(("come", "go", "more", "less", "rename", "query", "schedule"))
    place = rng.randrange(len(readers))
    one = readers[place]
    if kind == "come":
        return (*readers, draw_reader(rng, number))
    if kind == "go":
        return (*readers[:place], *readers[place + 1 :]) if len(readers) > 1 else readers
    if kind == "schedule":
        one = replace(one, schedule=draw_reader(rng, number).schedule)
    else:
        one = replace(one, topics=_edited(one.topics, kind, rng))
    return (*readers[:place], one, *readers[place + 1 :])


def _edited(
    topics: tuple[tuple[str, Wish], ...], kind: str, rng: random.Random
) -> tuple[tuple[str, Wish], ...]:
    """Edit a reader's topics; no wish stands there twice."""
    names = [name for name, _ in topics]
    wish = draw_wish(rng)
    fresh = wish not in [held for _, held in topics]
    if kind == "more" and fresh:
        return (*topics, (f"More {len(names)} {wish.word or 'of it'}", wish))
    if kind == "less" and len(topics) > 1:
        return topics[1:]
    if kind == "rename":
        return ((names[0] + " again", topics[0][1]), *topics[1:])
    if kind == "query" and fresh:
        return ((names[0], wish), *topics[1:])
    return topics
