"""What `why` says of topics, of later versions, and of papers that the ledger does not hold."""

from bot.answers.words import Clock, named
from bot.core.absence import Absence, Absent
from bot.core.baseline import scopes_of_categories
from bot.core.model import Kind
from bot.core.story import Story
from bot.core.subscription import EVERYTHING
from bot.core.why import Account
from bot.core.why_revised import Revised, RevisedWhy
from bot.core.why_topic import TopicFate, TopicWhy

# What follows a topic's name; that of several which stands first here is told first.
_TOPIC: dict[TopicWhy, str] = {
    "gave": "gave it{now}",
    "due": "{matches}; it is in the next digest",
    "waits": "{matches}, and reaches back to it once the baseline of its categories is known",
    "already": "{matches}, and another topic gave it before",
    "off": "{matches}, but its reader has turned the topic off on {off}",
    "changed": "{matches} now, but had passed over it, announced on {announced}: the paper's text, "
    "or what `include` has, was another then{young}",
    "kind": '{matches}, but the paper is {what} there, and `include` does not have "{kind}"',
    "before": "{matches}, {but} began on {began}, after the paper was announced on {announced}",
    "undated": "{matches}, {but} nobody told yet when the paper was submitted, so it may be old",
    "baseline": "{matches}, {but} {silent}",
    "untaken": "{matches}, {but} the bot has not taken the topic up yet as it is now",
    "broken": "is left out, because its query cannot be read",
    "unmatched": "does not match",
}
_FIRST = tuple(_TOPIC)
_KINDS: dict[Kind, str] = {"new": "new", "cross": "a cross-list", "replace": "a later version"}

_REVISED: dict[RevisedWhy, str] = {
    "told": "told in {delivery}",
    "with_paper": "{delivery} gives the paper itself, in its newest version then",
    "due": "will be told in the next digest",
    "not_included": 'not told, because `include` does not have "replace"',
    "before": "not told, because every topic began after it",
    "unmatched": "not told, because no topic matches the paper",
    "changed": "not told: the paper's text, or what `include` has, was another then",
}

_ABSENT: dict[Absent, str] = {
    "forgotten": "it was known once, and is older than `retention` keeps papers",
    "elsewhere": "arXiv has it, but it was in none of the categories that are polled ({polled}) "
    "when it was last met, on {met}",
    "unreadable": "what {source} told of it on {told} could not be read ({error})",
    "awaited": "no poll has brought it. Its number was passed over, so since {since} it is asked "
    "for by its id once a day{asked}",
    "void": "arXiv most likely never gave this number: it was asked for by its id for two weeks, "
    "since {since}, in vain",
    "unpolled": "nothing has been polled yet; `daily-papers run` begins with that",
    "future": "the first four digits of an id are year and month, and that month has not come",
    "above": "its number is above all that arXiv was known to have given ({highest}) at the last "
    "poll, on {polled_at}{late}",
    "unmet": "no poll has brought it. Polled are {polled}, last on {polled_at}{late}; of what was "
    "announced before the first poll only the last weeks are read. Nothing was asked of arXiv now: "
    "see https://arxiv.org/abs/{id}",
}

_LATE = ", of which no source could be read whole (see `daily-papers status`)"


def main_reason(account: Account, story: Story, clock: Clock) -> str:
    """Say in one clause why none of the topics gave the paper."""
    if not account.topics:
        return "the subscription has no topics"
    first, *others = sorted(account.topics, key=lambda one: _FIRST.index(one.why))
    if first.why == "unmatched" and others:
        return f"none of the topics matches: {', '.join(one.name for one in account.topics)}"
    return f"topic {first.name} {topic_reason(first, story, clock)}"


def topic_reason(fate: TopicFate, story: Story, clock: Clock) -> str:
    """Say why a topic gave a paper or did not, as what follows the topic's name."""
    reading = fate.reading
    matched = fate.clause is not None and fate.clause.matched
    known = reading is not None and reading.began is not None
    return _TOPIC[fate.why].format(
        matches="matches" if matched else "does not match",
        but="but" if matched else "and",
        now="" if matched else "; its query does not match it as it is now",
        kind=fate.kind,
        what=_KINDS[fate.kind],
        announced=clock(fate.row.date if fate.row else None),
        began=clock(reading.made_at if reading else None),
        off=clock(fate.off),
        young="" if known else ", or the topic is younger",
        silent=_silent(story, clock),
    )


def _silent(story: Story, clock: Clock) -> str:
    """Say why a paper was recorded silently."""
    paper = story.paper
    here = scopes_of_categories(paper.categories) if paper else frozenset[str]()
    horizons = [story.horizons[one] for one in sorted(here & story.horizons.keys())]
    if not horizons:
        return "it came while there was no baseline, and was recorded silently"
    told = ", ".join(f"{one.scope} {clock(one.at)}" for one in horizons)
    return f"it is from before the news began (baseline: {told}), and was recorded silently"


def revision_line(one: Revised, clock: Clock) -> str:
    """Say what became of a later version."""
    passage = one.passage
    delivery = "the next digest" if passage is None else f"{named(passage)} ({passage.state})"
    told = _REVISED[one.why].format(delivery=delivery)
    return f"v{one.version}, announced on {clock(one.row.date)}: {told}"


def absence_sentence(absent: Absence, story: Story, clock: Clock) -> str:
    """Say why the ledger does not hold a paper, as what follows a colon."""
    gap = story.gap
    flaw = story.flaws[0] if story.flaws else None
    everything = absent.scopes == (EVERYTHING,)
    return _ABSENT[absent.why].format(
        id=story.id,
        polled="all of arXiv" if everything else ", ".join(absent.scopes) or "no categories",
        met=clock(story.elsewhere),
        source=flaw and flaw.source,
        told=clock(flaw.at if flaw else None),
        error=flaw and flaw.error,
        since=clock(gap.since if gap else None),
        asked=f", last on {clock(gap.asked)}" if gap and gap.asked else "",
        highest=f"up to {story.highest}" if story.highest else "none",
        polled_at=clock(story.polled),
        late=_LATE if story.head.late else "",
    )
