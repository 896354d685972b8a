"""Reads where authors work from a page of the query API; feedparser keeps one a paper, the last."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from bot.sources.white_space import folded

MOST = 1_000
"""Affiliations of one paper that are read: the largest collaborations have some hundreds."""
LONGEST = 1_000
"""Characters beyond which a text is no affiliation."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_AFFILIATION = re.compile(r"\{https?://arxiv\.org/schemas/atom/?\}affiliation")


def affiliations_in(body: bytes) -> Mapping[str, tuple[str, ...]]:
    """Give, by the text of an entry's id, its authors' affiliations: each once, in their order.

    `body` is a page that `markup.inspect` let pass. Entries without any are left out, and of two
    entries with one id the last one counts.
    """
    if b"affiliation" not in body:  # as nine pages of ten
        return {}
    # In UTF-8 whatever it declares, as it was inspected.
    parser = ET.XMLParser(encoding="utf-8")  # noqa: S314  # well formed, and without a DTD
    root = ET.fromstring(body, parser)  # noqa: S314
    told = {
        folded(entry.findtext(f"{_ATOM}id") or ""): _of(entry)
        for entry in root.findall(f"{_ATOM}entry")
    }
    return {name: found for name, found in told.items() if found}


def _of(entry: ET.Element) -> tuple[str, ...]:
    """Read one entry's."""
    texts = (
        folded(one.text or "")
        for author in entry.findall(f"{_ATOM}author")
        for one in author
        if _AFFILIATION.fullmatch(one.tag)
    )
    return tuple(dict.fromkeys(text for text in texts if 0 < len(text) <= LONGEST))[:MOST]
