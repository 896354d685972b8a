"""Why a paper came to a subscriber or did not: for each subscription, topic, and later version."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.core.absence import Absence, absence
from bot.core.arxiv_id import ArxivId
from bot.core.prospect import Prospect, prospect
from bot.core.story import Held, Passage, Story
from bot.core.subscription import Subscription
from bot.core.why_revised import Revised, revised
from bot.core.why_topic import TopicFate, topic_fates

Fate = Literal[
    "sent", "sending", "uncertain", "held", "pending", "returns", "due", "suspended", "rests",
    "dropped", "given_up", "untaken", "absent", "not_given", "removed"
]  # fmt: skip
"""What has become of a paper in one subscription, what is most worth telling first.

`uncertain`: a process died while it sent the digest, and it is sent again. `held`: it may have been
accepted, and a person decides. `returns`: its delivery failed, and the next digest gives it again;
`rests`: that digest comes only after a while. `given_up`: it failed too often. `due`: the next
digest gives it. `untaken`: the bot has not taken the subscription up yet. `absent`: there is no
such paper. `not_given`: the topics tell why. `removed`: the configuration has the subscription no
more, and the paper did not come by it.
"""
FATES: tuple[Fate, ...] = get_args(Fate)


@dataclass(frozen=True, slots=True)
class Account:
    """What has become of a paper in one subscription.

    `passage` is the delivery that decides. `waits` tells that the next digest may wait for what a
    feed did not tell of the paper. `held` is None where the ledger has no such subscription, and
    `wanted` where the configuration has none.
    """

    fate: Fate
    held: Held | None
    wanted: Subscription | None
    passage: Passage | None = None
    waits: bool = False
    topics: tuple[TopicFate, ...] = ()
    revisions: tuple[Revised, ...] = ()

    @property
    def identity(self) -> tuple[str, str]:
        """The channel, and the address there."""
        known = self.held if self.wanted is None else self.wanted
        return (known.channel, known.address) if known else ("", "")

    @property
    def timezone(self) -> str:
        """The reader's own."""
        if self.wanted is not None:
            return self.wanted.schedule.timezone
        return self.held.timezone if self.held else "UTC"

    @property
    def next_due(self) -> datetime | None:
        """When the next digest is due; None where that is as soon as there is anything."""
        if self.held is None or (self.wanted is not None and self.wanted.schedule.at is None):
            return None
        return self.held.next_due


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a paper came to a subscriber or did not; `accounts` are in the subscriber's own order."""

    subscriber: str
    asked: ArxivId
    story: Story
    now: datetime
    absent: Absence | None
    accounts: tuple[Account, ...]

    @property
    def best(self) -> Account | None:
        """The account that is most worth telling first; None if there is no subscription."""
        return min(self.accounts, key=lambda one: FATES.index(one.fate), default=None)


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about which paper, as of when; `wanted` are the subscriber's as configured.

    `scopes` are all that is polled, for whomever.
    """

    subscriber: str
    asked: ArxivId
    wanted: Sequence[Subscription]
    scopes: Collection[str]
    now: datetime


def answer(question: Question, story: Story) -> Answer:
    """Tell why the paper came or did not; subscriptions that were removed count if they had it."""
    held = {(one.channel, one.address): one for one in story.held}
    wanted = {(one.channel, one.address): one for one in question.wanted}
    removed = [
        one
        for key, one in held.items()
        if key not in wanted and (one.active or one.passages or not wanted)
    ]
    pairs = [
        *((held.get(key), one) for key, one in wanted.items()),
        *((one, None) for one in removed),
    ]
    return Answer(
        question.subscriber,
        question.asked,
        story,
        question.now,
        absence(story, question.scopes, question.now),
        tuple(_account(story, one, sought, question.now) for one, sought in pairs),
    )


def _account(
    story: Story, held: Held | None, wanted: Subscription | None, now: datetime
) -> Account:
    """Tell what has become of the paper in one subscription."""
    paper = story.paper
    if paper is None:
        return Account("absent", held, wanted)
    foreseen = Prospect()
    if held is not None and held.active and wanted is not None:
        foreseen = prospect(story, held, wanted)
    fate, passage = _fate(held, wanted, foreseen, now)
    return Account(
        fate,
        held,
        wanted,
        passage,
        foreseen.waits,
        topic_fates(story, paper, held, wanted, foreseen.paper) if wanted else (),
        revised(story, paper, held, wanted, foreseen) if held else (),
    )


def _fate(
    held: Held | None, wanted: Subscription | None, foreseen: Prospect, now: datetime
) -> tuple[Fate, Passage | None]:
    """Tell what has become of the paper itself, and which delivery decides."""
    if held is None:
        return "untaken", None
    passages = [one for one in held.passages if not one.revision]
    for one in passages:
        if one.live:
            return _passing(one, now), one
    last = passages[-1] if passages else None
    return _kept_back(held, wanted, last, due=foreseen.paper is not None), last


def _kept_back(held: Held, wanted: Subscription | None, last: Passage | None, *, due: bool) -> Fate:
    """Tell how the paper stands where no delivery gives it; the `last` that did is over."""
    failed = last is not None and last.state == "failed"
    reasons: tuple[tuple[bool, Fate], ...] = (
        (wanted is None, "removed"),
        (not held.active, "untaken"),
        (failed and 0 in held.given_up, "given_up"),
        (held.suspended is not None and (failed or due), "suspended"),
        (failed and due, "returns"),
        (due, "due"),
        (failed, "rests"),
        (last is not None, "dropped"),
    )
    return next((fate for holds, fate in reasons if holds), "not_given")


def _passing(passage: Passage, now: datetime) -> Fate:
    """Tell how a delivery stands that gave the paper or is going to."""
    match passage.state:
        case "sending" if passage.lease_until is not None and passage.lease_until <= now:
            return "uncertain"
        case "failed":
            return "rests"
        case state:
            return state
