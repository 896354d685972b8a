"""The public site: every page under the address that it has in a folder, and the search."""

from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.aside import aside
from bot.core.arxiv_id import parse_id
from bot.core.query import Query, QuerySyntaxError, parse
from bot.core.site import places, refused
from bot.core.site.search import LONGEST, Mistake, form_page, found_page, mistaken_page
from bot.web.api import api
from bot.web.current import View
from bot.web.kept import Busy, Content
from bot.web.library import Library
from bot.web.made import HTML
from bot.web.offer import Browsable, Offer
from bot.web.openapi import LONGEST_ADDRESS
from bot.web.problem import nothing
from bot.web.reply import FOR_EVER, NOT_KEPT, PAGES, PRIVATE, SECURITY, reply
from bot.web.searched import Wanted, search

RETRY_AFTER = 10
"""Seconds after which who came when too much was asked for may try again."""


class _Whatever(PathConvertor):
    """The rest of an address with its line breaks, which starlette's own leaves to nobody."""

    regex = "(?s:.*)"


register_url_convertor("whatever", _Whatever())
_UNLISTED = {**SECURITY, "X-Robots-Tag": "noindex"}


def routes(offer: Offer) -> list[BaseRoute]:
    """Give the routes of the public site, which come last: it answers whatever is left."""
    library = Library(offer)
    site = _Site(library)
    return [
        Mount("/api/v1", app=api(library)),
        Route("/api/v1/{rest:whatever}", nothing),
        Route(f"/{places.SEARCH}", site.search),
        Route("/{address:whatever}", site.page),
    ]


async def inside(request: Request) -> Response:
    """Lead from a folder's name into it: the links of its index need the slash."""
    return RedirectResponse(f"{request.url.path.rpartition('/')[2]}/", 308)


class _Site:
    """Answers for the pages, and for the search."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def page(self, request: Request) -> Response:
        """Give what stands at an address; a folder is its index."""
        address = str(request.path_params["address"])
        if _is_too_long(request):
            return await self._refused(request, refused.TOO_LONG, 414)
        wanted = f"{address}{places.INDEX}" if not address or address[-1] == "/" else address
        try:
            found = await self._library.page(wanted)
        except Busy:
            return await self._refused(request, refused.BUSY, 503)
        if found is None:
            return await self._refused(request, refused.MISSING, 404)
        keeping = FOR_EVER if address.startswith("assets/") else PAGES
        return reply(request, found, keeping)

    async def search(self, request: Request) -> Response:
        """Give the form, and below it what the question has found, or what is wrong with it."""
        text = request.query_params.get("q", "").strip()
        before = request.query_params.get("before", "")
        if _is_too_long(request):
            return await self._refused(request, refused.TOO_LONG, 414)
        try:
            found = await self._library.search(
                ("search", text, before), lambda view, store: _searched(view, store, text, before)
            )
        except _Mistaken as mistaken:
            view = await self._library.view()
            page = mistaken_page(view.catalogue.site, text[:LONGEST], mistaken.mistake)
            return reply(request, Content.of(page, HTML), NOT_KEPT, status=400, headers=_UNLISTED)
        except Busy:
            return await self._refused(request, refused.BUSY, 503)
        return reply(request, found, PRIVATE, headers=_UNLISTED)

    async def _refused(self, request: Request, why: tuple[str, str], status: int) -> Response:
        """Say in the look of the site why there is nothing else."""
        view = await self._library.view()
        address = str(request.path_params.get("address", ""))
        page = refused.refused_page(view.catalogue.site, address, why)
        headers = {**_UNLISTED, **({"Retry-After": str(RETRY_AFTER)} if status == 503 else {})}
        content = Content.of(page, HTML)
        return reply(request, content, NOT_KEPT, status=status, headers=headers)


class _Mistaken(Exception):  # what the asker did
    """A question cannot be answered."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(mistake.message)


async def _searched(view: View, store: Browsable, text: str, before: str) -> Content:
    """Search, and render what was found."""
    site = view.catalogue.site
    if not text:
        return Content.of(form_page(site), HTML)
    query = _query(text)
    wanted = Wanted(query, _before(before))
    found = await search(store, view.catalogue.survey, wanted)
    return await aside(lambda: Content.of(found_page(site, text, query, found), HTML))


def _query(text: str) -> Query:
    if len(text) > LONGEST:
        said = f"It has {len(text):,} characters, of {LONGEST:,} at most: ask for less at once."
        raise _Mistaken(Mistake(said))
    try:
        return parse(text)
    except QuerySyntaxError as error:
        raise _Mistaken(Mistake.of(error)) from None


def _before(text: str) -> str:
    try:
        return parse_id(text).base if text else ""
    except ValueError:
        said = "What stands after `before=` in the address is no arXiv id: search anew."
        raise _Mistaken(Mistake(said)) from None


def _is_too_long(request: Request) -> bool:
    scope = request.scope
    return len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS
