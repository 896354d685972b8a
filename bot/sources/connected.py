"""What all sources have alike: an address, one connection of their own, and those who watch."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from bot.sources.gate import Gate
from bot.sources.line import Line
from bot.sources.transfer import Limits, make_client

if TYPE_CHECKING:
    from bot.settings import Settings


class Connected:
    """Reaches the service at `url`, through `gate`, with `contact` in its User-Agent.

    Enter it before use: it owns one connection. `setting` names the address in the configuration;
    `accept` is what it takes, within `limits` unless other ones are given.
    """

    setting: ClassVar[Literal["api_url", "oai_url", "rss_url"]] = "api_url"
    accept: ClassVar[str] = "application/atom+xml"
    limits: ClassVar[Limits] = Limits()

    def __init__(
        self, url: str, contact: str | None, gate: Gate, *, limits: Limits | None = None
    ) -> None:
        client = make_client(contact, accept=self.accept)
        self._line = Line(client, gate, url, limits or self.limits)

    @classmethod
    def from_settings(cls, settings: "Settings", gate: Gate) -> Self | None:
        """Build the source as the configuration has it; None where that turns it off."""
        url: str | None = getattr(settings.arxiv, cls.setting)
        return cls(url, settings.contact, gate) if url else None

    async def __aenter__(self) -> Self:
        """Take the connection."""
        await self._line.client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self._line.client.__aexit__(kind, error, trace)


class Watched(Connected):
    """A connected source whose polls take long: as Reporting it tells how far one has come."""

    on_progress: Callable[[int, int], None] | None = None

    def _report(self, done: int, of: int) -> None:
        """Show progress to whoever watches."""
        if self.on_progress is not None:
            self.on_progress(done, of)
