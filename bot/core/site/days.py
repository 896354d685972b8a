"""On which day a paper came, as the pages have it."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.core.arxiv_calendar import EASTERN, EVENINGS
from bot.core.baseline import submitted
from bot.core.model import Paper
from bot.core.schedule import last_slot


def day_of(paper: Paper, learned: datetime | None) -> date:
    """Tell the day of a paper's announcement on arXiv's clock, or else that of its submission.

    `learned` is when it was recorded as news, within hours of the evening that announced it; None
    for what was known from a baseline, however it is announced again later. Holidays do not count:
    what is learned after one, arXiv has announced all the same.
    """
    return submitted(paper).date() if learned is None else evening_of(learned)


@lru_cache(maxsize=1024)  # what is recorded together has one instant
def evening_of(learned: datetime) -> date:
    """Tell the day on arXiv's clock of the last evening on which it announces."""
    return last_slot(EVENINGS, learned).astimezone(ZoneInfo(EASTERN)).date()
