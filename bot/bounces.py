"""Reading what came back: reports are counted, and readers who leave by mail are let go."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import StoreError
from bot.core.people import Bounce, Holder, Verdict
from bot.core.returned import Ignored, Leave, Returned, read
from bot.interfaces import People, Store
from bot.mailboxes import Letter, Mailbox, guess
from bot.settings import Settings
from bot.stored import existing

AT_ONCE = 50
"""How many letters one transaction counts."""


@dataclass(frozen=True, slots=True)
class Read:
    """One letter that was read: what it was, and what it came to.

    `verdict` is that of a report; `holder` who left, None where nobody has the token.
    """

    name: str
    returned: Returned
    verdict: Verdict | None = None
    holder: Holder | None = None

    @property
    def done(self) -> bool:
        """Whether nobody need look at the letter any more."""
        return not isinstance(self.returned, Ignored) or self.returned.done


async def read_mailbox(
    settings: Settings, mailbox: Mailbox, now: datetime, came_to: Sequence[str] = ()
) -> AsyncGenerator[Read, None]:
    """Read a mailbox, and yield each letter once what it said is in the ledger.

    Letters are settled after that, so that one is read again rather than lost; a report counts
    once all the same. `came_to` names the recipients that the mail server tells apart from the
    message. Raises StoreError and MailboxError; what was yielded is done.
    """
    bounces = settings.email.bounces if settings.email else None
    async with existing(settings) as store, mailbox:
        people = _with_people(store)
        async for letters in _some_at_once(mailbox.unread()):
            seen = [Read(one.name, read(one.octets, bounces, came_to, guess)) for one in letters]
            told = await _counted(people, seen, now)
            await mailbox.settle([one.name for one in told if one.done])
            for one in told:
                yield one


async def _counted(people: People, seen: Sequence[Read], now: datetime) -> list[Read]:
    """Write down what letters say, and give with each what it came to."""
    reports = [one.returned for one in seen if isinstance(one.returned, Bounce)]
    verdicts = iter(await people.bounced(reports, now) if reports else ())
    told = []
    for one in seen:
        match one.returned:
            case Bounce():
                told.append(Read(one.name, one.returned, verdict=next(verdicts)))
            case Leave(token):
                left = await people.unsubscribe(token, now)
                told.append(Read(one.name, one.returned, holder=left))
            case _:
                told.append(one)
    return told


async def _some_at_once(letters: AsyncIterable[Letter]) -> AsyncGenerator[list[Letter], None]:
    """Give letters in lists of at most AT_ONCE."""
    some: list[Letter] = []
    async for letter in letters:
        some.append(letter)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _with_people(store: Store) -> People:
    """See that a store knows its people."""
    if not isinstance(store, People):
        raise StoreError("this store keeps no record of what came back")
    return store
