"""The templates of the pages: text is escaped for HTML there, and only there.

What pages have in common is drawn once: see `kept.html`.
What was kept changes the time that a page takes, and no octet of it.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

KEPT = 4_096
"""Papers of which rows are kept: those of a month or two, with a few kilobytes each."""

_GAP = Markup("\0")
"""Stands where something is filled in; `visible` leaves it in no text."""


def draw(name: str, **values: object) -> bytes:
    """Render the template `name` with all that it names."""
    return _template(name).render(values).encode()


def apart(name: str, **values: object) -> list[bytes]:
    """Render a template in parts, between which it names the `gap`."""
    return draw(name, **values).split(_GAP.encode())


def filled(parts: Sequence[bytes], between: Iterable[Sequence[bytes]]) -> bytes:
    """Put what stands between the parts into its gaps; of nothing there is no gap."""
    whole = [parts[0]]
    for lines, part in zip(filter(None, between), parts[1:], strict=True):
        whole += lines
        whole.append(part)
    return b"".join(whole)


@cache
def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["kept"] = _kept
    environment.globals["gap"] = _GAP
    return environment


@lru_cache(maxsize=3 * KEPT, typed=True)
def _kept(name: str, *values: object) -> Markup:
    """Render a macro of `kept.html`, or give what it was."""
    return Markup(getattr(_template("kept.html").module, name)(*values))  # noqa: S704  # escaped there


def _source(name: str) -> str:
    return (files("bot.core.site") / "templates" / name).read_text(encoding="utf-8")
