"""Trying from outside, for `check`, whether a reader's links would lead to pages of ours."""

import asyncio

import httpx

from bot import __version__, trust
from bot.core.links import TOKEN_LENGTH
from bot.interfaces import Probe

PATIENCE = 15.0
"""Seconds that the answer may take."""
PAGES = ("u", "m")
"""Below which paths readers have theirs."""
_NOBODY = "-" * TOKEN_LENGTH
"""A token that no subscription has: 16 octets do not end so."""
_SIGN = b"Daily Papers"
_ENOUGH = 16_384


async def probe(public_url: str | None, *, patience: float = PATIENCE) -> list[Probe]:
    """Ask for the pages of a token that nobody has: they must be missing, and in our own words."""
    if public_url is None:
        return []
    what = f"web.public_url {public_url}"
    try:
        async with asyncio.timeout(patience):
            answers = [await _fetched(f"{public_url}/{one}/{_NOBODY}", patience) for one in PAGES]
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as failure:
        said = f"{type(failure).__name__}: {failure}".rstrip(": ")
        return [Probe(what, ok=False, detail=f"no answer ({said}): does `daily-papers web` run?")]
    ours = [status == 404 and _SIGN in page for status, page in answers]
    status, page = answers[ours.index(False)] if False in ours else answers[0]
    return [Probe(what, ok=all(ours), detail=_told(status, page))]


async def _fetched(url: str, patience: float) -> tuple[int, bytes]:
    """Give the status and the first octets of what is there; no redirect is followed."""
    headers = {"User-Agent": f"daily-papers/{__version__}"}
    page = b""
    async with (
        httpx.AsyncClient(headers=headers, timeout=patience, verify=trust.by_web()) as client,
        client.stream("GET", url) as answer,
    ):
        async for chunk in answer.aiter_bytes():
            page += chunk
            if len(page) > _ENOUGH:
                break
        return answer.status_code, page


def _told(status: int, page: bytes) -> str:
    """Say what an answer tells."""
    if _SIGN in page:
        if status == 404:
            return "answers"
        return f"answers with status {status}: the log of `daily-papers web` says why"
    if 300 <= status < 400:
        return f"redirects (status {status}), which mail programs do not follow: name the last one"
    return f"something else answers (status {status}): hand /u/ and /m/ on to `daily-papers web`"
