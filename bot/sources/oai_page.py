"""Reads a page of OAI-PMH while it still arrives, and gives each record as soon as it is whole.

What a record says is for bot.sources.oai_records to judge, and bot.sources.xml_stream sees to it
that the page is well formed to its end and keeps within bounds.
"""

from bot.core.errors import SourceError, SuspectAnswer
from bot.sources.oai_reading import Frame, Reading, Record
from bot.sources.xml_stream import Stream


class PageReader:
    """Takes a page's bytes as they come; `frame` is whole once `close` has returned.

    `failure` tells what is wrong with the page: SourceUnavailable or its ServiceBusy for what is no
    OAI-PMH or beyond all bounds, SuspectAnswer for what is cut short or not well formed. Nothing
    may be fed after it.
    """

    def __init__(self) -> None:
        self.frame = Frame()
        self.failure: SourceError | None = None
        self._ready: list[Record] = []
        reading = Reading(self.frame, self._ready.append)
        self._stream = Stream(reading.parser, "OAI-PMH", reading.keep_within_bounds)
        reading.on_root = self._stream.begin

    def feed(self, data: bytes) -> list[Record]:
        """Take some bytes, and give the records that end in them.

        Raises nothing, so that those before a fault are given too: ask for `failure`.
        """
        self._stream.feed(data)
        return self._taken()

    def close(self) -> list[Record]:
        """Take the end of the page, as `feed` takes its parts."""
        self._stream.close()
        records = self._taken()
        if not self.failure and not self.frame.response_date and not self.frame.errors:
            self.failure = SuspectAnswer("the page has no responseDate")
        return records

    def _taken(self) -> list[Record]:
        """Give what is ready, and note what is wrong."""
        self.failure = self._stream.failure
        ready = self._ready[:]
        self._ready.clear()
        return ready
