"""What a store may be able to do besides serving the steps; each is known by its methods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from bot.core.model import Lag, Paper
from bot.core.people import Bounce, Holder, Person, Verdict, Who
from bot.core.query import Query
from bot.core.site.model import BEYOND, Fingerprint, Place
from bot.core.standing import Pruned
from bot.core.story import Story
from bot.core.wishes import Wishes


@runtime_checkable
class Measurable(Protocol):
    """A store that can tell how long digests were on their way."""

    async def lags(self, after: datetime, until: datetime) -> Sequence[Lag]:
        """Measure what was accepted with `after` < instant <= `until`."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A store that can tell what became of one paper on its way to one subscriber."""

    async def story(self, subscriber: str, paper: str, now: datetime) -> Story:
        """Read all facts that decide on it; a name that holds no subscription has an empty part."""
        ...


@runtime_checkable
class Searchable(Protocol):
    """A store that can find papers by their text."""

    async def refresh(self, limit: int) -> int:
        """Index up to `limit` papers that are new, changed or gone, and tell how many are left.

        What people read of them is kept with that, so that it comes with each paper from then on.

        With a limit of 0 nothing is written. Others work on in between, and nobody needs the
        instance lock for it. Raises StoreError where another process writes for long.
        """
        ...

    async def candidates(
        self, query: Query, *, before: str | None = None, limit: int = 500
    ) -> Sequence[Paper]:
        """Read the newest papers, at most `limit`, that stand in the index and may match.

        They come by their ids, the newest first: those before the paper `before`, where it is
        given. All that match are among them, and others: the query itself decides.
        """
        ...


@runtime_checkable
class People(Protocol):
    """A store whose subscribers come and go, by themselves or by hand; a bot may be running.

    Each method is one transaction, and may be repeated: what it is to do may be done already.
    Suspensions are kept by channel and address, so that they hold for every subscription there and
    no change of the configuration lifts one. An address may have several: one of each who said so.
    Each method raises StoreError, and StoreBusy where another process writes for long.
    """

    async def holder(self, token: str) -> Holder | None:
        """Tell whose token it is, of a subscription in use or removed; None for nobody's."""
        ...

    async def unsubscribe(self, token: str, now: datetime) -> Holder | None:
        """Suspend the address in its reader's name; None for nobody's token.

        No delivery to it can be claimed from then on, and those that wait are dropped. One that is
        under way may still arrive; if it does not, it is not sent again.
        """
        ...

    async def resubscribe(self, token: str, now: datetime) -> Holder | None:
        """Lift what the reader said, or a report; None for nobody's token.

        What the owner or the channel said stays, and is then the `reason` of what is given back.
        Within UNDO all goes on where it was, with what was dropped. Later it begins anew: of what
        was announced meanwhile nothing comes.
        """
        ...

    async def people(self, names: Sequence[str] = ()) -> Sequence[Person]:
        """Read all subscriptions, or those of some subscribers, by name, channel and address.

        Removed ones come too, for as long as the ledger holds them.
        """
        ...

    async def suspend(self, who: Who, reason: str, now: datetime) -> Sequence[Person]:
        """Suspend addresses in the owner's name; what waits for them returns once that is lifted.

        Gives the subscriptions meant. Raises StoreError where nobody is meant, as those below do.
        """
        ...

    async def resume(
        self, who: Who, now: datetime, *, unsubscribed: bool = False, anew: bool = False
    ) -> Sequence[Person]:
        """Lift what the owner, the channel or a report said; and, where asked, the reader's word.

        Digests go on where they were, however long ago that was, and bring what failed with the
        suspension; those that begin `anew`, or whose reader left longer ago than UNDO, bring
        nothing of before. Gives the subscriptions meant, with what still suspends them.
        """
        ...

    async def erase(self, who: Who) -> Sequence[Person]:
        """Delete subscriptions and all that hangs on them, and give what they were.

        Of an address that was suspended, and that no other subscription has, a keyed hash stays:
        somebody who is added again under that address stays suspended.
        """
        ...

    async def export(self, who: Who) -> Mapping[str, Any]:
        """Give all that is stored of somebody, as values of JSON."""
        ...

    async def bounced(self, reports: Sequence[Bounce], now: datetime) -> Sequence[Verdict]:
        """Write down what came back, and say of each report what it came to, in their order.

        A delivery that came back has failed: its papers return with the next digest. Of each
        delivery a kind of report counts once. See `is_dead` for what suspends an address; only what
        was sent since it was last resumed counts.
        """
        ...


