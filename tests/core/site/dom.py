"""Reading a page as a tree of elements, to say what it holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br"})


@dataclass
class Element:
    """An element: its tag, its attributes, and what stands in it."""

    tag: str
    attributes: dict[str, str]
    inner: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """Give this element and all within it, in their order."""
        yield self
        for one in self.inner:
            if isinstance(one, Element):
                yield from one.walk()

    def all(self, tag: str, css: str | None = None) -> list["Element"]:
        """Give those with a tag, and a class where one is named."""
        return [one for one in self.walk() if one.tag == tag and (css is None or css in one.css)]

    def one(self, tag: str, css: str | None = None) -> "Element":
        """Give the only one."""
        (found,) = self.all(tag, css)
        return found

    @property
    def css(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for one in self.inner:
            yield one if isinstance(one, str) else "".join(one._pieces())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inner.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"not nested: {tag}"

    def handle_data(self, data: str) -> None:
        self.open[-1].inner.append(data)


def dom(page: bytes) -> Element:
    """Read a page; its elements must be closed in their order."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    (document,) = reader.open
    return document
