"""Takes one step of a poll's plan: counts a day, or reads it whole and marks it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.model import Batch
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
    SuspectAnswer, until it has held fewer for two days: then it is believed.
    """
    if step.action == "count" and await _is_unchanged(step, asker, tale):
        return
    count, floor, held = 0, step.floor or 0, Batch()
    try:
        async for batch, count in _read(step, asker, paging):  # noqa: B007  # the last one counts
            if held.papers or held.quarantined:
                yield held
            held = batch
    except SourceError:
        if held.papers or held.quarantined:
            yield held
        raise
    tale.found(step, count)
    believed = count >= floor or step.settles(now)
    if count < floor:
        _log.info("slice.fewer", day=str(step.day), count=count, known=floor, believed=believed)
    yield replace(held, marks=(step.marks if believed else step.fewer)(count, now))
    if not believed:
        raise SuspectAnswer(f"{count} papers where {floor} were known")


async def _is_unchanged(step: Step, asker: Asker, tale: Tale) -> bool:
    """Count a day, and note the count in `tale` if it is the one that is known."""
    page = await asker.ask(Question(step.scopes, step.window))
    if page.total != step.floor:
        return False
    tale.found(step, page.total)
    return True


async def _read(step: Step, asker: Asker, paging: Paging) -> AsyncIterator[tuple[Batch, int]]:
    """Read a day whole, and once more if only its first answer held too few.

    Yields each batch with the count as it is known by then.
    """
    for _ in range(2):
        reader = SliceReader(asker.ask, step.scopes, paging)
        async for batch in reader.read(step.window):
            yield batch, reader.count
        if reader.count >= (step.floor or 0):
            return
        try:
            await asker.ask(Question(step.scopes, step.window, floor=step.floor or 0))
        except SuspectAnswer:
            return
