"""The same papers for programs, as JSON; `openapi` says what each answer holds."""

import re
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.aside import aside
from bot.core.arxiv_id import parse_id
from bot.core.model import Paper
from bot.core.query import Query, QuerySyntaxError, parse
from bot.core.site.model import Place
from bot.core.site.search import LONGEST
from bot.core.site.survey import Survey
from bot.web import openapi
from bot.web.current import View
from bot.web.kept import Content
from bot.web.library import Library, Work
from bot.web.offer import Browsable
from bot.web.position import Position, after
from bot.web.problem import HANDLERS, HEADERS, Problem
from bot.web.reply import PAGES, PRIVATE, reply
from bot.web.searched import Wanted, search
from bot.web.shaped import as_json, day_of, paper_of, topic_of

Answer = Callable[[Request], Awaitable[Response]]


def api(library: Library) -> Starlette:
    """Build the application, to be mounted where its description says."""
    shown = _Api(library)
    app = Starlette(
        routes=[
            Route("/openapi.json", _bounded(shown.description)),
            Route("/topics", _bounded(shown.topics)),
            Route("/topics/{slug}/papers", _bounded(shown.topic)),
            Route("/papers/{id:path}", _bounded(shown.paper)),
            Route("/search", _bounded(shown.search)),
        ],
        exception_handlers=HANDLERS,
    )
    app.router.redirect_slashes = False
    return app


def _bounded(answer: Answer) -> Answer:
    """Answer only what has an address that is not too long."""

    async def answered(request: Request) -> Response:
        scope = request.scope
        size = len(scope["raw_path"]) + len(scope["query_string"])
        if size > openapi.LONGEST_ADDRESS:
            raise Problem(414, f"it has {size} octets, of {openapi.LONGEST_ADDRESS} at most")
        return await answer(request)

    return answered


@dataclass(frozen=True, slots=True)
class _Api:
    """Answers for each address."""

    library: Library

    async def description(self, request: Request) -> Response:
        """Give the description in the words of OpenAPI."""
        return reply(request, openapi.content(), PAGES, headers=HEADERS)

    async def topics(self, request: Request) -> Response:
        """List the topics of the pages."""

        async def work(view: View, _: Browsable) -> Content:
            site = view.catalogue.site
            topics = [topic_of(one, site.count(one.slug).total) for one in site.topics]
            return as_json({"topics": topics, "updated": day_of(site.updated)})

        return await self._answer(request, "topics", work)

    async def topic(self, request: Request) -> Response:
        """List a topic's papers, the newest version first."""
        slug = str(request.path_params["slug"])
        limit = _limit(request, openapi.MOST_LISTED)
        text = _given(request, "before")
        before = None if text is None else Position.read(text)

        async def work(view: View, store: Browsable) -> Content:
            known = {one.slug: one for one in view.catalogue.site.topics}
            if slug not in known:
                raise Problem(404, "there is no topic of that name: see the list of topics")
            found = await after(store, known[slug].query.hash, before, limit + 1)
            papers = await store.papers(one.paper for one in found[:limit])
            last = found[limit - 1] if len(found) > limit else None
            following = Position(last.updated, last.paper).write() if last else None
            return await _listed(
                view.catalogue.survey,
                [papers[one.paper] for one in found[:limit] if one.paper in papers],
                {one.paper: one for one in found},
                {"next": following},
            )

        return await self._answer(request, ("topic", slug, before, limit), work)

    async def paper(self, request: Request) -> Response:
        """Give one stored paper."""
        try:
            identifier = parse_id(str(request.path_params["id"])).base
        except ValueError:
            raise Problem(404, "that is no arXiv id; write one such as 2401.01234") from None

        async def work(view: View, store: Browsable) -> Content:
            papers = await store.papers([identifier])
            if identifier not in papers:
                raise Problem(404, "no such paper is stored")
            places_of = await store.places_of([identifier])
            return as_json(paper_of(view.catalogue.survey, papers[identifier], places_of))

        return await self._answer(request, ("paper", identifier), work)

    async def search(self, request: Request) -> Response:
        """Find stored papers, the newest first."""
        query = _query(_given(request, "q"))
        limit = _limit(request, openapi.MOST_FOUND)
        before = _before(_given(request, "before"))

        async def work(view: View, store: Browsable) -> Content:
            survey = view.catalogue.survey
            found = await search(store, survey, Wanted(query, before, limit))
            papers = [one.paper for one in found.cards]
            told = {"next": found.following or None, "read": found.read}
            return await _listed(
                survey, papers, await store.places_of(one.id for one in papers), told
            )

        content = await self.library.search(("api", query.hash, before, limit), work)
        return reply(request, content, PRIVATE, headers=HEADERS)

    async def _answer(self, request: Request, key: Hashable, work: Work) -> Response:
        return reply(request, await self.library.answer(key, work), PAGES, headers=HEADERS)


async def _listed(
    survey: Survey,
    papers: Sequence[Paper],
    places_of: Mapping[str, Place],
    told: Mapping[str, object],
) -> Content:
    """Shape a list of papers aside."""
    return await aside(
        lambda: as_json({"papers": [paper_of(survey, one, places_of) for one in papers], **told})
    )


def _given(request: Request, name: str) -> str | None:
    """Give a parameter that stands once at most, if it is there; raises Problem."""
    found = request.query_params.getlist(name)
    if len(found) > 1:
        raise Problem(400, f"`{name}` is given {len(found)} times", parameter=name)
    return found[0] if found else None


def _limit(request: Request, most: int) -> int:
    text = _given(request, "limit")
    if text is None:
        return openapi.LISTED
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise Problem(400, f"`limit` must be a number from 1 to {most}", parameter="limit")
    return int(text)


def _query(text: str | None) -> Query:
    if text is None or not text.strip():
        raise Problem(400, "`q` must be a query such as ti:lattice", parameter="q")
    if len(text) > LONGEST:
        raise Problem(400, f"`q` has {len(text)} characters, of {LONGEST} at most", parameter="q")
    try:
        return parse(text)
    except QuerySyntaxError as error:
        raise Problem(400, error.message, parameter="q", position=error.position) from None


def _before(text: str | None) -> str:
    try:
        return "" if text is None else parse_id(text).base
    except ValueError:
        raise Problem(400, "`before` must be an arXiv id", parameter="before") from None
