"""What goes wrong between the bot and arXiv, byte by byte: each fault as the services show it."""

import gzip
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from bot.demo.arxiv_server import Fault as Answering
from bot.demo.atom import error_feed, feed
from tests.sim.faults import Fault
from tests.sim.sources import Sky
from tests.sim.wire import Heaven
from tests.sources.faults import (
    altered,
    answers,
    dripping,
    first_entries,
    gzip_cut,
    hung_up,
    without_entries,
)
from tests.sources.oai_server import error

_BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><feed>&c;</feed>"""
_HTML = "<!DOCTYPE html><html><body>arXiv is away</body></html>"
_XML = "text/xml"


def struck(heaven: Heaven, sky: Sky) -> None:
    """Let each service misbehave, in some of its answers, as the pass's trouble has it."""
    fault = sky.trouble.get("arxiv_rss")
    if fault is Fault.STALE_FEED:
        day = heaven.feeds.today - timedelta(days=1)
        heaven.feeds.stale = {"cs.CL": day, "math.CO": day}
        sky.effects[fault] += 1
    by_window, by_id = (_striking(name, heaven, sky) for name in ("arxiv_api", "arxiv_ids"))
    heaven.api.fault = _either(by_id, by_window)
    heaven.feeds.fault = _striking("arxiv_rss", heaven, sky)
    heaven.oai.fault = _striking("arxiv_oai", heaven, sky)


def _striking(name: str, heaven: Heaven, sky: Sky) -> Answering | None:
    """Give what answers one source in the place of its service now and then, if anything does."""
    fault = sky.trouble.get(name)
    # A capped feed takes more items than a world has.
    if fault in (None, Fault.STALE_FEED, Fault.CAPPED_FEED):
        return None
    return _sometimes(fault, _answering(fault, name, heaven, sky), sky)


def _either(by_id: Answering | None, by_window: Answering | None) -> Answering:
    """Part the query API's requests: those by id are another source's."""

    async def answer(request: web.Request) -> web.StreamResponse | None:
        strikes = by_id if "id_list" in request.query else by_window
        return None if strikes is None else await strikes(request)

    return answer


def _sometimes(fault: Fault, answer: Answering, sky: Sky) -> Answering:
    """Strike some requests, and none after a while: what never ends is no more than a slow poll."""
    rng = random.Random(f"{sky.rng.random()}")
    chance, left = rng.choice((0.2, 0.6, 1.0)), rng.choice((2, 8, 1_000))

    async def strikes(request: web.Request) -> web.StreamResponse | None:
        nonlocal left
        if left <= 0 or rng.random() > chance:
            return None
        response = await answer(request)
        if response is not None:
            left -= 1
            sky.effects[fault] += 1
        return response

    return strikes


def _answering(fault: Fault, name: str, heaven: Heaven, sky: Sky) -> Answering:
    """Give what answers in the place of a service."""
    rng = random.Random(f"{sky.rng.random()}")
    simple: dict[Fault, Answering] = {
        Fault.REFUSED: hung_up,
        Fault.HTML: answers(_HTML, status=rng.choice((200, 500, 503)), kind="text/html"),
        Fault.OVERSIZED: dripping(rng.choice((1.0, 20.0))),
        Fault.BOMB: answers(_BOMB, kind=_XML),
        Fault.EMPTY: altered(heaven.api, without_entries),
        Fault.MALFORMED: altered(heaven.api, _untitled),
        Fault.SHIFTED: altered(heaven.api, _shuffled(rng)),
        Fault.TIES: altered(heaven.api, _shuffled(rng)),
        Fault.UNSORTED: answers(_of_years_ago(sky)),
        Fault.TOKEN: _token_ended,
        Fault.MOVED: _moving(heaven, sky, rng),
    }
    if fault is Fault.CUT:
        return _half(heaven) if name == "arxiv_oai" else gzip_cut(heaven.api)
    if fault is Fault.UNTRUSTED:
        return _untrusted(heaven, rng)
    return _busy(rng) if fault is Fault.BUSY else simple[fault]


def _busy(rng: random.Random) -> Answering:
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=90), usegmt=True)
    after = rng.choice(("7", "1.5", later, "-3", "soon", "100000", ""))
    headers = {"Date": format_datetime(now, usegmt=True)}
    headers |= {"Retry_After": after} if after else {}
    return answers("", status=rng.choice((406, 429, 503)), kind="text/plain", **headers)


def _untrusted(heaven: Heaven, rng: random.Random) -> Answering:
    return rng.choice(
        (
            answers(b""),
            answers("Rate exceeded.", kind="text/plain"),
            answers(error_feed("incorrect id format for 1")),
            answers(error_feed("incorrect id format for 1"), status=400),
            altered(heaven.api, first_entries(3)),
            answers("", status=302, Location="http://127.0.0.1:9/elsewhere"),
        )
    )


def _untitled(body: bytes) -> bytes:
    return re.sub(rb"(<entry>.*?)<title>.*?</title>", rb"\1", body, count=1, flags=re.DOTALL)


def _shuffled(rng: random.Random) -> Callable[[bytes], bytes]:
    """Shuffle the entries of each page."""

    def shuffle(body: bytes) -> bytes:
        entries = re.findall(rb"<entry>.*?</entry>", body, flags=re.DOTALL)
        order = iter(rng.sample(entries, len(entries)))
        return re.sub(rb"<entry>.*?</entry>", lambda _: next(order), body, flags=re.DOTALL)

    return shuffle


def _of_years_ago(sky: Sky) -> bytes:
    papers = [one.paper(sky.now) for one in sky.world.works if one.old]
    return feed(papers, total=len(papers), start=0, title="arXiv Query")


async def _token_ended(request: web.Request) -> web.StreamResponse | None:
    if "resumptionToken" not in request.query:
        return None
    return web.Response(body=error("badResumptionToken").encode(), content_type=_XML)


def _half(heaven: Heaven) -> Answering:
    """Cut OAI-PMH's gzip in the middle."""

    async def fault(request: web.Request) -> web.StreamResponse:
        packed = gzip.compress(heaven.oai.answer(request).encode())
        headers = {"Content-Type": _XML, "Content-Encoding": "gzip"}
        return web.Response(body=packed[: len(packed) // 2], headers=headers)

    return fault


def _moving(heaven: Heaven, sky: Sky, rng: random.Random) -> Answering:
    """Let a record that was modified lately move to the end while it is harvested."""

    async def fault(request: web.Request) -> web.StreamResponse | None:
        lately = sky.now - timedelta(days=2)
        rows = [one for one in heaven.oai.listed if one.modified >= lately]
        if "resumptionToken" not in request.query or not rows:
            return None
        one = rng.choice(rows)
        rest = [other for other in heaven.oai.listed if other is not one]
        moved = type(one)(one.paper, sky.now, one.versions)
        heaven.oai.listed = [*rest, moved]
        sky.effects[Fault.MOVED] += 1
        return None

    return fault
