"""Which files of papers are to be written, and which are no paper's any more, folder by folder."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bot.core.site.places import paper_folder
from bot.core.site.survey import Standing
from bot.site_folder import SiteFolder

NEVER = -1
"""A stamp before every other."""
MOST = 5_000
"""Papers to write that are held until all have been counted; more of them are read once more."""
ENDINGS = (".bib", ".ris", ".html")
"""The files of each paper."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done in a folder of papers, of which one is the `first` by its id.

    `former` are the names of files that are no paper's any more.
    """

    home: str
    first: str
    waiting: Sequence[Standing]
    former: Sequence[str]


class Look:
    """One look at all papers, in the order of the text of their ids.

    Those are due whose stamp is after `stamp`, or of which a file is missing.
    """

    def __init__(self, folder: SiteFolder, stamp: int, *, mapped: bool) -> None:
        self.folder = folder
        self.mapped = mapped
        self.stamp = stamp
        self._home = ""
        self._held: list[Standing] = []
        self.homes: set[str] = set()
        self.pages: list[tuple[str, date]] = []
        """Their pages, with the days of the versions shown, where they are to be `mapped`."""

    def at(self, found: Sequence[Standing]) -> Iterator[Due]:
        """Look at the next papers; of a folder in which anything is due it is told at its end."""
        for home, members in groupby(found, key=lambda one: paper_folder(one.place.paper)):
            if home != self._home:
                yield from self.end()
                self._home = home
            self._held += members

    def end(self) -> Iterator[Due]:
        """Tell of the last folder."""
        if self._held:
            due = self._due(self._home, self._held)
            self._held = []
            if due.waiting or due.former:
                yield due
            else:
                self.folder.forget(due.home)

    def _due(self, home: str, held: Sequence[Standing]) -> Due:
        papers = [one.place.paper for one in held]
        stems = papers if "/" not in papers[0] else [one.rpartition("/")[2] for one in papers]
        wanted = {one + ending for ending in ENDINGS for one in stems}
        there = self.folder.names(home)
        lost: AbstractSet[str] = frozenset()
        former: Sequence[str] = ()
        if wanted != there:
            lost = {name.rpartition(".")[0] for name in wanted - there}
            former = _of_papers(there - wanted)
        self.homes.add(home)
        if self.mapped:
            dates = [one.place.updated.date() for one in held]
            self.pages += zip([f"{home}/{one}.html" for one in stems], dates, strict=True)
        stamp = self.stamp
        if lost:
            named = zip(held, stems, strict=True)
            waiting = [one for one, stem in named if one.place.stamp > stamp or stem in lost]
        else:
            waiting = [one for one in held if one.place.stamp > stamp]
        return Due(home, papers[0], waiting, former)

    def former(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Tell of folders in which no paper is any more, and of the files of papers there."""
        for name in self.folder.folders("papers"):
            if (home := f"papers/{name}") not in self.homes:
                yield home, _of_papers(self.folder.names(home))


class FirstLook:
    """What is due among papers while they are counted: unless it is much, it is held until then."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._due: list[Due] = []
        self._room = -1 if look.stamp == NEVER else MOST

    def see(self, found: Sequence[Standing]) -> None:
        """Look at the next papers, while there is room."""
        if self._room >= 0:
            for one in self._look.at(found):
                self._hold(one)

    def held(self) -> tuple[Look, list[Due]] | None:
        """Give the look that saw all, and what is due; None where that has not been held."""
        for one in self._look.end() if self._room >= 0 else ():
            self._hold(one)
        return (self._look, self._due) if self._room >= 0 else None

    def again(self) -> Look:
        """Give a second look at the same."""
        return Look(self._look.folder, self._look.stamp, mapped=self._look.mapped)

    def _hold(self, one: Due) -> None:
        self._due.append(one)
        self._room -= len(one.waiting) + len(one.former)


def _of_papers(names: AbstractSet[str]) -> list[str]:
    """Sort the names of papers' files; others are somebody else's."""
    return sorted(one for one in names if one.endswith(ENDINGS))
