"""The numbers of `run`, as Prometheus reads them, and the rules over them."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.core.announcing import Announcing
from bot.core.errors import ConfigError
from bot.core.model import Lag
from bot.core.polling import PollResult
from bot.core.standing import Status
from bot.metrics import Metrics, served
from bot.service import SETTLED, Service
from bot.settings import load
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.loopback import Loopback, loopback, reader
from tests.ports import kept_port
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    begin,
    claim,
    give,
    send_out,
    settle,
    subscribe,
)

RULES = Path(__file__).parents[1] / "deploy" / "alerts.yml"
ANNOUNCING = Announcing("stalled", NOON, NOON + DAY)
Numbers = dict[tuple[str, ...], float]


@pytest.fixture
def port() -> Iterator[int]:
    """Give a port that is free."""
    with kept_port() as port:
        yield port


def exposition(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return str(answer.read().decode())


def numbers(metrics: Metrics, port: int) -> Numbers:
    """Read what is served: each number by its name and the values of its labels."""
    with served(metrics, "127.0.0.1", port):
        text = exposition(port)
    return {
        (sample.name.removeprefix("daily_papers_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def everything() -> Metrics:
    """Make metrics in which something of each kind has happened."""
    metrics = Metrics()
    polls = (
        PollResult("arxiv_api", "ok", NOON, 40, 7, whole_at=NOON),
        PollResult("arxiv_rss", "failed", NOON, error="503"),
    )
    metrics.polled(polls)
    metrics.polled(polls[1:])
    metrics.delivered("email", {"sent": 2, "retry": 1})
    metrics.accepted([Lag("email", 90.0), Lag("email", 7 * 3600.0)])
    status = Status(
        polls=polls,
        due=1,
        pending=2,
        held=3,
        uncertain=4,
        papers=5,
        suspended=({"address": "a"},),
        paused=({"channel": "slack"}, {"channel": "email"}),
        quarantined=({"id": "x"},),
        risen=NOON,
        partial=6,
        gaps=7,
        void=8,
        oldest_pending=NOON - HOUR,
        undelivered={("email", "pending"): 2, ("slack", "held"): 3},
    )
    metrics.stands(status, ANNOUNCING, NOON)
    return metrics


def test_steps_are_counted_and_the_ledger_is_shown(port: int) -> None:
    found = numbers(everything(), port)
    at = NOON.timestamp()
    expected: Numbers = {
        ("polls_total", "arxiv_api", "ok"): 1,
        ("polls_total", "arxiv_rss", "failed"): 2,
        ("announcements_total", "arxiv_api"): 7,
        ("announcements_total", "arxiv_rss"): 0,
        ("deliveries_total", "email", "sent"): 2,
        ("deliveries_total", "email", "retry"): 1,
        ("lag_seconds_count", "email"): 2,
        ("lag_seconds_sum", "email"): 90 + 7 * 3600,
        ("lag_seconds_bucket", "email", "300.0"): 1,
        ("announcement_state", "stalled"): 1,
        ("announcement_state", "expected"): 0,
        ("whole_poll_timestamp_seconds", "arxiv_api"): at,
        ("risen_timestamp_seconds",): at,
        ("looked_timestamp_seconds",): at,
        ("oldest_pending_seconds",): 3600,
        ("undelivered", "email", "pending"): 2,
        ("undelivered", "slack", "held"): 3,
        ("due",): 1,
        ("pending",): 2,
        ("held",): 3,
        ("uncertain",): 4,
        ("papers",): 5,
        ("suspended",): 1,
        ("paused",): 2,
        ("quarantined",): 1,
        ("partial",): 6,
        ("gaps",): 7,
        ("void",): 8,
    }
    assert {key: found.get(key) for key in expected} == expected


def test_nothing_pending_has_no_age(port: int) -> None:
    metrics = everything()
    metrics.stands(Status(), ANNOUNCING, NOON)
    found = numbers(metrics, port)
    assert found["oldest_pending_seconds",] == 0
    assert not [key for key in found if key[0] == "undelivered"]


def test_without_a_port_nothing_is_served() -> None:
    with served(Metrics(), "127.0.0.1", None):
        pass


def test_a_port_that_is_taken_is_named_by_its_key(port: int) -> None:
    with (
        served(Metrics(), "127.0.0.1", port),
        pytest.raises(ConfigError, match=rf"metrics.port: 127.0.0.1:{port} cannot be listened on"),
        served(Metrics(), "127.0.0.1", port),
    ):
        pass


@pytest.mark.slow
def test_a_port_is_free_again_at_the_end(port: int) -> None:
    for _ in range(3):
        assert numbers(everything(), port)


def test_the_rules_name_only_what_is_served_and_say_what_is_wrong(port: int) -> None:
    with served(everything(), "127.0.0.1", port):
        families = list(text_string_to_metric_families(exposition(port)))
    names = {sample.name for family in families for sample in family.samples}
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    assert len(group["rules"]) > 10
    for rule in group["rules"]:
        used = set(re.findall(r"daily_papers_\w+", rule["expr"]))
        assert used
        assert used <= names, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]


def test_the_rules_ask_for_labels_and_states_that_there_are(port: int) -> None:
    with served(everything(), "127.0.0.1", port):
        families = list(text_string_to_metric_families(exposition(port)))
    labels: dict[str, set[str]] = {}
    for sample in (sample for family in families for sample in family.samples):
        labels.setdefault(sample.name, set()).update(sample.labels)
    text = RULES.read_text()
    for name, asked in re.findall(r"(daily_papers_\w+)\{(\w+)", text):
        assert asked in labels[name]
    states = {
        state for states in re.findall(r'state[=~]+"([^"]+)"', text) for state in states.split("|")
    }
    assert states <= {"ok", "stalled", "failed"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "papers.db") as opened:
        yield opened


async def test_a_digest_is_on_its_way_from_when_its_oldest_announcement_was_learned(
    store: SqliteStore,
) -> None:
    delivery = await send_out(store, 1, 2)  # learned an hour after NOON
    await settle(store, delivery, "sent", now=MORNING + HOUR)
    (lag,) = await store.lags(MORNING, MORNING + DAY)
    assert lag == Lag("email", (MORNING - NOON).total_seconds())
    assert await store.lags(MORNING + HOUR, MORNING + DAY) == []
    assert await store.lags(NOON, MORNING) == []


async def test_what_was_not_accepted_is_not_measured(store: SqliteStore) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed")
    assert await store.lags(NOON, MORNING + DAY) == []


async def test_what_comes_from_before_a_baseline_is_not_measured(store: SqliteStore) -> None:
    await begin(store, paper(5))
    (due,) = await subscribe(store, subscription())
    await give(store, due, 5)
    (silent,) = await claim(store)
    await settle(store, silent, "sent")
    assert await store.lags(NOON, MORNING + DAY) == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        yield servers


async def test_the_bot_that_stays_serves_them(world: Loopback, port: int) -> None:
    metrics = f"[metrics]\nport = {port}\n"
    world.configure(metrics + reader("ana", deliver_at='"immediately"'))
    settings = load(world.config, env={})
    now = [NOON]
    service = Service(lambda: settings, clock=lambda: now[0], tick=0.02)
    running = asyncio.create_task(service.run(settings))

    async def shows(*words: str) -> None:
        async with asyncio.timeout(100):
            while True:
                assert not running.done(), running.exception()
                try:
                    text = await asyncio.to_thread(exposition, port)
                except OSError:
                    text = ""
                if all(word in text for word in words):
                    return
                await asyncio.sleep(0.02)

    await shows('polls_total{source="arxiv_api",state="ok"} 1.0')
    now[0] += timedelta(minutes=2)
    await shows("daily_papers_papers 2.0")
    world.announce(paper(3))
    now[0] = NOON + timedelta(hours=13, minutes=6)
    await shows('deliveries_total{channel="email",state="sent"} 1.0')
    now[0] += SETTLED + timedelta(minutes=2)
    await shows('lag_seconds_count{channel="email"} 1.0', "daily_papers_papers 3.0")
    service.stop()
    await running
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(exposition, port)
