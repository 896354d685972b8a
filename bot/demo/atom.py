"""Atom as arXiv's query API writes it, before and after its change of November 2025."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from bot.core.model import Paper

Schema = Literal["new", "old"]

_ATOM = "http://www.w3.org/2005/Atom"
_ARXIV = "http://arxiv.org/schemas/atom"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_OLD_ARXIV = f' xmlns:arxiv="{_ARXIV}"'
_OLD_OPENSEARCH = f' xmlns:opensearch="{_OPENSEARCH}"'


def feed(
    papers: Sequence[Paper], *, total: int, start: int, title: str, schema: Schema = "new"
) -> bytes:
    """Write one page of results as UTF-8; `total` counts all results, not this page's."""
    entries = "".join(_entry(paper, schema) for paper in papers)
    return _document(entries, (len(papers), total, start), title, schema)


def error_feed(reason: str, schema: Schema = "new") -> bytes:
    """Write the answer to a question that arXiv refuses: one entry called "Error"."""
    link = "https://arxiv.org/api/errors#" + reason.replace(" ", "_")
    entry = (
        f"\n  <entry>\n    <id>{escape(link)}</id>\n    <title>Error</title>\n"
        f"    <updated>{_stamp(datetime.now(UTC))}</updated>\n"
        f'    <link href={quoteattr(link)} rel="alternate" type="text/html"/>\n'
        f"    <summary>{escape(reason)}</summary>\n"
        "    <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>"
    )
    return _document(entry, (1, 1, 0), "arXiv Search Results", schema)


def _document(entries: str, counts: tuple[int, int, int], title: str, schema: Schema) -> bytes:
    """Wrap entries in a feed; `counts` are rows on this page, rows in all and the first row."""
    shown, total, start = counts
    if schema == "new":
        root, inner = f'{_OLD_OPENSEARCH}{_OLD_ARXIV} xmlns="{_ATOM}"', ""
        updated, kind = _stamp(datetime.now(UTC)), ""
    else:
        root, inner = f' xmlns="{_ATOM}"', _OLD_OPENSEARCH
        updated, kind = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00-05:00"), ' type="html"'
    text = (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f"<feed{root}>\n  <id>https://arxiv.org/api/daily-papers-loopback</id>\n"
        f"  <title{kind}>{escape(title)}</title>\n  <updated>{updated}</updated>\n"
        f"  <opensearch:itemsPerPage{inner}>{shown}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults{inner}>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex{inner}>{start}</opensearch:startIndex>{entries}\n</feed>\n"
    )
    return text.encode()


def _entry(paper: Paper, schema: Schema) -> str:
    """Write one paper as an entry."""
    old = schema == "old"
    name = f"{paper.id}v{paper.version}"
    site = "http://arxiv.org" if old else "https://arxiv.org"
    extra = _OLD_ARXIV if old else ""
    scheme = f' scheme="{_ARXIV}"'
    old_scheme = scheme if old else ""
    lines = [
        f"<id>http://arxiv.org/abs/{name}</id>",
        f"<title>{_wrapped(paper.title, schema)}</title>",
        f"<updated>{_stamp(paper.updated)}</updated>",
        f'<link href="{site}/abs/{name}" rel="alternate" type="text/html"/>',
        f'<link href="{site}/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>',
        f"<summary>{_wrapped(paper.abstract, schema)}</summary>",
        *(f"<category term={quoteattr(term)}{scheme}/>" for term in paper.categories),
        f"<published>{_stamp(paper.published)}</published>",
        *_optional(paper, extra),
        f"<arxiv:primary_category{extra} term={quoteattr(paper.primary_category)}{old_scheme}/>",
        *_authors(paper, extra),
    ]
    return "\n  <entry>\n    " + "\n    ".join(lines) + "\n  </entry>"


def _optional(paper: Paper, extra: str) -> Iterable[str]:
    """Write what only some papers have."""
    for tag in ("comment", "journal_ref", "doi"):
        value = getattr(paper, tag)
        if value is not None:
            yield f"<arxiv:{tag}{extra}>{escape(value)}</arxiv:{tag}>"


def _authors(paper: Paper, extra: str) -> Iterable[str]:
    """Write authors in their order, each with an affiliation, and the last with the others."""
    last = len(paper.authors) - 1
    for place, name in enumerate(paper.authors):
        own = paper.affiliations[place : None if place == last else place + 1]
        lines = [f"<name>{escape(name)}</name>"]
        lines += [f"<arxiv:affiliation{extra}>{escape(one)}</arxiv:affiliation>" for one in own]
        yield "<author>\n      " + "\n      ".join(lines) + "\n    </author>"


def _wrapped(text: str, schema: Schema) -> str:
    """Escape text; the old schema broke it into indented lines."""
    if schema == "new":
        return escape(text)
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > 76:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return escape("\n  ".join([*lines, line]))


def _stamp(instant: datetime) -> str:
    """Write an instant to the second, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
