"""How well the newest papers of topics match, kept from one build of the pages to the next."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.core.query import Query
from bot.core.ranking import Match, Ranking

if TYPE_CHECKING:  # a site holds matches
    from bot.core.site.model import Card

Known = Mapping[str, Mapping[str, tuple[int, Match]]]
"""Matches by the hash of the query and the id of the paper, each with the paper's stamp then."""


class Matches:
    """Ranks papers by match: to look at one takes longer than all else of its row.

    What is `known` of a paper holds while its stamp stays.
    """

    def __init__(self, known: Known | None = None) -> None:
        self._known = known or {}
        self.found: dict[str, dict[str, tuple[int, Match]]] = {}
        """Those that were asked for."""

    def ranks(self, query: Query, cards: "Sequence[Card]") -> Sequence[int]:
        """Tell of each paper its place when the best match stands first, and of equals the newest.

        The newest stands first among `cards`.
        """
        found = self.found.setdefault(query.hash, {})
        known = {**self._known.get(query.hash, {}), **found}
        ranking = Ranking()
        matches = []
        for card in cards:
            stamp, match = known.get(card.paper.id, (None, None))
            if match is None or stamp != card.stamp:
                match = ranking.of(query, card.paper)
            if card.stamp is not None:
                found[card.paper.id] = card.stamp, match
            matches.append(match)
        order = sorted(range(len(matches)), key=matches.__getitem__, reverse=True)
        ranks = [0] * len(order)
        for rank, place in enumerate(order):
            ranks[place] = rank
        return ranks


def written(found: Known) -> dict[str, Any]:
    """Write matches as JSON has them; see `read`."""
    return {
        query: {paper: [stamp, *match] for paper, (stamp, match) in held.items()}
        for query, held in found.items()
    }


def read(told: Mapping[str, Mapping[str, Sequence[int]]]) -> Known:
    """Read what `written` gave; raises ValueError, TypeError or AttributeError for others."""
    return {
        query: {paper: (stamp, Match(*map(int, match))) for paper, (stamp, *match) in held.items()}
        for query, held in told.items()
    }
