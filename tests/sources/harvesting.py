"""Harvests the loopback OAI-PMH interface in tests, and keeps its marks as the store would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.core.harvest import HARVEST
from bot.core.polling import Mark
from bot.sources.arxiv_oai import ArxivOai
from bot.sources.gate import Gate
from bot.sources.oai_asker import PAGE
from bot.sources.transfer import Limits
from tests.builders import NOON
from tests.sources.oai_server import OaiServer
from tests.sources.polling import Poller, Told

LATER = timedelta(days=1)


@asynccontextmanager
async def harvesting(
    server: OaiServer, *, seconds: float = 2.0, size: int = PAGE.size, gate: Gate | None = None
) -> AsyncIterator[Poller]:
    """Open a source on the server that hurries: no interval, and not long for an answer."""
    limits = Limits(size, seconds)
    async with ArxivOai(server.url, "ops@example.org", gate or Gate(0.0), limits=limits) as source:
        yield Poller(source)


def harvested(poller: Poller, at: datetime, *scopes: str) -> None:
    """Let the poller remember a completed harvest."""
    for scope in scopes or ("cs.CL",):
        poller.ledger[scope, HARVEST] = Mark(scope, HARVEST, at.isoformat(), at)


def marked(told: Told) -> dict[str, str]:
    """Tell when the harvest that a poll completed began, by scope."""
    return {mark.scope: mark.value for mark in told.marks if mark.key == HARVEST}


def began(instant: datetime = NOON) -> dict[str, str]:
    """Tell what a completed harvest of cs.CL leaves."""
    return {"cs.CL": instant.isoformat()}
