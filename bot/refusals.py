"""Which topics are left out now: those that cannot be read, and those that fail while matching.

The configuration says the former. What a running bot alone knows is kept as marks in the ledger, so
that `status`, another process, can tell it: which topics go on with the query that they had before,
and which queries failed.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core.polling import Batch, Mark
from bot.core.refusal import Refusal
from bot.core.standing import Status
from bot.interfaces import Store
from bot.logs import hidden
from bot.settings import Settings

_log = structlog.get_logger()

TOPICS = "topics"
"""Whose marks these are: a mark's key is a topic's name, and its value empty once it is over.

Else the value is the case, and after a space what is told of it.
"""
KEPT, FAILED = "kept", "failed"
"""The scopes of these marks: the previous query stays, and the query failed with this error."""
_OVER = ""


async def with_refused(
    status: Status, store: Store | None, settings: Settings, now: datetime
) -> Status:
    """Add to a status the topics that are left out, with no secret in what is said of them."""
    marks = (await store.memory(TOPICS, now)).marks if store is not None else ()
    held = {(one.scope, one.key): one.value for one in marks if one.value != _OVER}
    unread = [
        replace(one, stays=one.stays or (KEPT, one.topic) in held) for one in settings.refused
    ]
    known = {one.name for one in settings.topic} - {one.topic for one in unread}
    failed = [
        Refusal(name, value.removeprefix(_case(value)).lstrip(), _case(value))
        for (scope, name), value in held.items()
        if scope == FAILED and name in known
    ]
    secrets = settings.secrets()
    found = (*unread, *failed)
    refused = tuple(replace(one, error=hidden(one.error, secrets)) for one in found)
    return replace(status, refused=refused)


async def note_kept(store: Store, settings: Settings, now: datetime) -> None:
    """Remember which topics go on with the query that they had before."""
    kept = {one.topic: one.case for one in settings.refused if one.stays}
    await _note(store, KEPT, kept, None, now)


async def note_failed(
    store: Store, failed: Mapping[str, Refusal], tried: Collection[str], now: datetime
) -> None:
    """Remember the errors of topics whose queries failed, by name; the others `tried` did not.

    What is new of it is logged.
    """
    held = {name: f"{one.case} {one.error[:500]}" for name, one in failed.items()}
    for one in await _note(store, FAILED, held, tried, now):
        if one.value == _OVER:
            _log.info("topic.works", topic=one.key)
        else:
            _log.error("topic.failed", topic=one.key, error=failed[one.key].error)


async def _note(
    store: Store, scope: str, held: Mapping[str, str], tried: Collection[str] | None, now: datetime
) -> list[Mark]:
    """Write, and give, what is another case than a scope's marks; `tried` None means all topics."""
    before = {
        one.key: one.value for one in (await store.memory(TOPICS, now)).marks if one.scope == scope
    }
    over = {one: _OVER for one in before if one not in held and (tried is None or one in tried)}
    marks = [
        Mark(scope, name, value, now)
        for name, value in (over | dict(held)).items()
        if _case(before.get(name, _OVER)) != _case(value)
    ]
    if marks:
        await store.record(TOPICS, Batch(marks=tuple(marks)), now)
    return marks


def _case(value: str) -> str:
    """Give the case that a mark's value tells of."""
    return value.partition(" ")[0]
