"""arXiv's holidays: those that come with the program, and the owner's own file over them."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

from bot.core.arxiv_calendar import Calendar
from bot.core.errors import ConfigError
from bot.settings.documents import Document, read
from bot.settings.shown import shown

_EXAMPLE = "holidays = [2027-01-01, 2027-01-18]"
_YEARS = range(1991, 3000)


def calendar_of(path: Path | None) -> Calendar:
    """Make arXiv's calendar, in which each year of the file at `path` replaces what is known.

    Raises ConfigError with all that is wrong in the file.
    """
    known = tomllib.loads(files("bot").joinpath("holidays.toml").read_text(encoding="utf-8"))
    data = dict(known)
    if path is not None:
        document = read(path, cure="Correct arxiv.holidays, or remove it.")
        if problems := tuple(_problems(document)):
            raise ConfigError(problems)
        data |= document.data
    return Calendar({int(year): frozenset(table["holidays"]) for year, table in data.items()})


def _problems(document: Document) -> Iterator[str]:
    """Tell what is wrong with an owner's file, each with its place and its cure."""
    for key, table in document.data.items():
        place = f"{document.place((key,))}: [{shown(key)[1:-1]}]"
        if not (key.isascii() and key.isdecimal() and int(key[:5]) in _YEARS):
            yield f"{place}: this is not a year. Write one, such as [2027], and below it {_EXAMPLE}"
        elif not isinstance(table, Mapping) or table.keys() != {"holidays"}:
            yield f"{place}: it must hold one key and no other: {_EXAMPLE}"
        elif not isinstance(table["holidays"], list):
            yield f"{place}: holidays: this is not a list of dates. Write {_EXAMPLE}"
        else:
            strange = [day for day in table["holidays"] if not _of_year(day, int(key))]
            for day in strange:
                yield (
                    f"{place}: holidays: {shown(day)} is not a date of that year. Write it as "
                    f"{key}-12-25, without quotes."
                )


def _of_year(day: object, year: int) -> bool:
    """Whether this is a date, without a time, of the year."""
    return isinstance(day, date) and not isinstance(day, datetime) and day.year == year
