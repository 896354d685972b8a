"""The look that all pages share: templates, the style, and the hash by which browsers obey it."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

import jinja2


def rendered(template: str, **values: object) -> str:
    """Render a whole document: nothing is fetched from anywhere, and no script runs."""
    return _environment().get_template(template).render(style=_source("page.css"), **values)


@cache
def style_source() -> str:
    """Name the pages' style as a Content-Security-Policy does, by its hash: no other is obeyed."""
    digest = hashlib.sha256(_source("page.css").encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _source(name: str) -> str:
    return (files("bot.web") / "templates" / name).read_text(encoding="utf-8")
