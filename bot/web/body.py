"""Reading what a request brings: so many octets at most, and for so long."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST = 10_240
"""Octets: what a mail program posts to unsubscribe is 26, or some hundred as multipart."""
PATIENCE = 10.0
"""Seconds until the last octet must have come."""


async def spent(request: Request, *, patience: float = PATIENCE) -> None:
    """Read the body to its end, whatever it says.

    It says nothing that the address does not: mail programs post one field, in either encoding,
    and some none. Raises HTTPException 413 where it is too large, and 408 where it comes too
    slowly.
    """
    size = 0
    try:
        async with asyncio.timeout(patience):
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
