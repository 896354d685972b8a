"""How things stand: the ledger's own counts, and what came of arXiv's last announcement."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.core.announcing import Announcing, announcing
from bot.core.coverage import Census
from bot.core.model import Coverage
from bot.core.query.isolation import Isolated
from bot.core.standing import Status
from bot.core.subscription import scopes_of
from bot.interfaces import Store
from bot.owner import watched_since
from bot.refusals import with_refused
from bot.settings import Settings
from bot.settings.holidays import calendar_of
from bot.stored import everybody, reading


@dataclass(frozen=True, slots=True)
class Situation:
    """What `status` tells; `coverage` counts what came since the announcement that it names."""

    announcing: Announcing
    status: Status = field(default_factory=Status)
    coverage: Coverage = field(default_factory=lambda: Coverage(0, 0, 0))


async def read_situation(settings: Settings, now: datetime) -> Situation:
    """Look at the ledger as of `now`; the bot may be running."""
    async with reading(settings) as store:
        status, state = await outlook(store, settings, now)
        if store is None:
            return Situation(state, status)
        return Situation(state, status, await _since(store, settings, state.due, now))


async def outlook(
    store: Store | None, settings: Settings, now: datetime
) -> tuple[Status, Announcing]:
    """Tell how the ledger stands, and whether arXiv's announcements come; None: before any run."""
    calendar, patience = calendar_of(settings.arxiv.holidays), settings.owner.quiet_after
    if store is None:
        status = await with_refused(Status(), None, settings, now)
        return status, announcing(now, calendar, patience, status)
    status = await with_refused(await store.status(now), store, settings, now)
    watched = await watched_since(store, now)
    return status, announcing(now, calendar, patience, status, watched)


async def _since(store: Store, settings: Settings, since: datetime, now: datetime) -> Coverage:
    """Count what was announced since an instant in all that is subscribed to, and what matched."""
    topics = {topic for one in await everybody(store, settings) for topic in one.topics}
    queries = Isolated(topic.query for topic in topics)
    head = await store.head()
    census, matched, after = Census(), set[str](), 0
    while page := await store.log(after, head.seq, since=since):
        after = page[-1].seq
        rows = [row for row in page if not (row.silent or row.completed) and row.former is None]
        census.add(rows)
        papers = [row.paper for row in rows]
        found = queries.select(papers)
        matched |= {papers[place].id for places in found.values() for place in places}
    count = census.count(scopes_of(topics))
    return Coverage(
        count.papers + head.unread,
        count.papers,
        len(matched),
        count.sources,
        since,
        until=now,
        missing=head.missing,
    )
