"""One question to arXiv's query API, and what an answer to it must look like."""

from dataclasses import dataclass
from datetime import timedelta

from bot.core.errors import SuspectAnswer
from bot.core.model import Paper
from bot.core.subscription import EVERYTHING
from bot.core.window import Window
from bot.sources.atom import Page
from bot.sources.persistence import Lasting
from bot.sources.sifting import sifted
from bot.sources.tally import names

_SLACK = timedelta(minutes=1)


class NothingMore(Lasting):
    """An empty page behind others, though arXiv counts more rows than those held."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows of which papers: `scopes` within `window`, sorted by submission.

    `floor` is how many results are known to exist; an answer with fewer in all is suspect.
    """

    scopes: tuple[str, ...]
    window: Window
    start: int = 0
    rows: int = 1
    descending: bool = True
    floor: int = 0

    @property
    def parameters(self) -> dict[str, str]:
        """The question as the query API takes it; always with max_results, whose default is 10."""
        return {
            "search_query": " AND ".join(filter(None, (self._categories, self._submitted))),
            "start": str(self.start),
            "max_results": str(self.rows),
            "sortBy": "submittedDate",
            "sortOrder": "descending" if self.descending else "ascending",
        }

    @property
    def _categories(self) -> str:
        """Any of the scopes; nothing where all of arXiv is wanted."""
        if EVERYTHING in self.scopes:
            return ""
        text = " OR ".join(f"cat:{scope}" for scope in self.scopes)
        return f"({text})" if len(self.scopes) > 1 else text

    @property
    def _submitted(self) -> str:
        """The window, to the minute in GMT."""
        return f"submittedDate:[{self.window.start:%Y%m%d%H%M} TO {self.window.end:%Y%m%d%H%M}]"

    def check(self, page: Page) -> Page:
        """Give back the page if it answers this question; raises SuspectAnswer if it does not.

        More papers than arXiv counts are taken, unless there may be still more behind them. A few
        papers from elsewhere are quarantined.
        """
        unique = len(set(names(page)))
        if unique > page.total and (page.rows >= self.rows or not page.total):
            where = "on a full page" if page.rows >= self.rows else "on the page"
            raise SuspectAnswer(f"{unique} papers {where}, though {page.total} in all")
        if page.rows == 0 and page.total > self.start:
            empty = NothingMore if self.start else SuspectAnswer
            raise empty(f"an empty page, though there are {page.total} results")
        if page.total < self.floor:
            raise SuspectAnswer(f"{page.total} papers where {self.floor} were known")
        return sifted(page, self._asked_for, self._unasked)

    def _asked_for(self, paper: Paper) -> bool:
        """Whether the paper lies in the window, give or take a minute.

        Its categories may have changed since arXiv indexed them, and do no harm.
        """
        return Window(self.window.start - _SLACK, self.window.end + _SLACK).holds(paper.published)

    def _unasked(self, paper: Paper) -> str:
        """Say of a paper that was not asked for where it belongs."""
        told = f"submitted {paper.published:%Y-%m-%d %H:%M}"
        return f"came unasked for {self.window}: {told}"
