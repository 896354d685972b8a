"""Which papers of a batch each query matches: set algebra over one index."""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

from bot.core.model import Paper
from bot.core.query.expression import And, Anywhere, Author, Dates, Label, Node, Or, Text
from bot.core.query.index import Index


class Evaluation:
    """One batch of papers, asked many times; clauses that mean the same are evaluated once."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._index = Index(papers)
        self._masks: dict[str, int] = {}
        self._places: dict[int, list[int]] = {}

    def places(self, node: Node) -> list[int]:
        """Give the indices of the papers that match, in order."""
        mask = self._mask(node)
        if mask not in self._places:
            self._places[mask] = list(_bits(mask))
        return list(self._places[mask])

    def _mask(self, node: Node) -> int:
        """Evaluate a node, or remember it."""
        found = self._masks.get(node.key)
        if found is None:
            found = self._masks[node.key] = self._evaluate(node)
        return found

    def _evaluate(self, node: Node) -> int:
        """Evaluate a node; bit n stands for paper n."""
        match node:
            case Text() | Author() | Label() | Dates():
                return self._term(node)
            case Anywhere(parts) | Or(parts):
                return reduce(or_, map(self._mask, parts))
            case And(nodes):
                return reduce(and_, map(self._mask, nodes))
            case _:
                return self._index.everything ^ self._mask(node.node)

    def _term(self, term: Text | Author | Label | Dates) -> int:
        """Look a term up."""
        match term:
            case Text():
                return self._index.text(term)
            case Author():
                return self._index.author(term)
            case Label():
                return self._index.label(term)
            case Dates():
                return self._index.dates(term)


def _bits(mask: int) -> list[int]:
    """Give the places of the bits that are set, lowest first."""
    places = []
    while mask:
        low = mask & -mask
        places.append(low.bit_length() - 1)
        mask ^= low
    return places
