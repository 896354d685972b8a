"""A digest as posts of text, in Markdown or plain, for chat systems and services of every size.

Each post stands on its own and says which it is of how many: there are no threads, and whoever
sees a digest twice, because an answer was lost, can tell by the date and the number.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.core.digest import Digest, Layout
from bot.core.marks import Range
from bot.core.model import Entry
from bot.core.render.byline import byline
from bot.core.render.completeness import completeness, note
from bot.core.render.marked import spans
from bot.core.render.revised import accepted, changes, versions, withdrawn
from bot.core.render.wording import (
    ACKNOWLEDGEMENT,
    display,
    headline,
    part_of,
    shorten,
    tally,
    weekday_date,
)
from bot.core.slack_papers import facts, layouts
from bot.core.visible import visible

_BOLD = "\ue000"
"""A character of private use, which stands for asterisks until all others are escaped."""
_HEAD = 120
"""What the first line of a post takes at most, and a topic's heading."""
_HEADING = 170
_SMALL = 1_500
"""Posts with less room than this show titles alone, without headings."""
_ADDRESS = 60
"""What an abstract page's URL takes at most, and the marks about it."""
_SPECIAL = re.compile(r"([\\`*_\[\]#~|])")
_AT_START = re.compile(r"^(\d*)(?=[-+>]|(?<=\d)[.)])")
_URL = re.compile(r"(https?://[\w/.~%?=&+#:,-]*[\w/])", re.ASCII)
_MENTION = re.compile(
    # Discord finds its own within words too; an address of mail is no mention.
    r"(?<![^\W_])@(?=\w)|@(?=everyone|here|(?:all|channel)(?![^\W_]))",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?=\S|\Z)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a chat system takes: UTF-16 units a post, and of an abstract that many characters.

    With `links` a title is a Markdown link; otherwise its URL stands beside it, in brackets that
    keep it from being unfolded into a picture. A `plain` one is not Markdown: nothing is escaped
    or bold, and URLs are bare. `head` is kept free in each post for its title.
    """

    limit: int
    abstract: int
    links: bool
    plain: bool = False
    head: int = _HEAD

    @property
    def room(self) -> int:
        """How much of a post is for what stands below its title."""
        return self.limit - self.head

    @property
    def is_small(self) -> bool:
        """Whether a post has room for little more than a title and its URL."""
        return self.room < _SMALL

    def said(self, text: str) -> str:
        """Make outside text mean nothing, and call nobody."""
        return _quiet(visible(text)) if self.plain else escaped(text)

    def cut(self, text: str, most: int) -> str:
        """Make outside text harmless and at most `most` characters long, as written in a small one.

        What is escaped is longer than it was, and so are characters beyond the first plane.
        """
        if not self.is_small:
            return self.said(shorten(text, most))
        most = min(most, self.room)
        shorter = (self.said(shorten(text, most // share)) for share in (1, 2, 4))
        return next((one for one in shorter if _units(one) <= most), "")

    def strong(self, text: str) -> str:
        """Set what is harmless in bold, where that can be."""
        return text if self.plain else f"**{text}**"


class Post(NamedTuple):
    """A post: its title, which says which it is of how many, and what stands below it."""

    title: str
    body: str


MATTERMOST = Dialect(limit=4_000, abstract=420, links=True)
"""Of Mattermost and Rocket.Chat; both can be told to take more."""
DISCORD = Dialect(limit=2_000, abstract=200, links=False)
"""Of Discord's address that ends with /slack."""


class _Chunk(NamedTuple):
    """Lines that stay together, and the topic whose heading stands above them."""

    text: str
    topic: str = ""
    tight: bool = False


def posts(digest: Digest, dialect: Dialect) -> list[str]:
    """Give the texts of a digest's posts, in order. No paper is ever left out."""
    return [f"{dialect.strong(title)}\n{body}" for title, body in titled(digest, dialect)]


def titled(digest: Digest, dialect: Dialect) -> list[Post]:
    """Give a digest's posts in order, titles and bodies apart; a title has at most 80 units."""
    bodies = list(_packed(_chunks(digest, dialect), dialect))
    title = " · ".join(filter(None, ["Daily Papers", weekday_date(digest.date), part_of(digest)]))
    title = f"TEST · {title}" if digest.test else title
    of = f" · message {{}} of {len(bodies)}" if len(bodies) > 1 else ""
    return [Post(f"{title}{of.format(place)}", body) for place, body in enumerate(bodies, start=1)]


def escaped(text: str) -> str:
    """Make outside text mean nothing in Markdown, and call nobody; URLs stay what they are."""
    pieces = _URL.split(_quiet(visible(text)))
    pieces[::2] = [_SPECIAL.sub(r"\\\1", piece) for piece in pieces[::2]]
    return _AT_START.sub(r"\1\\", "".join(pieces))


def _quiet(text: str) -> str:
    """Part with a space what would call somebody or be taken for a tag."""
    return _TAG.sub("< ", _MENTION.sub("@ ", text))


