"""What code hosts make of a Markdown file: their parsers, and what they look for in the result."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

_EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]
LOOKED_FOR = re.compile(r"(?i)\$.|.\$|@\w|#\w|!\w|~\w|%\w|&\w|:\S|www\.|\\[(\[]")
"""In one piece of text: maths, mentions, references, emoji and addresses."""


def by_cmark(text: str) -> str:
    """Make HTML of Markdown with the parser that GitHub has."""
    return str(
        cmarkgfm.cmark.markdown_to_html_with_extensions(
            text, options=Options.CMARK_OPT_UNSAFE, extensions=_EXTENSIONS
        )
    )


def by_markdown_it(text: str) -> str:
    """Make HTML of Markdown with a parser that has nothing in common with the other."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


PARSERS: dict[str, Callable[[str], str]] = {"cmark-gfm": by_cmark, "markdown-it": by_markdown_it}


@dataclass
class Cell:
    """What a cell shows: text by the element that holds it, and where its link leads."""

    shown: dict[str, str] = field(default_factory=dict)
    href: str = ""


@dataclass
class Topic:
    """A heading of the second level with what follows it."""

    name: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    said: str = ""


class Reader(HTMLParser):
    """Read the HTML of a page into its topics; `pieces` are all texts as elements part them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.heading = ""
        self.paragraphs: list[str] = []
        self.topics: list[Topic] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.pieces: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
            self.topics[-1].rows[-1][-1].href = self.links[-1]
        elif tag == "h2":
            self.topics.append(Topic())
        elif tag == "tr":
            self.topics[-1].rows.append([])
        elif tag in {"td", "th"}:
            self.topics[-1].rows[-1].append(Cell())
        elif tag == "p" and not self.topics:
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not data.strip():
            if self._open and self._open[-1] not in {"table", "thead", "tbody", "tr"}:
                self._keep(data)
            return
        self.pieces.append(data)
        self._keep(data)

    def _keep(self, data: str) -> None:
        inside = [tag for tag in self._open if tag != "span"]
        if inside == ["h1"]:
            self.heading += data
        elif inside == ["h2"]:
            self.topics[-1].name += data
        elif "table" in inside:
            shown = self.topics[-1].rows[-1][-1].shown
            shown[inside[-1]] = shown.get(inside[-1], "") + data
        elif self.topics:
            self.topics[-1].said += data
        else:
            self.paragraphs[-1] += data


def read(page: bytes, parser: str) -> Reader:
    """Read a Markdown page as a host would show it."""
    return Reader(PARSERS[parser](page.decode()))
