"""A loopback Slack with a notifier that talks to it, and faults for it to make."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bot.core.digest import Digest, sections_of
from bot.core.model import Entry
from bot.core.slack_blocks import Arrangement
from bot.demo.slack_server import Fault, SlackServer
from bot.demo.slack_workspace import SCOPES, Channel
from bot.notifiers.slack import SlackNotifier
from tests.builders import NOON, paper

TOKEN = "xoxb-very-secret-0123456789"
POST = "chat.postMessage"
LONG = "We study long abstracts, at length. " * 42


def digest(count: int = 1, **changes: Any) -> Digest:
    """Build a digest of `count` papers; forty of them take several messages."""
    entries = [Entry(paper(n, abstract=LONG), ("RAG",)) for n in range(1, count + 1)]
    values: dict[str, Any] = {"at": NOON, "sections": sections_of(entries)}
    return Digest("ana", "Europe/Madrid", **(values | changes))


def channels() -> list[Channel]:
    """Build the channels of the workspace."""
    return [
        Channel("C0RAG", "rag-papers"),
        Channel("C0SFT", "sft-papers"),
        Channel("C0ALIEN", "elsewhere", is_member=False),
        Channel("C0OLD", "old", is_archived=True),
        Channel("G0SECRET", "secret", is_private=True),
        Channel("D0ANA", person="U0ANA"),
    ]


@asynccontextmanager
async def slack(
    faults: Callable[[str, Mapping[str, Any]], Fault | None] | None = None,
    *,
    scopes: frozenset[str] = SCOPES,
    patience: float = 5.0,
    pace: float = 0.0,
    papers: Arrangement = "thread",
    interval: float = 0.0,
) -> AsyncIterator[tuple[SlackServer, SlackNotifier]]:
    """Run a loopback Slack, and a notifier that talks to it."""
    async with (
        SlackServer(TOKEN, channels(), scopes=scopes, faults=faults, interval=interval) as server,
        SlackNotifier(TOKEN, server.url, papers=papers, pace=pace, timeout=patience) as notifier,
    ):
        yield server, notifier


def on(method: str, *faults: Fault | None) -> Callable[[str, Mapping[str, Any]], Fault | None]:
    """Make the faults one after the other at the calls of one method; then none."""
    left = list(faults)

    def fault(called: str, _: Mapping[str, Any]) -> Fault | None:
        return left.pop(0) if called == method and left else None

    return fault


def always(method: str, fault: Fault) -> Callable[[str, Mapping[str, Any]], Fault | None]:
    """Make the fault at every call of one method."""
    return lambda called, _: fault if called == method else None


def posted(server: SlackServer, channel: str = "rag-papers") -> list[str]:
    """List the texts of a channel."""
    return [message["text"] for message in server.messages(channel)]


def methods(server: SlackServer) -> list[str]:
    return [method for method, _ in server.calls]
