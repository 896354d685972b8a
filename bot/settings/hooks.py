"""Names and URLs of incoming webhooks, and how the variable of one is called."""

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from bot.settings.places import host_of, http_url, is_loopback
from bot.settings.shown import shown

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def variable_of(name: str) -> str:
    """Give what stands for a webhook's name in that of an environment variable."""
    return name.upper().replace("-", "_")


def _hook_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{shown(value)} cannot be a webhook's name, which is part of an environment "
            "variable's. Write 1 to 40 letters, digits, - or _, such as team."
        )
    return value


def _hook_url(value: SecretStr) -> SecretStr:
    # Never shown: whoever knows it may post.
    url = value.get_secret_value()
    try:
        http_url(url)
    except ValueError:
        raise ValueError("this is not the URL of a webhook. Copy it once more, whole.") from None
    if not url.startswith("https://") and not is_loopback(host_of(url)):
        raise ValueError("the URL of a webhook is a secret: it must begin with https://.")
    return value


HookName = Annotated[str, AfterValidator(_hook_name)]
"""A webhook's name: ASCII letters, digits, hyphens and underscores."""
HookUrl = Annotated[SecretStr, AfterValidator(_hook_url)]
"""An https URL, or one on this machine."""
