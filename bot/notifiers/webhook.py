"""Incoming webhooks: a digest as posts to one channel of Slack, Mattermost, Rocket.Chat or Discord.

A webhook can be posted to and nothing else: what stands in the channel cannot be asked for. So a
digest whose answer was lost, or that broke off after its first post, is posted again as a whole:
at least once. Where the later posts of a digest are refused for the moment, they are tried again
on the spot, so that this is rare.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import structlog

from bot.core.digest import Digest
from bot.core.errors import (
    DeliveryError,
    PermanentFailure,
    TemporaryFailure,
    Uncertain,
)
from bot.core.plain_texts import plain_texts
from bot.core.slack_blocks import payloads, plain_payloads
from bot.core.webhook_text import DISCORD, MATTERMOST, escaped, posts
from bot.interfaces import Probe
from bot.notifiers.lane import Lane
from bot.notifiers.plainly import or_plainly
from bot.notifiers.webhook_answers import accepted, lives, refusal
from bot.notifiers.webhook_http import Json, WebhookHttp
from bot.settings.places import host_of, is_loopback

if TYPE_CHECKING:
    from bot.settings import Settings

_log = structlog.get_logger()

Format = Literal["slack", "mattermost", "discord"]

PACE: Mapping[Format, float] = {"slack": 1.0, "mattermost": 1.0, "discord": 2.0}
"""Seconds between two posts; Discord takes 30 a minute."""
TIMEOUT = 60.0
PATIENCE = 60.0
"""Seconds that a later post of a digest waits at most before it is tried again."""
TRIES = 3
_UNFOLDED: Json = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook: its URL, which is a secret, what it takes, and seconds between two posts."""

    url: str = field(repr=False)
    format: Format = "slack"
    pace: float = 0.0

    @property
    def address(self) -> str:
        """Where to post; Discord's takes what is made for Slack only below itself."""
        is_bare = self.format == "discord" and not self.url.rstrip("/").endswith("/slack")
        return self.url.rstrip("/") + "/slack" if is_bare else self.url


class WebhookNotifier:
    """Posts to webhooks, by their names; an async context manager.

    `timeout` is in seconds for one request, `patience` in seconds before a later post of a digest
    is tried again.
    """

    concurrency = 8

    def __init__(
        self, hooks: Mapping[str, Hook], *, timeout: float = TIMEOUT, patience: float = PATIENCE
    ) -> None:
        self._hooks = hooks
        self._patience = patience
        self._lanes = {name: Lane(hook.pace) for name, hook in hooks.items()}
        self._http = WebhookHttp(timeout=timeout)

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Make one from the [[webhook]] tables; one on this machine is not paced."""
        hooks: dict[str, Hook] = {}
        for one in settings.webhook:
            if one.url is not None:
                url = one.url.get_secret_value()
                pace = 0.0 if is_loopback(host_of(url)) else PACE[one.format]
                hooks[one.name] = Hook(url, one.format, pace)
        return cls(hooks)

    async def __aenter__(self) -> Self:
        """Open the connections; none is made yet."""
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._http.__aexit__()

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Try each webhook as far as that can be done without posting."""
        return [await self._probe(address) for address in addresses]

    async def send(
        self, digest: Digest, address: str, *, key: str, again: bool = False
    ) -> str | None:
        """Post the digest through the webhook of this name, in as many posts as it takes.

        Nothing can be looked up: with `again`, too, all of it is posted.
        """
        hook, lane = self._hook(address), self._lanes[address]
        # Rendering a hundred papers takes long enough to hold up other channels.
        messages, plain = await asyncio.to_thread(
            or_plainly,
            partial(messages_of, digest, hook.format),
            partial(_plain_messages_of, digest, hook.format),
        )
        if again:
            _log.info("webhook.repeated", key=key, address=address, posts=len(messages))
        async with lane.lock:
            lane.refuse_while_limited()
            await self._post(hook, lane, messages[0])
            for number, message in enumerate(messages[1:], start=2):
                try:
                    await self._post_patiently(hook, lane, message)
                except TemporaryFailure as failure:
                    stopped = f"stopped before post {number} of {len(messages)}"
                    raise Uncertain(f"{stopped}; all are repeated: {failure}") from None
        return plain

    async def _post_patiently(self, hook: Hook, lane: Lane, message: Json) -> None:
        """Post a later message, which should not be left behind for a passing refusal."""
        for _ in range(TRIES - 1):
            try:
                return await self._post(hook, lane, message)
            except TemporaryFailure as failure:
                asked = failure.retry_after or self._patience / 10
                await asyncio.sleep(min(asked, self._patience))
        return await self._post(hook, lane, message)

    async def _post(self, hook: Hook, lane: Lane, message: Json) -> None:
        """Post one message: in blocks, or where they are refused, as text alone."""

        async def ask(body: Json) -> None:
            answer = await self._http.ask("POST", hook.address, body)
            if not accepted(answer.status, answer.said):
                raise refusal(*answer)

        try:
            await lane.turn(ask, message)
        except PermanentFailure as failure:
            if failure.scope != "delivery" or "blocks" not in message:
                raise
            _log.warning("webhook.blocks_refused", error=str(failure))
            plain = {key: value for key, value in message.items() if key != "blocks"}
            await lane.turn(ask, plain)

    def _hook(self, address: str) -> Hook:
        try:
            return self._hooks[address]
        except KeyError:
            cure = "add a [[webhook]] of that name"
            raise PermanentFailure(
                f"there is no webhook {address}: {cure}", scope="address"
            ) from None

    async def _probe(self, address: str) -> Probe:
        """Find out what can be known of a webhook.

        Slack refuses a post without text by name where the webhook lives. Discord tells of it when
        asked. Of others only the server can be tried: Rocket.Chat may post whatever it is asked.
        """
        what = f"webhook {address}"
        try:
            hook = self._hook(address)
            detail = await self._tried(hook)
        except DeliveryError as failure:
            return Probe(what, ok=False, detail=str(failure))
        return Probe(what, ok=True, detail=detail)

    async def _tried(self, hook: Hook) -> str:
        """Tell what is known of a webhook, or raise what is wrong with it."""
        if hook.format == "slack":
            status, said, _ = await self._http.ask("POST", hook.address, {})
            if failure := lives(status, said):
                raise failure
            return "it would post"
        if hook.format == "discord":
            answer = await self._http.ask("GET", hook.address.removesuffix("/slack"))
            if not accepted(answer.status, answer.said):
                raise refusal(*answer)
            return "it would post"
        parts = urlsplit(hook.url)
        await self._http.ask("HEAD", urlunsplit((parts.scheme, parts.netloc, "/", "", "")))
        return "its server answers; whether it posts, `daily-papers send NAME` shows"


def messages_of(digest: Digest, form: Format) -> list[Json]:
    """Give the bodies of the posts that a digest takes, in order."""
    if form != "slack":
        dialect = DISCORD if form == "discord" else MATTERMOST
        return [{"text": text} for text in posts(digest, dialect)]
    return [{**one.as_json(), **_UNFOLDED} for one in payloads(digest, "posts")]


def _plain_messages_of(digest: Digest, form: Format) -> list[Json]:
    """Give bodies of titles and links alone, for when `messages_of` fails."""
    if form != "slack":
        return [{"text": one.text} for one in plain_texts(digest, escaped)]
    return [{**one.as_json(), **_UNFOLDED} for one in plain_payloads(digest)]
