"""People who come and go while the ledger works, against the model of it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from bot.core.people import UNDO, Bounce, BounceKind, Passed, Who, is_dead
from tests.builders import topic
from tests.store.lives import named, people, preferences
from tests.store.test_machine import READERS, Ledger

NAMES = st.sampled_from(READERS)


class Lives(Ledger):
    """The ledger's steps, and those of readers, the owner and mail servers."""

    @rule(days=st.sampled_from([1, 4, 8]))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    def token_of(self, name: str) -> str:
        told = self.run_(people(self.store).export(Who(f"{name}@example.org")))
        return str(told["subscriptions"][0]["token"])

    @precondition(lambda self: any(reader.known for reader in self.readers.values()))
    @rule(data=st.data())
    def a_reader_leaves(self, data: st.DataObject) -> None:
        name = self.somebody(data)
        held = self.run_(people(self.store).unsubscribe(self.token_of(name), self.now))
        assert held is not None
        assert held.by == "reader"
        self.readers[name].said.setdefault("reader", self.now)
        self.readers[name].until = min(self.readers[name].until, self.now)
        self.end_all_pending_of(name)

    def somebody(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([n for n in READERS if self.readers[n].known]))

    @precondition(lambda self: any(reader.said for reader in self.readers.values()))
    @rule(data=st.data())
    def a_reader_comes_back(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([n for n in READERS if self.readers[n].said]))
        held = self.run_(people(self.store).resubscribe(self.token_of(name), self.now))
        lifted = self.lift(name, "reader", "bounce")
        assert held is not None
        assert held.by == max(self.readers[name].said, default=None)
        if lifted:
            self.go_on(name, min(lifted))

    @precondition(lambda self: any(reader.known for reader in self.readers.values()))
    @rule(data=st.data(), days=st.integers(1, 9))
    def a_reader_pauses(self, data: st.DataObject, days: int) -> None:
        name = self.somebody(data)
        day = (self.now + timedelta(days=days)).date()
        self.run_(preferences(self.store).pause(self.token_of(name), day, self.now))
        if "reader" not in self.readers[name].said:
            self.readers[name].until = datetime.combine(day, time(), UTC)

    @precondition(lambda self: any(reader.until > self.now for reader in self.readers.values()))
    @rule(data=st.data())
    def a_reader_ends_a_pause(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([n for n in READERS if self.readers[n].until > self.now]))
        self.run_(preferences(self.store).pause(self.token_of(name), None, self.now))
        self.readers[name].until = self.now

    @precondition(lambda self: any(reader.known for reader in self.readers.values()))
    @rule(data=st.data(), on=st.booleans())
    def a_reader_switches_a_topic(self, data: st.DataObject, *, on: bool) -> None:
        name = self.somebody(data)
        reader, token = self.readers[name], self.token_of(name)
        self.run_(preferences(self.store).switch(token, topic().name, on=on, now=self.now))
        if on:
            if reader.off is not None and len(self.log) > reader.off:
                reader.cursor = len(self.log)
            reader.off = None
        elif reader.active and reader.off is None:
            reader.off = len(self.log)

    def go_on(self, name: str, since: Any) -> None:
        """Restore what was dropped since then, or begin anew if that is long ago, or None."""
        reader = self.readers[name]
        mine = {key: one for key, one in self.passages.items() if one.reader == name}
        for key, passage in mine.items():
            dropped = passage.state == "dropped" and passage.left
            if since is not None and self.now - since <= UNDO:
                if dropped and reader.active and passage.settled_at >= since:
                    passage.state, passage.next_at, passage.left = "pending", self.now, False
            else:
                if dropped and not passage.uncertain:
                    reader.given = {item: k for item, k in reader.given.items() if k != key}
                if passage.state in ("pending", "failed", "held"):
                    passage.state, passage.settled_at = "dropped", self.now
        if since is None or self.now - since > UNDO:
            reader.cursor = len(self.log)
        self.end_all_pending_of(name)

    @precondition(lambda self: any(reader.known for reader in self.readers.values()))
    @rule(data=st.data())
    def the_owner_suspends(self, data: st.DataObject) -> None:
        name = self.somebody(data)
        self.run_(people(self.store).suspend(Who(name), "on leave", self.now))
        self.readers[name].said.setdefault("owner", self.now)
        self.end_all_pending_of(name)

    @precondition(lambda self: any(reader.said for reader in self.readers.values()))
    @rule(data=st.data(), unsubscribed=st.booleans(), anew=st.booleans())
    def the_owner_resumes(self, data: st.DataObject, *, unsubscribed: bool, anew: bool) -> None:
        name = data.draw(st.sampled_from([n for n in READERS if self.readers[n].said]))
        left = self.readers[name].said.get("reader") if unsubscribed else None
        resumed = people(self.store).resume(
            Who(name), self.now, unsubscribed=unsubscribed, anew=anew
        )
        self.run_(resumed)
        lifted = self.lift(name, "owner", "channel", "bounce")
        lifted += self.lift(name, "reader") if unsubscribed else []
        if anew and lifted:
            self.go_on(name, None)
        elif left is not None:
            self.go_on(name, left)

    @precondition(lambda self: any(passage.id for passage in self.passages.values()))
    @rule(data=st.data(), kind=st.sampled_from(["hard", "soft", "soft", "soft", "policy"]))
    def a_report_comes(self, data: st.DataObject, kind: BounceKind) -> None:
        key = data.draw(st.sampled_from([k for k, p in self.passages.items() if p.id]))
        passage = self.passages[key]
        report = Bounce(named(passage.id, self.token_of(passage.reader)), kind)
        (verdict,) = self.run_(people(self.store).bounced([report], self.now))
        if kind in passage.back:
            assert verdict == "repeated"
            return
        settled = passage.state in ("sent", "held")
        sent_at = passage.settled_at if settled else self.now
        passage.back[kind] = min([sent_at, *passage.back.values()])
        if settled:
            self.fail(key)
        said = self.readers[passage.reader].said
        dead = kind != "policy" and is_dead(self.history(passage.reader))
        assert verdict == ("suspended" if dead and "bounce" not in said else "counted")
        if dead:
            said.setdefault("bounce", self.now)
            self.end_all_pending_of(passage.reader)

    def history(self, name: str) -> list[Passed]:
        mine = [one for one in self.passages.values() if one.reader == name]
        back = [
            Passed(min(one.back.values()), kind)
            for one in mine
            for kind in one.back
            if min(one.back.values()) > self.readers[name].resumed
        ]
        return back + [Passed(one.settled_at) for one in mine if one.state == "sent"]

    @invariant()
    def people_are_listed_as_they_are(self) -> None:
        found = {one.subscriber: one for one in self.run_(people(self.store).people())}
        assert found.keys() == {name for name in READERS if self.readers[name].known}
        for name, person in found.items():
            said = {one.by: one.at for one in person.suspensions}
            assert said == self.readers[name].said
            mine = [one for one in self.passages.values() if one.reader == name]
            assert person.active == self.readers[name].active
            assert person.off == ((topic().name,) if self.readers[name].off is not None else ())
            until = self.readers[name].until
            assert until <= self.now or person.paused == until
            assert person.sent == sum(one.state == "sent" for one in mine)
            assert person.failed == sum(one.state == "failed" for one in mine)
            assert person.bounced == sum(bool(one.back) for one in mine)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
