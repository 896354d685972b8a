"""What `author` tells: a person's works by year, and the forms in which the name was found."""

from itertools import groupby
from typing import Any

from bot.bibliography import Bibliography, Person
from bot.console import complain, marked, say, table
from bot.core.bibliography import Published, Work
from bot.core.query import Query, named
from bot.core.render.byline import byline
from bot.core.render.wording import dated, display, shorten

_INDENT = 2
_NAME = 80
"""Characters of a name: some lists of authors come as one."""
_FORMS = 12
"""How many forms of a name are shown, those with the most works."""


def bibliography_json(found: Bibliography, person: Person, limit: int | None) -> dict[str, Any]:
    """Shape what was found for scripts: the keys are a contract."""
    return {
        "author": person.name,
        "categories": list(person.categories),
        "works": len(found.works),
        "names": [
            {"name": one.name, "works": one.works, "categories": dict(one.categories)}
            for one in found.forms
        ],
        "papers": [_work_json(work) for work in found.works[:limit]],
        "failures": [{"source": source, "error": error} for source, error in found.failures],
    }


def _work_json(work: Work) -> dict[str, Any]:
    """Shape one work; what only arXiv knows is null for what is not there."""
    paper = work.paper
    return {
        "year": work.year,
        "title": display(work.title, work.readable),
        "authors": [display(name) for name in work.authors],
        "abstract": display(work.abstract, work.readable),
        "id": paper and paper.id,
        "url": paper and paper.url,
        "categories": list(paper.categories) if paper else None,
        "submitted": paper and paper.published,
        "published": [{"venue": one.venue, "id": one.id, "url": one.url} for one in work.published],
    }


def show_bibliography(found: Bibliography, person: Person, limit: int | None) -> None:
    """Show a person's works, then the forms of the name, and at last what failed."""
    shown = found.works[:limit]
    for year, works in groupby(shown, key=lambda work: work.year):
        group = list(works)
        total = sum(work.year == year for work in found.works)
        count = f"{total}" if total == len(group) else f"{len(group)} of {total}"
        say(f"{year} ({count})")
        for work in group:
            say()
            _work(work, person.query)
        say()
    say(f"{person.name}: {_count(found, len(shown))}")
    _forms(found)
    for source, error in found.failures:
        complain(f"{source}: {error}")


def _count(found: Bibliography, shown: int) -> str:
    """Tell how many works there are, and how many of them are shown."""
    total = len(found.works)
    if not found.looked:
        return "nothing could be looked at"
    counted = "1 work" if total == 1 else f"{total:,} works"
    if shown == total:
        return counted
    return f"{counted}, of which the newest {'is' if shown == 1 else f'{shown:,} are'} shown"


def _work(work: Work, person: Query) -> None:
    """Show one work: what it is, where it is, and what it says."""
    marked([(display(work.title, work.readable), False)], _INDENT)
    marked(byline(work.authors, named(person, work.authors)), _INDENT)
    paper = work.paper
    if paper is not None:
        rest = [one for one in paper.categories if one != paper.primary_category]
        say(f"{' ' * _INDENT}{', '.join([paper.primary_category, *rest])} · {dated(paper)}")
    for one in work.published:
        say(f"{' ' * _INDENT}{_where(one)}")
    if paper is not None:
        say(f"{' ' * _INDENT}{paper.url}")
    if work.abstract:
        marked([(display(work.abstract, work.readable), False)], 2 * _INDENT)


def _where(one: Published) -> str:
    """Tell where a work was published: `ACL 2022, https://aclanthology.org/2022.acl-long.1`."""
    return f"{display(one.venue)}, {one.url}"


def _forms(found: Bibliography) -> None:
    """Show in which forms the name was found: several may be several people."""
    if not found.forms:
        return
    rows = [
        (
            shorten(display(one.name), _NAME),
            one.works,
            ", ".join(f"{name} {count}" for name, count in one.categories),
        )
        for one in found.forms[:_FORMS]
    ]
    table("name", ("written as", "works", "most in"), rows)
    if len(found.forms) > _FORMS:
        say(f"and {len(found.forms) - _FORMS:,} more: see --json")
    if len(found.forms) > 1:
        say('They need not be one person: --category narrows, and so does a comma: "Li, Wei".')
