"""`daily-papers init`: writes a first configuration that works, and says what to do next."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from bot.console import say
from bot.core.errors import ConfigError
from bot.settings import load
from bot.settings.machine import login_name, system_zone
from bot.settings.starter import Answers, starter

DEFAULT = Path("config/daily-papers.toml")


def make(config: Path | None, given: Mapping[str, Any]) -> None:
    """Write the configuration that `given` and a person's answers ask for.

    Raises ConfigError where a file is there already, cannot be written, or an answer is wrong;
    then nothing is written.
    """
    path = config or Path(os.environ.get("DAILY_PAPERS_CONFIG") or DEFAULT)
    if path.exists():
        raise ConfigError(
            f"{path}: there is a configuration already, and it is left as it is. "
            "Name another file with --config, or move this one away."
        )
    answers = Answers(**(_machine() | (_asked() if not given and _interactive() else dict(given))))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(starter(answers), encoding="utf-8")
    except OSError as failure:
        raise ConfigError(f"{path}: cannot be written: {failure.strerror}.") from None
    try:
        load(path, env=_secrets_to_come(answers))
    except ConfigError:
        path.unlink()
        raise
    for line in _next_steps(path, answers):
        say(line)


def _secrets_to_come(answers: Answers) -> dict[str, str]:
    """Stand in for the secrets that the configuration will need, so that the rest is judged."""
    secrets = {"DAILY_PAPERS_SLACK__TOKEN": "xoxb-to-be-set"} if answers.slack else {}
    if answers.username:
        secrets["DAILY_PAPERS_EMAIL__PASSWORD"] = "to be set"  # noqa: S105  # no secret
    return secrets


def _machine() -> dict[str, Any]:
    """Give what the machine knows of its user."""
    return {"name": login_name(), "timezone": system_zone()}


def _interactive() -> bool:
    """Tell whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked() -> dict[str, Any]:
    """Ask for what makes a configuration one's own; Enter takes the default."""
    say("A few questions; Enter takes what stands in brackets.")
    answers = {
        "name": typer.prompt("Your name", default=login_name()),
        "timezone": typer.prompt("Time zone", default=system_zone()),
        "deliver_at": typer.prompt("When the digest comes (HH:MM, or immediately)", "08:30"),
        "keywords": _list(typer.prompt("Words or phrases to look for, with commas", default="RAG")),
        "categories": _list(
            typer.prompt("arXiv categories, with commas (none is all)", default="cs.CL, cs.IR")
        ),
        "contact": typer.prompt("An address at which arXiv can reach you", default=""),
        "email": typer.prompt("Email the digest to (none for a Maildir only)", default=""),
    }
    if answers["email"]:
        answers |= {
            "host": typer.prompt("Your mail server (SMTP)"),
            "username": typer.prompt("Log-in there", default=answers["email"]),
            "sender": answers["email"],
        }
    answers["slack"] = typer.prompt("Slack channel (none for no Slack)", default="")
    return {key: value for key, value in answers.items() if value}


def _list(text: str) -> tuple[str, ...]:
    """Read what a person writes with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _next_steps(path: Path, answers: Answers) -> list[str]:
    """Say what was written, and what to do now."""
    lines = [f"{path} is written. Next:"]
    if answers.host and answers.username:
        lines.append("  export DAILY_PAPERS_EMAIL__PASSWORD=...  # the mail server's password")
    if answers.slack:
        lines.append("  export DAILY_PAPERS_SLACK__TOKEN=xoxb-...  # README.md tells how to get it")
    option = "" if path == DEFAULT else f" --config {path}"
    lines += [
        f"  daily-papers check{option}         # tries every endpoint",
        f"  daily-papers send {shlex.quote(answers.name)}{option}  # a test digest, really sent",
        f"  daily-papers run{option}           # the bot",
    ]
    return lines
