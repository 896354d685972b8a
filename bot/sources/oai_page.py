"""Reads a page of OAI-PMH while it still arrives, and gives each record as soon as it is whole.

What a record says is for bot.sources.oai_records to judge; here the page is: that it is OAI-PMH, is
well formed to its end, declares no DTD, and keeps within bounds.
"""

import codecs
from xml.parsers import expat

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.oai_reading import DEEPEST, DtdError, Frame, Reading, Record, TooDeepError
from bot.sources.transfer import ServiceBusy

_PRELUDE = 256
_LONGEST_TOKEN = 1024 * 1024
_ILLEGAL = bytes(code for code in range(32) if code not in b"\t\n\r")
_MENDED = bytes.maketrans(_ILLEGAL, b" " * len(_ILLEGAL))


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
        self._reading = Reading(self.frame, self._ready.append)
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
        except DtdError:
            self.failure = SourceUnavailable("the answer declares a DTD, which OAI-PMH never needs")
        except TooDeepError:
            self.failure = SourceUnavailable(f"the answer is nested more than {DEEPEST} deep")
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
