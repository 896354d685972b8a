"""Loading the configuration: every source is read, and everything that is wrong told at once."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from bot.core.errors import ConfigError
from bot.core.visible import escaped
from bot.settings import environment
from bot.settings.checks import disagreements
from bot.settings.documents import Document, read
from bot.settings.given import Given, out_of_place
from bot.settings.model import Settings
from bot.settings.places import path_of
from bot.settings.problem import Problem
from bot.settings.refusing import in_query, refused
from bot.settings.translation import sentence, unknown_key

DEFAULT_PATH = Path("config/daily-papers.toml")
BESIDE = "subscribers.d"
"""The folder beside the main file whose files may hold subscribers."""


def load(
    path: Path | None = None, *, env: Mapping[str, str] | None = None, strict: bool = False
) -> Settings:
    """Read the configuration, or raise ConfigError with every problem there is.

    Where nothing is wrong but topics' queries, these topics are `refused` and all else holds,
    unless it is to be `strict`: `bot.settings.refusing` draws the line.

    The file is `path`, else DAILY_PAPERS_CONFIG, else DEFAULT_PATH; subscribers may also stand in
    `subscribers.d/*.toml` beside it. Over the file goes a secrets directory, over that the
    environment (`env`, else this process's own).
    """
    env = os.environ if env is None else env
    layers = (environment.from_environment(env), environment.from_secrets(env))
    problems = [problem for layer in layers for problem in layer.problems]
    main = _main(path, env)
    documents, unreadable = _documents(main)
    problems += unreadable
    if documents and documents[0].path == main:
        given = Given(documents, layers)
        settings, found = _validated(given)
        if settings is not None and not (problems or found):
            return settings
        if not (problems or strict) and all(problem.in_query for problem in found):
            return _without(given, found)
        problems += given.told(found)
    raise ConfigError(problems)


def subscribers_at(
    path: Path | None = None, *, env: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Tell by name on which line of which file each subscriber stands; see `load`."""
    documents, _ = _documents(_main(path, os.environ if env is None else env))
    return {
        row["name"]: document.place(("subscriber", place))
        for document in documents
        for place, row in enumerate(document.data.get("subscriber", ()))
    }


def judge(text: str, env: Mapping[str, str]) -> tuple[list[Problem], list[str]]:
    """Tell what would be wrong with a main file of this text, which must be TOML.

    Gives the problems of the text, and those of the environment as `load` would tell them.
    """
    layers = (environment.from_environment(env), environment.from_secrets(env))
    given = Given([Document(DEFAULT_PATH, text, tomllib.loads(text))], layers)
    _, found = _validated(given)
    above = [problem for problem in found if not given.from_file(problem.loc)]
    elsewhere = [problem for layer in layers for problem in layer.problems]
    return [each for each in found if each not in above], elsewhere + given.told(above)


def _without(given: Given, found: Sequence[Problem]) -> Settings:
    """Give the settings without the topics of which something was found."""
    left_out = refused(given, found)
    places = {one.place for one in left_out}
    rows = [row for place, row in enumerate(given.data["topic"]) if place not in places]
    return Settings(**{**given.data, "topic": rows}).refusing(left_out)


def _main(path: Path | None, env: Mapping[str, str]) -> Path:
    try:
        return path_of(path or env.get(environment.CONFIG) or DEFAULT_PATH)
    except ValueError as error:
        raise ConfigError(f"environment: {environment.CONFIG}: {error}") from None


def _documents(main: Path) -> tuple[list[Document], list[str]]:
    """Read the main file and those beside it; give those that could be read, and the problems."""
    documents: list[Document] = []
    problems: list[str] = []
    for file in [main, *_beside(main, problems)]:
        try:
            documents.append(read(file))
        except ConfigError as error:
            problems += error.problems
        else:
            problems += out_of_place(documents[-1]) if file != main else []
    return documents, problems


def _beside(main: Path, problems: list[str]) -> list[Path]:
    folder = main.parent / BESIDE
    try:
        files = sorted(folder.iterdir()) if folder.exists() else []
    except OSError as error:
        problems.append(
            f"{escaped(str(folder))}: it cannot be read ({error.strerror}). "
            "Make it a directory that this user may read, or remove it."
        )
        return []
    # An editor's hidden lock and backup files are not meant.
    return [file for file in files if file.suffix == ".toml" and not file.name.startswith(".")]


def _validated(given: Given) -> tuple[Settings | None, list[Problem]]:
    """Check values one by one and then together; give the settings unless a value is wrong."""
    settings = None
    # pydantic-settings takes keys that begin with an underscore as its own arguments.
    strange = [key for key in given.data if key.startswith("_")]
    problems = [*given.misplaced(), *given.incomplete, *given.unclaimed]
    problems += [Problem((key,), unknown_key((key,))) for key in strange]
    try:
        settings = Settings(**{k: given.data[k] for k in given.data if k not in strange})
    except ValidationError as error:
        problems += _findings(error)
    faulty = frozenset(problem.loc for problem in problems)
    faulty |= {problem.loc[:1] for problem in given.incomplete}
    problems += [
        each._replace(in_query=in_query(each.loc))
        for each in disagreements(given.data, faulty)
        if each.loc not in faulty
    ]
    return settings, problems


def _findings(error: ValidationError) -> list[Problem]:
    """Translate pydantic's findings; a list whose items are wrong is not also called empty."""
    found = error.errors(include_url=False)
    above = {tuple(each["loc"])[:-1] for each in found}
    return [
        Problem(loc, sentence(each), in_query=each["type"] == "value_error" and in_query(loc))
        for each in found
        if (loc := tuple(each["loc"])) not in above or each["type"] != "too_short"
    ]
