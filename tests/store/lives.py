"""What happens to people, as verbs: they get mail, it comes back, they leave."""

from bot.core.model import Delivery, DeliveryId
from bot.core.people import Bounce, BounceKind, Who
from bot.core.return_path import Named, named_by, return_path
from bot.interfaces import People, Preferences, Store
from tests.builders import paper, subscription
from tests.store.scenario import (
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    composition,
    give,
    settle,
    subscribe,
)

ANA = Who("ana")
_BOUNCES = "bounce@example.org"


def people(store: Store) -> People:
    """See that the store knows people."""
    assert isinstance(store, People)
    return store


def preferences(store: Store) -> Preferences:
    """See that the store's readers can choose."""
    assert isinstance(store, Preferences)
    return store


def named(delivery: int, token: str) -> Named:
    """Give what the return path of a delivery says."""
    found = named_by(_BOUNCES, return_path(_BOUNCES, DeliveryId(delivery), token))
    assert found is not None
    return found


def report(delivery: Delivery, kind: BounceKind = "hard", **changes: str) -> Bounce:
    """Write what a mail server says to the return path of a delivery."""
    said = {"status": "5.1.1", "detail": "no such user"} | changes
    return Bounce(named(delivery.id, delivery.token), kind, **said)


async def lived(store: Store, *others: str) -> None:
    """Let ana have one of everything: what was sent, came back, failed, waits and is suspended."""
    await begin(store)
    due = await subscribe(store, subscription(), *(subscription(name) for name in others))
    await arrive(store, paper(1), paper(2))
    await store.compose([composition(one, 1) for one in due], MORNING)
    delivery, *rest = await claim(store)
    for one in (delivery, *rest):
        await settle(store, one, "sent")
    await people(store).bounced([report(delivery, "soft")], MORNING)
    due = [one for one in await store.due(MORNING, everyone=True) if one.subscriber == "ana"]
    await give(store, due[0], 2, slot=MORNING + HOUR)
