"""Tells the papers of a page that were asked for from those that were not."""

from collections.abc import Callable
from dataclasses import replace

from bot.core.errors import SuspectAnswer
from bot.core.model import Paper
from bot.sources.atom import Page
from bot.sources.naming import stray

_FOREIGN_SHARE = 0.1


def sifted(page: Page, asked_for: Callable[[Paper], bool], why: Callable[[Paper], str]) -> Page:
    """Give back the page without what came unasked.

    Papers from elsewhere are a broken search, and raise SuspectAnswer; but a few of them among many
    good ones are quarantined instead, with the reason `why`, so that one odd record cannot block
    the others for ever.
    """
    foreign = [paper for paper in page.papers if not asked_for(paper)]
    if not foreign:
        return page
    if len(foreign) > page.rows * _FOREIGN_SHARE:
        raise SuspectAnswer(f"{len(foreign)} of {page.rows} papers were not asked for")
    strangers = {paper.id for paper in foreign}
    return replace(
        page,
        papers=tuple(paper for paper in page.papers if paper.id not in strangers),
        quarantined=(
            *page.quarantined,
            *(stray(paper.id, why(paper)) for paper in foreign),
        ),
    )
