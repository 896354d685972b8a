"""Hosts, URLs and paths as the configuration writes them."""

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from bot.settings.shown import shown

_PUBLIC = re.compile(r"https?://[][A-Za-z0-9.:_-]+(/[A-Za-z0-9._~-]+)*/?")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_-]{1,63})*\.?")


def is_loopback(host: str | None) -> bool:
    """Tell whether a host is this machine: localhost, 127.0.0.0/8 or ::1."""
    if not host or host.casefold() == "localhost":
        return bool(host)
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(url: object) -> str | None:
    """Give the host of a URL, or None where there is none to be read."""
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None


def http_url(value: str) -> str:
    """Check an http or https URL: no credentials, no fragment, nothing that could split a line."""
    problem = _url_problem(value)
    if problem:
        raise ValueError(f"{problem} Write a whole URL, such as https://example.org/path.")
    return value


def _url_problem(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return "this is not a URL: its host or port cannot be read."
    if "@" in parts.netloc:
        # Never shown: what stands before the @ is a password.
        return "a URL must not hold a user name or password."
    if not value.isprintable() or " " in value:
        return f"{shown(value)} holds spaces or control characters."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{shown(value)} is not an http or https URL."
    return "a URL must not hold a fragment (#…)." if parts.fragment else ""


def _url_or_nothing(value: str | None) -> str | None:
    return http_url(value) if value else None


def _token_url(value: str) -> str:
    http_url(value)
    if not value.startswith("https://") and not is_loopback(host_of(value)):
        raise ValueError(f"{shown(value)} would send the token in clear. Write https://….")
    return value if value.endswith("/") else value + "/"


def _public_url(value: str | None) -> str | None:
    if not value:
        return None
    http_url(value)
    if not value.startswith("https://") and not is_loopback(host_of(value)):
        raise ValueError(
            f"{shown(value)} would show in clear who leaves, and mail programs follow only https. "
            "Write https://…."
        )
    if not _PUBLIC.fullmatch(value):
        raise ValueError(
            f"{shown(value)} cannot have addresses below it: it may hold no query, and of letters "
            'and signs only those of plain URLs. Write one such as "https://example.org/papers".'
        )
    return value.rstrip("/")


def _host(value: str) -> str:
    bare = value.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        if not _HOST.fullmatch(bare):
            raise ValueError(
                f"{shown(value)} is not a host name. Write the name alone, such as "
                '"smtp.example.org"; the port has its own key.'
            ) from None
    return bare


def path_of(value: object) -> Path:
    """Read a path, `~` expanded; relative ones are left so, to the current directory."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f'{shown(value)} is not a path. Write one such as "var/mail".')
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError(
            f"{shown(value)} names a home directory that is not known. Write the whole path."
        ) from None


def _file(path: Path) -> Path:
    """Refuse what is no file and what can hold none; what cannot be looked at is left alone."""
    cure = 'Write the path of a file, such as "var/daily-papers.db".'
    with suppress(OSError):
        if path.is_dir():
            raise ValueError(f"{shown(str(path))} is a directory. {cure}")
        above = next((parent for parent in path.parents if parent.exists()), path)
        if above != path and not above.is_dir():
            raise ValueError(f"{shown(str(above))} is not a directory. {cure}")
    return path


def _path_or_nothing(value: object) -> Path | None:
    return path_of(value) if value else None


def _folder(value: str) -> str:
    return str(path_of(value))


def _data_place(value: str) -> str:
    if "://" not in value:
        return str(path_of(value))
    http_url(value)
    if not value.startswith("https://") and not is_loopback(host_of(value)):
        raise ValueError(f"{shown(value)} could be changed on its way. Write https://….")
    return value


OptionalUrl = Annotated[str | None, AfterValidator(_url_or_nothing)]
"""An http or https URL without credentials or fragment, or nothing: an empty string."""
TokenUrl = Annotated[str, AfterValidator(_token_url)]
"""A URL that a token is sent to: https, or on this machine; ends with a slash."""
PublicUrl = Annotated[str | None, AfterValidator(_public_url)]
"""Where pages of ours are reached: https, or on this machine; without a slash at its end."""
Host = Annotated[str, AfterValidator(_host)]
"""A host name or IP address, without brackets or port."""
FilePath = Annotated[Path, BeforeValidator(path_of), AfterValidator(_file)]
"""The path of a file that is there, or that could be made, as far as can be seen."""
OptionalFile = Annotated[
    Annotated[Path, AfterValidator(_file)] | None, BeforeValidator(_path_or_nothing)
]
"""The same, or nothing: an empty string counts as absent."""
Folder = Annotated[str, AfterValidator(_folder)]
"""A Maildir's path, as text: it is the address of a subscription."""
DataPlace = Annotated[str, AfterValidator(_data_place)]
"""Where published data lie: an https URL, or the path of a file or folder, as text."""


def with_usual_port(data: object, ports: Mapping[str, int]) -> object:
    """Fill in the port that goes with the `tls` of a server's table, where none is given."""
    if isinstance(data, dict) and "port" not in data:
        tls = data.get("tls", "implicit")
        if isinstance(tls, str) and tls in ports:
            return {**data, "port": ports[tls]}
    return data
