"""A paper for scripts: the keys are a contract, and text comes as people read it, without LaTeX."""

from typing import Any

from bot.core.model import Paper
from bot.core.render.wording import display


def paper_json(one: Paper) -> dict[str, Any]:
    """Shape one paper; instants stay what they are."""
    return {
        "id": one.id,
        "version": one.version,
        "url": one.url,
        "title": display(one.title, one.readable),
        "authors": [display(name) for name in one.authors],
        "abstract": display(one.abstract, one.readable),
        "categories": list(one.categories),
        "primary_category": one.primary_category,
        "published": one.published,
        "updated": one.updated,
        "comment": one.comment and display(one.comment, one.readable),
        "journal_ref": one.journal_ref and display(one.journal_ref),
        "doi": one.doi,
        "report_no": one.report_no and display(one.report_no),
        "affiliations": [display(place) for place in one.affiliations],
    }
