"""Asks arXiv a question until an answer can be trusted, or patience ends."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import httpx

from bot.core.errors import SourceUnavailable
from bot.sources.atom import Page, parse_page
from bot.sources.line import Line
from bot.sources.markup import body_of
from bot.sources.persistence import Patience, persist
from bot.sources.transfer import Answer, get


class Askable(Protocol):
    """A question to the query API that knows what an answer to it must look like."""

    @property
    def parameters(self) -> dict[str, str]:
        """The question as the query API takes it."""
        ...

    def check(self, page: Page) -> Page:
        """Give back the page if it answers this question; raises SuspectAnswer if it does not."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks a service in the name of one poll, whose `patience` all questions share."""

    line: Line
    patience: Patience

    async def ask(self, question: Askable, *, charged: bool = False) -> Page:
        """Give the page that answers the question, whole and checked.

        An answer that comes at once costs no patience, however long it took, unless the question
        is `charged`: one that would not be asked if all were well. Raises the last SourceError
        when asking again is no use or patience has ended.
        """
        return await persist(
            lambda: self.try_once(question), self.patience, self.line, charged=charged
        )

    async def try_once(self, question: Askable) -> Page:
        """Ask once; raises a SourceError for whatever is wrong with the answer."""
        line = self.line
        url = httpx.URL(line.url).copy_merge_params(question.parameters)
        answer = await get(line.client, line.gate, url, line.limits)
        return question.check(await _read(answer))


async def _read(answer: Answer) -> Page:
    """Judge a body and parse it in a thread, as a page of 2,000 entries takes a second."""
    body = body_of(answer, "Atom")
    page = await asyncio.to_thread(parse_page, body)
    if answer.status != 200:
        raise SourceUnavailable(f"HTTP {answer.status}")
    return page
