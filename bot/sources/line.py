"""The way to one service: its connection and address, the gate before it, and what is too much."""

from dataclasses import dataclass

import httpx

from bot.sources.gate import Gate
from bot.sources.transfer import Limits, host_of


@dataclass(frozen=True, slots=True)
class Line:
    """How the service at `url` is asked, by whoever does."""

    client: httpx.AsyncClient
    gate: Gate
    url: str
    limits: Limits

    @property
    def held(self) -> float:
        """For how many more seconds the service asked everybody to wait; 0 when it did not."""
        return self.gate.held(host_of(httpx.URL(self.url)))
