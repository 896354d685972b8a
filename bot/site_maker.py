"""What the pages are made of besides papers: where that changes, all of them are made anew."""

import hashlib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files as resources
from importlib.resources.abc import Traversable

from bot import __version__
from bot.core.site.model import Site


def made_by(site: Site, until: date | None) -> str:
    """Stand for all that the pages are made of besides papers: our own words, and the topics."""
    told = [_source(), site.title, site.introduction, site.url, site.limit, until]
    told += [
        (one.kind, one.name, one.slug, one.query.hash) for one in (*site.topics, *site.authors)
    ]
    return _short(repr(told))


@cache
def _source() -> str:
    """Stand for the code and the templates that make pages."""
    found = hashlib.sha256(__version__.encode())
    for one in _files_of(resources("bot.core")):
        found.update(one.read_bytes())
    return found.hexdigest()


def _files_of(folder: Traversable) -> Iterator[Traversable]:
    """Walk through a package's files in the order of their names."""
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir() and one.name != "__pycache__":
            yield from _files_of(one)
        elif one.is_file():
            yield one


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
