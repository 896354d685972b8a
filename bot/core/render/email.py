"""Rendering a digest to the subject, the HTML part and the text part of an email."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import css_inline
import jinja2

from bot.core.digest import Digest
from bot.core.render.page import page_of
from bot.core.render.revised import versions
from bot.core.render.wording import display, headings_of, headline, shorten, weekday_date

HTML_BUDGET = 90_000
"""Octets of HTML; Gmail hides what comes after about 102,000."""
LENGTHS: tuple[int | None, ...] = (None, 900, 600, 400, 250, 120, 0)
"""How long abstracts may be, from whole to none: what does not fit is shortened, never dropped."""

_COLUMNS = 72
_SUBJECT = 150
_TOPICS_IN_SUBJECT = 3


@dataclass(frozen=True, slots=True)
class Options:
    """How a message is written.

    `abstracts` is the most characters of an abstract (None: whole; 0: links only);
    `unsubscribe` the URL that takes the wish to stop (mailto or https), empty where there is none.
    """

    abstracts: int | None = None
    unsubscribe: str = ""


def subject(digest: Digest) -> str:
    """Write `[Test] 3 new papers, 2 revised · RAG, SFT · Tue 6 Jan 2026 (2/3)`, safe for a header.

    It is one line without controls and without `=?`, which mail readers would decode.
    """
    count = headline(digest)
    topics = [display(topic) for topic in headings_of(digest)]
    shown = ", ".join(topics[:_TOPICS_IN_SUBJECT])
    more = f" + {len(topics) - _TOPICS_IN_SUBJECT}" if len(topics) > _TOPICS_IN_SUBJECT else ""
    words = [
        count[:1].upper() + count[1:],
        f"{shorten(shown, _SUBJECT - 60)}{more}",
        weekday_date(digest.date),
    ]
    mark = "[Test] " if digest.test else ""
    part = f" ({digest.part}/{digest.parts})" if digest.parts > 1 else ""
    return header_safe(f"{mark}{' · '.join(filter(None, words))}{part}")


def header_safe(words: str) -> str:
    """Give words that may stand in a header: no controls, no line break, no encoded word."""
    words = display(words)
    while "=?" in words:
        words = words.replace("=?", "?")
    return words


def html(digest: Digest, options: Options | None = None) -> str:
    """Render the HTML part: one whole document, styles inlined, nothing fetched from anywhere."""
    options = options or Options()
    page = page_of(digest, abstracts=options.abstracts, unsubscribe=options.unsubscribe)
    return _html_template().render(page=page, subject=subject(digest))


def text(digest: Digest, options: Options | None = None) -> str:
    """Render the text part: wrapped at 72 columns, each URL whole and on a line of its own."""
    options = options or Options()
    page = page_of(digest, abstracts=options.abstracts, unsubscribe=options.unsubscribe)
    return _text_template().render(page=page)


def forms(digest: Digest, unsubscribe: str = "") -> Iterator[tuple[str, str]]:
    """Give the text and HTML parts as they are sent, then again and again with shorter abstracts.

    The first is the richest whose HTML Gmail shows whole; the last has no abstracts at all.
    """
    for length in LENGTHS:
        options = Options(length, unsubscribe)
        page = html(digest, options)
        if length == 0 or len(page.encode()) <= HTML_BUDGET:
            yield text(digest, options), page


def plain(digest: Digest) -> str:
    """List titles and links without any template: for when a template fails or nothing else fits.

    Every paper is in it, and every revision.
    """
    lines = [subject(digest), ""]
    for section in digest.sections:
        for entry in section.entries:
            title = textwrap.shorten(entry.paper.title, 200) or entry.paper.id
            mark = f" ({versions(entry)})" if entry.kind == "replace" else ""
            lines += [f"{title}{mark}", entry.paper.url]
    return "\n".join(display(line) for line in lines) + "\n"


@cache
def _html_template() -> jinja2.Template:
    """Inline the styles once, into the template itself rather than into every message.

    Its statements are HTML comments: an HTML parser would move any other text out of a table.
    """
    environment = jinja2.Environment(
        block_start_string="<!--%",
        block_end_string="%-->",
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    inliner = css_inline.CSSInliner(
        keep_style_tags=True, minify_css=True, load_remote_stylesheets=False
    )
    return environment.from_string(inliner.inline(_source("digest.html")))


@cache
def _text_template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701 - the text part is text/plain: nothing in it is markup
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = _wrapped
    return environment.from_string(_source("digest.txt"))


def _source(name: str) -> str:
    return (files("bot.core.render") / "templates" / name).read_text(encoding="utf-8")


def _wrapped(words: str, first: str = "", indent: str = "") -> str:
    """Break words into lines of at most 72 columns; a longer word, such as a URL, stays whole."""
    return textwrap.fill(
        words,
        _COLUMNS,
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
