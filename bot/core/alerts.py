"""What the owner should be told now: each matter once when it begins, and once when it is over.

A matter has a key. What was told of it is remembered as a mark of that key, whose value says of
which case: it is empty once the matter is over.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.announcing import Announcing, announcing, silent
from bot.core.arxiv_calendar import Calendar, eastern
from bot.core.notice import Notice
from bot.core.polling import Mark, PollResult
from bot.core.refusal import Refusal
from bot.core.standing import Status

ANNOUNCEMENT, LEFT_OVER, TOPICS = "announcement", "left over", "topics"
ONCE_A_DAY = timedelta(days=1)
LISTED = 10
"""How many things of a kind one notice lists."""
OVER = ""
_AGAIN = "You are told once, and again when it is over."
_OTHERS_WORK = (
    "Where other sources work, papers come through them. The bot asks this one again at every poll "
    "and then catches up. `daily-papers check` tries it now."
)
_TRY_CHANNEL = (
    "`daily-papers check` tries the channel now. A wrong password, token or sender is mended in "
    "the configuration or in its secrets."
)


@dataclass(frozen=True, slots=True)
class Look:
    """The ledger at an instant, beside what is expected of it; `watched` since when it is so.

    `asking`: a poll is due or under way, so that the ledger does not know yet what has come.
    """

    now: datetime
    status: Status
    calendar: Calendar
    quiet_after: timedelta
    watched: datetime | None = None
    asking: bool = False

    @property
    def announcing(self) -> Announcing:
        """How arXiv's announcements come; nothing is alarming while it is being asked for."""
        found = announcing(self.now, self.calendar, self.quiet_after, self.status, self.watched)
        if self.asking and found.alarming:
            return replace(found, state="waiting", alarming=False)
        return found

    @property
    def good(self) -> bool:
        """Whether nothing is wrong that would keep papers from coming or digests from going."""
        kept_back = bool(self.status.paused and self.status.pending)
        missing = self.announcing.state in ("stalled", "failed")
        return not (silent(self.status.polls) or kept_back or missing)

    def patient(self, since: datetime, until: datetime) -> bool:
        """Whether at `until` no announcement after `since` was older than the owner's patience."""
        return until < self.calendar.next_announcement(since) + self.quiet_after


@dataclass(frozen=True, slots=True)
class Alert:
    """What to tell of the matter `key`, and the value to remember once it is told.

    `case` names the notice for ever, so that one sent twice is recognisable. Without a notice there
    is nothing to tell, and only the value to remember.
    """

    key: str
    value: str
    notice: Notice | None = None
    case: str = ""


def alerts(look: Look, told: Mapping[str, Mark]) -> tuple[Alert, ...]:
    """Decide what is to be told now, given the marks of what was told, by key."""
    return (
        *_of_announcement(look, _value(told, ANNOUNCEMENT)),
        *_of_sources(look, told),
        *_of_channels(look, told),
        *_of_left_over(look, told.get(LEFT_OVER)),
        *_of_topics(look, _value(told, TOPICS)),
    )


def _value(told: Mapping[str, Mark], key: str) -> str:
    """Give what was told last of a matter; empty where nothing was, or it is over."""
    return told[key].value if key in told else OVER


def _of_announcement(look: Look, told: str) -> Iterator[Alert]:
    """Tell of an announcement that was due and has not come, and that it came after all."""
    state = look.announcing
    case = state.due.isoformat() if state.missing else OVER
    if state.alarming and told != case:
        yield Alert(ANNOUNCEMENT, case, _missing(look, state), case)
    elif told not in (OVER, case):
        missed = datetime.fromisoformat(told)
        line = f"What had not come since {eastern(missed)} has come, and goes into the digests."
        yield _over(ANNOUNCEMENT, told, Notice("arXiv announces again", (line,), look.now))


def _over(key: str, told: str, notice: Notice) -> Alert:
    """Tell that a matter is over, of the case that was told."""
    return Alert(key, OVER, notice, f"over {told}")


