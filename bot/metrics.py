"""What Prometheus is told: what each step did, and how the ledger stands; served over HTTP."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)

from bot.core.announcing import Announcing, State
from bot.core.errors import ConfigError
from bot.core.model import Lag
from bot.core.polling import PollResult
from bot.core.standing import Status

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
BUCKETS = (
    *(_MINUTE, 5 * _MINUTE, 15 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR, 18 * _HOUR),
    *(_DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY),
)
_COUNTS = {
    "due": "Digests that are due now.",
    "pending": "Deliveries that wait for an attempt, or are under way.",
    "held": "Deliveries that may have been accepted and wait for a person.",
    "uncertain": "Deliveries that had an attempt which ended without an answer.",
    "partial": "Papers that wait for their comment and dates.",
    "gaps": "Ids that arXiv has given and that have not come.",
    "void": "Ids that were asked for until it was of no use.",
    "papers": "Ids in the ledger.",
    "signed_up": "Subscriptions that their readers made by themselves.",
    "signups": "Sign-ups that wait for their confirmation.",
}
_LENGTHS = {
    "suspended": "Addresses that are not written to.",
    "paused": "Channels that rest.",
    "reader_pauses": "Subscriptions that wait as their readers wish.",
    "topics_off": "Topics that readers have turned off.",
    "quarantined": "Records that could not be read, and papers that were given up.",
    "refused": "Topics whose query cannot be read, or fails when it is evaluated.",
}


class LedgerGauges:
    """How the ledger stands, as gauges that any process may serve that can read it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._whole = _gauge(
            registry, "whole_poll_timestamp_seconds", "When a poll last ended with all.", "source"
        )
        self._state = _gauge(
            registry, "announcement_state", "1 for the state of arXiv's announcement.", "state"
        )
        self._risen = _gauge(
            registry, "risen_timestamp_seconds", "When the highest id known of arXiv last rose."
        )
        self._age = _gauge(
            registry, "oldest_pending_seconds", "How long the oldest pending delivery has waited."
        )
        self._undelivered = _gauge(
            registry,
            "undelivered",
            "Deliveries that are pending, being sent, failed or held.",
            *("channel", "state"),
        )
        told = _COUNTS | _LENGTHS
        self._numbers = {name: _gauge(registry, name, told[name]) for name in told}

    def stands(self, status: Status, announcing: Announcing, now: datetime) -> None:
        """Show how the ledger stands as of `now`."""
        for name in _COUNTS:
            self._numbers[name].set(getattr(status, name))
        for name in _LENGTHS:
            self._numbers[name].set(len(getattr(status, name)))
        for state in get_args(State):
            self._state.labels(state).set(state == announcing.state)
        self._undelivered.clear()
        for (channel, state), count in status.undelivered.items():
            self._undelivered.labels(channel, state).set(count)
        for one in status.polls:
            if one.whole_at is not None:
                self._whole.labels(one.source).set(one.whole_at.timestamp())
        if status.risen is not None:
            self._risen.set(status.risen.timestamp())
        oldest = status.oldest_pending
        self._age.set(0 if oldest is None else max(0.0, (now - oldest).total_seconds()))


class Metrics:
    """The numbers of one process, from its start; each name begins with `daily_papers_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._polls = self._counter("polls", "Polls that ended.", "source", "state")
        self._news = self._counter("announcements", "Announcements recorded.", "source")
        self._ended = self._counter("deliveries", "Attempts that ended.", "channel", "state")
        self._lag = Histogram(
            "daily_papers_lag_seconds",
            "From the poll that brought a digest's oldest announcement to its acceptance.",
            ("channel",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._ledger = LedgerGauges(self.registry)
        self._looked = _gauge(
            self.registry,
            "looked_timestamp_seconds",
            "When the bot last looked at the ledger for these numbers.",
        )

    def polled(self, results: Sequence[PollResult]) -> None:
        """Count how polls ended and what they brought."""
        for one in results:
            self._polls.labels(one.source, one.state).inc()
            self._news.labels(one.source).inc(one.announced)

    def delivered(self, channel: str, ended: Mapping[str, int]) -> None:
        """Count how attempts on a channel ended: sent, plain, retry, failed, held."""
        for state, count in ended.items():
            self._ended.labels(channel, state).inc(count)

    def accepted(self, lags: Sequence[Lag]) -> None:
        """Note how long accepted digests were on their way."""
        for one in lags:
            self._lag.labels(one.channel).observe(one.seconds)

    def stands(self, status: Status, announcing: Announcing, now: datetime) -> None:
        """Show how the ledger stands as of `now`, and that the bot looked."""
        self._ledger.stands(status, announcing, now)
        self._looked.set(now.timestamp())

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"daily_papers_{name}", what, labels, registry=self.registry)


def exposition(status: Status, announcing: Announcing, now: datetime) -> bytes:
    """Write how the ledger stands as Prometheus reads it, for a process that is not the bot.

    It has all numbers of the ledger, under the names that `run` gives them; what only the bot's
    own process knows is left out, and above all when the bot last looked.
    """
    registry = CollectorRegistry()
    LedgerGauges(registry).stands(status, announcing, now)
    return generate_latest(registry)


def _gauge(registry: CollectorRegistry, name: str, what: str, *labels: str) -> Gauge:
    return Gauge(f"daily_papers_{name}", what, labels, registry=registry)


@contextmanager
def served(metrics: Metrics, host: str, port: int | None) -> Iterator[None]:
    """Serve the numbers at http://host:port/metrics while the block lasts; not where port is None.

    Raises ConfigError where the port cannot be had.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host, metrics.registry)
    except OSError as error:
        raise ConfigError(
            f"metrics.port: {host}:{port} cannot be listened on ({error.strerror or error}). "
            "Name a port that is free, or leave the key out."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
