"""What the shelves hold, counted once, and again when they have changed."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from bot.catalogue import Catalogue, surveyed
from bot.core.site.address import Asked
from bot.core.site.survey import Around
from bot.web.offer import Offer


class Mark(NamedTuple):
    """How far the ledger had come: which one it was, its last stamp, and that of its shelves."""

    ledger: tuple[int, int, str]
    stamp: int
    shelved: int
    updated: date | None


@dataclass(frozen=True)
class View:
    """The shelves as they stood at a mark; the store of its catalogue is closed."""

    mark: Mark
    catalogue: Catalogue

    def key(self, asked: Asked) -> str | None:
        """Stand for all that a page is made of besides the settings; None where there is none.

        Whether a paper has a page is not looked at.
        """
        if asked.kind == "paper":
            return str(self.mark.shelved)
        return self._keys.get(asked)

    def around(self, day: date) -> Around:
        """Tell the days before and after one on which anything came."""
        return self._around[day]

    @cached_property
    def _keys(self) -> dict[Asked, str]:
        site, survey = self.catalogue.site, self.catalogue.survey
        topics = {one.slug: survey.topic_key(one.slug) for one in site.topics}
        return {
            Asked("common"): "",
            Asked("index"): " ".join([str(site.updated), *topics.values()]),
            **({Asked("sitemap"): survey.key()} if site.url else {}),
            **{Asked("topic", slug): key for slug, key in topics.items()},
            **{Asked("author", one.slug): survey.author_key(one.slug) for one in site.authors},
            **{Asked("day", day=day): key for day, _, key in survey.day_keys()},
            **{
                Asked("month", slug, month): key
                for slug in topics
                for month, key in survey.month_keys(slug)
            },
        }

    @cached_property
    def _around(self) -> dict[date, Around]:
        return {day: around for day, around, _ in self.catalogue.survey.day_keys()}


class Current:
    """Gives the view of now; it is looked at again once it is older than the offer says."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._looking = asyncio.Lock()
        self._view: View | None = None
        self._looked = 0.0

    async def view(self) -> View:
        """Give the view; raises StoreError where the ledger cannot be read."""
        if self._is_old():
            async with self._looking:
                if self._is_old():
                    looked = asyncio.get_running_loop().time()
                    self._view, self._looked = await self._look(), looked
        assert self._view is not None  # noqa: S101  # it was looked at
        return self._view

    def _is_old(self) -> bool:
        age = asyncio.get_running_loop().time() - self._looked
        return self._view is None or age > self._offer.fresh

    async def _look(self) -> View:
        """Read the marks, and count anew where they have moved.

        They are read first: what comes while papers are counted moves them again.
        """
        file = self._file()
        async with self._offer.ledger() as store:
            stamp, ledger = await store.tip()
            shelved, updated = await store.shelved(), await store.updated()
            mark = Mark((*file, ledger), stamp, shelved, updated)
            if self._view is not None and self._view.mark._replace(stamp=stamp) == mark:
                return replace(self._view, mark=mark)
            catalogue = await surveyed(self._offer.settings, store)
        joinable = self._offer.settings.enrolment().open
        site = replace(catalogue.site, searchable=True, joinable=joinable)
        return View(mark, replace(catalogue, site=site))

    def _file(self) -> tuple[int, int]:
        """Tell which file the ledger is; where there is none, opening it says so."""
        try:
            found = self._offer.settings.database.stat()
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino
