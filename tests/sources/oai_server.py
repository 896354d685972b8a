"""A loopback OAI-PMH interface over live data, with the tokens that arXiv's own server gives.

Records are ordered by modification and id. A token holds the day of the page's last record and how
many of that day have been given, so that a record which changes meanwhile moves to the end.
"""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode
from xml.sax.saxutils import escape

from aiohttp import web

from bot.core.model import Paper
from bot.demo.arxiv_server import Fault
from tests.builders import NOON, paper

XML = "text/xml"
_OAI = "http://www.openarchives.org/OAI/2.0/"
_RAW = "http://arxiv.org/OAI/arXivRaw/"


@dataclass(frozen=True)
class Listed:
    """A paper in the list; `metadata` takes the place of what would be written of it."""

    paper: Paper
    modified: datetime
    versions: tuple[datetime, ...]
    deleted: bool = False
    metadata: str | None = None

    @property
    def day(self) -> str:
        return self.modified.date().isoformat()


def listed(number: int, modified: datetime = NOON, **changes: object) -> Listed:
    """List paper 2601.<number> as submitted when it was modified last."""
    dated = {"published": modified, "updated": modified} | changes
    return of(paper(number, **dated), modified)


def of(one: Paper, modified: datetime | None = None) -> Listed:
    """List a paper; versions between its first and its last are an hour apart."""
    dates = [one.published] + [one.updated] * (one.version - 1)
    return Listed(one, modified or one.updated, tuple(dates))


def raw(one: Listed) -> str:
    """Write a paper in arXiv's raw format, as arXiv's server does."""
    paper_ = one.paper
    versions = "".join(
        f'<version version="v{number}"><date>{date:%a, %d %b %Y %H:%M:%S} GMT</date>'
        "<size>12kb</size><source_type>D</source_type></version>"
        for number, date in enumerate(one.versions, 1)
    )
    optional = {
        "comments": paper_.comment,
        "journal-ref": paper_.journal_ref,
        "report-no": paper_.report_no,
        "doi": paper_.doi,
        "license": "http://creativecommons.org/licenses/by/4.0/",
        "abstract": paper_.abstract,
    }
    return (
        f'<arXivRaw xmlns="{_RAW}"><id>{paper_.id}</id><submitter>Ana</submitter>{versions}'
        f"<title>{escape(paper_.title)}</title>"
        f"<authors>{escape(', '.join(paper_.authors))}</authors>"
        f"<categories>{' '.join(paper_.categories)}</categories>"
        + "".join(f"<{tag}>{escape(text)}</{tag}>\n" for tag, text in optional.items() if text)
        + "</arXivRaw>"
    )


def record(one: Listed) -> str:
    """Write one record."""
    status = ' status="deleted"' if one.deleted else ""
    header = (
        f"<header{status}><identifier>oai:arXiv.org:{one.paper.id}</identifier>"
        f"<datestamp>{one.day}</datestamp><setSpec>cs:cs:CL</setSpec></header>"
    )
    metadata = raw(one) if one.metadata is None else one.metadata
    return f"<record>{header}{'' if one.deleted else f'<metadata>{metadata}</metadata>'}</record>\n"


def page(inner: str, *, at: datetime = NOON, head: str = "") -> str:
    """Write a page around what it holds."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}'
        f'<OAI-PMH xmlns="{_OAI}"><responseDate>{at:%Y-%m-%dT%H:%M:%SZ}</responseDate>'
        f"<request>http://127.0.0.1/oai</request>{inner}</OAI-PMH>"
    )


def records_page(records: Iterable[Listed], token: str = "") -> str:
    """Write a page of records."""
    return page(f"<ListRecords>{''.join(map(record, records))}{token}</ListRecords>")


def error(code: str, words: str = "") -> str:
    """Write the protocol's own kind of error."""
    return page(f"<error code='{code}'>{words}</error>")


@dataclass
class OaiServer:
    """Serves `listed` at `url` while it is entered; all may be replaced at any time.

    `size`, where set, is what pages say the whole list holds. `requests` holds the parameters of
    every question asked, oldest first.
    """

    listed: Sequence[Listed] = ()
    rows: int = 2_500
    now: datetime = NOON
    size: int | None = None
    fault: Fault | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/oai", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/oai"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(dict(request.query))
        if self.fault is not None and (answer := await self.fault(request)) is not None:
            return answer
        body = self.answer(request).encode()
        headers = {"Content-Type": XML}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return web.Response(body=body, headers=headers)

    def answer(self, request: web.Request) -> str:
        """Give the right answer; a fault may spoil it before it is sent."""
        asked = dict(request.query)
        if asked["verb"] == "Identify":
            about = "<repositoryName>arXiv</repositoryName><protocolVersion>2.0</protocolVersion>"
            return page(f"<Identify>{about}</Identify>", at=self.now)
        if token := asked.get("resumptionToken"):
            asked = dict(parse_qsl(unquote(token)))
        return self._list(asked["from"], int(asked.get("skip", 0)), resumed=bool(token))

    def _list(self, start: str, skip: int, *, resumed: bool) -> str:
        found = sorted(
            (one for one in self.listed if one.day >= start),
            key=lambda one: (one.modified, one.paper.id),
        )
        shown = found[skip : skip + self.rows]
        if not shown:
            return error("noRecordsMatch", "The combination of values results in an empty list.")
        more = len(found) > skip + self.rows
        return page(
            f"<ListRecords>{''.join(map(record, shown))}"
            + (self._token(shown, start, skip) if more else "<resumptionToken/>" * resumed)
            + "</ListRecords>",
            at=self.now,
        )

    def _token(self, shown: Sequence[Listed], start: str, skip: int) -> str:
        last = shown[-1].day
        given = sum(one.day == last for one in shown)
        skip = skip + given if last == shown[0].day else given
        start = start if last == shown[0].day else last
        parameters = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": start}
        token = quote(urlencode(parameters | {"skip": str(skip)}))
        size = "" if self.size is None else f" completeListSize='{self.size}'"
        expires = f" expirationDate='{self.now.date() + timedelta(days=1)}T00:00:00Z'"
        return f"<resumptionToken{expires}{size}>{token}</resumptionToken>"
