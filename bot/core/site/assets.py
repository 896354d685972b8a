"""The files that all pages share: style, script and icon, named by what they hold."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

STYLE, SCRIPT, ICON = "site.css", "site.js", "icon.svg"

_HASH = 10
"""Hexadecimal digits in a name, so that no cache ever serves an old file under it."""


@cache
def assets() -> Mapping[str, bytes]:
    """Give the content of each file by its published name, such as `site.0a1b2c3d4e.css`."""
    return MappingProxyType({asset_name(name): _content(name) for name in (STYLE, SCRIPT, ICON)})


@cache
def asset_name(name: str) -> str:
    """Give the name under which one of the three is published."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{sha256(_content(name)).hexdigest()[:_HASH]}.{ending}"


@cache
def _content(name: str) -> bytes:
    return (files("bot.core.site") / "assets" / name).read_bytes()
