"""Logging: lines for people on a terminal, JSON elsewhere, and secrets in neither.

Every line, of ours and of the libraries, passes `redact`, and on a terminal `harmless`.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.core.errors import ConfigError
from bot.core.visible import escaped

FORM = "DAILY_PAPERS_LOG"
LEVEL = "DAILY_PAPERS_LOG_LEVEL"
REDACTED = "[redacted]"
LEVELS = ("debug", "info", "warning", "error")
QUIET = (
    "aiohttp",
    "aiosmtplib",
    "asyncio",
    "httpcore",
    "httpx",
    "slack_sdk",
    "stamina",
    "urllib3",
    "uvicorn",
)
"""Libraries that tell of every request: only their warnings are news."""

_SECRET_NAME = re.compile(
    r"token|passw(or)?d|passphrase|secret|authorization|cookie|credential|api_?key|private_?key",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    # A URL's user and password, and what its query carries.
    (
        re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/?#@\"'<>]+@", re.IGNORECASE),
        rf"\1{REDACTED}@",
    ),
    (
        re.compile(
            r"([?&;](?:[\w.-]*(?:token|passw(?:or)?d|secret|key|sig|signature|auth|code)))"
            r"=[^&#;\s\"'<>]+",
            re.IGNORECASE,
        ),
        rf"\1={REDACTED}",
    ),
    # Who knows a page's address can unsubscribe its reader, or confirm what another asked for.
    (re.compile(r"(/(?:[um]|signup)/)[\w-]{16,}"), rf"\1{REDACTED}"),
    # Slack's tokens and incoming webhooks, and what HTTP and SMTP log in with.
    (re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[\w.-]+|\bxapp-[\w-]+"), REDACTED),
    (re.compile(r"(hooks\.slack\.com/(?:services|workflows|triggers)/)[\w/-]+"), rf"\1{REDACTED}"),
    (
        re.compile(
            # Longer than most words that may follow these.
            r"\b(Bearer(?=\s+\S{6})|(?:Basic|AUTH (?:PLAIN|LOGIN|XOAUTH2))(?=\s+\S{12}))\s+\S+",
            re.IGNORECASE,
        ),
        rf"\1 {REDACTED}",
    ),
    # An assignment, or a pair of JSON or Python; "token: " may well begin a sentence.
    (
        re.compile(
            r"\b((?:password|passwd|token|secret|authorization)(?:\s*=|[\"']\s*:)\s*[\"']?)"
            r"[^\s\"',;&)}]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)
_STAMPS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(
    stream: TextIO | None = None,
    *,
    as_json: bool | None = None,
    level: str = "info",
    secrets: Iterable[str] = (),
    env: Mapping[str, str] | None = None,
) -> None:
    """Send the logs of this process to `stream` (standard error when None).

    JSON or not is decided by `as_json`, else by DAILY_PAPERS_LOG, else by whether it is a
    terminal; what is logged by DAILY_PAPERS_LOG_LEVEL, else by `level`. `secrets` are hidden
    wherever they turn up. May be called again.
    """
    env = os.environ if env is None else env
    least = logging.getLevelNamesMapping()[_choice(env, LEVEL, LEVELS, level).upper()]
    terminal = bool(getattr(stream or sys.stderr, "isatty", bool)())
    form = _choice(env, FORM, ("json", "console"), "console" if terminal else "json")
    as_json = form == "json" if as_json is None else as_json
    tail = _tail(as_json=as_json, colours=terminal and not env.get("NO_COLOR"), secrets=secrets)
    structlog.configure(
        processors=[*_STAMPS, *tail],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: _Lines(stream),
        # Standard error may be another one by the next line, as in tests.
        cache_logger_on_first_use=False,
    )
    _route_libraries(_Handler(stream, tail), least)


def redactor(secrets: Iterable[str] = ()) -> Processor:
    """Make a processor that hides secrets: by type, by name, by form, and those given."""
    known = tuple(secrets)

    def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {hidden(key, known): _redacted(key, value, known) for key, value in event.items()}

    return redact


def hidden(text: str, secrets: Iterable[str] = ()) -> str:
    """Hide in `text` what looks like a secret, and the `secrets` given."""
    # A few characters hide more than they protect.
    for secret in sorted({one for one in secrets if len(one) > 3}, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    for pattern, instead in _SECRET_TEXT:
        text = pattern.sub(instead, text)
    return text


def harmless(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Escape what a terminal would obey, in keys and values; a traceback keeps its lines."""
    return {
        escaped(key): escaped(value, keep="\n" if key == "exception" else "")
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }


def _choice(env: Mapping[str, str], name: str, choices: Sequence[str], default: str) -> str:
    value = env.get(name, "").strip().lower() or default
    if value not in choices:
        raise ConfigError(
            f'environment: {name}: "{escaped(value[:40])}" is not possible. '
            f"Write {', '.join(choices[:-1])} or {choices[-1]}, or unset it."
        )
    return value


def _tail(*, as_json: bool, colours: bool, secrets: Iterable[str]) -> list[Processor]:
    """Give the processors that turn an event into a line, secrets hidden first."""
    # Plain tracebacks: pretty ones print local variables, and so secrets.
    first: list[Processor] = [structlog.processors.format_exc_info, redactor(secrets)]
    if as_json:
        return [*first, structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(
        colors=colours, exception_formatter=structlog.dev.plain_traceback
    )
    return [*first, _flat, harmless, console]


def _flat(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Write nested values as text, so that what is in them can be escaped too."""
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        for key, value in event.items()
    }


def _redacted(key: str, value: object, secrets: Sequence[str]) -> object:
    """Hide what is secret in `value`, and give it in types that JSON has."""
    if hasattr(value, "get_secret_value") or (
        _SECRET_NAME.search(key) and not isinstance(value, bool | int | None)
    ):
        return REDACTED
    match value:
        case None | bool() | int() | float():
            plain: object = value
        case Mapping():
            plain = {
                hidden(str(name), secrets): _redacted(str(name), inner, secrets)
                for name, inner in value.items()
            }
        case list() | tuple() | set() | frozenset():
            plain = [_redacted(key, item, secrets) for item in value]
        case BaseException():
            plain = hidden(f"{type(value).__name__}: {value}", secrets)
        case _:
            plain = hidden(str(value), secrets)
    return plain


class _Lines:
    """Writes lines; a stream that is closed or full must not stop the bot."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        try:
            print(line, file=self._stream or sys.stderr, flush=True)
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = exception = fatal = msg


class _Handler(logging.Handler):
    """Takes what libraries log through the standard library, and writes it as ours."""

    def __init__(self, stream: TextIO | None, tail: Sequence[Processor]) -> None:
        super().__init__()
        self.name = "daily-papers"
        self._lines = _Lines(stream)
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[*_STAMPS, structlog.stdlib.add_logger_name],
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.msg(self.format(record))
        except Exception:  # noqa: BLE001  # a library's faulty log call is its own business
            # The standard library would print the arguments, secrets and all.
            where = f"{record.pathname}:{record.lineno}"
            structlog.get_logger().warning("log.unreadable", logger=record.name, where=where)


def _route_libraries(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    for old in [old for old in root.handlers if old.name == handler.name]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