def _missing(look: Look, state: Announcing) -> Notice:
    """Write that an announcement is missing: since when, what is done, what can be done."""
    hours = (look.now - state.due) // timedelta(hours=1)
    risen = look.status.risen
    before = f"The last new paper came {eastern(risen)}." if risen else "No paper came before."
    lines = [f"It was due {hours} hours ago. {before}"]
    lines += [f"{one.source}: {_ended(one)}" for one in look.status.polls]
    if state.state == "failed":
        lines.append(
            "No source answers. Is this machine online? `daily-papers check` tries each source, "
            "and https://status.arxiv.org tells how arXiv is."
        )
    else:
        lines.append(
            "The sources answer, but bring nothing new. arXiv tells at https://status.arxiv.org "
            "and https://blog.arxiv.org when it defers a mailing; a holiday that the bot does not "
            "know can be given with arxiv.holidays."
        )
    lines.append(f"The bot goes on asking, and what comes later is not lost. {_AGAIN}")
    subject = f"Nothing has come of arXiv's announcement of {eastern(state.due)}"
    return Notice(subject, tuple(lines), look.now)


def _ended(poll: PollResult) -> str:
    """Tell how a source's last poll ended."""
    because = f": {poll.error}" if poll.error else ""
    return f"{poll.state} at {poll.at:%Y-%m-%d %H:%M} UTC{because}"


def _of_sources(look: Look, told: Mapping[str, Mark]) -> Iterator[Alert]:
    """Tell of a source that stays incomplete while others work, and that it is whole again."""
    for poll in look.status.polls:
        key = f"source {poll.source}"
        before = _value(told, key)
        whole = poll.whole_at or look.watched
        # While the bot was away nothing was tried, and so nothing failed.
        failing = poll.failing or whole
        if poll.state == "ok" and before != OVER:
            line = f"{poll.source} was read whole at {poll.at:%Y-%m-%d %H:%M} UTC."
            yield _over(key, before, Notice(f"{poll.source} works again", (line,), look.now))
        elif poll.state != "ok" and before == OVER and whole is not None and failing is not None:
            case = whole.isoformat()
            if not look.patient(failing, poll.at) and look.announcing.state != "failed":
                yield Alert(key, case, _incomplete(look, poll, whole), case)


def _incomplete(look: Look, poll: PollResult, whole: datetime) -> Notice:
    """Write that one source fails."""
    since = "It was last read whole at" if poll.whole_at else "It was never read whole since"
    lines = (
        f"{since} {whole:%Y-%m-%d %H:%M} UTC. Its last poll: {_ended(poll)}",
        _OTHERS_WORK,
        _AGAIN,
    )
    return Notice(f"{poll.source} cannot be read", lines, look.now)


def _of_channels(look: Look, told: Mapping[str, Mark]) -> Iterator[Alert]:
    """Tell of a paused channel, and once nothing waits any more, that it is over.

    Between two tries a channel is not paused for a moment, though nothing has become better.
    """
    paused = {f"channel {row['channel']}": row for row in look.status.paused}
    for key, row in paused.items():
        if _value(told, key) == OVER:
            yield Alert(key, row["at"], _paused(look, row), row["at"])
    for key in told:
        channel = key.removeprefix("channel ")
        before = _value(told, key)
        if channel != key and before != OVER and key not in paused and not look.status.pending:
            line = "It is not paused any more, and no delivery is pending."
            yield _over(key, before, Notice(f"{channel} works again", (line,), look.now))


def _paused(look: Look, row: Mapping[str, str]) -> Notice:
    """Write that a channel is paused, why, and what then happens."""
    kept = f"Deliveries that wait: {look.status.pending:,}. They are kept, and tried again from"
    lines = (f"What it said: {row['reason']}", f"{kept} {row['until']} on.", _TRY_CHANNEL, _AGAIN)
    return Notice(f"{row['channel']} is paused: nothing can be delivered", lines, look.now)


def _of_left_over(look: Look, told: Mark | None) -> Iterator[Alert]:
    """Tell, at most once a day, when there are more things than before that wait for a person."""
    status = look.status
    policy = status.bounced.get("policy", 0)
    counts = (status.held, len(_given_up(status)), policy, len(status.plain))
    value = " ".join(map(str, counts)) if any(counts) else OVER
    before = told.value if told else OVER
    if value == before:
        return
    # An earlier version counted fewer things.
    known = [*map(int, before.split()), 0, 0, 0, 0]
    if not any(count > then for count, then in zip(counts, known, strict=False)):
        yield Alert(LEFT_OVER, value)
    elif told is None or before == OVER or look.now - told.at >= ONCE_A_DAY:
        yield Alert(LEFT_OVER, value, _left_over(look), f"{value} {look.now:%Y-%m-%d}")


