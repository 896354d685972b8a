"""Where a list of the API goes on, so that it neither repeats nor leaves out what stays."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.core.arxiv_id import parse_id
from bot.core.site.model import Place
from bot.web.offer import Browsable
from bot.web.openapi import AFTER
from bot.web.problem import Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Position(NamedTuple):
    """Where a list goes on: after the paper with this id, whose shown version is of then."""

    updated: datetime
    paper: str

    def write(self) -> str:
        """Write it as the next request gives it back."""
        return f"{(self.updated - _EPOCH) // _MICROSECOND}~{self.paper}"

    @classmethod
    def read(cls, text: str) -> "Position":
        """Read it back; raises Problem."""
        if re.fullmatch(AFTER, text, re.ASCII) is None:
            said = "`before` must be what `next` of the answer before was, unchanged"
            raise Problem(400, said, parameter="before")
        instant, _, paper = text.partition("~")
        return cls(_EPOCH + int(instant) * _MICROSECOND, parse_id(paper).base)


async def after(
    store: Browsable, query: str, before: Position | None, limit: int
) -> Sequence[Place]:
    """Read some of a shelf: what comes after a position, of whose instant there may be many."""
    if before is None:
        return await store.shelf(query, limit=limit)
    instant = before.updated
    same = await store.shelf(query, since=instant, before=instant + _MICROSECOND)
    found = [one for one in same if one.paper < before.paper][:limit]
    if len(found) < limit:
        found += await store.shelf(query, before=instant, limit=limit - len(found))
    return found
