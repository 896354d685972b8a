"""What several tellings of one paper amount to.

A later version overtakes an earlier one, and of one version what is told in more detail overtakes
what is told in less: in whatever order they come. Of what is told alike the later telling counts,
and of one version's comments, whoever tells them. What a feed leaves out of a later version is
borrowed from an earlier one until it comes; of several, from that which was known first. A report
number and affiliations, of which most tellings know nothing, stay until others are told.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import reduce

from bot.core.arxiv_id import order_of
from bot.core.model import Paper


def merged(known: Paper, told: Paper) -> Paper:
    """Give the paper as it is known after `told` came to what was `known` of it."""
    found = _merged(known, told)
    older, newer = sorted((known, told), key=lambda one: one.version)
    number = newer.report_no or older.report_no
    affiliations = newer.affiliations or older.affiliations
    if (found.report_no, found.affiliations) == (number, affiliations):
        return found
    return replace(found, report_no=number, affiliations=affiliations)


def _merged(known: Paper, told: Paper) -> Paper:
    """Merge two tellings in all but the report number and the affiliations."""
    if told.version > known.version:
        return _kept(told, known) if told.partial else told
    if told.version < known.version:
        return _completed(known, told) if known.partial and not told.partial else known
    return _together(known, told)


def one_of_each(papers: Iterable[Paper]) -> list[Paper]:
    """Merge the copies of each paper, in the order of ids; theirs makes no difference."""
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        groups.setdefault(paper.id, []).append(paper)
    return [
        reduce(merged, sorted(groups[key], key=_rank)) if len(groups[key]) > 1 else groups[key][0]
        for key in sorted(groups, key=lambda key: (order_of(key), key))
    ]


def _rank(paper: Paper) -> tuple[object, ...]:
    """Order copies: the best last, then by anything that does not depend on arrival."""
    return paper.version, paper.detail, paper.updated, repr(paper)


def _kept(newer: Paper, known: Paper) -> Paper:
    """Give a newer version of which only a feed told, with what that does not tell."""
    return replace(
        newer,
        comment=_inherited(known),
        journal_ref=known.journal_ref,
        doi=known.doi,
        published=_submitted(known, newer),
    )


def _completed(known: Paper, older: Paper) -> Paper:
    """Fill what a feed does not tell from an older version."""
    return replace(
        known,
        comment=_inherited(older) if known.comment is None else known.comment,
        journal_ref=older.journal_ref if known.journal_ref is None else known.journal_ref,
        doi=older.doi if known.doi is None else known.doi,
        published=older.published,
    )


def _inherited(older: Paper) -> str | None:
    """Give the comment for a later version: that this one was withdrawn says nothing of that."""
    return None if older.withdrawn else older.comment


def _together(known: Paper, told: Paper) -> Paper:
    """Merge two tellings of one version, in the categories of both.

    One may be from before a cross-list, and who reads the new category must still find the paper.
    """
    best, other = (told, known) if told.detail >= known.detail else (known, told)
    whole = known if told.partial else told
    # A version once withdrawn stays so: an answer without that is stale.
    stale = known.withdrawn and not whole.withdrawn
    return replace(
        best,
        categories=_all_of(best, other),
        published=_submitted(best, other),
        updated=min(best.updated, other.updated) if best.partial else best.updated,
        comment=known.comment if stale else whole.comment,
        journal_ref=whole.journal_ref,
        doi=whole.doi,
    )


def _submitted(best: Paper, other: Paper) -> datetime:
    """Tell when it was submitted; a feed that lists it as new knows it better than the others."""
    if best.partial and other.partial:
        return max(best.published, other.published)
    return other.published if best.partial else best.published


def _all_of(best: Paper, other: Paper) -> tuple[str, ...]:
    """Give the categories of both, in arXiv's order where one has them all."""
    ours, theirs = frozenset(best.categories), frozenset(other.categories)
    if theirs <= ours:
        return best.categories
    if ours < theirs:
        return other.categories
    return (best.primary_category, *sorted((ours | theirs) - {best.primary_category}))