@runtime_checkable
class Shelving(Protocol):
    """A store that keeps which papers the queries of the pages match; a bot may be running.

    Shelves rest on the index of the papers' words (see Searchable): what is not indexed yet stands
    on none. Each method is one snapshot or transaction, and raises StoreError.
    """

    async def shelve(self, queries: Sequence[Query], limit: int) -> int:
        """Match up to `limit` papers that are new or changed, or that a query is new to.

        Shelves of other queries go. Tells for how many papers that is still to be done; with a
        limit of 0 nothing is written. What was done is kept, wherever it is broken off. Papers that
        are new come first where only some of the queries are. A query that fails harms only itself.
        """
        ...

    async def fingerprints(self) -> Mapping[str, Fingerprint]:
        """Tell what stands for the places of each folder of papers, by its name.

        They come in the order of the ids. A folder in which no paper stands is not told.
        """
        ...

    async def places(
        self, after: str = "", limit: int = 5000, *, before: str = BEYOND
    ) -> Sequence[Place]:
        """Read what stands on any shelf, each paper once, sorted by the text of its id.

        At most `limit` papers whose ids come after `after`, and before `before`.
        """
        ...

    async def shelf(
        self,
        query: str,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[Place]:
        """Read one shelf, by its query's hash, the newest shown version first, then by id.

        `since` <= the instant of the version shown < `before`.
        """
        ...

    async def on_day(self, day: date) -> Sequence[Place]:
        """Read what stands on any shelf and came on a day, sorted as a shelf is."""
        ...

    async def papers(self, ids: Iterable[str]) -> Mapping[str, Paper]:
        """Read papers by their ids; those that have gone are left out."""
        ...

    async def places_of(self, ids: Iterable[str]) -> Mapping[str, Place]:
        """Read where papers stand, by their ids; those that stand on no shelf are left out."""
        ...

    async def lately(self, since: date, until: date) -> Mapping[str, Mapping[date, int]]:
        """Count what each shelf got on each day from `since` to `until`, by its query's hash.

        What got nothing is not told.
        """
        ...

    async def updated(self) -> date | None:
        """Tell the day of the last announcement in the log, as `Place.day` is told."""
        ...

    async def tip(self) -> tuple[int, str]:
        """Tell the last stamp given, and what stands for the ledger up to its log's last row.

        As long as they stay, so do the shelves and the index. Another ledger has another text, and
        so has one that went on from a backup once anything was announced.
        """
        ...

    async def goes_on(self, stamp: int, ledger: str) -> bool:
        """Tell whether the ledger went on from where `tip` told this of it, as far as it can tell.

        One that went back to a backup has not. Only where since then nothing was announced, and the
        very paper changed again that had changed last, it cannot be told apart. Once what was last
        then has been pruned nobody knows, and it is said not to.
        """
        ...

    async def shelved(self) -> int:
        """Tell the stamp of the last change of any shelf: no paper there has a higher one.

        It rises, too, where papers were only taken off; 0 before the first change.
        """
        ...


@runtime_checkable
class Preferences(People, Protocol):
    """A store whose readers choose for themselves what comes and when; see People for the rest.

    A topic is turned off by its name, for one subscriber at an address, and a pause is of an
    address: no change of the configuration undoes them. Nobody's token changes nothing.
    """

    async def wishes(self, token: str, now: datetime) -> Wishes | None:
        """Read what a reader has chosen and got; None for nobody's token."""
        ...

    async def switch(self, token: str, topic: str, *, on: bool, now: datetime) -> None:
        """Turn a topic off or on; a name that is no topic of the subscription changes nothing.

        Nothing is composed by a topic that is off; what is pending may still come. Turned on again
        it begins at the log's end, and does not reach back. If nothing was announced in between, it
        goes on as if it had never been off.
        """
        ...

    async def pause(self, token: str, day: date | None, now: datetime) -> None:
        """Let digests wait until their hour on that day of the reader's; None lets them go on.

        Nothing is composed or claimed meanwhile, and nothing is lost: it comes afterwards. Who has
        unsubscribed cannot pause, and to unsubscribe ends a pause. Raises ValueError where the day
        is none of `pause_days`.
        """
        ...


@runtime_checkable
class Prunable(Protocol):
    """A store that can forget what is old."""

    async def prune(self, kept: timedelta, now: datetime) -> Pruned:
        """Forget papers and settled deliveries older than `kept`, a few a transaction.

        Never an id, nor a paper that somebody has not read or is still to be given.
        """
        ...
