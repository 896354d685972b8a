"""A loopback arXiv: the query API, in genuine Atom, over papers that are given to it."""

import gzip
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.core.arxiv_id import parse_id
from bot.core.model import Paper
from bot.demo.atom import Schema, error_feed, feed

Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Answers a request in the server's place, or gives None to let the server answer."""

_WINDOW = re.compile(r"submittedDate:\[(\d{12}) TO (\d{12})\]")
_CATEGORY = re.compile(r"cat:([a-z-]+(?:\.(?:[A-Za-z-]+|\*))?)")
_AUTHOR = re.compile(r'au:(?:"([^"]*)"|([^\s()"]+))')
_PLAIN_WORD = re.compile(r"\w+")
_SORTS = ("relevance", "lastUpdatedDate", "submittedDate")
_CALL_LIMIT = 2_000
_TOTAL_LIMIT = 10_000


class _BadQuestionError(Exception):
    """What arXiv refuses with status 400."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as the server understood it; `wanted` judges papers, `ids` names them."""

    wanted: Callable[[Paper], bool]
    ids: tuple[str, ...]
    start: int
    rows: int
    sort: str
    descending: bool


class ArxivServer:
    """Serves `papers` at `url` while it is entered.

    `papers`, `announced`, `now`, `schema` and `fault` may be replaced at any time. Where `now` is
    set, only papers announced by then are served; `announced` maps base ids to their instants,
    and a paper that it does not name was announced when it was submitted. `requests` holds the
    parameters of every question asked, oldest first.
    """

    def __init__(
        self,
        papers: Sequence[Paper] = (),
        *,
        announced: Mapping[str, datetime] | None = None,
        now: datetime | None = None,
        schema: Schema = "new",
        fault: Fault | None = None,
    ) -> None:
        self.papers = papers
        self.announced: Mapping[str, datetime] = announced or {}
        self.now = now
        self.schema: Schema = schema
        self.fault = fault
        self.requests: list[Mapping[str, str]] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen on a free loopback port."""
        app = web.Application()
        app.router.add_get("/api/query", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/query"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one question, or let the fault answer it."""
        self.requests.append(dict(request.query))
        if self.fault is not None:
            answer = await self.fault(request)
            if answer is not None:
                return answer
        return self.answer(request)

    def answer(self, request: web.Request) -> web.Response:
        """Give the right answer; a fault may spoil it before it is sent."""
        try:
            body, status = self._results(_read(request.query)), 200
        except _BadQuestionError as error:
            body, status = error_feed(str(error), self.schema), 400
        headers = {"Content-Type": "application/atom+xml; charset=utf-8"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return web.Response(body=body, status=status, headers=headers)

    def _results(self, question: _Question) -> bytes:
        """Search, sort and cut out one page."""
        found = [paper for paper in self.papers if self._visible(paper) and question.wanted(paper)]
        if question.ids:
            place = {base: number for number, base in enumerate(question.ids)}
            found = sorted(
                (paper for paper in found if paper.id in place), key=lambda paper: place[paper.id]
            )
        elif question.sort != "relevance":
            by_update = question.sort == "lastUpdatedDate"
            found.sort(
                key=lambda paper: (paper.updated if by_update else paper.published, paper.id),
                reverse=question.descending,
            )
        page = found[question.start : question.start + question.rows]
        return feed(
            page,
            total=len(found),
            start=question.start,
            title="arXiv Query",
            schema=self.schema,
        )

    def _visible(self, paper: Paper) -> bool:
        """Whether the paper has been announced."""
        if self.now is None:
            return True
        return self.announced.get(paper.id, paper.published) <= self.now


def _read(query: Mapping[str, str]) -> _Question:
    """Understand the parameters of a question; raises _BadQuestionError as arXiv would."""
    start, rows = _number(query, "start", 0), _number(query, "max_results", 10)
    if rows > _CALL_LIMIT:
        raise _BadQuestionError(f"max_results must not exceed {_CALL_LIMIT}")
    if start + rows > _TOTAL_LIMIT + _CALL_LIMIT:
        raise _BadQuestionError("start is too large")
    sort = query.get("sortBy", "relevance")
    if sort not in _SORTS:
        raise _BadQuestionError(f"sortBy must be in: {', '.join(_SORTS)}")
    order = query.get("sortOrder", "descending")
    if order not in {"ascending", "descending"}:
        raise _BadQuestionError("sortOrder must be in: ascending, descending")
    ids = _ids(query.get("id_list", ""))
    text = query.get("search_query", "")
    if not text and not ids:
        raise _BadQuestionError("search_query or id_list must be given")
    return _Question(_search(text), ids, start, rows, sort, order == "descending")


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    """Read a parameter that counts."""
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise _BadQuestionError(f"{name} must be a non-negative integer")
    return int(text)


def _ids(text: str) -> tuple[str, ...]:
    """Read an id_list as base ids."""
    bases = []
    for item in filter(None, text.split(",")):
        try:
            bases.append(parse_id(item).base)
        except ValueError:
            raise _BadQuestionError(f"incorrect id format for {item}") from None
    return tuple(bases)


def _search(text: str) -> Callable[[Paper], bool]:
    """Turn categories, authors and a window of submission, joined by AND, into a test.

    Several categories, or several authors, are joined by OR.
    """
    tests = [_clause(part.strip()) for part in text.split(" AND ") if part.strip()]
    return lambda paper: all(test(paper) for test in tests)


def _clause(text: str) -> Callable[[Paper], bool]:
    """Turn one part of a question into a test."""
    if window := _WINDOW.fullmatch(text):
        first, last = _minute(window[1]), _minute(window[2])
        # Bounds are inclusive to the minute: 10:31 holds 10:31:59.
        return lambda paper: first <= paper.published < last + timedelta(minutes=1)
    terms = text.removeprefix("(").removesuffix(")").split(" OR ")
    authors = [_AUTHOR.fullmatch(term.strip()) for term in terms]
    if all(authors):
        return lambda paper: any(_wrote(paper, one[1], one[2]) for one in authors if one)
    scopes = [_CATEGORY.fullmatch(term.strip()) for term in terms]
    if not all(scopes):
        raise _BadQuestionError(f"incorrect search_query: {text}")
    return lambda paper: any(_within(paper, scope[1]) for scope in scopes if scope)


def _wrote(paper: Paper, phrase: str | None, words: str | None) -> bool:
    """Whether a name holds the phrase, or the authors' names together hold all words.

    A single letter stands for a name that begins with it, as in arXiv's index of initials.
    """
    names = [" ".join(_PLAIN_WORD.findall(_unaccented(name))) for name in paper.authors]
    if phrase is not None:
        return any(f" {phrase} " in f" {name} " for name in names)
    held = " ".join(names).split()
    return all(
        any(one.startswith(word) if len(word) == 1 else one == word for one in held)
        for word in (words or "").lower().split("_")
    )


def _unaccented(name: str) -> str:
    """Write a name in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _minute(text: str) -> datetime:
    """Read a bound of a window."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise _BadQuestionError(f"incorrect date format for {text}") from None


def _within(paper: Paper, scope: str) -> bool:
    """Whether one of the paper's categories is the scope, or of its family."""
    if scope.endswith(".*"):
        return any(category.startswith(scope[:-1]) for category in paper.categories)
    return scope in paper.categories
