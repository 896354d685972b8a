"""Reads a page of OAI-PMH while it still arrives, and gives each record as soon as it is whole.

What a record says is for bot.sources.oai_records to judge; here the page is: that it is OAI-PMH, is
well formed to its end, declares no DTD, and keeps within bounds.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.transfer import ServiceBusy

_ROOT = "http://www.openarchives.org/OAI/2.0/ OAI-PMH"
_PRELUDE = 256
_DEEPEST = 32
_LONGEST_TOKEN = 1024 * 1024
_LARGEST_RECORD = 2 * 1024 * 1024
"""Bytes of one record; arXiv's longest lists of authors take a twentieth of it."""
_MOST_VERSIONS = 1_000
_WORDS = 200
_NUMBER = re.compile(r"[0-9]{1,9}")
_ILLEGAL = bytes(code for code in range(32) if code not in b"\t\n\r")
_MENDED = bytes.maketrans(_ILLEGAL, b" " * len(_ILLEGAL))
_FIELDS = frozenset(
    {"id", "title", "authors", "categories", "comments", "journal-ref", "doi", "abstract"}
)
_LOCALS = {
    f"{namespace} {name}": name
    for namespace, names in (
        ("http://www.openarchives.org/OAI/2.0/", "record header metadata identifier setSpec"),
        ("http://arxiv.org/OAI/arXivRaw/", "version date size source_type submitter license"),
        ("http://arxiv.org/OAI/arXivRaw/", " ".join(_FIELDS)),
    )
    for name in names.split()
}
"""The usual elements, so that most names need not be taken apart."""


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


class _DtdError(Exception):
    """A page declares a DTD, which OAI-PMH does not need and entity bombs do."""


class _TooDeepError(Exception):
    """Elements within elements without end."""


class PageReader:
    """Takes a page's bytes as they come; `frame` is whole once `close` has returned.

    `failure` tells what is wrong with the page: SourceUnavailable or its ServiceBusy for what is no
    OAI-PMH or beyond all bounds, SuspectAnswer for what is cut short or not well formed. Nothing
    may be fed after it.
    Bytes that XML does not allow (control characters, what is no UTF-8) are replaced, so that one
    paper's odd character does not hide all others behind it.
    """

    def __init__(self) -> None:
        self.frame = Frame()
        self.failure: SourceError | None = None
        self._prelude: bytes | None = b""
        self._fed = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ready: list[Record] = []
        self._reading = _Reading(self.frame, self._ready.append)
        self._parser = self._reading.parser

    def feed(self, data: bytes) -> list[Record]:
        """Take some bytes, and give the records that end in them.

        Raises nothing, so that those before a fault are given too: ask for `failure`.
        """
        if self._prelude is not None:
            self._prelude += data
            if len(self._prelude) < _PRELUDE:
                return []
        return self._take(data, last=False)

    def close(self) -> list[Record]:
        """Take the end of the page, as `feed` takes its parts."""
        records = self._take(b"", last=True)
        if not self.failure and not self.frame.response_date and not self.frame.errors:
            self.failure = SuspectAnswer("the page has no responseDate")
        return records

    def _take(self, data: bytes, *, last: bool) -> list[Record]:
        """Parse some bytes, the held ones first."""
        try:
            self._parse(self._opening(data), last=last)
        except _DtdError:
            self.failure = SourceUnavailable("the answer declares a DTD, which OAI-PMH never needs")
        except _TooDeepError:
            self.failure = SourceUnavailable(f"the answer is nested more than {_DEEPEST} deep")
        except expat.ExpatError as error:
            self.failure = self._broken(error, last=last)
        except SourceError as error:
            self.failure = error
        ready = self._ready[:]
        self._ready.clear()
        return ready

    def _opening(self, data: bytes) -> bytes:
        """Look at a page's beginning once it has come, and give what is to be parsed."""
        if self._prelude is None:
            return data
        body = self._prelude.removeprefix(codecs.BOM_UTF8).lstrip()
        self._prelude = None
        if not body:
            raise SourceUnavailable("the answer is empty")
        if body.startswith(b"Rate exceeded"):
            raise ServiceBusy("arXiv says: Rate exceeded.")
        if body[:100].lower().startswith((b"<!doctype html", b"<html")):
            raise SourceUnavailable("the answer is a page of HTML instead of OAI-PMH")
        return body

    def _parse(self, data: bytes, *, last: bool) -> None:
        """Mend the bytes and parse them."""
        text = self._decoder.decode(data.translate(_MENDED), final=last)
        mended = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd").encode()
        self._fed += len(mended)
        self._parser.Parse(mended, last)
        self._reading.keep_within_bounds(self._fed)
        # Before the first event the position is -1.
        if self._fed - max(0, self._parser.CurrentByteIndex) > _LONGEST_TOKEN:
            raise SourceUnavailable(f"a single tag is longer than {_LONGEST_TOKEN} bytes")

    def _broken(self, error: expat.ExpatError, *, last: bool) -> SourceError:
        """Tell a page cut short, which may come whole next time, from what is none."""
        told = f"{expat.ErrorString(error.code)} in line {error.lineno}"
        if not self._reading.begun:
            return SourceUnavailable(f"the answer is no OAI-PMH: {told}")
        if last:
            return SuspectAnswer(f"the page does not end as it should: {told}")
        return SuspectAnswer(f"the page is not well-formed XML: {told}")


