"""The shelves of the pages, on SQLite: all of it may be done beside a running bot."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import structlog

from bot.aside import aside
from bot.core.model import Paper
from bot.core.query import Query
from bot.core.site.model import BEYOND, Fingerprint, Place
from bot.core.site.shelving import match
from bot.store import shelf_reading, shelves
from bot.store.rows import read_papers
from bot.store.transactions import Transactions

_log = structlog.get_logger()


class SqliteShelves(Transactions):
    """Those methods of the store that are named in `interfaces.Shelving`."""

    async def shelve(self, queries: Sequence[Query], limit: int) -> int:
        """Match some papers, if there are any to match, and tell how many are left.

        They are read on a snapshot and matched aside, so that nobody who writes waits for that.
        Beside a running bot it ends only once the bot has had the time to write.
        """
        wanted = {one.hash: one for one in queries}
        if not limit:
            return await self._read(shelves.left, wanted)
        prepared = await self._read(shelves.prepare, wanted, limit)
        if prepared is None:
            return 0
        asked = [wanted[one] for one in prepared.queries]
        matched = await aside(lambda: match(asked, prepared.papers))
        for what, fault in matched.faults.items():
            _log.error("shelf.failed", what=what[:200], error=fault.said)
        return await self._change_beside(shelves.enter, wanted, prepared, matched.papers)

    async def fingerprints(self) -> Mapping[str, Fingerprint]:
        """Tell what stands for the places of each folder of papers."""
        return await self._read(shelf_reading.fingerprints)

    async def places(
        self, after: str = "", limit: int = 5000, *, before: str = BEYOND
    ) -> Sequence[Place]:
        """Read what stands on any shelf, each paper once."""
        return await self._read(shelf_reading.places, after, before, limit)

    async def shelf(
        self,
        query: str,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[Place]:
        """Read one shelf, the newest shown version first."""
        return await self._read(shelf_reading.shelf, query, since=since, before=before, limit=limit)

    async def on_day(self, day: date) -> Sequence[Place]:
        """Read what stands on any shelf and came on a day."""
        return await self._read(shelf_reading.on_day, day)

    async def papers(self, ids: Iterable[str]) -> Mapping[str, Paper]:
        """Read papers by their ids."""
        return await self._read(read_papers, list(ids))

    async def places_of(self, ids: Iterable[str]) -> Mapping[str, Place]:
        """Read where papers stand, by their ids."""
        return await self._read(shelf_reading.places_of, list(ids))

    async def lately(self, since: date, until: date) -> Mapping[str, Mapping[date, int]]:
        """Count what each shelf got on each of some days."""
        return await self._read(shelf_reading.lately, since, until)

    async def updated(self) -> date | None:
        """Tell the day of the last announcement."""
        return await self._read(shelf_reading.updated)

    async def tip(self) -> tuple[int, str]:
        """Tell the last stamp given, and what stands for the ledger."""
        return await self._read(shelf_reading.tip)

    async def goes_on(self, stamp: int, ledger: str) -> bool:
        """Tell whether the ledger went on from where `tip` told this of it."""
        return await self._read(shelf_reading.goes_on, stamp, ledger)

    async def shelved(self) -> int:
        """Tell the stamp of the last change of any shelf."""
        return await self._read(shelf_reading.shelved)
