"""The email's templates: each macro writes one block of a message, in whole lines."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import css_inline
import jinja2

_COLUMNS = 72


class Written(NamedTuple):
    """A block of a message in both its parts."""

    text: str
    html: str


def write(name: str, *values: object) -> Written:
    """Write a block: the macro `name` of both templates; one that a template lacks is empty there.

    Text is escaped for HTML here, and only here.
    """
    written = []
    for template in (_text_template(), _html_template()):
        macro = getattr(template.module, name, None)
        written.append(str(macro(*values)) if macro else "")
    return Written(*written)


@cache
def _html_template() -> jinja2.Template:
    """Inline the styles once, into the template itself rather than into every message.

    Its statements are HTML comments: an HTML parser would move any other text out of a table. All
    its macros together are one well-formed document, in its order.
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
    environment.filters["wrapped"] = wrapped
    return environment.from_string(_source("digest.txt"))


def _source(name: str) -> str:
    return (files("bot.core.render") / "templates" / name).read_text(encoding="utf-8")


def wrapped(words: str, first: str = "", indent: str = "") -> str:
    """Break words into lines of at most 72 columns; a longer word, such as a URL, stays whole."""
    # textwrap.fill gives the same for text on one line, and takes five times as long.
    lines, line, empty = [], first or indent, True
    for word in words.split():
        if not empty and len(line) + 1 + len(word) > _COLUMNS:
            lines.append(line)
            line, empty = indent, True
        line += word if empty else f" {word}"
        empty = False
    return "\n".join([*lines, line])
