"""Whose page is asked for: a token that is nobody's is an address that is not there."""

import re
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.core.links import TOKEN_LENGTH

T = TypeVar("T")
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


def token_of(request: Request) -> str:
    """Give the token of the address; what cannot be one is not looked for."""
    token = str(request.path_params["token"])
    if not _TOKEN.fullmatch(token):
        raise HTTPException(404)
    return token


def known(found: T | None) -> T:
    """Go on with somebody's token, and with nobody's as with any address that is not there."""
    if found is None:
        raise HTTPException(404)
    return found