class _Reading:
    """Listens to the parser, and tells `found` of each record that ends.

    A record stands at depth 3, its header's and metadata's elements at 5, the fields at 6, and the
    dates of its versions at 7.
    """

    def __init__(self, frame: Frame, found: Callable[[Record], None]) -> None:
        self.begun = False
        self._frame = frame
        self._found = found
        self._record: Record | None = None
        self._part = ""
        self._version = ""
        self._depth = 0
        self._text: list[str] = []
        self._place = 0
        self._attributes: dict[str, str] = {}
        self.parser = expat.ParserCreate("UTF-8", " ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append

    def _doctype(self, *_declaration: object) -> None:
        raise _DtdError

    def keep_within_bounds(self, place: int) -> None:
        """Give up what has grown too large, now that the page is read up to `place`."""
        if place - self._place > _LARGEST_RECORD:
            self._text.clear()
            if self._record is not None:
                self._record.versions.clear()
                self._record.fault = f"the record is longer than {_LARGEST_RECORD} bytes"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element; what stands deeper than the fields adds to their text."""
        self._depth += 1
        depth = self._depth
        if depth <= 6:
            self._text.clear()
        elif depth > _DEEPEST:
            raise _TooDeepError
        record = self._record
        if record is None:
            self._start_frame(name, attributes)
        elif depth == 6:
            self._version = attributes.get("version", "")
        elif depth == 4:
            self._part = _local(name)
            record.deleted |= attributes.get("status") == "deleted"
        elif depth == 5 and self._part == "metadata":
            record.form = _local(name)
        elif depth == 7 and _local(name) == "date":
            self._text.clear()

    def _start_frame(self, name: str, attributes: dict[str, str]) -> None:
        """Begin the page itself, or something on it."""
        if self._depth > 3:
            return
        self._place = self.parser.CurrentByteIndex
        self._attributes = attributes
        if self._depth == 1:
            if name != _ROOT:
                raise SourceUnavailable(f"the answer is no OAI-PMH; its root is {name[:80]!r}")
            self.begun = True
        elif self._depth == 3 and _local(name) == "record":
            self._record = Record()

    def _end(self, name: str) -> None:
        """End an element, and keep its text where it means something."""
        depth = self._depth
        self._depth -= 1
        local = _LOCALS.get(name) or _local(name)
        record = self._record
        if record is None:
            self._end_frame(depth, local)
        elif depth == 6:
            if local in _FIELDS and self._part == "metadata":
                record.fields[local] = "".join(self._text)
        elif depth == 7:
            if local == "date":
                self._end_version(record)
        elif depth == 5:
            if local == "identifier" and self._part == "header":
                record.identifier = "".join(self._text).strip()
        elif depth == 3:
            self._record = None
            self._frame.records += 1
            self._found(record)

    def _end_version(self, record: Record) -> None:
        """Keep a version's name and date."""
        record.versions.append((self._version, "".join(self._text)))
        if len(record.versions) > _MOST_VERSIONS:
            record.versions.clear()
            record.fault = f"the record has more than {_MOST_VERSIONS} versions"

    def _end_frame(self, depth: int, local: str) -> None:
        """Keep what the page says besides its records."""
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


def _local(name: str) -> str:
    """Leave out an element's namespace: arXiv's have changed, and their elements have not."""
    return name[name.rfind(" ") + 1 :]
