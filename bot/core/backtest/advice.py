"""What a user should know of a backtest: what floods, what finds nothing, what is not stored."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.core.backtest.result import Backtest, Flood
from bot.core.backtest.wording import clause, implied_or, percent
from bot.core.baseline import covers
from bot.core.query.expression import write
from bot.core.render.wording import short_date
from bot.core.subscription import EVERYTHING, Topic

_SHOWN = 12
"""So many categories are named."""
_DIFFERENCE = 0.05
"""If fewer than this part of the papers have a word in other letters, that is a slip of theirs."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know, as a sentence or two."""

    kind: Literal["nothing", "dead", "flood", "acronym", "unpolled", "short", "implied"]
    text: str


def advise(
    found: Backtest, scopes: Collection[str], hints: Mapping[str, str]
) -> tuple[Advice, ...]:
    """Say what should be known before one trusts the numbers, and what would make a better query.

    `scopes` are those whose papers are stored; `hints` tell what is nearest to a term in
    `found.dead`, by its key.
    """
    return (
        *_implied(found),
        *_short(found),
        *_unpolled(found, scopes),
        *_nothing(found),
        *_dead(found, hints),
        *(_flood(one, found.stored) for one in found.floods),
        *_acronyms(found),
    )


def _implied(found: Backtest) -> Iterator[Advice]:
    """Tell that OR was read where no operator stands, and what else may have been meant."""
    if found.instead:
        counts = [f" ({count:,})" if found.stored else "" for _, count in found.instead]
        yield Advice("implied", implied_or([text for text, _ in found.instead], counts))


def _short(found: Backtest) -> Iterator[Advice]:
    """Tell where fewer days are stored than asked for."""
    first = found.first_stored
    if not found.announcements:
        yield Advice("short", "arXiv announced nothing in those days: ask for more of them.")
    elif first is None:
        yield Advice("short", "No paper of those days is stored: nothing can be told of them.")
    elif found.covered < found.announcements:
        yield Advice(
            "short",
            f"Papers are stored since {short_date(first)}: {found.covered} of the "
            f"{found.announcements} announcements asked for, which the mean counts.",
        )


def _unpolled(found: Backtest, scopes: Collection[str]) -> Iterator[Advice]:
    """Tell where the query asks for categories whose papers are not stored."""
    wanted = Topic("", found.query).scopes
    missing = sorted(one for one in wanted if not any(covers(wide, (one,)) for wide in scopes))
    if not missing or not found.stored:
        return
    stored = _some(sorted(scopes)) or "no category yet"
    asks = f"{_some(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if EVERYTHING in missing:
        asks = "it asks for all of arXiv"
    yield Advice(
        "unpolled",
        f"The figures are too low: what is polled and stored is {stored}, and {asks}. "
        "A topic that names a category has it polled.",
    )


def _nothing(found: Backtest) -> Iterator[Advice]:
    """Tell which condition keeps everything out."""
    if found.matched or not found.stored or (found.dead and not found.conditions):
        return
    text = f"None of the {found.stored:,} stored papers matches."
    best = max(found.conditions, key=lambda one: one.without, default=None)
    if best is not None and best.without:
        text += f" Without {clause(best.text)} it would be {best.without:,}."
    elif found.conditions:
        text = f"{text[:-1]}, and leaving out any one condition changes nothing."
    yield Advice("nothing", text)


def _dead(found: Backtest, hints: Mapping[str, str]) -> Iterator[Advice]:
    """Tell which terms match nothing, and what is nearest."""
    if not found.stored:
        return
    louder = {one.text for one in found.acronyms if one.any_case}
    for term in found.dead:
        if write(term) not in louder:
            hint = hints.get(term.key)
            end = f": {hint}" if hint else "."
            yield Advice("dead", f"{clause(write(term))} matches nothing{end}")


def _flood(one: Flood, stored: int) -> Advice:
    """Tell that a bare word brings very much, and which phrases would bring less."""
    share = percent(one.brings / stored)
    text = f"{clause(one.text)} alone brings {one.brings:,}, {share} of all papers."
    phrases = [f"{clause(phrase)} ({count:,})" for phrase, count in one.phrases]
    if phrases:
        text += f" A phrase says more: {', '.join(phrases)}."
    else:
        text += " A phrase, or a category beside it, would say more."
    return Advice("flood", text)


def _acronyms(found: Backtest) -> Iterator[Advice]:
    """Tell that capitals match capitals only, where that makes a difference."""
    for one in found.acronyms:
        if one.any_case - one.matched > _DIFFERENCE * one.any_case:
            yield Advice(
                "acronym",
                f"{one.text} is in capitals, and so matches capitals only: {one.matched:,}. In any "
                f"case it would match {one.any_case:,}: {one.text.lower()}.",
            )


def _some(names: Collection[str]) -> str:
    """List names, not too many."""
    listed = ["all of arXiv" if name == EVERYTHING else name for name in names]
    rest = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
