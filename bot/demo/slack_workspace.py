"""A Slack workspace in memory: the few Web API methods that a digest needs, held strictly."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.demo.slack_rules import fault_of

Json = dict[str, Any]

SCOPES = frozenset(
    {
        *("chat:write", "channels:read", "channels:history", "groups:read", "groups:history"),
        *("im:write", "im:history"),
    }
)
"""What an app needs that posts where it was invited; `chat:write.public` needs no invitation."""

_NEEDED = {
    "chat.postMessage": "chat:write",
    "conversations.list": "channels:read",
    "conversations.info": "channels:read",
    "conversations.open": "im:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
}
_PRIVATE = {"channels:read": "groups:read", "channels:history": "groups:history"}


@dataclass(slots=True)
class Channel:
    """A conversation. A person's own has their id as its `person`."""

    id: str
    name: str = ""
    is_private: bool = False
    is_member: bool = True
    is_archived: bool = False
    person: str | None = None
    messages: list[Json] = field(default_factory=list)

    def as_json(self) -> Json:
        """Give it as the conversations methods do."""
        shown: Json = {"id": self.id, "is_archived": self.is_archived}
        if self.person:
            return {**shown, "is_im": True, "user": self.person}
        return {
            **shown,
            "name": self.name,
            "is_private": self.is_private,
            "is_member": self.is_member,
        }


class _Refused(Exception):  # an answer more than an error
    """What Slack answers in place of a result."""

    def __init__(self, code: str, **more: Any) -> None:  # noqa: ANN401  # any part of an answer
        super().__init__(code)
        self.answer = {"ok": False, "error": code, **more}


class SlackWorkspace:
    """Channels and their messages, and what an app with `scopes` may do there."""

    def __init__(self, channels: Sequence[Channel], scopes: frozenset[str]) -> None:
        self.channels = {channel.id: channel for channel in channels}
        self.scopes = scopes
        self._last_ts = 0.0
        self._methods: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.open": self._open,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }

    def answer(self, method: str, arguments: Json) -> Json:
        """Give what a method gives, or why it does not."""
        if method not in self._methods:
            return {"ok": False, "error": "unknown_method"}
        try:
            if method in _NEEDED:
                self._need(_NEEDED[method])
            return {"ok": True, **self._methods[method](arguments)}
        except _Refused as refused:
            return refused.answer

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise _Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _auth_test(self, arguments: Json) -> Json:
        del arguments
        return {"team": "Demo", "user": "daily-papers", "user_id": "U0DEMOBOT"}

    def _post(self, message: Json) -> Json:
        """Accept a message as chat.postMessage does; the channel may be a name."""
        channel = self._writable(str(message.get("channel", "")))
        code = fault_of(message)
        if code:
            raise _Refused(code)
        thread = message.get("thread_ts")
        if thread is not None and all(one["ts"] != thread for one in channel.messages):
            raise _Refused("thread_not_found")
        self._last_ts = max(time.time(), self._last_ts + 0.000_01)
        kept: Json = {
            key: message[key]
            for key in ("text", "blocks", "metadata", "thread_ts", "unfurl_links", "unfurl_media")
            if key in message
        }
        posted = {"type": "message", "ts": f"{self._last_ts:.6f}", **kept}
        channel.messages.append(posted)
        return {"channel": channel.id, "ts": posted["ts"], "message": posted}

    def _writable(self, wanted: str) -> Channel:
        channel = self._named(wanted)
        if channel.is_private and not channel.is_member:
            raise _Refused("channel_not_found")
        if channel.is_archived:
            raise _Refused("is_archived")
        if not channel.is_member and "chat:write.public" not in self.scopes:
            raise _Refused("not_in_channel")
        return channel

    def id_of(self, wanted: str) -> str:
        """Give the id of a conversation, or what was wanted where there is none."""
        try:
            return self._named(wanted).id
        except _Refused:
            return wanted

    def _named(self, wanted: str) -> Channel:
        """Find a conversation by its id, a person's id, or a name with or without `#`."""
        name = wanted.removeprefix("#")
        for channel in self.channels.values():
            if wanted in {channel.id, channel.person} or (name and name == channel.name):
                return channel
        raise _Refused("channel_not_found")

    def _list(self, arguments: Json) -> Json:
        types = set(str(arguments.get("types", "public_channel")).split(","))
        if "private_channel" in types:
            self._need("groups:read")
        shown = [
            channel.as_json()
            for channel in self.channels.values()
            if not channel.person
            and ("private_channel" if channel.is_private else "public_channel") in types
            and (channel.is_member or not channel.is_private)
        ]
        return _page("channels", shown, arguments)

    def _info(self, arguments: Json) -> Json:
        return {"channel": self._readable(arguments, "channels:read").as_json()}

    def _open(self, arguments: Json) -> Json:
        for channel in self.channels.values():
            if channel.person and channel.person == arguments.get("users"):
                return {"channel": {"id": channel.id}}
        raise _Refused("user_not_found")

    def _history(self, arguments: Json) -> Json:
        channel = self._readable(arguments, "channels:history")
        if not channel.is_member:
            raise _Refused("not_in_channel")
        oldest = float(arguments.get("oldest", 0))
        tops = [one for one in channel.messages if "thread_ts" not in one]
        shown = [one for one in reversed(tops) if float(one["ts"]) > oldest]
        return _page("messages", _told(shown, arguments), arguments)

    def _replies(self, arguments: Json) -> Json:
        channel = self._readable(arguments, "channels:history")
        ts = arguments.get("ts")
        shown = [one for one in channel.messages if ts in {one["ts"], one.get("thread_ts")}]
        if not shown:
            raise _Refused("thread_not_found")
        return _page("messages", _told(shown, arguments), arguments)

    def _readable(self, arguments: Json, scope: str) -> Channel:
        """Find a conversation by its id alone, as all methods but chat.postMessage do."""
        channel = self.channels.get(str(arguments.get("channel")))
        if channel is None or (channel.is_private and not channel.is_member):
            raise _Refused("channel_not_found")
        if channel.is_private:
            self._need(_PRIVATE[scope])
        return channel


def _told(messages: list[Json], arguments: Json) -> list[Json]:
    """Leave metadata out unless it was asked for, as Slack does."""
    if arguments.get("include_all_metadata") in {"1", "true", True}:
        return messages
    return [{key: one[key] for key in one if key != "metadata"} for one in messages]


def _page(name: str, rows: list[Json], arguments: Json) -> Json:
    """Cut one page; the cursor is the next row's number."""
    start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
    if not 0 < limit < 1000:
        raise _Refused("invalid_limit")
    end = start + limit
    following = str(end) if end < len(rows) else ""
    return {name: rows[start:end], "response_metadata": {"next_cursor": following}}
