"""What a delivery carries: its digest, marked and laid out as its reader wants it now."""

import structlog

from bot.core.digest import Digest, sections_of
from bot.core.model import Delivery
from bot.core.readers import Readers

_log = structlog.get_logger()


def digest_of(delivery: Delivery, readers: Readers) -> Digest:
    """Assemble the digest that a delivery carries, by the reader's topics as they are now."""
    reader = (delivery.subscriber, delivery.channel, delivery.address)
    entries, failed = readers.marked(reader, delivery.entries)
    for topic, fault in failed.items():
        _log.error("marks.failed", topic=topic, delivery=delivery.id, error=fault.said)
    return Digest(
        delivery.subscriber,
        delivery.timezone,
        delivery.slot,
        sections_of(entries),
        delivery.part,
        delivery.parts,
        coverage=delivery.coverage,
        style=readers.style(reader),
        token=delivery.token,
        delivery=delivery.id,
    )
