"""Listens to the parser on a page of OAI-PMH, and gathers its records and what else it says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from bot.core.errors import SourceUnavailable
from bot.sources.xml_stream import DEEPEST, TooDeepError

_OAI = "http://www.openarchives.org/OAI/2.0/"
_RAW = "http://arxiv.org/OAI/arXivRaw/"
_ROOT = f"{_OAI} OAI-PMH"
_LARGEST_RECORD = 2 * 1024 * 1024
"""Bytes of one record; arXiv's longest lists of authors take a twentieth of it."""
_MOST_VERSIONS = 1_000
_WORDS = 200
_NUMBER = re.compile(r"[0-9]{1,9}")
_FIELDS = frozenset(
    {
        *("id", "title", "authors", "categories", "comments", "journal-ref", "doi", "report-no"),
        "abstract",
    }
)


class _Locals(dict[str, str]):
    """Names of elements without their namespace: arXiv's have changed, and its elements have not.

    The usual ones are kept, so that most names need not be taken apart.
    """

    def __missing__(self, name: str) -> str:
        return name[name.rfind(" ") + 1 :]


_LOCALS = _Locals(
    (f"{namespace} {name}", name)
    for namespace, names in (
        (_OAI, ("record", "header", "metadata", "identifier", "datestamp", "setSpec")),
        (_RAW, ("arXivRaw", "version", "date", "size", "source_type", "submitter", "license")),
        (_RAW, _FIELDS),
    )
    for name in names
)


@dataclass(slots=True)
class Record:
    """One record as it stands on the page; `fields` by element, `versions` as (name, date).

    `form` is the element that holds the metadata, "" where there is none. `fault` says what makes
    the record useless; the page around it is not.
    """

    identifier: str = ""
    deleted: bool = False
    form: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    versions: list[tuple[str, str]] = field(default_factory=list)
    fault: str = ""


@dataclass(slots=True)
class Frame:
    """What a page says besides its records.

    `token` leads to the next page and is "" on the last; `size` is how many records the whole list
    holds, where the page tells. `errors` are the protocol's own, as (code, words).
    """

    response_date: str = ""
    token: str = ""
    size: int | None = None
    repository: str = ""
    errors: list[tuple[str, str]] = field(default_factory=list)
    records: int = 0


class Reading:
    """Listens to the parser, and tells `found` of each record that ends, `on_root` of the root.

    A record stands at depth 3, its header's and metadata's elements at 5, the fields at 6, and the
    dates of its versions at 7. What comes most often is asked for first.
    """

    def __init__(self, frame: Frame, found: Callable[[Record], None]) -> None:
        self._frame = frame
        self._found = found
        self.on_root: Callable[[], None] = lambda: None
        self._record = Record()
        self._part = ""
        self._version = ""
        self._depth = 0
        self._text: list[str] = []
        self._place = 0
        self._attributes: dict[str, str] = {}
        self.parser = expat.ParserCreate("UTF-8", " ")
        self.parser.buffer_text = True
        self.parser.CharacterDataHandler = self._text.append
        self._listen_to_frame()

    def keep_within_bounds(self, place: int) -> None:
        """Give up what has grown too large, now that the page is read up to `place`."""
        if place - self._place > _LARGEST_RECORD:
            self._text.clear()
            if self._part:
                self._record.versions.clear()
                self._record.fault = f"the record is longer than {_LARGEST_RECORD} bytes"

    def _listen_to_frame(self) -> None:
        self.parser.StartElementHandler = self._start_of_frame
        self.parser.EndElementHandler = self._end_of_frame

    def _listen_to_record(self) -> None:
        self.parser.StartElementHandler = self._start_of_record
        self.parser.EndElementHandler = self._end_of_record

    def _start_of_frame(self, name: str, attributes: dict[str, str]) -> None:
        """Begin the page itself, or something on it."""
        self._depth += 1
        self._text.clear()
        if self._depth > 3:
            if self._depth > DEEPEST:
                raise TooDeepError
            return
        self._place = self.parser.CurrentByteIndex
        self._attributes = attributes
        if self._depth == 1:
            if name != _ROOT:
                raise SourceUnavailable(f"the answer is no OAI-PMH; its root is {name[:80]!r}")
            self.on_root()
        elif self._depth == 3 and _LOCALS[name] == "record":
            self._record = Record()
            self._listen_to_record()

    def _start_of_record(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element of a record; what stands deeper than the fields adds to their text."""
        depth = self._depth = self._depth + 1
        if depth == 6:
            self._text.clear()
            self._version = attributes.get("version", "")
        elif depth == 7:
            if _LOCALS[name] == "date":
                self._text.clear()
        elif depth == 5:
            self._text.clear()
            if self._part == "metadata":
                self._record.form = _LOCALS[name]
        elif depth == 4:
            self._part = _LOCALS[name]
            self._record.deleted |= attributes.get("status") == "deleted"
        elif depth > DEEPEST:
            raise TooDeepError

    def _end_of_record(self, name: str) -> None:
        """End an element of a record, and keep its text where it means something."""
        depth = self._depth
        self._depth = depth - 1
        if depth == 6:
            local = _LOCALS[name]
            if local in _FIELDS and self._part == "metadata":
                self._record.fields[local] = "".join(self._text)
        elif depth == 7:
            if _LOCALS[name] == "date":
                self._end_version()
        elif depth == 5:
            if self._part == "header" and _LOCALS[name] == "identifier":
                self._record.identifier = "".join(self._text).strip()
        elif depth == 3:
            self._part = ""
            self._listen_to_frame()
            self._frame.records += 1
            self._found(self._record)

    def _end_version(self) -> None:
        """Keep a version's name and date."""
        record = self._record
        record.versions.append((self._version, "".join(self._text)))
        if len(record.versions) > _MOST_VERSIONS:
            record.versions.clear()
            record.fault = f"the record has more than {_MOST_VERSIONS} versions"

    def _end_of_frame(self, name: str) -> None:
        """Keep what the page says besides its records."""
        depth, local = self._depth, _LOCALS[name]
        self._depth -= 1
        text = "".join(self._text).strip()
        if depth == 2 and local == "responseDate":
            self._frame.response_date = text
        elif depth == 2 and local == "error":
            code = self._attributes.get("code", "")
            self._frame.errors.append((code, " ".join(text.split())[:_WORDS]))
        elif depth == 3 and local == "repositoryName":
            self._frame.repository = " ".join(text.split())[:_WORDS]
        elif depth == 3 and local == "resumptionToken":
            self._frame.token = text
            size = self._attributes.get("completeListSize", "")
            self._frame.size = int(size) if _NUMBER.fullmatch(size) else None
