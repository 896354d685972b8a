"""Holds a life against the design's invariants, one check each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.model import Entry
from bot.core.standing import Status
from tests.sim.readers import Reader
from tests.sim.run import Life
from tests.sim.truth import Posted
from tests.sim.verdict import Bench, may_have, must_have, revision_due
from tests.sim.works import Work

LIFETIME = timedelta(days=5)
GIVEN = 4
"""How often a paper is given that is refused each time, unless there is a fresh cause."""


@dataclass
class Finding:
    """What an invariant was broken by."""

    invariant: str
    said: list[str] = field(default_factory=list)


@dataclass
class Case:
    """All that the checks look at."""

    life: Life
    bench: Bench
    status: Status
    rows: Mapping[str, Mapping[str, Any]]
    """Deliveries by key, as `deliveries list` shows them."""
    works: Mapping[str, Work]
    given: Mapping[tuple[str, str], Sequence[tuple[Posted, Entry]]]
    """By reader and paper, each time that the paper itself was accepted."""

    @property
    def readers(self) -> Mapping[str, Reader]:
        return {one.identity: one for one in self.life.ever}


async def findings(life: Life) -> list[Finding]:
    """Check every invariant; give those that do not hold."""
    case = await _case(life)
    found = [Finding(check.__name__, check(case)) for check in CHECKS]
    return [one for one in found if one.said]


async def _case(life: Life) -> Case:
    store = life.store
    assert store is not None, "the process did not stay up through the calm days"
    given: dict[tuple[str, str], list[tuple[Posted, Entry]]] = defaultdict(list)
    for posted in life.truth.posted:
        for entry in posted.entries:
            if entry.kind != "replace":
                given[posted.reader, entry.paper.id].append((posted, entry))
    rows = await store.deliveries("list", now=life.truth.now)
    works = {work.id: work for work in life.world.works}
    return Case(
        life,
        Bench(life.truth, life.calm_from, life.sources, life.skewed, works),
        await store.status(life.truth.now),
        {row["key"]: row for row in rows},
        works,
        given,
    )


def nothing_is_missed(case: Case) -> list[str]:
    """Invariant 1: every announced paper that matches is in a digest of each subscription."""
    said = []
    for reader in case.life.readers:
        for work in case.works.values():
            if (reader.identity, work.id) in case.given or _told(case, reader, work):
                continue
            if must_have(case.bench, reader, work):
                said.append(f"{reader.identity} never got {work.id}, {work.announced:%d %b}")
    return said


def no_revision_is_missed(case: Case) -> list[str]:
    """Invariant 2: those who include revisions are told of the last one, or given it outright."""
    told: dict[tuple[str, str], int] = defaultdict(int)
    for posted in case.life.truth.posted:
        for entry in posted.entries:
            key = posted.reader, entry.paper.id
            told[key] = max(told[key], entry.paper.version)
    said = []
    for reader in case.life.readers:
        for work in case.works.values():
            due = revision_due(case.bench, reader, work)
            if told[reader.identity, work.id] < due and not _told(case, reader, work):
                said.append(f"{reader.identity} was never told of {work.id}v{due}")
    return said


def _told(case: Case, reader: Reader, work: Work) -> bool:
    """Whether `status` says why a reader lacks a paper: suspended, or refused too often."""
    suspended = {(one["channel"], one["address"]) for one in case.status.suspended}
    if (reader.channel, reader.address) in suspended:
        pigeon = case.life.pigeons[reader.channel]
        return reader.address in pigeon.suspended.keys() | pigeon.unsure
    refusals = case.life.pigeons[reader.channel].refused
    refused = sum(len(refusals[reader.identity, work.id, revised]) for revised in (False, True))
    given_up = any(
        one["id"] == work.id and reader.address in one["source"] for one in case.status.quarantined
    )
    return given_up and refused > 1


def nothing_is_repeated(case: Case) -> list[str]:
    """Invariants 2 and 4: once, except where the ledger counts an uncertain attempt."""
    said = []
    for (reader, paper), times in case.given.items():
        keys = [posted.key for posted, _ in times]
        for key, posted in Counter(keys).items():
            if posted - 1 > case.rows[key]["uncertain"]:
                said.append(f"{reader} got {paper} {posted} times in {key}")
        doubted = [key for key in dict.fromkeys(keys) if case.rows[key]["uncertain"] == 0]
        if len(doubted) > 1:
            said.append(f"{reader} got {paper} in {len(doubted)} digests")
    return said


def uncertain_is_only_what_was(case: Case) -> list[str]:
    """Invariant 4: what is counted as uncertain is no more than what broke off."""
    counted = sum(row["uncertain"] for row in case.rows.values())
    broken = (
        sum(pigeon.doubtful for pigeon in case.life.pigeons.values()) + case.life.ends.abandoned
    )
    return [f"{counted} uncertain attempts, of {broken} at most"] if counted > broken else []


def what_is_claimed_is_given_back(case: Case) -> list[str]:
    """Row 43: a pass that ends well leaves nothing claimed, even if it was stopped half-way."""
    return [f"{case.life.ends.kept} claims were not given back"] if case.life.ends.kept else []


def nothing_comes_uncalled(case: Case) -> list[str]:
    """Invariants 2 and 3: nothing from before the baseline or the wish, nothing unwanted."""
    said = []
    for (reader, paper), times in case.given.items():
        work = case.works.get(paper)
        if work is None or not may_have(case.bench, case.readers[reader], work):
            said.append(f"{reader} got {paper}, uncalled, on {times[0][0].moment.at:%d %b %H:%M}")
    return said


def nothing_follows_a_suspension(case: Case) -> list[str]:
    """Invariant 5: nothing is sent after a suspension."""
    said = []
    for posted in case.life.truth.posted:
        name, channel, address = posted.reader.split(" ")
        for first, last in case.life.pigeons[channel].spans[address]:
            if first < posted.number < last:
                said.append(f"{name} was written to in pass {posted.number}, suspended in {first}")
    return said


def nothing_comes_during_a_pause(case: Case) -> list[str]:
    """A reader who has paused gets nothing until then."""
    said = []
    for posted in case.life.truth.posted if not case.life.skewed else ():
        for one in case.life.choosing.pauses:
            theirs = posted.reader.endswith(f" {one.channel} {one.address}")
            if theirs and posted.moment.tick > one.since.tick and posted.moment.at < one.until:
                said.append(f"{posted.reader} had paused until {one.until:%d %b %H:%M}")
    return said


def nothing_comes_by_what_is_off(case: Case) -> list[str]:
    """By a topic that its reader has turned off comes nothing that was recorded since."""
    said = []
    for posted in case.life.truth.posted:
        for one in case.life.choosing.offs:
            before = one.ended is None or posted.moment.tick < one.ended.tick
            if posted.reader != one.reader or not before:
                continue
            for entry in posted.entries:
                seen = case.bench.truth.seen.get(entry.paper.id)
                fresh = seen is not None and seen.tick > one.since.tick
                if fresh and one.topic in entry.topics:
                    said.append(f"{one.reader} got {entry.paper.id} by {one.topic}, which is off")
    return said


def faults_stop_only_themselves(case: Case) -> list[str]:
    """Invariant 6: once the faults are over, every source is whole and nothing waits."""
    polls = [one for one in case.status.polls if one.state != "ok"]
    said = [f"{one.source}: {one.state}: {one.error}" for one in polls]
    waiting = [row for row in case.rows.values() if row["state"] in ("pending", "sending")]
    return said + [f"delivery {row['id']} to {row['address']} still waits" for row in waiting]


def retries_are_bounded(case: Case) -> list[str]:
    """Invariant 7: once a pass, for five days and one last time; a refused paper four times."""
    said = []
    for pigeon in case.life.pigeons.values():
        for key, tries in pigeon.tries.items():
            often = Counter(number for number, _ in tries).most_common(1)[0]
            if often[1] > 1:
                said.append(f"{key} was tried {often[1]} times in pass {often[0]}")
            ended = [at for number, at in tries if number not in case.life.ends.died]
            late = [at for at in ended if at > tries[0][1] + LIFETIME]
            if len(late) > 1 and not case.life.skewed and not _renewed(case, key):
                said.append(f"{key} was tried {len(late)} times after its five days")
        for (reader, paper, revised), keys in pigeon.refused.items():
            again = sum(1 for _ in case.works[paper].crosses()) + _reaches(case, reader)
            again += case.life.spoiling.mended[
                reader
            ]  # a topic that read it later is a fresh cause
            lifted = pigeon.spans[case.readers[reader].address]
            if len(keys) > GIVEN + again and not revised and not lifted:
                said.append(f"{paper} was refused to {reader} {len(keys)} times")
    return said


def _renewed(case: Case, key: str) -> bool:
    """Whether the days count anew: a person asked for another try, or the reader has paused."""
    address = case.rows[key]["address"]
    paused = any(one.address == address for one in case.life.choosing.pauses)
    return paused or key in case.life.ends.retried


def _reaches(case: Case, reader: str) -> int:
    """Count how often a reader wished for something of the past."""
    wished = case.life.truth.wished.items()
    starts = sum(len(starts) for (name, _), starts in wished if name == reader)
    return starts if case.readers[reader].since else 0


def nothing_is_silent(case: Case) -> list[str]:
    """Invariant 8: the counts of `status` are those of the ledger, and suspensions are listed."""
    states = Counter(row["state"] for row in case.rows.values())
    counts = {"sent": case.status.sent, "failed": case.status.failed, "held": case.status.held}
    wrong = [state for state, number in counts.items() if number != states[state]]
    said = [f"{states[one]} deliveries are {one}, and {counts[one]} are told" for one in wrong]
    listed = {(one["channel"], one["address"]) for one in case.status.suspended}
    for channel, pigeon in case.life.pigeons.items():
        missing = pigeon.suspended.keys() - {address for name, address in listed if name == channel}
        said += [f"{channel} {address} is suspended and not listed" for address in missing]
    return said


def one_digest_a_day(case: Case) -> list[str]:
    """Rows 13 and 14: a reader's digests are for different days of their own calendar."""
    if case.life.skewed:
        return []
    slots: dict[tuple[str, object], set[object]] = defaultdict(set)
    for posted in case.life.truth.posted:
        reader = case.readers[posted.reader]
        if reader.schedule.at is not None and len(case.life.schedules[posted.reader]) == 1:
            zone = ZoneInfo(reader.schedule.timezone)
            slots[posted.reader, posted.at.astimezone(zone).date()].add(posted.at)
    twice = {key: at for key, at in slots.items() if len(at) > 1}
    return [f"{reader} has {len(at)} digests for {day}" for (reader, day), at in twice.items()]


def only_what_is_included(case: Case) -> list[str]:
    """Invariant 2: revisions reach those who include them, once each."""
    said = []
    times: Counter[tuple[str, str, int]] = Counter()
    for posted in case.life.truth.posted:
        for entry in posted.entries:
            if entry.kind not in case.readers[posted.reader].include:
                said.append(f"{posted.reader} does not include {entry.kind}: {entry.paper.id}")
            if entry.kind == "replace" and case.rows[posted.key]["uncertain"] == 0:
                times[posted.reader, entry.paper.id, entry.revision] += 1
    return said + [f"{what} was told {n} times" for what, n in times.items() if n > 1]


CHECKS: Sequence[Callable[[Case], list[str]]] = (
    nothing_is_missed,
    no_revision_is_missed,
    nothing_is_repeated,
    uncertain_is_only_what_was,
    what_is_claimed_is_given_back,
    nothing_comes_uncalled,
    nothing_follows_a_suspension,
    nothing_comes_during_a_pause,
    nothing_comes_by_what_is_off,
    faults_stop_only_themselves,
    retries_are_bounded,
    nothing_is_silent,
    one_digest_a_day,
    only_what_is_included,
)
