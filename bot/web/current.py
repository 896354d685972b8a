"""What the shelves hold, counted once, and again when they have changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from bot.catalogue import Catalogue, Memo, surveyed
from bot.core.site.address import Asked
from bot.core.site.model import Fingerprint
from bot.core.site.survey import Around
from bot.core.site.tally import Standing, Tally
from bot.web.offer import Browsable, Offer


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
            **(self._sitemap() if site.url else {}),
            **{Asked("topic", slug): key for slug, key in topics.items()},
            **{Asked("author", one.slug): survey.author_key(one.slug) for one in site.authors},
            **{Asked("day", day=day): key for day, _, key in survey.day_keys()},
            **{
                Asked("month", slug, month): key
                for slug in topics
                for month, key in survey.month_keys(slug)
            },
        }

    def _sitemap(self) -> dict[Asked, str]:
        survey = self.catalogue.survey
        parts = {Asked("sitemap", name): survey.folder_key(name) for name in survey.folders}
        return {Asked("sitemap"): survey.key(), **parts}

    @cached_property
    def _around(self) -> dict[date, Around]:
        return {day: around for day, around, _ in self.catalogue.survey.day_keys()}


class _Known(Memo):
    """Keeps the sums over each folder of papers that was found, from one survey to the next."""

    def __init__(self, former: Mapping[str, tuple[Fingerprint, Tally]]) -> None:
        self._former = former
        self.found: dict[str, tuple[Fingerprint, Tally]] = {}

    def recalled(self, folder: str, fingerprint: Fingerprint) -> Tally | None:
        """Give them, where the folder has this fingerprint yet."""
        known, tally = self._former.get(folder, (None, None))
        if tally is None or known != fingerprint:
            return None
        self.found[folder] = fingerprint, tally
        return tally

    def counted(self, folder: str, fingerprint: Fingerprint, found: Sequence[Standing]) -> Tally:
        """Keep them."""
        tally = super().counted(folder, fingerprint, found)
        self.found[folder] = fingerprint, tally
        return tally


class Current:
    """Gives the view of now; it is looked at again once it is older than the offer says."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._looking = asyncio.Lock()
        self._view: View | None = None
        self._known: Mapping[str, tuple[Fingerprint, Tally]] = {}
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

        They are read first: what comes while papers are counted moves them again. Of a ledger that
        went on only those folders are counted that have changed.
        """
        file = self._file()
        async with self._offer.ledger() as store:
            stamp, ledger = await store.tip()
            shelved, updated = await store.shelved(), await store.updated()
            mark = Mark((*file, ledger), stamp, shelved, updated)
            if self._view is not None and self._view.mark._replace(stamp=stamp) == mark:
                return replace(self._view, mark=mark)
            known = _Known(self._known if await self._went_on(file, store) else {})
            catalogue = await surveyed(self._offer.settings, store, memo=known)
            # What came meanwhile may be gone again by the next look, and nothing tell of it.
            self._known = known.found if await store.shelved() == shelved else {}
        joinable = self._offer.settings.enrolment().open
        site = replace(catalogue.site, searchable=True, joinable=joinable)
        return View(mark, replace(catalogue, site=site))

    async def _went_on(self, file: tuple[int, int], store: Browsable) -> bool:
        """Tell whether the ledger is the one that was counted last."""
        if self._view is None:
            return False
        *counted, ledger = self._view.mark.ledger
        return (*counted,) == file and await store.goes_on(self._view.mark.stamp, ledger)

    def _file(self) -> tuple[int, int]:
        """Tell which file the ledger is; where there is none, opening it says so."""
        try:
            found = self._offer.settings.database.stat()
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino
