"""Reads a file of the ACL Anthology's XML while it arrives, and gives each paper in it.

Its form: <collection id="2022.acl"> holds <volume id="long">, that holds <meta> and then <paper>,
each with <title>, <author><first/><last/></author>, <abstract>, <url> (its id) and <doi>.
"""

import re
from collections.abc import Callable
from xml.parsers import expat

from bot.core.bibliography import Published
from bot.core.errors import SourceError, SourceUnavailable
from bot.sources.xml_stream import DEEPEST, Stream, TooDeepError

_LARGEST_PAPER = 2 * 1024 * 1024
"""Bytes of one paper; the longest take a hundredth of it."""
_KEPT = frozenset({"title", "abstract", "url", "doi", "retracted", "year", "venue", "booktitle"})
_ID = re.compile(r"[A-Za-z0-9.]+-[A-Za-z0-9.]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_OLD = re.compile(r"[A-Z][0-9]{2}")
_ACRONYMS = {
    "bionlp": "BioNLP",
    "blackboxnlp": "BlackboxNLP",
    "conll": "CoNLL",
    "findings": "Findings",
    "mtsummit": "MT Summit",
    "semeval": "SemEval",
    "starsem": "*SEM",
    "ws": "Workshop",
}
"""Venues whose acronyms are more than their ids in capitals."""


class AnthologyReader:
    """Takes a file's bytes as they come, and tells `found` of each paper; frontmatter is none.

    `failure` tells what is wrong: SourceUnavailable for what is no such file or beyond all bounds,
    SuspectAnswer for what is cut short or not well formed. Nothing may be fed after it.
    """

    def __init__(self, found: Callable[[Published], None]) -> None:
        self._found = found
        self._depth = 0
        self._place = 0
        self._collection = self._volume = self._number = self._part = ""
        self._meta: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._name: dict[str, str] = {}
        self._authors: list[str] = []
        self._text: list[str] = []
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._stream = Stream(self._parser, "Anthology XML", self._keep_within_bounds, name="file")

    @property
    def failure(self) -> SourceError | None:
        """What is wrong with the file, as far as it is read."""
        return self._stream.failure

    def feed(self, data: bytes) -> None:
        """Take some bytes; raises nothing: ask for `failure`."""
        self._stream.feed(data)

    def close(self) -> None:
        """Take the end of the file."""
        self._stream.close()

    def _keep_within_bounds(self, fed: int) -> None:
        if fed - self._place > _LARGEST_PAPER:
            raise SourceUnavailable(f"something in the file is longer than {_LARGEST_PAPER} bytes")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element: what stands deeper than the fields adds to their text."""
        depth = self._depth = self._depth + 1
        if depth > DEEPEST:
            raise TooDeepError
        if depth == 1:
            if name != "collection":
                raise SourceUnavailable(f"the file is no Anthology XML; its root is {name[:80]!r}")
            self._stream.begin()
            self._collection = attributes.get("id", "")
        elif depth == 2:
            self._volume = attributes.get("id", "") if name == "volume" else ""
            self._meta = {}
        elif depth == 3:
            self._place = self._parser.CurrentByteIndex
            self._part, self._number = name, attributes.get("id", "")
            self._fields, self._authors = {}, []
        if depth <= 4 or (depth == 5 and name in ("first", "last")):
            self._text.clear()
        if depth == 4:
            self._name = {}
        elif name == "tex-math":
            self._text.append("$")

    def _end(self, name: str) -> None:
        """End an element, and keep its text where it means something."""
        depth = self._depth
        self._depth = depth - 1
        if name == "tex-math":
            self._text.append("$")
        elif depth == 5 and name in ("first", "last"):
            self._name[name] = self._words()
        elif depth == 4:
            self._end_field(name)
        elif depth == 3 and self._part == "paper" and self._volume:
            paper = self._paper()
            if paper is not None:
                self._found(paper)

    def _end_field(self, name: str) -> None:
        """Keep what a field says; of several, such as venues, the first."""
        fields = self._meta if self._part == "meta" else self._fields
        if name == "author":
            whole = " ".join(filter(None, (self._name.get("first"), self._name.get("last"))))
            self._authors += [whole] if whole else []
        elif name in _KEPT:
            fields.setdefault(name, self._words())

    def _words(self) -> str:
        """Give the text since the field began, on one line."""
        return " ".join("".join(self._text).split())

    def _paper(self) -> Published | None:
        """Make what was read a paper; None where it has no title, year or id that make sense."""
        fields = self._fields
        title, base = fields.get("title", ""), self._id()
        year = _YEAR.search(self._meta.get("year", "")) or _YEAR.search(self._collection)
        if not (title and year and base):
            return None
        retracted = " (retracted)" if "retracted" in fields else ""
        return Published(
            id=base,
            title=title,
            authors=tuple(self._authors),
            year=int(year[0]),
            venue=f"{self._venue()} {year[0]}{retracted}",
            abstract=fields.get("abstract", ""),
            doi=fields.get("doi") or None,
        )

    def _id(self) -> str:
        """Give the paper's id: what its URL says, or what its place makes it."""
        told = self._fields.get("url", "").removeprefix("https://aclanthology.org/").strip("/")
        if _ID.fullmatch(told):
            return told
        numbers = self._volume.isdecimal() and self._number.isdecimal()
        if _OLD.fullmatch(self._collection) and numbers:
            wide = self._collection[0] == "W" or self._collection == "C69"
            volume, paper = int(self._volume), int(self._number)
            return f"{self._collection}-" + (
                f"{volume:02d}{paper:02d}" if wide else f"{volume}{paper:03d}"
            )
        made = f"{self._collection}-{self._volume}.{self._number}"
        return made if _ID.fullmatch(made) else ""

    def _venue(self) -> str:
        """Name where it was published, as people do."""
        venue = self._meta.get("venue", "")
        if venue == "findings" and not self._volume.isdecimal():
            return f"Findings of {self._volume.upper()}"
        if not venue:
            return self._fields.get("booktitle") or self._meta.get("booktitle") or "ACL Anthology"
        return _ACRONYMS.get(venue, venue.upper())