def _chunks(digest: Digest, dialect: Dialect) -> Iterator[_Chunk]:
    """Write the digest in pieces that each fit into a post."""
    topics = " · ".join(f"{one.topic} {tally(one)}" for one in digest.sections)
    summary = dialect.cut(f"{headline(digest)}{f': {topics}' if topics else ''}", 400)
    if digest.test:
        told = "A test digest, sent because somebody asked for it."
        if dialect.is_small:
            yield _Chunk(told)
        else:
            summary = f"{told} {summary}"
    yield _Chunk(summary)
    if digest.is_note:
        yield _Chunk(dialect.cut(" ".join(note(digest)), 600))
    entries = [(one.topic, entry) for one in digest.sections for entry in one.entries]
    for (topic, entry), layout in zip(entries, layouts(digest), strict=True):
        heading = "" if dialect.is_small else dialect.cut(topic, 80) or "Papers"
        if entry.kind == "replace" and not dialect.is_small:
            yield _Chunk(_revised(entry, dialect), heading, tight=True)
        elif layout == "titles" or dialect.is_small:
            yield _Chunk(f"• {_title(entry, dialect)}", heading, tight=True)
        else:
            yield _Chunk(_described(entry, layout, dialect), heading)
    covered = shorten(completeness(digest.coverage), 600) if digest.coverage else ""
    if not dialect.is_small:
        yield _Chunk(dialect.said(f"{covered} {ACKNOWLEDGEMENT}"))
        return
    yield from (_Chunk(dialect.cut(text, 600)) for text in (covered, ACKNOWLEDGEMENT) if text)


def _packed(chunks: Iterator[_Chunk], dialect: Dialect) -> Iterator[str]:
    """Put chunks into as few posts as hold them in their order, headings above."""
    body, topic, tight = "", "", False
    for chunk in chunks:
        headed = f"{dialect.strong(chunk.topic)}\n{chunk.text}" if chunk.topic else chunk.text
        under = bool(body) and chunk.topic == topic
        gap = "\n" if under and tight and chunk.tight else "\n\n"
        longer = f"{body}{gap}{chunk.text if under else headed}" if body else headed
        if _units(longer) > dialect.room:
            yield body
            longer = headed
        body, topic, tight = longer, chunk.topic, chunk.tight
    yield body


def _described(entry: Entry, layout: Layout, dialect: Dialect) -> str:
    """Describe one paper in a few lines."""
    paper, marks = entry.paper, entry.marks
    told = [dialect.said(shorten(" · ".join(facts(entry)), 300))]
    told += [f"[PDF]({paper.pdf_url})"] if dialect.links else []
    lines = [_title(entry, dialect, bold=True), _authors(entry, dialect), " · ".join(told)]
    if paper.comment:
        comment = display(paper.comment, paper.readable)
        lines.append(f"Comment: {_marked(comment, marks.comment, 200, dialect)}")
    if layout == "full":
        abstract = display(paper.abstract, paper.readable)
        lines.append(_marked(abstract, marks.abstract, dialect.abstract, dialect))
    lines = [line for line in lines if line]
    while _units("\n".join(lines)) > dialect.room - _HEADING:
        lines.pop()
    return "\n".join(lines)


def _revised(entry: Entry, dialect: Dialect) -> str:
    """Tell a revision in one line."""
    told = [accepted(entry), withdrawn(entry, 160), *changes(entry, 160)]
    words = dialect.said(shorten(" · ".join(filter(None, told)), 400))
    title = _title(entry, dialect)
    return " · ".join(filter(None, [f"• {title}", versions(entry), words]))


def _title(entry: Entry, dialect: Dialect, *, bold: bool = False) -> str:
    """Name a paper, with its address: a withdrawn one says so first."""
    paper = entry.paper
    most = dialect.room - _ADDRESS if dialect.is_small else 240
    mark = "(withdrawn) " if paper.withdrawn else ""
    words = mark + (dialect.cut(display(paper.title, paper.readable), most - len(mark)) or paper.id)
    if dialect.links:
        linked = f"[{words}]({paper.url})"
        return dialect.strong(linked) if bold else linked
    url = paper.url if dialect.plain else f"<{paper.url}>"
    return f"{dialect.strong(words) if bold else words} {url}"


def _authors(entry: Entry, dialect: Dialect) -> str:
    """Name the authors, those in bold who are followed."""
    return _bolded(byline(entry.paper.authors, entry.followed), dialect)


def _marked(shown: str, marks: Sequence[Range], most: int, dialect: Dialect) -> str:
    """Shorten outside text as people read it, its marked words in bold where that can be."""
    urls = [one.span() for one in _URL.finditer(shown)]
    apart = [
        (start, end)
        for start, end in marks
        if not any(start < last and first < end for first, last in urls)
    ]
    pieces = (
        (one.words, one.marked and one.words[0].isalnum() and one.words[-1].isalnum())
        for one in spans(shown, apart, most)
    )
    return _bolded(pieces, dialect)


def _bolded(pieces: Iterable[tuple[str, bool]], dialect: Dialect) -> str:
    """Escape a line as a whole, so that nothing is made of two pieces, and set some in bold."""
    line = ""
    for words, bold in pieces:
        harmless = words.replace(_BOLD, "\ufffd")
        line += f"{_BOLD}{harmless}{_BOLD}" if bold and not dialect.plain else harmless
    return dialect.said(line).replace(_BOLD, "**")


def _units(text: str) -> int:
    """Count as the strictest of the systems does, in UTF-16."""
    return len(text.encode("utf-16-le")) // 2
