"""What a Slack address stands for: finding the id of a `#name`, and trying it for `check`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.core.errors import DeliveryError, PermanentFailure
from bot.core.visible import visible
from bot.interfaces import Probe
from bot.notifiers.slack_api import SlackApi
from bot.notifiers.slack_errors import ADDRESS

_PERSON = re.compile(r"[UW][A-Z0-9]+")
_ID = re.compile(r"[CDGUW][A-Z0-9]+")
_PAGES = 100
"""Pages of a thousand channels each."""

_SCOPES = {
    "channels:read": "channels cannot be found by name",
    "channels:history": "a post whose answer was lost cannot be looked up, and is repeated",
}


class Channels:
    """Ids of channels, kept as they become known."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._ids: dict[str, str] = {}

    def learn(self, address: str, channel: str) -> None:
        """Keep the id that Slack gave for an address."""
        self._ids[address] = channel

    async def id_of(self, address: str) -> str:
        """Give the id of the conversation. Raises as `SlackApi.ask` does."""
        if address not in self._ids:
            if _ID.fullmatch(address) and not _PERSON.fullmatch(address):
                return address
            self.learn(address, (await self.look_up(address))["id"])
        return self._ids[address]

    async def look_up(self, address: str) -> dict[str, Any]:
        """Give what Slack tells about a conversation. Raises as `SlackApi.ask` does."""
        if _PERSON.fullmatch(address):
            return await self._opened(address)
        if _ID.fullmatch(address):
            answer = await self._api.ask("conversations.info", channel=address)
            return dict(answer["channel"])
        try:
            return await self._named(address, "public_channel,private_channel")
        except PermanentFailure as failure:
            if failure.scope != "channel":
                raise
        # Without groups:read Slack refuses to list both kinds together.
        return await self._named(address, "public_channel")

    async def _opened(self, person: str) -> dict[str, Any]:
        """Open the conversation with one person; nobody is told of that."""
        answer = await self._api.ask("conversations.open", users=person)
        return {"is_im": True, **answer["channel"]}

    async def _named(self, address: str, types: str) -> dict[str, Any]:
        """Go through the workspace's channels for a name."""
        name, cursor = address.removeprefix("#"), ""
        for _ in range(_PAGES):
            answer = await self._api.ask(
                "conversations.list", types=types, limit=999, cursor=cursor
            )
            for channel in answer["channels"]:
                if channel.get("name") == name:
                    return dict(channel)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        hint = "" if "private" in types else " (private ones also need the scope groups:read)"
        raise PermanentFailure(
            f"Slack: channel_not_found: {ADDRESS['channel_not_found']}{hint}", scope="address"
        )


async def check(api: SlackApi, channels: Channels, addresses: Sequence[str]) -> list[Probe]:
    """Try the token, its scopes and each address; nothing is posted."""
    try:
        answer = await api.ask("auth.test")
    except DeliveryError as failure:
        return [Probe("Slack", ok=False, detail=str(failure))]
    bot, team = (visible(str(answer.get(key, "?"))) for key in ("user", "team"))
    scopes = {scope.strip() for scope in (answer.get("scopes") or "").split(",")}
    found = [Probe("Slack", ok=True, detail=f"@{bot} in {team}"), *_scopes(scopes)]
    invite = f"invite the bot there: /invite @{bot}"
    uninvited = Probe("", ok=False, detail=invite)
    if "chat:write.public" in scopes:
        then = "posts arrive, but cannot be looked up when an answer is lost"
        uninvited = Probe("", ok=True, detail=f"{then}: {invite}")
    return found + [await _tried(channels, address, uninvited) for address in addresses]


def _scopes(scopes: set[str]) -> list[Probe]:
    """Hold the scopes that Slack names, if it does, against those that we use."""
    if scopes == {""}:
        return []
    if "chat:write" not in scopes:
        cure = "give the app the scope chat:write (OAuth & Permissions), then install it again"
        return [Probe("Slack scopes", ok=False, detail=cure)]
    lacking = [f"without {scope} {then}" for scope, then in _SCOPES.items() if scope not in scopes]
    return [Probe("Slack scopes", ok=not lacking, detail="; ".join(lacking) or "all that is used")]


async def _tried(channels: Channels, address: str, uninvited: Probe) -> Probe:
    """Find out whether the bot could post to an address, and if not, what would help.

    `uninvited` tells what a public channel is to a bot that is not in it.
    """
    what = f"Slack {address}"
    try:
        channel = await channels.look_up(address)
    except PermanentFailure as failure:
        if failure.scope == "channel" and _ID.fullmatch(address):
            return Probe(what, ok=True, detail=f"not looked up, posts may work: {failure}")
        return Probe(what, ok=False, detail=str(failure))
    except DeliveryError as failure:
        return Probe(what, ok=False, detail=str(failure))
    if channel.get("is_archived"):
        return Probe(what, ok=False, detail=ADDRESS["is_archived"])
    if not channel.get("is_im") and not channel.get("is_member"):
        return replace(uninvited, what=what)
    return Probe(what, ok=True, detail=str(channel["id"]))
