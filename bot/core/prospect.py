"""What the next digest of one subscription holds of one paper: the bot's own choice, foreseen."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.choice import Matches, choose
from bot.core.coverage import Census
from bot.core.model import Announcement, Due, Entry
from bot.core.query import Query
from bot.core.story import Held, Story
from bot.core.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Prospect:
    """What the next digest gives, and whether it may wait for what a feed did not tell of it."""

    entries: tuple[Entry, ...] = ()
    waits: bool = False

    @property
    def paper(self) -> Entry | None:
        """The entry of the paper itself, if there is one."""
        return next((one for one in self.entries if one.kind != "replace"), None)

    def revision(self, seq: int) -> Entry | None:
        """Give the line that tells of the revision of that sequence number, if there is one."""
        told = (one for one in self.entries if one.revision >= seq > 0)
        return next(told, None)


def counts(query: Query, row: Announcement) -> bool:
    """Tell whether a row is something to a query: what came late is not if it matched before."""
    if not query.matches(row.paper):
        return False
    return not ((row.late or row.completed) and query.matches(row.before))


def prospect(story: Story, held: Held, wanted: Subscription) -> Prospect:
    """Choose for the next digest as the bot will, from what is known now."""
    queries = {topic.query.hash: topic.query for topic in wanted.topics}
    counting = {
        query: [row for row in story.rows if counts(queries[query], row)] for query in queries
    }
    matches = Matches(
        story.head,
        {query: _news(rows) for query, rows in counting.items()},
        counting,
        announced=Census(_news(story.rows)),
    )
    choice = choose(wanted, _due(story, held), matches)
    return Prospect(choice.entries, bool(choice.incomplete))


def _news(rows: Sequence[Announcement]) -> list[Announcement]:
    """Leave out what is news to nobody."""
    return [row for row in rows if not row.silent]


def _due(story: Story, held: Held) -> Due:
    """Give the subscription as if its digest were due now."""
    had = any(one.live and not one.revision for one in held.passages)
    return Due(
        id=held.id,
        subscriber="",
        channel=held.channel,
        address=held.address,
        slot=held.next_due,
        cursors={key: one.cursor for key, one in held.readings.items()},
        returned=held.returned,
        given=frozenset({story.id} if had else ()),
        withdrawals=held.withdrawals,
        off=frozenset(held.off),
    )
