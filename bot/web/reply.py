"""Answers that may be kept by whoever asks: packed, tagged, and not sent again unchanged."""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from bot.web.kept import Content

PAGES = "public, max-age=60, must-revalidate"
"""How long others may keep a page, which changes a few times a day."""
FOR_EVER = "public, max-age=31536000, immutable"
"""How long others may keep what is named by its content."""
NOT_KEPT = "no-store"
PRIVATE = "private, max-age=60, must-revalidate"
"""How long the browser of whoever asked may keep an answer, and nobody else."""

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What public pages carry; their own scripts and styles run, and nobody else's."""

_GZIP = re.compile(
    r"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=([0-9.]{1,5}))?\s*(?=,|$)", re.IGNORECASE
)
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def reply(
    request: Request,
    content: Content,
    keeping: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] = SECURITY,
) -> Response:
    """Answer with some content, in the form that was asked for; 304 where it is known there.

    A client that takes gzip and one that does not get tags that differ: the octets do.
    """
    packed = content.packed and takes_gzip(request.headers)
    tag = f"{content.tag}-gz" if packed else content.tag
    told = {
        **headers,
        "ETag": f'"{tag}"',
        "Cache-Control": keeping,
        **({"Vary": "Accept-Encoding"} if content.packed else {}),
    }
    if status == 200 and _is_known(request.headers, content.tag):
        return Response(status_code=304, headers=told)
    told |= {"Content-Type": content.media_type}
    if packed:
        told["Content-Encoding"] = "gzip"
    if request.method == "HEAD":
        told["Content-Length"] = str(len(content.held) if packed else content.size)
        return Response(None, status, told)
    return Response(content.held if packed else content.octets(), status, told)


def takes_gzip(headers: Headers) -> bool:
    """Tell whether a client says that it unpacks gzip."""
    found = _GZIP.search(headers.get("accept-encoding", "")[:500])
    if found is None:
        return False
    try:
        return found[1] is None or float(found[1]) > 0
    except ValueError:
        return False


def _is_known(headers: Headers, tag: str) -> bool:
    """Tell whether a client has the content already, in either form."""
    asked = headers.get("if-none-match", "")[:2000]
    known = {found.removesuffix("-gz") for found in _TAG.findall(asked)}
    return asked.strip() == "*" or tag in known
