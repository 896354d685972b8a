"""Asks for papers by their ids, in hundreds; where an answer fails, in halves, down to one id."""

from collections import deque
from collections.abc import AsyncGenerator, Iterator

import structlog

from bot.core.arxiv_id import order_of
from bot.core.baseline import scopes_of_categories
from bot.core.errors import SourceError
from bot.core.polling import Batch, PollRequest, Quarantined
from bot.sources.asker import Asker
from bot.sources.atom import Page, Refusal
from bot.sources.id_question import MOST_IDS, WITNESS, AllOmitted, IdQuestion
from bot.sources.markup import UnreadableText
from bot.sources.transfer import ServiceBusy

_log = structlog.get_logger(__name__)

MOST_GAPS = 2_000
"""How many gaps one poll asks for: twenty questions, a minute at arXiv's pace."""

_HOPELESS = 3
"""After so many ids that fail alone and no sound answer, it is not the ids."""


class IdReader:
    """Reads what a poll's memory leaves open: papers known in part, and then the first gaps."""

    def __init__(self, asker: Asker, request: PollRequest) -> None:
        self._asker = asker
        self._scopes = request.scopes
        self._partial = frozenset(request.memory.partial)
        self._gaps = frozenset(request.memory.gaps[:MOST_GAPS]) - self._partial
        wanted = request.memory.partial + request.memory.gaps[:MOST_GAPS]
        self._wanted = tuple(dict.fromkeys(wanted))
        self._failures: list[SourceError] = []
        self._bad: list[Quarantined] = []
        self._resting: list[str] = []
        self._sound = False
        self._doubted = False

    async def read(self) -> AsyncGenerator[Batch, None]:
        """Yield what came of each question, and at the end which single ids were unreadable.

        Raises a SourceError once everything that can be had is given.
        """
        waiting = deque((ids, False) for ids in self._hundreds())
        while waiting:
            ids, charged = waiting.popleft()
            question = IdQuestion(ids, self._partial | {WITNESS})
            try:
                page = await self._asker.ask(question, charged=charged)
            except SourceError as error:
                _log.warning("ids.failed", first=ids[0], count=len(ids), error=str(error))
                self._doubted |= isinstance(error, AllOmitted)
                instead = self._instead(ids, error)
                waiting.extendleft((others, True) for others in reversed(instead))
                if not instead:
                    self._note(ids, error)
                if self._is_over(error):
                    break
            else:
                yield self._batch(question, page)
        if self._bad and self._sound:
            yield Batch(quarantined=tuple(self._bad), absent=tuple(self._resting))
        self._conclude()

    def _hundreds(self) -> Iterator[tuple[str, ...]]:
        """Cut what is wanted into questions."""
        for first in range(0, len(self._wanted), MOST_IDS):
            yield self._wanted[first : first + MOST_IDS]

    def _instead(self, ids: tuple[str, ...], error: SourceError) -> tuple[tuple[str, ...], ...]:
        """Tell what to ask instead of a question that failed.

        Its halves, so that one bad id spoils no other; or its gaps beside a witness, so that papers
        that arXiv omits spoil none. Nothing where it holds one id, or the fault is not with the
        ids, or patience has ended.
        """
        if isinstance(error, ServiceBusy) or not self._asker.patience.left:
            return ()
        if isinstance(error, AllOmitted):
            gaps = tuple(one for one in ids if one in self._gaps)
            return () if WITNESS in ids else ((WITNESS, *gaps),)
        return (ids[: len(ids) // 2], ids[len(ids) // 2 :]) if len(ids) > 1 else ()

    def _note(self, ids: tuple[str, ...], error: SourceError) -> None:
        """Keep what is wrong: of one id that cannot be read for a person, else as a failure."""
        if len(ids) > 1 or not isinstance(error, Refusal | UnreadableText):
            self._failures.append(error)
            return
        self._bad.append(Quarantined(ids[0], str(error)))
        self._resting += self._gaps.intersection(ids)

    def _is_over(self, error: SourceError) -> bool:
        """Whether other questions would fare no better."""
        hopeless = not self._sound and len(self._bad) + len(self._failures) >= _HOPELESS
        return isinstance(error, ServiceBusy) or hopeless or not self._asker.patience.left

    def _conclude(self) -> None:
        """Raise the first failure; ids that are all unreadable are the service's."""
        if self._bad and not self._sound:
            self._failures.append(SourceError(self._bad[0].error))
        if self._failures:
            raise self._failures[0]

    def _batch(self, question: IdQuestion, page: Page) -> Batch:
        """Sort an answer: papers of the scopes, others that exist, and gaps that do not.

        An empty answer tells nothing of gaps where papers that exist were left out too, unless a
        witness has come since.
        """
        self._sound = True
        self._doubted &= WITNESS not in question.ids
        wanted = self._partial | self._gaps  # and not the witness
        asked_for = [one for one in page.papers if one.id in wanted]
        inside = [
            paper
            for paper in asked_for
            # What is known in part is completed even if nobody wants its categories any more.
            if paper.id in self._partial or self._scopes & scopes_of_categories(paper.categories)
        ]
        elsewhere = {paper.id for paper in asked_for} - {paper.id for paper in inside}
        doubtful = self._doubted and not page.rows
        absent = () if doubtful else question.omitted(page)
        return Batch(
            papers=tuple(inside),
            quarantined=page.quarantined,
            elsewhere=tuple(sorted(elsewhere, key=order_of)),
            absent=tuple(one for one in absent if one in self._gaps),
        )
