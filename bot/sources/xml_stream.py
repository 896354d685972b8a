"""Feeds XML to a parser while it still arrives, within bounds, and says what is wrong with it.

Bytes that XML does not allow (control characters, what is no UTF-8) are replaced, so that one odd
character does not hide all behind it. A document type is refused: none of our sources needs one,
and entity bombs do.
"""

import codecs
from collections.abc import Callable
from xml.parsers import expat

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.transfer import ServiceBusy

DEEPEST = 32
"""Elements within elements beyond which a document is given up."""

_PRELUDE = 256
_LONGEST_TOKEN = 1024 * 1024
_ILLEGAL = bytes(code for code in range(32) if code not in b"\t\n\r")
_MENDED = bytes.maketrans(_ILLEGAL, b" " * len(_ILLEGAL))


class TooDeepError(Exception):
    """Elements within elements without end."""


class _DtdError(Exception):
    """A document declares its type."""


class Stream:
    """Feeds `parser`, whose handlers are the caller's but for the one of document types.

    `kind` names such a document to people, and `name` what it came as. Call `begin` once the
    root is the right one. `grown` is told after each piece how many bytes have been fed. `failure`
    tells what is wrong: SourceUnavailable or its ServiceBusy for what is not of the kind at all or
    beyond all bounds, SuspectAnswer for what is cut short or not well formed, or whatever
    SourceError a handler or `grown` raised. Nothing may be fed after it.
    """

    def __init__(
        self,
        parser: expat.XMLParserType,
        kind: str,
        grown: Callable[[int], None],
        *,
        name: str = "page",
    ) -> None:
        self.failure: SourceError | None = None
        self._parser = parser
        self._kind = kind
        self._grown = grown
        self._name = name
        self._prelude: bytes | None = b""
        self._fed = 0
        self._begun = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        parser.StartDoctypeDeclHandler = self._doctype

    def begin(self) -> None:
        """Note that it is of the kind: what is wrong from now on is a fault within."""
        self._begun = True

    def feed(self, data: bytes) -> None:
        """Parse some bytes, held back until there is enough to see what they are."""
        if self._prelude is not None:
            self._prelude += data
            if len(self._prelude) < _PRELUDE:
                return
        self._take(data, last=False)

    def close(self) -> None:
        """Parse the rest: there is no more."""
        self._take(b"", last=True)

    def _take(self, data: bytes, *, last: bool) -> None:
        """Parse some bytes, the held ones first, and note what is wrong."""
        try:
            self._parse(self._opening(data), last=last)
        except _DtdError:
            self.failure = SourceUnavailable(
                f"the {self._name} declares a DTD, which {self._kind} never needs"
            )
        except TooDeepError:
            self.failure = SourceUnavailable(f"the {self._name} is nested more than {DEEPEST} deep")
        except expat.ExpatError as error:
            self.failure = self._broken(error, last=last)
        except SourceError as error:
            self.failure = error

    def _opening(self, data: bytes) -> bytes:
        """Look at the beginning once it has come, and give what is to be parsed."""
        if self._prelude is None:
            return data
        body = self._prelude.removeprefix(codecs.BOM_UTF8).lstrip()
        self._prelude = None
        if not body:
            raise SourceUnavailable(f"the {self._name} is empty")
        if body.startswith(b"Rate exceeded"):
            raise ServiceBusy("arXiv says: Rate exceeded.")
        if body[:100].lower().startswith((b"<!doctype html", b"<html")):
            raise SourceUnavailable(f"a page of HTML came instead of {self._kind}")
        return body

    def _parse(self, data: bytes, *, last: bool) -> None:
        """Mend the bytes and parse them."""
        text = self._decoder.decode(data.translate(_MENDED), final=last)
        mended = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd").encode()
        self._fed += len(mended)
        self._parser.Parse(mended, last)
        self._grown(self._fed)
        # Before the first event the position is -1.
        if self._fed - max(0, self._parser.CurrentByteIndex) > _LONGEST_TOKEN:
            raise SourceUnavailable(f"a single tag is longer than {_LONGEST_TOKEN} bytes")

    def _broken(self, error: expat.ExpatError, *, last: bool) -> SourceError:
        """Tell a document cut short, which may come whole next time, from what is none."""
        told = f"{expat.ErrorString(error.code)} in line {error.lineno}"
        if not self._begun:
            return SourceUnavailable(f"the {self._name} is no {self._kind}: {told}")
        if last:
            return SuspectAnswer(f"the {self._name} does not end as it should: {told}")
        return SuspectAnswer(f"the {self._name} is not well-formed XML: {told}")

    def _doctype(self, *_declaration: object) -> None:
        raise _DtdError
