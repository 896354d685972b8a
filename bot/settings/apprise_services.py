"""What Apprise makes of a URL, or why it can make nothing of it.

Apprise is an optional package, and is imported only where a subscriber has a URL for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.settings.apprise_urls import public_name, scheme_of
from bot.settings.fields import Loc
from bot.settings.problem import Problem
from bot.settings.shown import did_you_mean, shown

if TYPE_CHECKING:
    from apprise import NotifyBase

PACKAGE = "apprise"
LOGGER = "apprise"
INSTALL = "pip install 'daily-papers[apprise]'"
PATIENCE = 30.0
"""Seconds that a service may take at most to let itself be connected to, or to answer."""
SHORTEST = 160
"""Characters that a message must have room for: a title, and its paper's URL."""


class UnusableError(ValueError):
    """No digest can be sent to a URL; the message says why and what to write, never the URL."""


def service_of(url: str) -> NotifyBase:
    """Make the service of a URL, with nothing left to itself: no file, redirect, retry or image.

    Raises UnusableError where there is none, or it cannot carry a digest.
    """
    try:
        import apprise  # noqa: PLC0415  # optional, and slow to load
    except ImportError:
        raise UnusableError(f"Apprise is not installed. Run {INSTALL}, then try again.") from None
    _keep_quiet()
    scheme = scheme_of(url)
    service = apprise.Apprise.instantiate(url, asset=_asset())
    if service is None:
        raise UnusableError(_refusal(scheme))
    _tame(service)  # its length counts what it would repeat
    if len(service) > 1:
        raise UnusableError(
            f"this {scheme}:// URL names several recipients, and what one of them misses all "
            "would get again. Write one URL for each."
        )
    if service.body_maxlen < SHORTEST or service.body_max_line_count > 0:
        raise UnusableError(
            f"{scheme}:// shows too little for a paper's title and URL. Choose another service."
        )
    return service


def _tame(service: NotifyBase) -> None:
    """Take back what the URL may have asked for that would lose, repeat or cut a message."""
    from apprise.common import OverflowMode  # noqa: PLC0415

    service.overflow_mode = OverflowMode.UPSTREAM
    service.optional = False
    service.retry = 0
    service.redirects = False
    service.socket_connect_timeout = min(service.socket_connect_timeout or PATIENCE, PATIENCE)
    service.socket_read_timeout = min(service.socket_read_timeout or PATIENCE, PATIENCE)


def problems(loc: Loc, subscriber: Mapping[str, Any]) -> Iterator[Problem]:
    """Find the URLs of a subscriber, as raw data, that no digest can be sent to, or that repeat."""
    urls = subscriber.get("apprise")
    seen: set[str] = set()
    for number, url in enumerate(urls if isinstance(urls, list) else ()):
        if not isinstance(url, str) or "://" not in url:
            continue
        place = (*loc, "apprise", number)
        if public_name(url) in seen:
            yield Problem(place, "this URL is listed twice. Remove one of them.")
            continue
        seen.add(public_name(url))
        if fault := _fault(url):
            yield Problem(place, fault)


@lru_cache(maxsize=8192)
def _fault(url: str) -> str:
    try:
        service_of(url)
    except UnusableError as error:
        return str(error)
    return ""


def _asset() -> Any:  # noqa: ANN401  # a type of the package that may be missing
    from apprise import AppriseAsset  # noqa: PLC0415
    from apprise.common import PersistentStoreMode  # noqa: PLC0415

    return AppriseAsset(
        app_id="Daily Papers",
        app_desc="Daily Papers",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        http_redirects=False,
        interpret_emojis=False,
        pgp_autogen=False,
        pem_autogen=False,
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,
    )


def _keep_quiet() -> None:
    """Let Apprise log to nobody: it shows URLs, and what services answer."""
    logger = logging.getLogger(LOGGER)
    logger.propagate = False
    logger.setLevel(logging.WARNING)


def _refusal(scheme: str) -> str:
    """Say why Apprise made nothing of a URL."""
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415

    manager = NotificationManager()
    if scheme not in manager:
        hint = did_you_mean(scheme, manager.schemas(), "All are listed at appriseit.com/services.")
        return f"Apprise knows no service {shown(scheme)}. {hint}"
    plugin = manager[scheme]
    if not plugin.enabled:
        needed = plugin.requirements.get("packages_required") or ()
        names = [needed] if isinstance(needed, str) else [str(one) for one in needed]
        install = f"Run pip install {' '.join(map(repr, names))}" if names else "Choose another"
        return f"{scheme}:// does not work on this machine: a package is missing. {install}."
    documented = plugin.setup_url or "its documentation"
    return f"Apprise cannot read this {scheme}:// URL. Compare it with {documented}."
