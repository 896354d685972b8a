from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.model import Paper
from bot.core.polling import Batch, Mark, PollResult, Quarantined, Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper
from tests.store.scenario import HOUR, arrive, begin


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (paper(2, title="half \ud800 character"), "2601.00002"),
        (paper(2, abstract="\ud800"), "2601.00002"),
        (paper(2, authors=("Ana", "\udfff")), "2601.00002"),
        (paper(2, authors=("\ud83d", "\ude00")), "2601.00002"),
        (paper(2, categories=("cs.CL", "\ud800")), "2601.00002"),
        (paper(2, primary_category="\ud800"), "2601.00002"),
        (paper(2, comment="\ud800"), "2601.00002"),
        (paper(2, journal_ref="\ud800"), "2601.00002"),
        (paper(2, doi="\ud800"), "2601.00002"),
        (paper(2, id="Error"), "Error"),
        (paper(2, id="2601.0\ud800"), "2601.0\\ud800"),
    ],
)
async def test_a_paper_that_cannot_be_written_is_quarantined_alone(
    store: Store, broken: Paper, name: str
) -> None:
    await begin(store)
    assert await arrive(store, broken, paper(3)) == Recorded(announced=1)
    (quarantined,) = (await store.status(NOON)).quarantined
    assert (quarantined["id"], quarantined["source"]) == (name, "arxiv")


async def test_what_was_quarantined_is_shown_until_it_can_be_read(store: Store) -> None:
    batch = Batch(quarantined=(Quarantined(paper(1).id, "no title"),))
    await store.record("arxiv", batch, NOON)
    (shown,) = (await store.status(NOON)).quarantined
    assert shown == {
        "id": "2601.00001",
        "error": "no title",
        "source": "arxiv",
        "at": "2026-01-05T12:00:00Z",
    }
    await arrive(store, paper(1))
    assert (await store.status(NOON)).quarantined == ()


async def test_a_quarantined_day_is_shown_until_it_is_read_whole(store: Store) -> None:
    day = Mark("cs.CL", "2026-01-05", "66@a", NOON)
    short = Quarantined(day.key, "arXiv counts 67 papers and gave 66, twice alike")
    other = Quarantined("2026-01-04", short.error)
    await store.record("arxiv", Batch(quarantined=(short, other), marks=(day,)), NOON)
    shown = [row["id"] for row in (await store.status(NOON)).quarantined]
    assert shown == [other.id, short.id]

    await store.record("arxiv", Batch(marks=(replace(day, value="67@a"),)), NOON + HOUR)
    [row] = (await store.status(NOON)).quarantined
    assert row["id"] == other.id


@pytest.mark.parametrize(
    ("name", "days", "shown"),
    [("2026-01-05", 60, 1), ("2026-01-05", 61, 0), (paper(1).id, 61, 0), ("page 3", 61, 0)],
)
async def test_what_was_quarantined_is_forgotten_once_it_was_not_met_for_sixty_days(
    store: Store, name: str, days: int, shown: int
) -> None:
    batch = Batch(quarantined=(Quarantined(name, "arXiv counts 11 papers and gave 10"),))
    await store.record("arxiv", batch, NOON - 9 * timedelta(days=1))
    await store.record("arxiv", batch, NOON)
    await store.polled(PollResult("feeds", "failed", NOON + timedelta(days=days)))
    assert len((await store.status(NOON)).quarantined) == shown


@pytest.mark.parametrize(
    "name",
    [
        "http://arxiv.org/abs/2601.00007v1",
        "oai:arXiv.org:2601.00007",
        "2601.00007v3",
        "2601.00007",
    ],
)
@pytest.mark.parametrize("bringer", ["arxiv", "feeds"])
async def test_a_paper_is_quarantined_under_its_id_until_any_source_brings_it(
    store: Store, name: str, bringer: str
) -> None:
    await store.record("feeds", Batch(quarantined=(Quarantined(name, "no title"),)), NOON)
    (shown,) = (await store.status(NOON)).quarantined
    assert (shown["id"], shown["error"]) == ("2601.00007", "no title")
    await store.record(bringer, Batch((paper(7),)), NOON + HOUR)
    assert (await store.status(NOON)).quarantined == ()


