"""A paper's own page as HTML: what stands around it is drawn once for all papers."""

from collections.abc import Sequence

from bot.core.linked import Linked
from bot.core.site import places
from bot.core.site.drawing import apart
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Card, Site
from bot.core.site.row_html import state
from bot.core.site.rows import Table
from bot.core.site.single import Fact, Single, heading_of, single_of
from bot.core.site.words import escaped

_GAP = "\0"
_ACTIONS = (
    '<p class="actions"><a class="action main-action" href="{}">Abstract page</a> '
    '<a class="action" href="{}">PDF</a> <a class="action" href="{}">HTML</a> '
    '<a class="action" href="{}">BibTeX at arXiv</a></p>\n'
)
_COPY = (
    '<p class="actions"><button class="button" type="button" data-do="copy" hidden>Copy BibTeX'
    '</button> <a class="action" href="{}">.bib</a> <a class="action" href="{}">.ris</a> '
    '<output class="told" id="_told" aria-live="polite"></output></p>\n</article>\n</main>\n'
)


def paper_page(site: Site, card: Card) -> bytes:
    """Render all that is known of a paper."""
    start, head, body, end = _around(site)
    frame = Frame(site, places.paper(card.paper.id), "")
    page = single_of(frame, card)
    labels = [] if not card.topics else Table(frame).labels(card.topics)
    return b"".join(
        (
            start,
            escaped(heading_of(card.paper)).encode(),
            head,
            _head(card.paper, page).encode(),
            body,
            _opening(card, page).encode(),
            *_chips(card, labels),
            _content(card.paper, page).encode(),
            end,
        )
    )


def _around(site: Site) -> Sequence[bytes]:
    """Draw what all pages of papers share: they stand at one depth, and hang on no topic."""
    if "paper" not in site.drawn:
        frame = Frame(site, places.paper("0000.00000"), _GAP)
        site.drawn["paper"] = apart("paper.html", frame=frame)
    parts: Sequence[bytes] = site.drawn["paper"]
    return parts


def _head(paper: Linked, page: Single) -> str:
    """Name the paper to search engines and to tools that cite."""
    citing = "".join(
        f'<meta name="{one.name}" content="{escaped(one.words)}">\n' for one in page.citing
    )
    return (
        f'<meta name="description" content="{escaped(page.description)}">\n'
        f'<meta name="citation_title" content="{escaped(page.plain)}">\n{citing}'
        f'<link rel="canonical" href="{escaped(paper.url)}">\n'
    )


def _opening(card: Card, page: Single) -> str:
    """Name the paper, its authors and its dates."""
    identifier = escaped(card.paper.id)
    authors = ""
    if page.authors:
        authors = f'<p class="authors">{", ".join(map(_author, page.authors))}</p>\n'
    return (
        f'<main class="single" id="_main">\n<article class="sheet paper" data-id="{identifier}">\n'
        f'<p class="kicker">{escaped(page.categories)} · arXiv:{identifier}</p>\n'
        f'<h1 class="name"><bdi>{escaped(page.title)}</bdi></h1>\n{authors}'
        f'<p class="dated">{escaped(page.dated)}</p>\n'
    )


def _author(one: Leading) -> str:
    name = f"<bdi>{escaped(one.name)}</bdi>"
    if one.href:
        return f'<a class="who" href="{escaped(one.href)}">{name}</a>'
    return f'<strong class="who">{name}</strong>' if one.here else name


def _chips(card: Card, labels: Sequence[bytes]) -> Sequence[bytes]:
    """Tell of the version, and lead to the topics."""
    told = state(withdrawn=card.paper.withdrawn, partial=card.paper.partial)
    if not (told or labels):
        return ()
    return (b'<p class="chips">', told.encode(), *labels, b"</p>\n")


def _content(paper: Linked, page: Single) -> str:
    """Give the links, the abstract, what else is known, and how to cite."""
    links = (paper.url, paper.pdf_url, paper.html_url, paper.bibtex_url)
    facts, abstract = "".join(map(_fact, page.facts)), ""
    if page.abstract:
        text = escaped(page.abstract)
        abstract = f'<h2 class="small">Abstract</h2>\n<p class="prose" dir="auto">{text}</p>\n'
    return (
        f"{_ACTIONS.format(*map(escaped, links))}{abstract}"
        f'<h2 class="small">Details</h2>\n<dl class="facts">\n{facts}</dl>\n'
        '<h2 class="small">Cite</h2>\n<pre class="bibtex" id="_bibtex" tabindex="0" role="group" '
        f'aria-label="BibTeX entry">{escaped(page.bibtex)}</pre>\n'
        f"{_COPY.format(escaped(page.bib), escaped(page.ris))}"
    )


def _fact(one: Fact) -> str:
    words = f"<bdi>{escaped(one.words)}</bdi>"
    told = f'<a href="{escaped(one.href)}">{words}</a>' if one.href else words
    return f"<dt>{escaped(one.name)}</dt><dd>{told}</dd>\n"
