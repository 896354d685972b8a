"""What a build of the pages leaves for the next one: what was made, and of what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from bot.core.site.matches import Known, read, written
from bot.core.site.model import Fingerprint
from bot.core.site.tally import Tally


class Noted(NamedTuple):
    """A folder of papers: where they stand, the sums over them, and when its names last changed.

    `changed` is in nanoseconds since 1970, as the file system tells it.
    """

    fingerprint: Fingerprint
    changed: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Note:
    """What the last build left: by what it was made, up to which stamp of which ledger.

    A page is known by its key, and by the addresses of its files; a folder of papers by its name.
    `matches` are those of the newest papers of topics.
    """

    made_by: str = ""
    stamp: int = -1
    ledger: str = ""
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folders: Mapping[str, Noted] = field(default_factory=dict)
    matches: Known = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `write` gave, or a version before it; what cannot be read counts as nothing."""
        try:
            told = json.loads(text)
            return cls(
                str(told["made_by"]),
                int(told["stamp"]),
                str(told.get("ledger", "")),
                {name: tuple(map(str, said)) for name, said in told["pages"].items()},
                {
                    name: Noted(Fingerprint(rows, stamp), int(changed), Tally.read(sums))
                    for name, (rows, stamp, changed, sums) in told.get("folders", {}).items()
                },
                read(told.get("matches", {})),
            )
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ):
            return cls()

    def write(self) -> str:
        """Write it, the same for the same pages."""
        folders = {
            name: [*one.fingerprint, one.changed, one.tally.written()]
            for name, one in self.folders.items()
        }
        told = {
            "made_by": self.made_by,
            "stamp": self.stamp,
            "ledger": self.ledger,
            "pages": dict(self.pages),
            "folders": folders,
            "matches": written(self.matches),
        }
        return json.dumps(told, sort_keys=True) + "\n"
