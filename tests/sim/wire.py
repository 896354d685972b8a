"""arXiv's three services in bytes over loopback sockets, all of one world at one instant."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from bot.demo.arxiv_server import ArxivServer
from tests.sim import views
from tests.sim.sources import Sky
from tests.sim.works import Work
from tests.sources.feed_server import Announced, FeedServer, write
from tests.sources.oai_server import Listed, OaiServer

_ACTIONS = {"new": "new", "replace": "replace", "replace-cross": "replace"}


class SkyFeedServer(FeedServer):
    """Serves the world's feeds; `stale` categories show the day before."""

    def __init__(self, sky: Sky) -> None:
        super().__init__()
        self._sky = sky

    def body(self, asked: Sequence[str]) -> bytes:
        found: dict[tuple[str, int], Announced] = {}
        for category in asked:
            day = self.stale.get(category, self.today)
            for item in views.feed(self._sky.world, day, category):
                found.setdefault((item.work.id, item.version.number), _announced(item, day))
        return write(list(found.values()), asked, self.today, built=self.built)


def _announced(item: views.Item, day: date) -> Announced:
    """Say of an item what its paper is, whatever the category that it is listed in."""
    paper = item.work.paper(datetime.combine(day, time(12), UTC))
    if item.kind == "cross":
        late = (
            item.work.announced < item.version.announced
            or len({item.work.categories[one] for one in item.categories}) > 1
        )
        return Announced(paper, "cross" if late else "new")
    return Announced(paper, "new" if _ACTIONS[item.kind] == "new" else "replace")


class Heaven:
    """The three servers; entered, they show the world as of the last `turn`."""

    def __init__(self, sky: Sky) -> None:
        self._sky = sky
        self.api = ArxivServer()
        self.feeds = SkyFeedServer(sky)
        self.oai = OaiServer(rows=20)

    def turn(self) -> None:
        """Show the world as it is now."""
        now = self._sky.now
        works = self._sky.world.works
        self.api.papers = views.by_ids(self._sky.world, now, {one.id for one in works})
        self.feeds.today = views.feed_day(now)
        self.feeds.stale = {}
        self.oai.now = now
        rows = (_listed(one, now) for one in works)
        self.oai.listed = [one for one in rows if one is not None]


def _listed(work: Work, now: datetime) -> Listed | None:
    """List a work as OAI-PMH has it."""
    at = views.harvested(work, now)
    if at is None:
        return None
    modified = datetime.combine(at[0], time(), UTC)
    dates = tuple(one.submitted for one in work.versions if one.announced <= at[1])
    return Listed(work.paper(at[1]), modified, dates)
