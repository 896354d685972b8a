"""Recognising our own posts in a channel's history, to tell how far a delivery came.

Slack offers no key against repetition (slack-api-specs #10), but keeps metadata with a message.
"""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from bot.core.slack_blocks import Payload
from bot.notifiers.slack_api import SlackApi

_log = structlog.get_logger()

EVENT = "daily_papers_delivery"
_PAGES = 25
"""Pages of 200 messages that are read in a channel's history, or of its thread."""
_HOUR, _LIFETIME = 3600.0, 6 * 86400.0


@dataclass(frozen=True, slots=True)
class Thread:
    """How far a delivery has come: its first message, the last part, the papers through that."""

    channel: str
    ts: str
    part: int
    through: int


def metadata(key: str, message: Payload) -> dict[str, Any]:
    """Give what is posted with a message of a delivery, to know it again."""
    return {
        "event_type": EVENT,
        "event_payload": {
            "key": key,
            "part": message.part,
            "of": message.of,
            "through": message.through,
        },
    }


async def thread_of(api: SlackApi, key: str, channel: str, due: datetime) -> Thread | None:
    """Find a delivery's messages in a channel (an id); `due` is when its digest was due.

    Gives None where there are none, or none in the latest 5,000 messages. Raises as
    `SlackApi.ask` does.
    """
    pages = _messages(api, "conversations.history", channel=channel, oldest=_oldest(due))
    async for message in pages:
        if (first := _ours(message, key)) is not None:
            found = Thread(channel, str(message["ts"]), *first)
            break
    else:
        return None
    async for reply in _messages(api, "conversations.replies", channel=channel, ts=found.ts):
        part, through = _ours(reply, key) or (0, 0)
        if part > found.part:
            found = Thread(channel, found.ts, part, through)
    return found


async def _messages(
    api: SlackApi, method: str, **arguments: str
) -> AsyncIterator[Mapping[str, Any]]:
    """Page through the messages of a channel, the newest first, or of a thread."""
    cursor: str | None = None
    for _ in range(_PAGES):
        answer = await api.ask(
            method, **arguments, limit=200, include_all_metadata="true", cursor=cursor
        )
        for message in answer.get("messages", ()):
            yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
    _log.warning("slack.lookup_cut", method=method, pages=_PAGES)


def _ours(message: Mapping[str, Any], key: str) -> tuple[int, int] | None:
    """Read part and papers from our metadata; None on any other message."""
    told = message.get("metadata") or {}
    payload = told.get("event_payload") or {}
    if told.get("event_type") != EVENT or payload.get("key") != key:
        return None
    return int(payload["part"]), int(payload["through"])


def _oldest(due: datetime) -> str:
    """Tell from when on an earlier attempt can have been: nothing is sent before it is due.

    A digest composed as of an instant still to come may have been sent at any time of its life.
    """
    now = time.time()
    oldest = due.timestamp() - _HOUR if due.timestamp() <= now else now - _LIFETIME
    return f"{oldest:.6f}"