async def test_what_turns_out_to_lie_elsewhere_is_no_longer_quarantined(store: Store) -> None:
    await store.record("feeds", Batch(quarantined=(Quarantined("2601.00007", "no title"),)), NOON)
    await store.record("harvest", Batch(elsewhere=("2601.00007",)), NOON)
    assert (await store.status(NOON)).quarantined == ()


COMING = paper(1, id="2602.00001", published=NOON, updated=NOON)


@pytest.mark.parametrize(
    ("base", "now", "written"),
    [
        ("9012.00001", NOON, False),
        ("2602.00001", NOON, False),
        ("2602.00001", datetime(2026, 1, 30, 23, 59, tzinfo=UTC), False),
        ("2602.00001", datetime(2026, 1, 31, tzinfo=UTC), True),
        ("hep-th/9912001", NOON, True),
    ],
)
async def test_an_id_of_a_month_that_has_not_come_is_quarantined_wherever_it_comes(
    store: Store, base: str, now: datetime, *, written: bool
) -> None:
    await store.record("api", Batch((replace(COMING, id=base),)), now)
    status = await store.status(NOON)
    assert (status.highest, status.papers) == ((base, 1) if written else ("", 0))
    assert [row["id"] for row in status.quarantined] == ([] if written else [base])
    await store.record("oai", Batch(elsewhere=(base,), census=base), now)
    status = await store.status(NOON)
    assert status.highest == (base if written else "")
    assert [row["error"] for row in status.quarantined] == 3 * (not written) * [
        "its id is of a month that has not come"
    ]
    assert (await store.head()).unread == (not written)


async def test_a_paper_of_a_later_month_is_believed_if_it_was_submitted_then(store: Store) -> None:
    behind = NOON - timedelta(days=400)
    await begin(store)
    assert await arrive(store, paper(2), now=behind) == Recorded(announced=1)


async def test_a_source_gets_back_its_own_last_marks(store: Store) -> None:
    first = Mark("cs.CL", "2026-01-05", "1482", NOON)
    later = replace(first, value="1490", at=NOON + timedelta(microseconds=1))
    other = Mark("*", "harvest", "", NOON)
    await store.record("arxiv", Batch(marks=(first, other)), NOON)
    await store.record("feeds", Batch(marks=(first,)), NOON)
    await store.record("arxiv", Batch(marks=(later,)), NOON)
    assert (await store.memory("arxiv", NOON)).marks == (other, later)
    assert (await store.memory("feeds", NOON)).marks == (first,)
    assert (await store.memory("nobody", NOON)).marks == ()


async def test_the_last_poll_of_each_source_is_kept(store: Store) -> None:
    failed = PollResult("arxiv", "failed", NOON, error="503")
    well = PollResult("arxiv", "ok", NOON + HOUR, 9, 2, whole_at=NOON + HOUR)
    feeds = PollResult("feeds", "partial", NOON, received=1)
    for result in (failed, feeds, well):
        await store.polled(result)
    assert (await store.status(NOON)).polls == (well, replace(feeds, failing=NOON))


async def test_a_source_fails_since_the_first_of_the_polls_that_failed_in_a_row(
    store: Store,
) -> None:
    since = []
    for hours, state in enumerate(["failed", "ok", "partial", "failed", "ok"]):
        await store.polled(PollResult("arxiv", state, NOON + hours * HOUR))  # type: ignore[arg-type]  # listed
        (found,) = (await store.status(NOON)).polls
        since.append(found.failing)
    assert since == [NOON, None, NOON + 2 * HOUR, NOON + 2 * HOUR, None]


async def test_when_a_source_was_last_read_whole_is_kept_through_polls_that_were_not(
    store: Store,
) -> None:
    await store.polled(PollResult("arxiv", "ok", NOON, whole_at=NOON))
    idle = PollResult("arxiv", "ok", NOON + HOUR)
    failed = PollResult("arxiv", "failed", NOON + 2 * HOUR, error="503")
    for result in (idle, failed):
        await store.polled(result)
        (found,) = (await store.status(NOON)).polls
        assert replace(found, failing=None) == replace(result, whole_at=NOON)
