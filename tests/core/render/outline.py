"""Reading an HTML page as its structure, to say what it holds."""

from html.parser import HTMLParser
from typing import Any

from bot.core import render
from bot.core.model import Entry
from tests.builders import digest


class Outline(HTMLParser):
    """Collects a page's elements in order, with their attributes and the text in each."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []
        self.feed(page)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.elements.append((tag, dict(attrs), words))
        if tag not in self.VOID:
            self.open.append((tag, words))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, words in self.open:
            words.append(data)

    def texts(self, tag: str, css: str | None = None) -> list[str]:
        return [
            " ".join("".join(words).split())
            for name, attributes, words in self.elements
            if name == tag and (css is None or attributes.get("class") == css)
        ]

    def links(self) -> list[str | None]:
        return [attributes.get("href") for name, attributes, _ in self.elements if name == "a"]


def page(*entries: Entry, **changes: Any) -> Outline:
    return Outline(render.html(digest(*entries, **changes)))
