"""Takes one step of a poll's plan: counts a day, or reads it whole and marks it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.polling import Batch
from bot.core.window import Step
from bot.sources.asker import Asker
from bot.sources.question import Question
from bot.sources.slices import Paging, SliceReader
from bot.sources.tale import Tale

_log = structlog.get_logger(__name__)


async def take(
    step: Step, asker: Asker, paging: Paging, tale: Tale, now: datetime
) -> AsyncIterator[Batch]:
    """Yield the news of one day, its marks on the last batch; note its count in `tale`.

    A day that holds fewer papers than were known gives its papers but no mark, and raises
    SuspectAnswer, until it has held fewer for two days: then it is believed. A day of which arXiv
    counts papers that do not exist is marked with those that do, and quarantined by its name.
    """
    if step.action == "count" and await _is_unchanged(step, asker, tale):
        return
    held = Batch()
    try:
        async for batch, reader in _read(step, asker, paging):  # noqa: B007  # the last one counts
            if held.papers or held.quarantined:
                yield held
            held = batch
    except SourceError:
        if held.papers or held.quarantined:
            yield held
        raise
    tale.found(step, reader.count, reader.missing)
    told = held.quarantined + tale.short(step.day)
    if _is_believed(step, reader.count, now):
        yield replace(held, quarantined=told, marks=step.marks(reader.count, now))
        return
    yield replace(held, quarantined=told, marks=step.fewer(reader.count, now))
    raise SuspectAnswer(f"{reader.count} papers where {step.floor} were known")


def _is_believed(step: Step, count: int, now: datetime) -> bool:
    """Say whether a day holds as many papers as were known, or has held fewer for long enough."""
    if count >= (step.floor or 0):
        return True
    believed = step.settles(now)
    _log.info("slice.fewer", day=str(step.day), count=count, known=step.floor, believed=believed)
    return believed


async def _is_unchanged(step: Step, asker: Asker, tale: Tale) -> bool:
    """Count a day, and note the count in `tale` if it is the one that is known."""
    page = await asker.ask(Question(step.scopes, step.window))
    if page.total != step.floor:
        return False
    tale.found(step, page.total)
    return True


async def _read(
    step: Step, asker: Asker, paging: Paging
) -> AsyncIterator[tuple[Batch, SliceReader]]:
    """Read a day whole, and once more if only its first answer held too few.

    Yields each batch, at least one, with the reader that will know the count in the end.
    """
    for _ in range(2):
        reader = SliceReader(asker, step.scopes, paging)
        async for batch in reader.read(step.window):
            yield batch, reader
        if reader.count >= (step.floor or 0):
            return
        try:
            await asker.ask(Question(step.scopes, step.window, floor=step.floor or 0))
        except SuspectAnswer:
            return
