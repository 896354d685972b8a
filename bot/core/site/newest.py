"""The order of every list and feed: the newest version first."""

from collections.abc import Iterable

from bot.core.site.model import Card


def newest(cards: Iterable[Card], limit: int | None = None) -> list[Card]:
    """Give the newest `limit` cards by the instant of the version shown, then by id; each once."""
    once = {card.paper.id: card for card in cards}
    ordered = sorted(
        once.values(), key=lambda card: (card.paper.updated, card.paper.id), reverse=True
    )
    return ordered[:limit]
