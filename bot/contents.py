"""What a delivery carries: its digest, with the names marked that its reader follows."""

import structlog

from bot.core.digest import Digest, sections_of
from bot.core.following import Following
from bot.core.model import Delivery

_log = structlog.get_logger()


def digest_of(delivery: Delivery, following: Following) -> Digest:
    """Assemble the digest that a delivery carries, names marked that its reader follows now."""
    reader = (delivery.subscriber, delivery.channel, delivery.address)
    entries, failed = following.marked(reader, delivery.entries)
    for topic, fault in failed.items():
        _log.error("names.unmarked", topic=topic, delivery=delivery.id, error=fault.said)
    return Digest(
        delivery.subscriber,
        delivery.timezone,
        delivery.slot,
        sections_of(entries),
        delivery.part,
        delivery.parts,
        coverage=delivery.coverage,
    )
