"""The ledger against a simple model of it, under every order of steps that Hypothesis finds."""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.core.errors import StoreError
from bot.core.model import Composition, Cursor, DeliveryId, Due, NewDelivery, Outcome
from bot.core.people import By
from bot.core.schedule import Schedule
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.passages import Item, Passage, Reader, entry_of, gone, item_of, second
from tests.store.scenario import HOUR, arrive, begin
from tests.store.stores import STORES

T = TypeVar("T")
READERS = ("ana", "bo", "cy")
MINUTE = timedelta(minutes=1)
OPEN = ("pending", "sending", "failed", "held")


class Ledger(RuleBasedStateMachine):
    """Steps of poll, compose, deliver, a person and the machine, each checked by the model."""

    opener = staticmethod(STORES["sqlite"])

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = NOON
        self.log: list[Item] = []
        self.readers = {name: Reader() for name in READERS}
        self.passages: dict[str, Passage] = {}
        self.paused_until = NOON
        self.slots = 0
        self.open()

    def run_(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    def open(self) -> None:
        self.stack = AsyncExitStack()
        opened = self.stack.enter_async_context(self.opener(Path(self.folder.name)))
        self.store: Store = self.run_(opened)

    def teardown(self) -> None:
        self.run_(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @initialize()
    def take_the_baseline(self) -> None:
        self.run_(begin(self.store))

    @rule(minutes=st.one_of(st.integers(1, 200), st.just(12 * 60)))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule()
    def the_process_is_replaced(self) -> None:
        self.run_(self.stack.aclose())
        self.open()
        for passage in self.passages.values():
            passage.ours = False

    @rule(count=st.integers(1, 3), again=st.booleans())
    def papers_arrive(self, *, count: int, again: bool) -> None:
        known = {paper_id for paper_id, _ in self.log}
        revised = {paper_id for paper_id, revision in self.log if revision}
        start = len(known) + 1
        papers = [paper(number) for number in range(start, start + count)]
        later = [second(number) for number in range(1, start) if again]
        recorded = self.run_(arrive(self.store, *papers, *later, now=self.now))
        self.log += [(one.id, 0) for one in papers]
        made = [one.id for one in later if one.id not in revised]
        self.log += [(one, seq) for seq, one in enumerate(made, len(self.log) + 1)]
        assert (recorded.announced, recorded.revised) == (count, len(made))

    @rule(wanted=st.sets(st.sampled_from(READERS)))
    def the_configuration_is_synchronised(self, wanted: set[str]) -> None:
        rows = [subscription(n, schedule=Schedule("UTC", None)) for n in sorted(wanted)]
        # Somebody else's row keeps the scope polled, so that the log goes on without readers.
        self.run_(self.store.sync([*rows, subscription(origin="web")], self.now))
        for name, reader in self.readers.items():
            if reader.active and name not in wanted:
                self.remove(name)
            elif not reader.active and name in wanted:
                reader.known = reader.active = True
                reader.cursor, reader.next_due = len(self.log), self.now

    def remove(self, name: str) -> None:
        reader = self.readers[name]
        reader.active = False
        for key, passage in self.passages.items():
            if passage.reader != name or passage.state not in OPEN:
                continue
            if passage.state == "pending" and not passage.uncertain:
                reader.given = {p: k for p, k in reader.given.items() if k != key}
            passage.state = "dropped"

    def withdrawn(self, name: str) -> list[Item]:
        reader = self.readers[name]
        past = [item for item in self.log[reader.cursor :] if item[1] and gone(item[0])]
        return [i for i in past if (i[0], 0) in reader.given and i not in reader.given]

    def returned(self, name: str) -> set[Item]:
        mine = [p for p in self.passages.values() if p.reader == name and p.state == "failed"]
        failed = [one for passage in mine for one in passage.papers]
        # Who is served immediately waits for half a day.
        resting = {one for p in mine if p.settled_at > self.now - 12 * HOUR for one in p.papers}
        held = self.readers[name].given.keys() | resting
        return {one for one in failed if one not in held and failed.count(one) <= 3}

    def expected_due(self) -> list[str]:
        return [
            name
            for name, reader in self.readers.items()
            if reader.active
            and not reader.suspended
            and reader.until <= self.now
            and reader.next_due <= self.now
        ]

    @rule(chosen=st.sampled_from(["all", "news", "withdrawals", "a note", "none"]))
    def digests_are_composed(self, chosen: str) -> None:
        due = self.run_(self.store.due(self.now))
        assert sorted(one.subscriber for one in due) == self.expected_due()
        compositions = [self.decide(one, chosen) for one in due]
        expected = 0
        for one, composition in zip(due, compositions, strict=True):
            expected += self.expect(one.subscriber, composition)
        assert self.run_(self.store.compose(compositions, self.now)) == expected

    def decide(self, due: Due, chosen: str) -> Composition:
        reader = self.readers[due.subscriber]
        assert due.cursors == {topic().key: Cursor(reader.cursor)}
        assert due.off == ({topic().name} if reader.off is not None else set())
        assert {item_of(entry) for entry in due.returned} == self.returned(due.subscriber)
        assert [item_of(entry) for entry in due.withdrawals] == self.withdrawn(due.subscriber)
        fresh = [entry_of(item) for item in self.log[reader.cursor :]]
        choices = {"all": [*due.returned, *fresh], "news": fresh, "withdrawals": due.withdrawals}
        entries = tuple(choices.get(chosen, ()))
        self.slots += 1
        written = entries or chosen == "a note"
        new = (NewDelivery(f"{due.subscriber}-{self.slots}", entries, 1, 1),) if written else ()
        cursors = {topic().key: Cursor(len(self.log))}
        return Composition(due.id, self.now, self.now + HOUR, cursors, new)

    def expect(self, name: str, composition: Composition) -> int:
        """Do in the model what compose shall do, and count the deliveries."""
        reader = self.readers[name]
        reader.cursor, reader.next_due = len(self.log), composition.next_due
        written = 0
        for delivery in composition.deliveries:
            papers = [i for e in delivery.entries if (i := item_of(e)) not in reader.given]
            if papers or not delivery.entries:
                reader.given |= dict.fromkeys(papers, delivery.key)
                self.passages[delivery.key] = Passage(0, name, papers, "pending", self.now)
                written += 1
        return written

    def lapsed(self, passage: Passage) -> bool:
        ended = passage.lease_until is not None and passage.lease_until <= self.now
        return passage.state == "sending" and (ended or not passage.ours)

    def claimable(self, passage: Passage) -> bool:
        reader = self.readers[passage.reader]
        if max(self.paused_until, reader.until) > self.now:
            return False
        if reader.suspended or not reader.active:
            return False
        if passage.state == "sending":
            return self.lapsed(passage)
        return passage.state == "pending" and passage.next_at <= self.now

    @rule(limit=st.integers(1, 9))
    def deliveries_are_claimed(self, limit: int) -> None:
        claimed = self.run_(self.store.claim("email", self.now, lease=HOUR, limit=limit))
        for key, passage in self.passages.items():
            if self.lapsed(passage) and self.readers[passage.reader].suspended:
                passage.uncertain += 1
                self.end(key)
        passages = sorted(self.passages.items(), key=lambda item: item[1].next_at)
        expected = [key for key, passage in passages if self.claimable(passage)]
        assert [delivery.key for delivery in claimed] == expected[:limit]
        for delivery in claimed:
            passage = self.passages[delivery.key]
            passage.uncertain += passage.state == "sending"
            assert delivery.reclaimed == (passage.state == "sending")
            assert delivery.again == (passage.uncertain > 0)
            given = self.readers[passage.reader].given
            live = [one for one in passage.papers if given.get(one) == delivery.key]
            assert [item_of(entry) for entry in delivery.entries] == live
            passage.id, passage.state, passage.ours = delivery.id, "sending", True
            passage.lease_until = self.now + HOUR

    @precondition(lambda self: any(passage.id for passage in self.passages.values()))
    @rule(
        data=st.data(),
        state=st.sampled_from(["sent", "retry", "released", "failed", "failed", "held"]),
        uncertain=st.booleans(),
        suspend=st.sampled_from([False, False, False, True]),
        pause=st.sampled_from([None, None, None, 30]),
    )
    def an_outcome_is_settled(
        self, *, data: st.DataObject, state: Any, uncertain: bool, suspend: bool, pause: int | None
    ) -> None:
        key = data.draw(st.sampled_from([k for k, p in self.passages.items() if p.id]))
        passage = self.passages[key]
        until = None if pause is None else self.now + pause * MINUTE
        retry_at = self.now + 5 * MINUTE
        outcome = Outcome(
            DeliveryId(passage.id), state, "said so", retry_at, uncertain, suspend, until
        )
        self.run_(self.store.settle([outcome], self.now))
        if suspend:
            self.readers[passage.reader].said.setdefault("channel", self.now)
        self.paused_until = max(self.paused_until, until or self.paused_until)
        if passage.state == "sending" and passage.ours:
            passage.state = "pending" if state in ("retry", "released") else state
            if state != "released":
                passage.next_at = retry_at
                passage.uncertain += uncertain
            passage.settled_at = self.now
            if state == "failed" or (state in ("sent", "held") and passage.back):
                self.fail(key)
        self.end_all_pending_of(passage.reader)

    def end_all_pending_of(self, name: str) -> None:
        for key, passage in self.passages.items():
            pending = passage.reader == name and passage.state == "pending"
            if pending and self.readers[name].suspended:
                self.end(key)

    def end(self, key: str) -> None:
        passage = self.passages[key]
        if "reader" in self.readers[passage.reader].said:
            passage.state, passage.left, passage.settled_at = "dropped", True, self.now
        else:
            self.fail(key)

    def fail(self, key: str) -> None:
        self.passages[key].state, self.passages[key].settled_at = "failed", self.now
        reader = self.readers[self.passages[key].reader]
        reader.given = {p: k for p, k in reader.given.items() if k != key}

    @precondition(lambda self: any(passage.id for passage in self.passages.values()))
    @rule(data=st.data(), action=st.sampled_from(["retry", "drop"]))
    def a_person_acts(self, data: st.DataObject, action: Any) -> None:
        key = data.draw(st.sampled_from([k for k, p in self.passages.items() if p.id]))
        passage = self.passages[key]
        given = self.readers[passage.reader].given
        ids = [DeliveryId(passage.id)]
        if action == "retry" and self.readers[passage.reader].said.keys() & {"reader", "owner"}:
            with pytest.raises(StoreError, match="is suspended by"):
                self.run_(self.store.deliveries(action, ids, now=self.now))
            return
        if action == "retry":
            self.lift(passage.reader, "channel", "bounce")
            self.paused_until = self.now
        if passage.state == "failed":
            for one in passage.papers:
                given.setdefault(one, key)
        if action == "drop" and passage.state in OPEN:
            passage.state = "dropped"
        elif action == "retry" and passage.state in ("pending", "failed", "held"):
            left = not passage.papers or any(given.get(one) == key for one in passage.papers)
            passage.state, passage.next_at = ("pending" if left else "dropped"), self.now
        (row,) = self.run_(self.store.deliveries(action, ids, now=self.now))
        assert row["state"] == passage.state

    def lift(self, name: str, *whose: By) -> list[datetime]:
        """Lift what these said, and give since when they had."""
        reader = self.readers[name]
        lifted = [at for by, at in reader.said.items() if by in whose]
        reader.said = {by: at for by, at in reader.said.items() if by not in whose}
        if lifted:
            reader.resumed = self.now
        return lifted

    @invariant()
    def the_ledger_agrees_with_the_model(self) -> None:
        status = self.run_(self.store.status(self.now))
        states = [passage.state for passage in self.passages.values()]
        assert status.pending == states.count("pending") + states.count("sending")
        assert status.sent == states.count("sent")
        assert status.failed == states.count("failed")
        assert status.held == states.count("held")
        assert status.uncertain == sum(p.uncertain > 0 for p in self.passages.values())
        assert status.announced == sum(not revision for _, revision in self.log)
        behind = [name for name in self.expected_due() if self.readers[name].cursor < len(self.log)]
        assert status.due == len(behind), "served immediately: due while there is more to read"

    @invariant()
    def the_log_is_numbered_without_a_gap(self) -> None:
        head = self.run_(self.store.head())
        rows = self.run_(self.store.log(0, head.seq))
        found = [(row.paper.id, row.seq if row.former else 0) for row in rows]
        assert ([row.seq for row in rows], found) == ([*range(1, head.seq + 1)], self.log)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