def _left_over(look: Look) -> Notice:
    """List what waits for a person."""
    lines = []
    if look.status.held:
        lines.append(
            f"Deliveries held, as nobody knows whether they were accepted: {look.status.held:,}. "
            "`daily-papers deliveries list` shows them; `deliveries retry ID` sends one again, "
            "`deliveries drop ID` gives it up."
        )
    if rows := _given_up(look.status):
        lines.append(
            f"Papers given up, as no delivery that had them was accepted: {len(rows):,}. "
            "`daily-papers status` lists them. The newest:"
        )
        lines += [f"{row['id']} ({row['source']}): {row['error']}" for row in rows[:LISTED]]
    if said := look.status.policy:
        lines.append(
            f"Reports of servers that want no mail of ours: {len(said):,} in 30 days. It is about "
            "the sender, not about an address: look at its SPF, DKIM and DMARC. The newest:"
        )
        lines += [f"{row['address']}: {row['status']} {row['detail']}" for row in said[:LISTED]]
    if plain := look.status.plain:
        lines.append(
            f"Digests that went as titles and links alone in 30 days: {len(plain):,}. To write "
            "them as they should look failed, which is a fault of this program; the log has it as "
            "template.broken. The newest:"
        )
        lines += [f"{one['channel']} {one['address']}: {one['error']}" for one in plain[:LISTED]]
    return Notice("Something waits for you", tuple(lines), look.now)


def _given_up(status: Status) -> list[Mapping[str, str]]:
    """List the papers that a subscription never got; what a source could not read is beside them.

    Of that the next version of a paper, or of a day, makes an end: it is nobody's task.
    """
    sources = {one.source for one in status.polls}
    return [row for row in status.quarantined if row["source"] not in sources]


def _of_topics(look: Look, told: str) -> Iterator[Alert]:
    """Tell which topics are refused that were not, or for another reason, and which no longer are.

    What is remembered is the case of each, by the topic's name.
    """
    before: dict[str, str] = json.loads(told) if told else {}
    cases = {one.topic: one.case for one in look.status.refused}
    if cases == before:
        return
    value = json.dumps(cases, sort_keys=True) if cases else OVER
    new = [one for one in look.status.refused if before.get(one.topic) != one.case]
    over = sorted(before.keys() - cases.keys())
    digest = hashlib.sha256(f"{told}\n{value}".encode()).hexdigest()[:12]
    yield Alert(TOPICS, value, _refused(look, new, over), f"{digest} {look.now:%Y-%m-%d}")


def _refused(look: Look, new: list[Refusal], over: list[str]) -> Notice:
    """Write which topics are refused from now on and why, and which no longer are."""
    lines = []
    for one in new[:LISTED]:
        lines += [f"{one.topic}: {one.meanwhile}.", one.error]
    if len(new) > LISTED:
        lines.append(f"And {len(new) - LISTED:,} more: `daily-papers status` lists them.")
    if new:
        lines.append(
            "The other topics go on. Nothing is lost: once a topic is mended, what was announced "
            "since then comes. `daily-papers check` tries the configuration. " + _AGAIN
        )
    if over:
        shown = ", ".join(over[:LISTED]) + (" and others" if len(over) > LISTED else "")
        lines.append(f"No longer refused: {shown}.")
        if look.status.refused and not new:
            lines.append(f"Topics that are still refused: {len(look.status.refused):,}.")
    if not new:
        return Notice(f"{_topics(over)} can be read again", tuple(lines), look.now)
    return Notice(f"{_topics([one.topic for one in new])} cannot be read", tuple(lines), look.now)


def _topics(names: list[str]) -> str:
    """Name one topic, or count several."""
    return f"The topic {names[0]}" if len(names) == 1 else f"{len(names):,} topics"
