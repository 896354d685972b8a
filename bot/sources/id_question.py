"""One question to arXiv's query API for papers by their ids, and what an answer must look like."""

from dataclasses import dataclass

from bot.core.errors import SuspectAnswer
from bot.core.model import Paper
from bot.sources.atom import Page
from bot.sources.sifting import sifted
from bot.sources.tally import names

MOST_IDS = 100
"""How many ids one question names at most."""
WITNESS = "0704.0001"
"""The first id of the present kind: a service that leaves it out gives nothing by id at all."""


class AllOmitted(SuspectAnswer):
    """An empty page, though some of the papers asked for are known to exist."""


@dataclass(frozen=True, slots=True)
class IdQuestion:
    """Which papers, by base ids; of those that are `known` to exist at least one must come.

    arXiv leaves out an id that it does not have, and counts only what it gives.
    """

    ids: tuple[str, ...]
    known: frozenset[str] = frozenset()

    @property
    def parameters(self) -> dict[str, str]:
        """The question as the query API takes it; always with max_results, whose default is 10."""
        return {"id_list": ",".join(self.ids), "start": "0", "max_results": str(len(self.ids))}

    def check(self, page: Page) -> Page:
        """Give back the page if it answers this question; raises SuspectAnswer if it does not.

        A few papers that were not asked for are quarantined.
        """
        if page.rows == 0 and page.total == 0 and not self.known.isdisjoint(self.ids):
            raise AllOmitted("nothing came by id, not even papers that exist")
        unique = len(set(names(page)))
        if unique != page.total:
            raise SuspectAnswer(f"{unique} papers came by id, though {page.total} in all")
        return sifted(page, self._asked_for, lambda _: "came by id, but was not asked for")

    def omitted(self, page: Page) -> tuple[str, ...]:
        """Name the ids of which no readable paper came on a page that passed the check.

        arXiv does not have them, or gives them as it will again. None where a malformed row may
        stand for any of them: one that has no id, or another.
        """
        if any(row.id not in self.ids for row in page.quarantined):
            return ()
        came = {paper.id for paper in page.papers}
        return tuple(one for one in self.ids if one not in came)

    def _asked_for(self, paper: Paper) -> bool:
        """Whether the paper's id is one of those in the question."""
        return paper.id in self.ids
