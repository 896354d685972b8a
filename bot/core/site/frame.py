"""What stands around the content of every page: where it stands, its name, and where it leads."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bot.core.render.wording import ACKNOWLEDGEMENT, display
from bot.core.site import places
from bot.core.site.assets import ICON, SCRIPT, STYLE, asset_name
from bot.core.site.model import Site
from bot.core.site.words import INTRODUCTION

_LISTS = {
    "atom": ("Atom", "application/atom+xml"),
    "feed.json": ("JSON Feed", "application/feed+json"),
    "bib": ("BibTeX", ""),
    "ris": ("RIS", ""),
    "csv": ("CSV", ""),
}
"""What each ending is called, and its media type where a page announces it."""
_FILES = {"style": STYLE, "script": SCRIPT, "icon": ICON}


class Leading(NamedTuple):
    """A link: what it is called, and its address from the page where it stands."""

    name: str
    href: str
    here: bool = False
    type: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of the page that stands at `here`, for one topic or for all.

    `root` comes before every address, where a page may be served under any.
    """

    site: Site
    here: str
    heading: str
    slug: str = ""
    root: str = ""

    acknowledgement = ACKNOWLEDGEMENT

    def to(self, there: str) -> str:
        """Lead to a place of the site."""
        return self._way + there

    def asset(self, name: str) -> str:
        """Lead to the style, the script or the icon."""
        return self.to(places.asset(asset_name(_FILES[name])))

    @property
    def brand(self) -> str:
        """The title of the site."""
        return display(self.site.title) or "Daily Papers"

    @property
    def title(self) -> str:
        """The title of the document."""
        return f"{self.heading} · {self.brand}" if self.heading else self.brand

    @property
    def introduction(self) -> str:
        """What the site says of itself."""
        return display(self.site.introduction) or INTRODUCTION

    @property
    def navigation(self) -> tuple[Leading, ...]:
        """The links that every page has."""
        ways = [("Papers", places.INDEX), ("Archive", places.ARCHIVE)]
        ways += [("Authors", places.AUTHORS)] if self.site.authors else []
        ways += [("Search", places.SEARCH)] if self.site.searchable else []
        ways += [("Subscribe", places.SIGN_UP)] if self.site.joinable else []
        return tuple(Leading(name, self.to(there), self.here == there) for name, there in ways)

    @property
    def lists_name(self) -> str:
        """What the feeds and lists hold."""
        return display(self.site.topic(self.slug).name) if self.slug else "All topics"

    @property
    def feeds(self) -> tuple[Leading, ...]:
        """The feeds of the topic, or of all."""
        return _listed(self._way, self.slug, places.FEEDS)

    @property
    def tables(self) -> tuple[Leading, ...]:
        """The lists of the topic, or of all, for other tools."""
        return _listed(self._way, self.slug, places.TABLES)

    @property
    def _way(self) -> str:
        """What leads to the root of the site."""
        return f"{self.root}/" if self.root else places.link(self.here, "")


@lru_cache(maxsize=1024)  # pages of one depth lead to the same lists
def _listed(way: str, slug: str, endings: tuple[str, ...]) -> tuple[Leading, ...]:
    """Lead to the files with these endings."""
    return tuple(
        Leading(
            _LISTS[ending][0],
            way + (places.topic_file(slug, ending) if slug else places.everything(ending)),
            type=_LISTS[ending][1],
        )
        for ending in endings
    )
