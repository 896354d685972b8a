"""Asks arXiv a question until an answer can be trusted, or patience ends."""

import asyncio
import random
import time
from collections import Counter

import httpx
import stamina

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.atom import Page, UnreadableText, parse_page
from bot.sources.gate import Gate
from bot.sources.question import NothingMore, Question
from bot.sources.transfer import Answer, Limits, ServiceBusy, get

_LONGEST_PAUSE = 60.0
_SHORTEST_PAUSE = 0.02
_ATTEMPTS: dict[type[SourceError], float] = {
    ServiceBusy: float("inf"),
    UnreadableText: 2,
    NothingMore: 2,
    SuspectAnswer: 3,
    SourceUnavailable: 4,
    SourceError: 1,
}
"""How often to ask: other questions deserve patience too, unless they would fare no better."""


class Patience:
    """The seconds that one poll may still spend on failures and on what they make necessary."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def spend(self, seconds: float) -> None:
        """Take what a failure has cost."""
        self.left = max(0.0, self.left - seconds)


class Asker:
    """Asks the service at `url` in the name of one poll, whose `patience` all questions share."""

    def __init__(
        self, client: httpx.AsyncClient, gate: Gate, url: str, limits: Limits, patience: Patience
    ) -> None:
        self.patience = patience
        self._client = client
        self._gate = gate
        self._url = httpx.URL(url)
        self._limits = limits

    async def ask(self, question: Question, *, charged: bool = False) -> Page:
        """Give the page that answers the question, whole and checked.

        An answer that comes at once costs no patience, however long it took, unless the question
        is `charged`: one that would not be asked if all were well. Raises the last SourceError
        when asking again is no use or patience has ended.
        """
        self._await_hold()
        began = time.monotonic()
        limit = asyncio.timeout(None)
        trial = _Trial(began + self.patience.left, self._pause, limit)
        try:
            async with limit:
                async for attempt in stamina.retry_context(
                    on=trial.again,
                    attempts=None,
                    timeout=None,
                    wait_initial=self._pause,
                    wait_max=_LONGEST_PAUSE,
                    wait_jitter=self._pause,
                ):
                    with attempt:
                        tried = time.monotonic()
                        page = await self.try_once(question)
                        self.patience.spend((time.monotonic() if charged else tried) - began)
        except (SourceError, TimeoutError) as error:
            self.patience.spend(time.monotonic() - began)
            raise trial.error or error from None
        return page

    async def try_once(self, question: Question) -> Page:
        """Ask once; raises a SourceError for whatever is wrong with the answer."""
        url = self._url.copy_merge_params(question.parameters)
        answer = await get(self._client, self._gate, url, self._limits)
        return question.check(await _read(answer))

    @property
    def _pause(self) -> float:
        """The first pause after a failure."""
        return max(self._gate.min_interval, _SHORTEST_PAUSE)

    def _await_hold(self) -> None:
        """Pay for the wait that arXiv asked for, or give up at once if it is too long."""
        held = self._gate.held
        if held > self.patience.left:
            raise ServiceBusy(f"arXiv asked for a pause of {held:.0f} s more", retry_after=held)
        self.patience.spend(held)


class _Trial:
    """What has become of one question so far, and whether to ask again."""

    def __init__(self, deadline: float, pause: float, limit: asyncio.Timeout) -> None:
        self.error: SourceError | None = None
        self._deadline = deadline
        self._pause = pause
        self._limit = limit
        self._failures: Counter[type[SourceError]] = Counter()

    def again(self, error: BaseException) -> bool | float:
        """Say whether to ask again, or after how many seconds; from now on, time is limited."""
        if not isinstance(error, SourceError):
            return False
        self.error = error
        kind = next(kind for kind in _ATTEMPTS if isinstance(error, kind))
        self._failures[kind] += 1
        left = self._deadline - time.monotonic()
        wait = error.retry_after if isinstance(error, SourceUnavailable) else None
        if self._failures[kind] >= _ATTEMPTS[kind] or left <= (wait or 0.0):
            return False
        self._limit.reschedule(asyncio.get_running_loop().time() + left)
        if wait is None:
            return True
        # Jitter, so that many installations do not come back in the same second.
        return wait + random.uniform(0.0, self._pause)  # noqa: S311  # not for secrecy


async def _read(answer: Answer) -> Page:
    """Judge a body and parse it in a thread, as a page of 2,000 entries takes a second."""
    body = answer.body.strip()
    if not body:
        raise SourceUnavailable("the answer is empty")
    if body.startswith(b"Rate exceeded"):
        raise ServiceBusy("arXiv says: Rate exceeded.")
    if body[:100].lower().startswith((b"<!doctype html", b"<html")):
        raise SourceUnavailable(f"HTTP {answer.status} with a page of HTML instead of Atom")
    page = await asyncio.to_thread(parse_page, body)
    if answer.status != 200:
        raise SourceUnavailable(f"HTTP {answer.status}")
    return page
