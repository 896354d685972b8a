"""Settings from environment variables and from secrets directories: which names there are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from bot.core.visible import escaped
from bot.settings.fields import SECTIONS, Loc
from bot.settings.model import Settings
from bot.settings.shown import did_you_mean, listed

PREFIX = "DAILY_PAPERS_"
CONFIG = "DAILY_PAPERS_CONFIG"
SECRETS_DIR = "DAILY_PAPERS_SECRETS_DIR"
CREDENTIALS_DIR = "CREDENTIALS_DIRECTORY"
RESERVED = frozenset(
    {CONFIG, SECRETS_DIR, "DAILY_PAPERS_LOG", "DAILY_PAPERS_LOG_LEVEL", "DAILY_PAPERS_RECORDINGS"}
)
HOOK = f"{PREFIX}WEBHOOK__"
"""What the variables of webhooks begin with; one table of the file gives each its name."""
_LARGEST_SECRET = 64 * 1024


def _names() -> dict[str, Loc]:
    """List the variable of every setting: a section's keys each have one, the section has none."""
    names: dict[str, Loc] = {}
    for key in Settings.model_fields:
        if key in SECTIONS:
            for inner in SECTIONS[key].model_fields:
                names[f"{PREFIX}{key}__{inner}".upper()] = (key, inner)
        else:
            names[f"{PREFIX}{key}".upper()] = (key,)
    return names


NAMES = _names()


@dataclass(frozen=True)
class Layer:
    """Values that go over those of the file; `places` says for messages where each stood.

    `hooks` are the URLs of webhooks by what is left of their variable's name, at ("webhook", that).
    """

    data: Mapping[str, Any]
    places: Mapping[Loc, str]
    problems: tuple[str, ...] = ()
    hooks: Mapping[str, str] = field(default_factory=dict, repr=False)


class _MappingSource(EnvSettingsSource):
    """pydantic-settings' reading of an environment, of a mapping that is given."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = {name.lower(): value for name, value in variables.items() if value}
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: str) -> object:
        """Read a list: JSON where it starts with a bracket, else words between commas."""
        del field_name, field
        if not value.lstrip().startswith("["):
            return [word.strip() for word in value.split(",") if word.strip()]
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            # It stays text, and is then reported as no list.
            return value


def from_environment(env: Mapping[str, str]) -> Layer:
    """Read every DAILY_PAPERS_… variable; one that is no setting is a problem."""
    ours = {name: value for name, value in env.items() if name.upper().startswith(PREFIX)}
    hooks = {name: value for name, value in ours.items() if _is_hook(name) and value}
    known = {name: value for name, value in ours.items() if name in NAMES and value}
    problems = [
        f"environment: {escaped(name)}: there is no such setting. "
        + did_you_mean(name, [*NAMES, *RESERVED], "Unset it.", PREFIX)
        for name in ours
        if name not in NAMES and name not in RESERVED and not _is_hook(name)
    ]
    return Layer(
        _MappingSource(known)(),
        {_loc_of(name): f"environment: {escaped(name)}" for name in (*known, *hooks)},
        tuple(problems),
        {name.removeprefix(HOOK): value for name, value in hooks.items()},
    )


def _is_hook(name: str) -> bool:
    """Tell whether a variable is the URL of a webhook, whatever that is called."""
    return name.startswith(HOOK) and name != HOOK


def _loc_of(name: str) -> Loc:
    return NAMES.get(name) or ("webhook", name.removeprefix(HOOK))


@dataclass
class _Secrets:
    """What is found while secrets directories are read."""

    values: dict[str, str] = field(default_factory=dict)
    places: dict[Loc, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def from_secrets(env: Mapping[str, str]) -> Layer:
    """Read files such as `email__password` in DAILY_PAPERS_SECRETS_DIR, or systemd's directory.

    Other files are left alone, as such a directory may serve others too; one that looks like a
    setting, with two underscores, but is none is a problem.
    """
    found = _Secrets()
    for variable in (CREDENTIALS_DIR, SECRETS_DIR):
        if env.get(variable):
            _read_folder(Path(env[variable]).expanduser(), variable, found)
    known = {name: value for name, value in found.values.items() if not _is_hook(name)}
    return Layer(
        _MappingSource(known)(),
        found.places,
        tuple(found.problems),
        {name.removeprefix(HOOK): value for name, value in found.values.items() if _is_hook(name)},
    )


def _read_folder(folder: Path, variable: str, found: _Secrets) -> None:
    try:
        files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
    except OSError as error:
        found.problems.append(
            f"environment: {variable}: the directory {escaped(str(folder))} cannot be read "
            f"({error.strerror}). Name one that can, or unset the variable."
        )
        return
    for file in files:
        name = PREFIX + file.name.upper()
        if name in NAMES or _is_hook(name):
            _read_secret(file, name, found)
        elif "__" in file.name:
            near = [known.removeprefix(PREFIX).lower() for known in NAMES]
            found.problems.append(
                f"{escaped(str(file))}: no setting has this name. "
                + did_you_mean(file.name, near, f"Name it as in {listed(['email__password'])}.")
            )


def _read_secret(file: Path, name: str, found: _Secrets) -> None:
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST_SECRET + 1).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
    else:
        if 0 < len(text) <= _LARGEST_SECRET:
            found.values[name] = text
            found.places[_loc_of(name)] = escaped(str(file))
            return
        reason = "it is too large" if text else "it is empty"
    found.problems.append(
        f"{escaped(str(file))}: the secret cannot be read: {reason}. "
        "Write the value alone into it, as text that this user may read."
    )
