"""A loopback arXiv that serves announcement feeds by arXiv's own rules, quirks and cap included."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Literal, Self
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.core.model import Paper
from bot.core.query.taxonomy import NAMES
from bot.demo.arxiv_server import Fault

EASTERN = ZoneInfo("America/New_York")
NAMESPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_ORDER = ("replace-cross", "replace", "cross", "new")


@dataclass(frozen=True)
class Announced:
    """What arXiv announced of a paper: it is new, newly cross-listed, or replaced."""

    paper: Paper
    action: Literal["new", "cross", "replace"] = "new"
    bears: date | None = None
    """The day that the item itself bears, where it is not that of its feed."""

    def kind(self, asked: Iterable[str]) -> str:
        """Tell what the item is called in a feed of the categories that are `asked` for."""
        primary = self.paper.primary_category in asked
        if self.action == "replace":
            return "replace" if primary else "replace-cross"
        return "new" if self.action == "new" and primary else "cross"


class FeedServer:
    """Serves, below `url`, the feed of `today` out of what `days` announce.

    All of it may be replaced at any time. `stale` are categories that still show another day's
    items, as if they were of today. `paths` are what was asked for, oldest first, and `statuses`
    what was answered.
    """

    def __init__(self, *, form: Literal["rss", "atom"] = "rss", cap: int = 2_000) -> None:
        self.days: dict[date, Sequence[Announced]] = {}
        self.today = date(2026, 1, 5)
        self.stale: Mapping[str, date] = {}
        self.built = 0
        self.etags = True
        self.fault: Fault | None = None
        self.paths: list[str] = []
        self.statuses: list[int] = []
        self.seen: list[Mapping[str, str]] = []
        self.url = ""
        self._form = form
        self._cap = cap
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get(f"/{self._form}/{{categories}}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/{self._form}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def announce(self, *items: Announced | Paper, day: date | None = None) -> None:
        """Add to what a day's feed holds, today's unless told otherwise."""
        day = day or self.today
        added = [one if isinstance(one, Announced) else Announced(one) for one in items]
        self.days[day] = [*self.days.get(day, ()), *added]

    def body(self, asked: Sequence[str]) -> bytes:
        """Write the right feed of some categories."""
        found: dict[tuple[str, int], Announced] = {}
        for category in asked:
            for one in self.days.get(self.stale.get(category, self.today), ()):
                if category in one.paper.categories:
                    found[one.paper.id, one.paper.version] = one
        # The cap cuts at the end, and new papers come last.
        listed = sorted(found.values(), key=lambda one: _ORDER.index(one.kind(asked)))
        return write(listed[: self._cap], asked, self.today, form=self._form, built=self.built)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.match_info["categories"])
        self.seen.append(dict(request.headers))
        response = (await self.fault(request) if self.fault else None) or self.answer(request)
        self.statuses.append(response.status)
        return response

    def answer(self, request: web.Request) -> web.Response:
        """Give the right answer; a fault may spoil it before it is sent."""
        asked = request.match_info["categories"].split("+")
        if unknown := [name for name in asked if name not in NAMES]:
            body = refusal(f"Bad subject class '{unknown[0]}'.")
            return web.Response(body=body, status=400, content_type="application/rss+xml")
        body = self.body(asked)
        headers = {"Content-Type": f"application/{self._form}+xml; charset=utf-8"}
        if self.etags:
            etag = f'"{hashlib.sha256(body).hexdigest()}"'
            headers["ETag"] = etag
            if request.headers.get("If-None-Match") == etag:
                return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers=headers)


def write(
    items: Sequence[Announced],
    asked: Sequence[str],
    day: date,
    *,
    form: Literal["rss", "atom"] = "rss",
    built: int = 0,
) -> bytes:
    """Write a feed as arXiv does; `built` counts how often it was made anew that day."""
    midnight = datetime.combine(day, time(), EASTERN)
    made = midnight + timedelta(seconds=3, minutes=built)
    rows = "".join(_ROWS[form](one, one.kind(asked), midnight) for one in items)
    title = f"<title>{', '.join(asked)} updates on arXiv.org</title>"
    if form == "atom":
        told = f"{title}<updated>{made.isoformat()}</updated>{rows}"
        feed = f'<feed {NAMESPACES} xmlns="http://www.w3.org/2005/Atom">{told}</feed>'
    else:
        told = (
            f"{title}<link>http://rss.arxiv.org/rss/{'+'.join(asked)}</link>"
            f"<lastBuildDate>{format_datetime(made)}</lastBuildDate>"
            f"<pubDate>{format_datetime(midnight)}</pubDate>{rows}"
        )
        feed = f'<rss {NAMESPACES} version="2.0"><channel>{told}</channel></rss>'
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{feed}\n".encode()


def refusal(reason: str) -> bytes:
    """Write the feed by which arXiv refuses a question."""
    return (
        f'<rss {NAMESPACES} version="2.0"><channel><title>Feed error for query: x</title>'
        f"<description>{escape(reason)}</description>"
        "<pubDate>Mon, 05 Jan 2026 00:00:00 -0500</pubDate></channel></rss>"
    ).encode()


def _rss_row(one: Announced, kind: str, midnight: datetime) -> str:
    paper = one.paper
    bears = datetime.combine(one.bears, time(), EASTERN) if one.bears else midnight
    categories = "".join(f"<category>{name}</category>" for name in paper.categories)
    return (
        f"<item><title>{escape(paper.title)}</title><link>{paper.url}</link>"
        f"<description>{_described(paper, kind)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>'
        f"{categories}<pubDate>{format_datetime(bears)}</pubDate>{_shared(paper, kind)}</item>\n"
    )


def _atom_row(one: Announced, kind: str, midnight: datetime) -> str:
    paper = one.paper
    categories = "".join(f'<category term="{name}"/>' for name in paper.categories)
    return (
        f"<entry><id>oai:arXiv.org:{paper.id}v{paper.version}</id>"
        f"<title>{escape(paper.title)}</title><updated>{midnight.isoformat()}</updated>"
        f'<link href="{paper.url}" rel="alternate" type="text/html"/>'
        f"<summary>{_described(paper, kind)}</summary>{categories}"
        f"<published>{midnight.isoformat()}</published>{_shared(paper, kind)}</entry>\n"
    )


_ROWS = {"rss": _rss_row, "atom": _atom_row}


def _described(paper: Paper, kind: str) -> str:
    told = f"arXiv:{paper.id}v{paper.version} Announce Type: {kind} \nAbstract: {paper.abstract}"
    return escape(told)


def _shared(paper: Paper, kind: str) -> str:
    journal = (
        f"<arxiv:journal_reference>{escape(paper.journal_ref or '')}</arxiv:journal_reference>"
    )
    doi = f"<arxiv:DOI>{escape(paper.doi or '')}</arxiv:DOI>"
    return (
        f"<arxiv:announce_type>{kind}</arxiv:announce_type>"
        "<dc:rights>http://arxiv.org/licenses/nonexclusive-distrib/1.0/</dc:rights>"
        f"{doi if paper.doi else ''}{journal if paper.journal_ref else ''}"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator>"
    )
