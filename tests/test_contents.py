"""What matched is marked in what is sent, by the topics as they are when it is sent."""

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.compose import compose
from bot.contents import digest_of
from bot.core.digest import USUAL, Digest, Style
from bot.core.model import Delivery, DeliveryId, Entry, SubscriptionId
from bot.core.polling import Batch
from bot.core.query import from_authors
from bot.core.readers import Readers
from bot.core.subscription import Subscription, Topic
from bot.deliver import Terms, deliver
from bot.settings import load
from bot.store import SqliteStore
from bot.trial import preview
from tests.builders import NOON, digest, paper, subscription, topic
from tests.doubles import RecordingNotifier

MORNING = NOON + timedelta(hours=20, minutes=30)
PEOPLE = Topic("Language", from_authors(["Li Wei"]))


def followed(digest: Digest) -> dict[str, tuple[int, ...]]:
    """Tell whom each paper of a digest marks."""
    entries = [entry for section in digest.sections for entry in section.entries]
    return {entry.paper.id: entry.followed for entry in entries}


async def sent(folder: Path, composed: Topic, *, now: Topic) -> Digest:
    """Compose with a topic, and send while the configuration has another of its name."""

    def reading(one: Topic) -> list[Subscription]:
        return [subscription(topics=(one, topic("All", "ti:nothing")))]

    async with SqliteStore.open(folder / "daily-papers.db") as store:
        await store.record("test", Batch((paper(1),), complete=frozenset({"*", "cs.CL"})), NOON)
        await store.sync(reading(composed), NOON)
        papers = (paper(3, authors=("Ana García", "Li Wei")), paper(4, authors=("Wei Liu",)))
        await store.record("test", Batch(papers), NOON)
        assert await compose(store, reading(composed), now=MORNING) == 1
        email = RecordingNotifier()
        terms = Terms(MORNING, readers=Readers(reading(now)))
        assert await deliver(store, {"email": email}, terms) == {"sent": 1}
    return email.sent[0].digest


async def test_a_followed_name_is_marked_in_what_is_sent(tmp_path: Path) -> None:
    assert followed(await sent(tmp_path, PEOPLE, now=PEOPLE)) == {"2601.00003": (1,)}


async def test_the_topics_as_they_are_now_tell_whom_to_mark(tmp_path: Path) -> None:
    told = await sent(tmp_path, topic(), now=PEOPLE)
    assert followed(told) == {"2601.00003": (1,), "2601.00004": ()}


async def test_nobody_is_marked_whom_nobody_follows_any_more(tmp_path: Path) -> None:
    assert followed(await sent(tmp_path, PEOPLE, now=topic())) == {"2601.00003": ()}


async def test_a_digest_goes_though_whom_to_mark_cannot_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("bot.core.readers.evidence", failing)
    with capture_logs() as logs:
        told = await sent(tmp_path, PEOPLE, now=PEOPLE)
    assert followed(told) == {"2601.00003": ()}
    faults = [(line["topic"], line["error"]) for line in logs if line["event"] == "marks.failed"]
    assert faults == [("Language", "RecursionError")]


async def test_the_words_that_matched_are_marked_in_what_is_sent(tmp_path: Path) -> None:
    studies = topic(query="cat:cs.CL AND ti:studies")
    (section,) = (await sent(tmp_path, studies, now=studies)).sections
    assert [entry.marks.title for entry in section.entries] == [((2, 7),)] * 2


def test_a_digest_is_laid_out_as_its_reader_wants_it_now() -> None:
    delivery = Delivery(
        id=DeliveryId(7),
        key="k",
        subscription=SubscriptionId(3),
        subscriber="ana",
        channel="email",
        address="ana@example.org",
        timezone="UTC",
        slot=MORNING,
        created_at=MORNING,
        attempts=1,
        again=False,
        entries=(Entry(paper(), ("Language",)),),
        part=2,
        parts=3,
        token="T0KEN",
    )
    hers = Readers([subscription(style=Style("titles", 60))])
    assert digest_of(delivery, hers) == digest(
        timezone="UTC",
        at=MORNING,
        part=2,
        parts=3,
        style=Style("titles", 60),
        token="T0KEN",
        delivery=7,
    )
    assert digest_of(delivery, Readers()).style == USUAL, "she is no longer in the configuration"


async def test_a_preview_marks_whom_the_digest_will(tmp_path: Path) -> None:
    config = tmp_path / "daily-papers.toml"
    config.write_text(
        f"""
database = "{tmp_path}/daily-papers.db"
[[topic]]
name = "People"
authors = ["Wei, Li"]
categories = ["cs.CL"]
[[subscriber]]
name = "ana"
maildir = ["{tmp_path}/mail"]
layout = "compact"
""",
        "utf-8",
    )
    settings = load(config, env={})
    async with SqliteStore.open(settings.database) as store:
        await store.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        await store.sync(settings.subscriptions(), NOON)
        await store.record("test", Batch((paper(3, authors=("Ana García", "Li Wei")),)), NOON)
    ((_, digests),) = await preview(settings, None, MORNING)
    assert followed(digests[0]) == {"2601.00003": (1,)}
    assert (digests[0].style, digests[0].token) == (Style("compact"), "")
