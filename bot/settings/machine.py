"""What this machine tells of its user, as the defaults of a first configuration."""

import getpass
import os
from collections.abc import Mapping
from pathlib import Path

from bot.settings.times import zone

_UNIVERSAL = dict.fromkeys(("Etc/UTC", "Etc/UCT", "Etc/Zulu", "UCT", "Zulu"), "UTC")


def login_name() -> str:
    """Give the name of the user who is logged in, or "me" where it cannot be told."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"
    return name if name.isprintable() and name.strip() == name and 0 < len(name) <= 100 else "me"


def system_zone(env: Mapping[str, str] | None = None, root: Path = Path("/")) -> str:
    """Give the IANA name of the machine's time zone, or "UTC" where it cannot be told.

    `TZ` comes first, then what /etc/localtime points to, then /etc/timezone, as Debian writes it.
    """
    env = os.environ if env is None else env
    for name in (env.get("TZ", "").removeprefix(":"), _linked(root), _written(root)):
        try:
            return _UNIVERSAL.get(name) or zone(name)
        except ValueError:
            continue
    return "UTC"


def _linked(root: Path) -> str:
    try:
        target = (root / "etc/localtime").readlink()
    except (OSError, ValueError):
        return ""
    return str(target).partition("zoneinfo/")[2]


def _written(root: Path) -> str:
    try:
        return (root / "etc/timezone").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
