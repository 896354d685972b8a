"""Asks arXiv's query API for all that a person wrote, page by page, within bounds."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.model import Paper
from bot.core.query import Query, named
from bot.sources.asker import Asker
from bot.sources.atom import Page
from bot.sources.author_question import AuthorQuestion, search_for
from bot.sources.connected import Connected
from bot.sources.persistence import Patience
from bot.sources.question import NothingMore
from bot.sources.slices import OVERLAP, Paging
from bot.sources.tally import names

PAGING = Paging(rows=500)


class ArxivAuthors(Connected):
    """Asks for one person's papers at a time; it is no source of announcements."""

    async def wrote(
        self,
        person: Query,
        categories: tuple[str, ...] = (),
        *,
        patience: float,
        paging: Paging = PAGING,
    ) -> AsyncGenerator[Sequence[Paper], None]:
        """Yield the person's papers as they come, the newest first; some may come again.

        Where arXiv counts more than it gives, because the name is a common one, only names are
        asked for whose words stand side by side. Yields all that can be had before it raises a
        SourceError for the rest.
        """
        asker = Asker(self._line, Patience(patience))
        search = search_for(person.expression, categories)
        first: Page | None = await asker.ask(AuthorQuestion(search, rows=paging.rows))
        if first and first.total > paging.reach:
            search, first = search_for(person.expression, categories, together=True), None
        walk = _Walk(asker, search, paging)
        async with aclosing(walk.pages(first)) as pages:
            async for page in pages:
                yield [one for one in page.papers if named(person, one.authors)]
        walk.refuse_missing()


class _Walk:
    """Pages through the answers to one search."""

    def __init__(self, asker: Asker, search: str, paging: Paging) -> None:
        self._asker = asker
        self._search = search
        self._paging = paging
        self._seen: set[str] = set()
        self._total = 0

    async def pages(self, first: Page | None) -> AsyncGenerator[Page, None]:
        """Yield page after page, as far as arXiv gives them; the first may have come already."""
        start = 0
        while start < self._paging.reach:
            rows = min(self._paging.rows, self._paging.reach - start)
            try:
                page = first or await self._asker.ask(AuthorQuestion(self._search, start, rows))
            except NothingMore:
                return
            first = None
            yield page
            known = self._seen.issuperset(names(page))
            self._seen.update(names(page))
            self._total = page.total
            reached = start + page.rows
            if reached >= page.total:
                return
            # Papers of one second change places between pages, so some rows are asked for twice.
            start = reached if known else max(start + 1, reached - OVERLAP)

    def refuse_missing(self) -> None:
        """Raise if not all came that arXiv counts."""
        if self._total > self._paging.reach:
            raise SourceError(
                f"arXiv counts {self._total:,} papers by authors of that name, and gives only the "
                f"newest {self._paging.reach:,}: narrow them with --category"
            )
        if len(self._seen) < self._total:
            raise SuspectAnswer(f"{len(self._seen)} of {self._total} papers came")
