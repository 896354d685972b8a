"""URLs of Apprise's services: they hold credentials, and have a public name in their stead."""

import hashlib
import ipaddress
import re
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, SecretStr

_URL = re.compile(r"([a-z0-9][a-z0-9+.-]{0,39})://([^/?#].{0,1999})", re.IGNORECASE)
_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9][a-z0-9-]{0,30}\.)+[a-z]{2,18}")
_BETWEEN = re.compile(r"[/?#&=:@,;]+")
_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{12,}")


def scheme_of(url: str) -> str:
    """Give what stands before `://`, in small letters: it names the service."""
    return url.partition("://")[0].lower()


def public_name(url: str) -> str:
    """Name a service for the ledger, for logs and for people: `matrixs://example.org#3f2a9c01`.

    The same URL has the same name for ever, and a new password changes nothing. What stands where
    other URLs have their host is shown only where it is one: it may as well be a token.
    """
    scheme, (login, host, rest) = scheme_of(url), _parts(url)
    shown = host if _is_host(host) else ""
    kept = f"{scheme}://{login.partition(':')[0]}@{host}{rest}"
    digest = hashlib.sha256(kept.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{scheme}://{shown}#{digest}"


def secrets_of(url: str) -> tuple[str, ...]:
    """Give all that must not be seen: the URL, its password, and what looks like a token in it."""
    login = _parts(url)[0]
    _, _, password = login.partition(":")
    pieces = _BETWEEN.split(url.partition("://")[2])
    tokens = [one for one in pieces if _TOKEN.fullmatch(unquote(one)) and not _is_host(one)]
    written = dict.fromkeys(filter(None, (password, *tokens)))
    return tuple(dict.fromkeys((url, *written, *map(unquote, written))))


def _parts(url: str) -> tuple[str, str, str]:
    """Split a URL into its log-in, what stands for a host, with its port, and the rest."""
    after = url.partition("://")[2]
    authority = re.split(r"[/?#]", after, maxsplit=1)[0]
    login, _, host = authority.rpartition("@")
    return login, host.lower() if _is_host(host.lower()) else host, after[len(authority) :]


def _is_host(text: str) -> bool:
    """Tell whether a text, without a port, is a domain, an address or this machine."""
    name = re.sub(r":\d{1,5}\Z", "", text).strip("[]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or bool(_DOMAIN.fullmatch(name))
    return True


def _apprise_url(value: SecretStr) -> SecretStr:
    # Never shown: it holds what the service is logged in to with.
    url = value.get_secret_value()
    if not _URL.fullmatch(url) or not url.isprintable():
        raise ValueError(
            "this is not the URL of a service. Write it as Apprise's documentation has it, "
            'such as "matrixs://bot:password@example.org/#papers".'
        )
    return value


AppriseUrl = Annotated[SecretStr, AfterValidator(_apprise_url)]
"""A URL in the form of Apprise's documentation: a service, `://`, and what the service needs."""
