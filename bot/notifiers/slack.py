"""Slack: a digest as a message with a thread, posted once even where an answer was lost.

Every post carries metadata that names the delivery and how many of its papers have been posted by
then. Before a delivery is sent again the channel's history is asked for them, and only the rest
is posted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import structlog

from bot.core.digest import Digest
from bot.core.errors import ConfigError, PermanentFailure, TemporaryFailure, Uncertain
from bot.core.slack_blocks import Arrangement, Payload, payloads, plain_payloads
from bot.interfaces import Probe
from bot.notifiers import slack_channels
from bot.notifiers.lane import Lane
from bot.notifiers.plainly import or_plainly
from bot.notifiers.slack_api import SlackApi
from bot.notifiers.slack_history import Thread, metadata, thread_of
from bot.settings.places import host_of, is_loopback

if TYPE_CHECKING:
    from bot.settings import Settings

_log = structlog.get_logger()

PACE = 1.0
"""Seconds between two posts to one channel, which is what Slack allows."""
TIMEOUT = 60.0


class SlackNotifier:
    """Posts to the channels of one workspace; an async context manager.

    `papers` says where those of a digest stand. `pace` is in seconds between posts to one address,
    `timeout` in seconds for one request.
    """

    concurrency = 8

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        papers: Arrangement = "thread",
        pace: float = PACE,
        timeout: float = TIMEOUT,
    ) -> None:
        self._api = SlackApi(token, api_url, timeout=timeout)
        self._papers = papers
        self._channels = slack_channels.Channels(self._api)
        self._pace = pace
        self._lanes: dict[str, Lane] = {}

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Make one from [slack]; a Slack on this machine is not paced."""
        if settings.slack is None or settings.slack.token is None:
            raise ConfigError("slack.token: set DAILY_PAPERS_SLACK__TOKEN to the bot's token")
        url = settings.slack.api_url
        pace = 0.0 if is_loopback(host_of(url)) else PACE
        token = settings.slack.token.get_secret_value()
        return cls(token, url, papers=settings.slack.papers, pace=pace)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._api.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._api.__aexit__()

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Try the token, its scopes and each address; nothing is posted."""
        return await slack_channels.check(self._api, self._channels, addresses)

    async def send(
        self, digest: Digest, address: str, *, key: str, again: bool = False
    ) -> str | None:
        """Post the digest to `#name` or an id, the first message and its thread.

        With `again`, what earlier attempts posted is looked up and only the rest is posted; where
        Slack lets nothing be looked up, all of it. A failure once something stands in the channel
        is Uncertain, so that it is looked up next time.
        """
        lane = self._lanes.setdefault(address, Lane(self._pace))
        async with lane.lock:
            lane.refuse_while_limited()
            thread = await self._looked_up(digest, address, key) if again else None
            if thread is not None and thread.through >= digest.count:
                _log.info("slack.already_sent", key=key)
                return None
            return await self._post_rest(digest, address, key, thread)

    async def _post_rest(
        self, digest: Digest, address: str, key: str, thread: Thread | None
    ) -> str | None:
        """Post what is left after `thread`, one message after the other; tell if it is plain."""
        done, part = (thread.through, thread.part + 1) if thread else (0, 1)
        # Rendering a hundred papers takes long enough to hold up other channels.
        left: dict[str, int] = {"done": done, "part": part}
        messages, plain = await asyncio.to_thread(
            or_plainly,
            partial(payloads, digest, self._papers, **left),
            partial(plain_payloads, digest, **left),
        )
        began = thread
        for message in messages:
            try:
                thread = await self._post(message, address, key, thread)
            except (PermanentFailure, TemporaryFailure) as failure:
                if thread == began:
                    raise
                stopped = f"stopped before message {message.part} of {message.of}"
                raise Uncertain(f"{stopped}: {failure}") from None
        return plain

    async def _post(
        self, message: Payload, address: str, key: str, thread: Thread | None
    ) -> Thread:
        """Post one message: in blocks, or where Slack refuses what we built, as text alone."""
        request: dict[str, Any] = {
            "channel": thread.channel if thread else address,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": metadata(key, message),
        }
        if thread:
            request["thread_ts"] = thread.ts
        lane = self._lanes[address]
        try:
            answer = await lane.turn(self._api.post, {**request, **message.as_json()})
        except PermanentFailure as failure:
            answer = await self._post_otherwise(address, request, message, failure)
        channel, ts = answer.get("channel"), answer.get("ts")
        if not isinstance(channel, str) or not isinstance(ts, str):
            raise Uncertain("Slack accepted a message without saying where it stands")
        self._channels.learn(address, channel)
        return Thread(channel, thread.ts if thread else ts, message.part, message.through)

    async def _post_otherwise(
        self,
        address: str,
        request: Mapping[str, Any],
        message: Payload,
        failure: PermanentFailure,
    ) -> dict[str, Any]:
        """Post what Slack refused in the way that it may take, or raise the refusal.

        It takes names of public channels only: others are named by their id. Where it refuses our
        blocks, it may take the text alone.
        """
        lane = self._lanes[address]
        if failure.scope == "delivery":
            _log.warning("slack.blocks_refused", part=message.part, error=str(failure))
            return await lane.turn(self._api.post, {**request, "text": message.text})
        if failure.scope != "address" or request["channel"] != address or address[0] != "#":
            raise failure
        try:
            channel = await self._channels.id_of(address)
        except PermanentFailure:
            raise failure from None
        return await lane.turn(self._api.post, {**request, **message.as_json(), "channel": channel})

    async def _looked_up(self, digest: Digest, address: str, key: str) -> Thread | None:
        """Find what earlier attempts posted; None where there is nothing, or no way to know.

        Raises TemporaryFailure where Slack may tell later.
        """
        try:
            channel = await self._channels.id_of(address)
            return await thread_of(self._api, key, channel, digest.at)
        except PermanentFailure as failure:
            # A lost digest is worse than a copy that can be recognised.
            _log.warning("slack.lookup_refused", key=key, address=address, error=str(failure))
            return None
