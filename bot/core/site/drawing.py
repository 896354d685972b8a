"""The templates of the pages: text is escaped for HTML there, and only there."""

from functools import cache
from importlib.resources import files

import jinja2


def draw(name: str, **values: object) -> bytes:
    """Render the template `name` with all that it names."""
    return _template(name).render(values).encode()


@cache
def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _source(name: str) -> str:
    return (files("bot.core.site") / "templates" / name).read_text(encoding="utf-8")
