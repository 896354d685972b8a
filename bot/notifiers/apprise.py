"""Every other service through Apprise: a digest as messages of text, as long as the service takes.

Apprise says of a message only whether it was accepted. What stands at the service cannot be asked
for: a digest that breaks off after its first message is sent again as a whole, at least once.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Self

from bot.core.digest import Digest
from bot.core.errors import ConfigError, PermanentFailure, TemporaryFailure, Uncertain
from bot.interfaces import Probe
from bot.notifiers.apart import apart
from bot.notifiers.apprise_messages import Carried, carry
from bot.settings.apprise_services import UnusableError, service_of
from bot.settings.apprise_urls import public_name

if TYPE_CHECKING:
    from bot.settings import Settings

TIMEOUT = 15 * 60.0
"""Seconds for a digest, in all its messages: some services take one every five seconds."""
PATIENCE = 10.0
"""Seconds before a later message of a digest is tried again."""


class AppriseNotifier:
    """Sends to services by their public names; an async context manager.

    `urls` are what to send to, by name: they are secret. `timeout` is in seconds for one digest,
    `patience` in seconds before a later message of a digest is tried again.
    """

    concurrency = 4

    def __init__(
        self, urls: Mapping[str, str], *, timeout: float = TIMEOUT, patience: float = PATIENCE
    ) -> None:
        self._urls = urls
        self._timeout = timeout
        self._patience = patience
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Make one from the subscribers' URLs; one that Apprise cannot use raises ConfigError."""
        urls: dict[str, str] = {}
        for subscriber in settings.subscriber:
            for secret in subscriber.apprise:
                url = secret.get_secret_value()
                try:
                    service_of(url)
                except UnusableError as error:
                    text = f"subscriber {subscriber.name}: apprise: {error}"
                    raise ConfigError(text) from None
                urls[public_name(url)] = url
        return cls(urls)

    async def __aenter__(self) -> Self:
        """Do nothing: each digest has connections of its own."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Say of each service what can be known without sending: whether Apprise can use it."""
        return [self._probe(address) for address in addresses]

    async def send(
        self, digest: Digest, address: str, *, key: str, again: bool = False
    ) -> str | None:
        """Send the digest to the service of this name, in as many messages as it takes.

        Nothing can be looked up: with `again`, too, all of it is sent.
        """
        del key, again
        url = self._url(address)
        stop = threading.Event()
        async with self._locks[address]:
            try:
                async with asyncio.timeout(self._timeout):
                    carried = await apart(partial(carry, digest, url, stop, self._patience))
            except UnusableError as error:
                raise PermanentFailure(f"apprise: {error}", scope="address") from None
            except TimeoutError:
                raise Uncertain(f"the service did not answer in {self._timeout:g} s") from None
            except Exception as error:  # noqa: BLE001  # its text may hold the URL
                said = f"{type(error).__name__} in Apprise; it may have been accepted"
                raise Uncertain(said) from None
            finally:
                # A thread that nobody waits for any more must not go on to the next message.
                stop.set()
        _judge(carried)
        return carried.plain

    def _url(self, address: str) -> str:
        try:
            return self._urls[address]
        except KeyError:
            said = f"no subscriber has the service {address} any more: add its URL again"
            raise PermanentFailure(said, scope="address") from None

    def _probe(self, address: str) -> Probe:
        what = f"apprise {address}"
        try:
            name = str(service_of(self._url(address)).service_name)
        except (UnusableError, PermanentFailure) as failure:
            return Probe(what, ok=False, detail=str(failure))
        detail = f"Apprise knows {name}; whether it posts, `daily-papers send NAME` shows"
        return Probe(what, ok=True, detail=detail)


def _judge(carried: Carried) -> None:
    """Raise what a digest that did not go whole means."""
    said = f" (HTTP {carried.status})" if carried.status else ", or was not reached"
    if not carried.accepted:
        raise TemporaryFailure(f"the service did not accept the message{said}")
    if carried.accepted < carried.of:
        stopped = f"stopped before message {carried.accepted + 1} of {carried.of}"
        raise Uncertain(f"{stopped}, which was not accepted{said}; all are repeated")
