"""`daily-papers init`: writes a first configuration that works, and says what to do next."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from bot.console import say
from bot.core.errors import ConfigError
from bot.settings.fields import Loc
from bot.settings.loading import judge
from bot.settings.machine import login_name, system_zone
from bot.settings.problem import Problem
from bot.settings.starter import Answers, starter

DEFAULT = Path("config/daily-papers.toml")

_SETTINGS: dict[Loc, str] = {
    ("arxiv", "contact"): "contact",
    **{("email", key): key for key in ("host", "port", "tls", "username", "sender")},
    ("topic", 0, "name"): "topic",
    ("topic", 0, "keywords"): "keywords",
    ("topic", 0, "categories"): "categories",
    **{
        ("subscriber", 0, key): key
        for key in ("name", "timezone", "deliver_at", "email", "slack", "maildir")
    },
}
"""The answer that each setting of a first configuration comes from."""
_OPTIONS = {"keywords": "--keyword", "categories": "--category", "deliver_at": "--deliver-at"}


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
    problems, elsewhere = _judged(answers)
    if problems or elsewhere:
        raise ConfigError([*elsewhere, *map(_told, problems)])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(starter(answers), encoding="utf-8")
    except OSError as failure:
        raise ConfigError(f"{path}: cannot be written: {failure.strerror}.") from None
    for line in _next_steps(path, answers):
        say(line)


def _judged(answers: Answers) -> tuple[list[Problem], list[str]]:
    """Tell what is wrong with answers and with the environment, as every command will find it.

    Secrets that the configuration will need, and that are not set yet, count as set.
    """
    env = {"DAILY_PAPERS_SLACK__TOKEN": "xoxb-to-be-set"} if answers.slack else {}
    if answers.host and answers.username:
        env["DAILY_PAPERS_EMAIL__PASSWORD"] = "to be set"  # noqa: S105  # no secret
    env |= {name: value for name, value in os.environ.items() if value}
    return judge(starter(answers), env)


def _answer_at(loc: Loc) -> str | None:
    """Name the answer that a setting, or an item of its list, comes from."""
    return next((name for at, name in _SETTINGS.items() if loc[: len(at)] == at), None)


def _told(problem: Problem) -> str:
    """Tell a problem by the option that it came from: there is no file to look into yet."""
    if problem.loc == ("email",):
        return (
            "--email: no mail server is named to send it. Add --host smtp.example.org and "
            '--sender "Daily Papers <papers@example.org>".'
        )
    name = _answer_at(problem.loc)
    if name is None:
        return f"{'.'.join(str(part) for part in problem.loc)}: {problem.text}"
    return f"{_OPTIONS.get(name, f'--{name}')}: {problem.text}"


def _machine() -> dict[str, Any]:
    """Give what the machine knows of its user."""
    return {"name": login_name(), "timezone": system_zone()}


def _interactive() -> bool:
    """Tell whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked() -> dict[str, Any]:
    """Ask for what makes a configuration one's own; Enter takes the default."""
    _, elsewhere = _judged(Answers())
    if elsewhere:
        raise ConfigError(elsewhere)  # before anybody has typed anything in vain
    say("A few questions; Enter takes what stands in brackets.")
    asked = _Questions()
    asked.put("name", "Your name", login_name())
    asked.put("timezone", "Time zone", system_zone())
    asked.put("deliver_at", "When the digest comes (HH:MM, or immediately)", "08:30")
    asked.put("keywords", "Words or phrases to look for, with commas", "RAG", _list)
    asked.put("categories", "arXiv categories, with commas (none is all)", "cs.CL, cs.IR", _list)
    asked.put("contact", "An address at which arXiv can reach you", "")
    asked.put("email", "Email the digest to (none for a Maildir only)", "")
    if email := asked.answers.get("email"):
        asked.put("host", "Your mail server (SMTP)")
        asked.put("username", "Log-in there", email)
        asked.put("sender", "Send it from", email)
    asked.put("slack", "Slack channel (none for no Slack)", "")
    return asked.answers


class _Questions:
    """Questions put to a person, each until its answer is one that the settings take."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}

    def put(
        self,
        name: str,
        question: str,
        default: str | None = None,
        read: Callable[[str], Any] = str.strip,
    ) -> None:
        """Ask for one answer, and keep it unless it is empty."""

        def checked(text: str) -> Any:  # noqa: ANN401  # text, or a list of it
            answer = read(text)
            answers = Answers(**(self.answers | {name: answer}))
            faults = [one.text for one in _judged(answers)[0] if _answer_at(one.loc) == name]
            if answer and faults:
                raise typer.BadParameter(" ".join(faults))
            return answer

        answer = typer.prompt(question, default, value_proc=checked)
        if answer:
            self.answers[name] = answer


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
