"""Ways to break the bot, each of which the oracle must notice within a few seeds.

A simulation that never fails may be one that cannot. Nothing is edited: each mutation replaces
something of the bot's own while its seeds are lived.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from unittest import mock

from bot.core.model import Composition, Cursor, Outcome
from bot.core.standing import Status
from bot.core.subscription import scopes_of
from tests.sim.seeds import Verdict, judged

SEEDS = range(60)
"""A mutation that survives all of these was not noticed."""
Change = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is replaced by what: the way to a function, class member or constant, and its change."""

    name: str
    changes: Mapping[str, Change]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Break the bot for a while."""
        with ExitStack() as stack:
            for way, change in self.changes.items():
                stack.enter_context(_replaced(way, change))
            yield

    def noticed(self, seeds: Iterable[int] = SEEDS) -> tuple[int, Verdict | None]:
        """Live seeds until one fails; give how many it took, and that one, if any did."""
        tried = 0
        with self.at_work():
            for seed in seeds:
                tried += 1
                verdict = judged(seed)
                if verdict.found:
                    return tried, verdict
        return tried, None


def _replaced(way: str, change: Change) -> AbstractContextManager[Any]:
    """Replace what stands at `module:name` or `module:Class.name`."""
    module, _, path = way.partition(":")
    owner: Any = import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    return mock.patch.object(owner, name, change(inspect.getattr_static(owner, name)))


def always(value: Any) -> Change:
    """Let a function give the same whatever it is asked."""
    return lambda _: lambda *_given, **_more: value


def mapped(change: Callable[[Any], Any]) -> Change:
    """Change what a function gives."""
    return lambda real: lambda *given, **more: change(real(*given, **more))


def instead(value: Any) -> Change:
    """Put something else there."""
    return lambda _: value


def _without_sevens(read: Any) -> Any:
    """Leave papers out whose id ends in 7, whoever brings them."""
    return read._replace(papers=[one for one in read.papers if not one.id.endswith("7")])


def _in_all(_real: object) -> Callable[..., tuple[str, ...]]:
    """Let whatever was not known be news, in all of its categories."""
    return lambda paper, *_given: paper.categories


def _ahead(cursor: Cursor) -> Cursor:
    return replace(cursor, seq=cursor.seq + 3)


def _certain(outcome: Outcome) -> Outcome:
    return replace(outcome, uncertain=False)


def _not_suspending(outcome: Outcome) -> Outcome:
    return replace(outcome, suspend=False)


def _nobody_suspended(status: Status) -> Status:
    return replace(status, suspended=())


def _one_short(composition: Composition | None) -> Composition | None:
    """Leave the last paper of each digest out."""
    if composition is None:
        return None
    cut = (replace(one, entries=one.entries[:-1]) for one in composition.deliveries)
    return replace(composition, deliveries=tuple(one for one in cut if one.entries))


def _from_the_start(cursor: Cursor) -> Cursor:
    return replace(cursor, seq=0)


def _not_refused(real: Callable[..., Any]) -> Callable[..., Any]:
    """Take a topic that is refused for one that is gone."""
    return lambda subscription, have: real(replace(subscription, refused=()), have)


def _only_what_is_read(_real: object) -> Callable[..., frozenset[str]]:
    """Poll for the topics that can be read alone."""
    return lambda subscriptions, *_: scopes_of(topic for s in subscriptions for topic in s.topics)


async def _nothing(*_given: object) -> None:
    """Give nothing back."""


def _pending_only(statement: Any) -> Any:
    """Leave out the claims of processes that are gone."""
    return statement.replace("d.owner <> :owner", "0").replace("d.lease_until <= :now OR", "0 OR")


def _unpaused(statement: Any) -> Any:
    """Look for no reader who has paused."""
    return statement.replace("r.until > :now", "0")


def _nobody(statement: Any) -> Any:
    """Turn nothing off for anybody."""
    return statement.replace("ON CONFLICT", "AND s.id < 0 ON CONFLICT")


def _unless_suspended(_real: object) -> Callable[..., bool]:
    """Send to whoever is not suspended."""
    return lambda holder, _now: holder.reason is None


def _at_once(now: datetime, *_given: object, **_more: object) -> datetime:
    return now


def _any_slot(_schedule: object, now: datetime) -> datetime:
    return now


def _hourly(_schedule: object, after: datetime) -> datetime:
    return after + timedelta(hours=1)


MUTATIONS = (
    Mutation(
        "a paper is left out for ever", {"bot.store.intake:_readable": mapped(_without_sevens)}
    ),
    Mutation("a digest lacks its last paper", {"bot.compose:compose_one": mapped(_one_short)}),
    Mutation("a cursor runs ahead of the log", {"bot.core.selection:_moved": mapped(_ahead)}),
    Mutation("all that was unknown is news", {"bot.store.news:news_in": _in_all}),
    Mutation("a late cross-list is not told", {"bot.store.news:Told.added": instead(())}),
    Mutation("a later version is not told", {"bot.store.news:Told.replaced": instead(None)}),
    Mutation(
        "a new topic reads all of the log", {"bot.store.cursors:_begin": mapped(_from_the_start)}
    ),
    Mutation("`since` is forgotten", {"bot.store.cursors:_reach": always(None)}),
    Mutation(
        "a refused topic loses its place",
        {"bot.store.cursors:_left": _not_refused, "bot.store.cursors:_kept_for": always(())},
    ),
    Mutation(
        "what a refused topic needs is not polled",
        {
            "bot.store.roster:polled_for": _only_what_is_read,
            "tests.sim.run:polled_for": _only_what_is_read,
        },
    ),
    Mutation("a baseline outlives its scope", {"bot.store.scopes:unpolled": always(())}),
    Mutation("what failed does not return", {"bot.store.returns:returned": always({})}),
    Mutation("what failed returns for ever", {"bot.store.returns:RETURNS": instead(1_000)}),
    Mutation("claims are not given back", {"bot.deliver:_Channel._give_back": instead(_nothing)}),
    Mutation(
        "a dead process keeps its claims",
        {
            "bot.store.outbox:CLAIMABLE": _pending_only,
            "bot.store.settling:END_LAPSED": _pending_only,
        },
    ),
    Mutation("a lost answer is not counted", {"bot.deliver:_Channel._uncertain": mapped(_certain)}),
    Mutation(
        "a suspended address is written to",
        {"bot.deliver:_Channel._refusal": mapped(_not_suspending)},
    ),
    Mutation(
        "a pause is not kept",
        {
            "bot.store.outbox:CLAIMABLE": _unpaused,
            "bot.store.outbox:READ_SLOTS": _unpaused,
            "bot.store.roster:READ_DUE": _unpaused,
            "bot.core.people:Holder.may_get": _unless_suspended,
        },
    ),
    Mutation("a topic that is off still gives", {"bot.store.choices:off": always({})}),
    Mutation("suspensions are not shown", {"bot.store.overview:status": mapped(_nobody_suspended)}),
    Mutation("it is tried again at once", {"bot.deliver:retry_at": instead(_at_once)}),
    Mutation("nothing is ever given up", {"bot.deliver:expired": always(False)}),  # noqa: FBT003  # what the function gives
    Mutation(
        "several digests a day",
        {
            "bot.core.selection:last_slot": instead(_any_slot),
            "bot.core.selection:next_slot": instead(_hourly),
        },
    ),
    Mutation(
        "who signs up gets what they did not choose",
        {"bot.store.signups:TURN_OFF_OTHERS": _nobody, "bot.store.enrolment:TURN_OFF": _nobody},
    ),
    Mutation("who signed up is forgotten", {"bot.store.enrolment:signed_up": always({})}),
    Mutation("everything is new", {"bot.core.choice:kind_for": always("new")}),
)
