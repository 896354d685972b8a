"""In which folders of papers anything may be due, and what of each: files to write or to remove."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.catalogue import Memo
from bot.core.site.model import Fingerprint
from bot.core.site.note import Noted
from bot.core.site.places import PAPERS
from bot.core.site.tally import Standing, Tally
from bot.site_folder import SiteFolder

MOST = 5_000
"""Papers that are held from when they are counted; folders of more are read once more."""
ENDINGS = (".bib", ".ris", ".html")
"""The files of each paper."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done in a folder: the papers that are `waiting` to be written.

    `former` are the names of files that are no paper's any more.
    """

    waiting: Sequence[Standing]
    former: Sequence[str]


class Look(Memo):
    """Keeps apart, while all is counted, those folders that are as they were `noted`.

    That is where the papers in them stand, and the names of their files. `due` are the others, in
    the order of their ids, with their papers where those are held.
    """

    def __init__(self, folder: SiteFolder, noted: Mapping[str, Noted]) -> None:
        self._folder = folder
        self._noted = noted
        self._room = MOST
        self._recalled: dict[str, Noted] = {}
        self._counted: dict[str, tuple[Fingerprint, Tally]] = {}
        self.due: dict[str, Sequence[Standing] | None] = {}

    def recalled(self, folder: str, fingerprint: Fingerprint) -> Tally | None:
        """Give the sums that are noted, where nothing has changed."""
        noted = self._noted.get(folder)
        if (
            noted is None
            or noted.fingerprint != fingerprint
            or not self._folder.stands(home_of(folder), noted.changed)
        ):
            return None
        self._recalled[folder] = noted
        return noted.tally

    def counted(self, folder: str, fingerprint: Fingerprint, found: Sequence[Standing]) -> Tally:
        """Take the sums over a folder in which anything may be due."""
        tally = super().counted(folder, fingerprint, found)
        self._room -= len(found)
        self.due[folder] = found if self._room >= 0 else None
        self._counted[folder] = fingerprint, tally
        return tally

    def former(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Tell of folders in which no paper stands any more, and of the files of papers there."""
        for name in self._folder.folders(PAPERS):
            if name not in self._recalled and name not in self._counted:
                yield name, _of_papers(self._folder.names(home_of(name)))

    def noted(self, *, moved: bool = False) -> dict[str, Noted]:
        """Give what is to be noted of folders: what was known, and unless all `moved`, the rest."""
        counted = {} if moved else self._counted
        return self._recalled | {
            name: Noted(fingerprint, self._folder.changed(home_of(name)), tally)
            for name, (fingerprint, tally) in counted.items()
        }


def home_of(name: str) -> str:
    """Locate a folder of papers by its name."""
    return f"{PAPERS}/{name}"


def due_in(folder: SiteFolder, name: str, held: Sequence[Standing], since: int) -> Due:
    """Tell what is due in a folder that holds these papers.

    It is those whose stamp is after `since`, and those of which a file is missing.
    """
    stems = [one.place.paper.rpartition("/")[2] for one in held]
    wanted = {stem + ending for ending in ENDINGS for stem in stems}
    there = folder.names(home_of(name))
    lost: AbstractSet[str] = frozenset()
    former: Sequence[str] = ()
    if wanted != there:
        lost = {one.rpartition(".")[0] for one in wanted - there}
        former = _of_papers(there - wanted)
    named = zip(held, stems, strict=True)
    return Due([one for one, stem in named if one.place.stamp > since or stem in lost], former)


def _of_papers(names: AbstractSet[str]) -> list[str]:
    """Sort the names of papers' files; others are somebody else's."""
    return sorted(one for one in names if one.endswith(ENDINGS))
