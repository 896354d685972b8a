"""Showing an answer to `why`: the sentence, the paper, and how each clause read it."""

from collections.abc import Iterator, Mapping

from bot.answers.reasons import revision_line, topic_reason
from bot.answers.sentences import clock_of, sentence, verdict
from bot.answers.words import Clock, named, way
from bot.console import drawing, marked, say
from bot.core.clauses import Clause, Found
from bot.core.model import Paper
from bot.core.near_miss import Nearness
from bot.core.render.wording import display, place_name
from bot.core.story import Story
from bot.core.why import Account, Answer
from bot.core.why_topic import TopicFate

Piece = tuple[str, bool]
"""A text, and whether it is marked."""
Line = tuple[int, tuple[Piece, ...]]
"""By how much a line is indented, and its pieces."""

MOST = 6
"""How many alternatives that do not match are shown: those that came nearest."""
_MISSES: dict[Nearness, str] = {
    "letters": "there, but not in capitals",
    "apart": "its words are there, but apart",
    "field": "there, but in another field",
    "some": "only some of its words are there",
    "namesake": "only somebody with a part of that name is there",
    "primary": "there, but as a cross-list",
    "other": "the paper has another",
}


def show_answer(answer: Answer, refused: Mapping[str, str]) -> None:
    """Show an answer; `refused` tells of topics that are left out why they are."""
    say(verdict(answer))
    for indent, pieces in _lines(answer, refused):
        if pieces:
            marked(pieces, indent)
        else:
            say()


def _lines(answer: Answer, refused: Mapping[str, str]) -> Iterator[Line]:
    """Tell everything that the first sentence rests on."""
    clock, story = clock_of(answer), answer.story
    if story.paper is not None:
        yield 0, ()
        yield from _facts(story.paper, story, clock)
        asked = answer.asked.version
        if asked is not None and asked > story.paper.version:
            yield _line(f"v{asked} is not known: the newest is v{story.paper.version}")
        told: set[str] = set()
        for account in answer.accounts:
            yield 0, ()
            yield from _account(answer, account)
            for fate in account.topics:
                yield _line(f"topic {fate.name} {topic_reason(fate, story, clock)}")
                # Its queries read the paper alike whatever the channel.
                yield from _topic(fate, refused) if fate.name not in told else ()
                told.add(fate.name)
            yield from (_line(revision_line(one, clock)) for one in account.revisions)
    if answer.accounts:
        yield 0, ()
        yield _line(f"Times are those of {clock.zone}.")


def _facts(paper: Paper, story: Story, clock: Clock) -> Iterator[Line]:
    """Tell what the paper is, and how it became known."""
    yield _line(f"{paper.id}v{paper.version}: {display(paper.title, paper.readable)}")
    others = " ".join(one for one in paper.categories if one != paper.primary_category)
    also = f", cross-listed in {others}" if others else ""
    when = f"submitted {paper.published:%Y-%m-%d}"
    if paper.version > 1:
        when += f", v{paper.version} {paper.updated:%Y-%m-%d}"
    partial = "; comment and dates are not known yet" if paper.partial else ""
    yield _line(f"{paper.primary_category}{also}; {when}{partial}", 2)
    for row in story.rows:
        if row.former is None and not row.completed:
            what = f"cross-listed in {' '.join(row.late)}" if row.late else "announced"
            if row.silent:
                yield _line("known from the past: never announced as news", 2)
            else:
                by = ", ".join(sorted(row.sources))
                yield _line(f"{what} on {clock(row.date)}, found by {by}", 2)
    yield _line(paper.url, 2)


def _account(answer: Answer, account: Account) -> Iterator[Line]:
    """Tell how one of several subscriptions stands, and of deliveries that no longer count.

    What the first line has said already of one is not said again.
    """
    clock = clock_of(answer)
    if len(answer.accounts) > 1:
        told, by = answer.absent is None and account is answer.best, way(account)
        yield _line(f"{by[0].upper()}{by[1:]}:" if told else sentence(answer, account))
    for passage in account.held.passages if account.held else ():
        if passage is not account.passage and not passage.revision:
            yield _line(f"{named(passage)}: {passage.state} on {clock(passage.settled_at)}")


def _topic(fate: TopicFate, refused: Mapping[str, str]) -> Iterator[Line]:
    """Tell how a topic's query read the paper, or why it cannot be read."""
    if fate.clause is not None:
        yield from _clause(fate.clause, 2)
    for text in refused.get(fate.name, "").splitlines() if fate.why == "broken" else ():
        yield _line(text, 2)


def _clause(clause: Clause, indent: int) -> Iterator[Line]:
    """Tell of a clause whether it is met, by what, and of what it joins."""
    inner = clause.inner
    if clause.kind == "not" and inner[0].kind == "term":
        yield _line(f"{_sign(clause)}{clause.text}", indent)
        yield from (_found(one, indent + 2) for one in inner[0].found)
        return
    text = {"all": "all of", "any": "any of", "not": "NOT", "term": clause.text}[clause.kind]
    miss = f": {_MISSES[clause.miss.near]}" if clause.miss else ""
    yield _line(f"{_sign(clause)}{text}{miss}", indent)
    yield from (_found(one, indent + 2) for one in clause.found)
    kept = inner if clause.kind != "any" else _nearest(inner)
    for one in kept:
        yield from _clause(one, indent + 2)
    if len(kept) < len(inner):
        yield _line(f"and {len(inner) - len(kept)} more that do not match", indent + 2)


def _nearest(alternatives: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Keep of alternatives those that match, and some that do not: the nearest, in their order."""
    misses = [one for one in alternatives if not one.matched]
    shown = {id(one) for one in sorted(misses, key=lambda one: one.miss is None)[:MOST]}
    return tuple(one for one in alternatives if one.matched or id(one) in shown)


def _sign(clause: Clause) -> str:
    """Tell whether a clause is met: by a sign on a terminal, and by a word elsewhere."""
    if not drawing():
        return "yes: " if clause.matched else "no: "
    return "✓ " if clause.matched else "✗ "


def _found(found: Found, indent: int) -> Line:
    """Tell where something stands, with the words marked."""
    pieces: list[Piece] = [(f"{place_name(found.where)}: ", False)]
    at = 0
    for start, end in found.marks:
        pieces += [(found.text[at:start], False), (found.text[start:end], True)]
        at = end
    pieces.append((found.text[at:], False))
    return indent, tuple(pieces)


def _line(text: str, indent: int = 0) -> Line:
    """Make a line of which nothing is marked."""
    return indent, ((text, False),)
