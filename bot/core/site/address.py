"""Reading an address of the site back into what is asked for: the inverse of `places`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.core.site import places

Kind = Literal["index", "common", "sitemap", "topic", "month", "day", "author", "paper"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: a page with all that is made together with it (see `files`).

    `name` is a slug, the id of a paper, or the name of a folder of papers that is listed for the
    sitemap; `day` that of a day, and the first one of a month. Whether there is such a page is not
    told.
    """

    kind: Kind
    name: str = ""
    day: date | None = None


_SLUG = r"[a-z0-9-]{1,100}"
_ARCHIVE, _PART = r"[a-z]+(?:-[a-z]+)?", r"(?:-[2-9]|-[1-9]\d{1,3})?"
_FEEDS, _TABLES = "atom|feed\\.json", "bib|ris|csv"
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Asked]], ...] = tuple(
    (re.compile(pattern, re.ASCII), reader)
    for pattern, reader in (
        (
            r"papers/(\d{4})/(\1\.\d{4,5})\.(?:html|bib|ris)",
            lambda found: Asked("paper", found[2]),
        ),
        (
            rf"papers/({_ARCHIVE})/(\d{{7}})\.(?:html|bib|ris)",
            lambda found: Asked("paper", f"{found[1]}/{found[2]}"),
        ),
        (
            r"days/(\d{4})/(\1)-(\d\d)-(\d\d)\.(?:html|bib|ris)",
            lambda found: Asked("day", day=date(int(found[2]), int(found[3]), int(found[4]))),
        ),
        (
            rf"topics/({_SLUG})/(\d{{4}})-(\d\d)\.html",
            lambda found: Asked("month", found[1], date(int(found[2]), int(found[3]), 1)),
        ),
        (
            rf"topics/({_SLUG})/(?:index\.html|abstracts\.json|\1\.(?:{_FEEDS}|{_TABLES}))",
            lambda found: Asked("topic", found[1]),
        ),
        (rf"authors/({_SLUG})\.html", lambda found: Asked("author", found[1])),
        (rf"sitemap(?:-{places.LISTS}{_PART})?\.xml", lambda _: Asked("sitemap")),
        (
            rf"sitemap-(\d{{4}}|{_ARCHIVE}){_PART}\.xml",
            lambda found: Asked("sitemap", found[1]),
        ),
        (r"assets/[a-z0-9.]{1,60}", lambda _: Asked("common")),
    )
)
_KNOWN = {
    **dict.fromkeys((places.INDEX, places.ARCHIVE, places.AUTHORS), Asked("index")),
    **{places.everything(one): Asked("index") for one in (*places.FEEDS, *places.TABLES)},
    places.NOT_FOUND: Asked("common"),
}


def read(address: str) -> Asked | None:
    """Read an address, relative to the root of the site; None where nothing of ours can stand."""
    if (known := _KNOWN.get(address)) is not None:
        return known
    for pattern, reader in _READERS:
        if found := pattern.fullmatch(address):
            try:
                return reader(found)
            except ValueError:  # no day of the calendar
                return None
    return None
