"""Reading what a request brings: so many octets at most, and for so long."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST = 10_240
"""Octets: what a mail program posts to unsubscribe is 26, or some hundred as multipart."""
PATIENCE = 10.0
"""Seconds until the last octet must have come."""
_MOST_FIELDS = 8


async def spent(request: Request, *, patience: float = PATIENCE, largest: int = LARGEST) -> bytes:
    """Read the body to its end, of at most `largest` octets.

    To unsubscribe it says nothing that the address does not: mail programs post one field, in
    either encoding, and some none. Raises HTTPException 413 where it is too large, and 408 where it
    comes too slowly.
    """
    body = b""
    try:
        async with asyncio.timeout(patience):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return body


async def fields(request: Request, *, patience: float = PATIENCE) -> Mapping[str, str]:
    """Read the fields of a form as browsers send it; what is written otherwise has none.

    Of several of one name it is the last. Raises as `spent` does.
    """
    return dict(await entries(request, patience=patience, most=_MOST_FIELDS))


async def entries(
    request: Request, *, patience: float = PATIENCE, most: int, largest: int = LARGEST
) -> list[tuple[str, str]]:
    """Read the fields of a form in their order, at most so many; see `fields`."""
    body = await spent(request, patience=patience, largest=largest)
    try:
        return parse_qsl(body.decode(), max_num_fields=most, errors="strict")
    except ValueError:
        return []
