"""The command line: parses arguments, calls one function of the application, prints what it did."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import __version__
from bot.asking import questions
from bot.handling import deliveries
from bot.options import At, Config, Json, finish, instant, load_settings, loaded
from bot.receiving import receiving
from bot.showing import showing
from bot.subscribing import subscribers

if TYPE_CHECKING:
    from bot.app import Step

app = typer.Typer(
    name="daily-papers",
    help="New arXiv papers that match your topics, by email and Slack, each exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich alone would double the time that --help takes
)
app.add_typer(questions)
app.add_typer(receiving)
app.add_typer(showing)
app.add_typer(deliveries, name="deliveries", no_args_is_help=True)
app.add_typer(subscribers, name="subscribers", no_args_is_help=True)


def main() -> None:
    """Run the command; turn what went wrong into a message and an exit code."""
    try:
        app()
    except Exception as failure:
        from bot.console import complain
        from bot.core.errors import ConfigError, DailyPapersError

        if not isinstance(failure, DailyPapersError):
            raise
        complain(str(failure))
        sys.exit(2 if isinstance(failure, ConfigError) else 1)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"daily-papers {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that every command has."""


def _pass(config: Path | None, at: datetime | None, *steps: "Step") -> None:
    """Make one pass and report it; exit code 1 where something failed."""
    from bot.app import run_once
    from bot.console import polling
    from bot.report import report_pass

    settings = load_settings(config)
    with polling() as progress:
        done = finish(run_once(settings, steps, now=instant(at), progress=progress))
    report_pass(done, settings)
    if done.failed:
        raise typer.Exit(1)


@app.command()
def init(
    config: Config = None,
    name: Annotated[str | None, typer.Option(help="The subscriber's name.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Such as Europe/Madrid.")] = None,
    deliver_at: Annotated[str | None, typer.Option(help='"HH:MM", or "immediately".')] = None,
    topic: Annotated[str | None, typer.Option(help="The topic's heading.")] = None,
    keyword: Annotated[
        list[str] | None,
        typer.Option(metavar="WORDS", help="A word or phrase to look for; may be repeated."),
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(metavar="CATEGORY", help="Such as cs.CL; may be repeated.")
    ] = None,
    contact: Annotated[str | None, typer.Option(help="How arXiv can reach you.")] = None,
    email: Annotated[str | None, typer.Option(help="The address for digests.")] = None,
    host: Annotated[str | None, typer.Option(help="The mail server.")] = None,
    port: Annotated[int | None, typer.Option(help="Its port.")] = None,
    tls: Annotated[str | None, typer.Option(help="implicit, starttls or none.")] = None,
    username: Annotated[str | None, typer.Option(help="The log-in there.")] = None,
    sender: Annotated[str | None, typer.Option(help="What From says.")] = None,
    slack: Annotated[str | None, typer.Option(help="A channel, such as #papers.")] = None,
    maildir: Annotated[str | None, typer.Option(help="A folder for messages.")] = None,
) -> None:
    """Write a working configuration. On a terminal it asks for what no option says."""
    from bot.setup import make

    given = {
        "name": name,
        "timezone": timezone,
        "deliver_at": deliver_at,
        "topic": topic,
        "keywords": tuple(keyword or ()) or None,
        "categories": tuple(category or ()) or None,
        "contact": contact,
        "email": email,
        "host": host,
        "port": port,
        "tls": tls,
        "username": username,
        "sender": sender,
        "slack": slack,
        "maildir": maildir,
    }
    make(config, {key: value for key, value in given.items() if value is not None})


@app.command()
def run(
    config: Config = None,
    at: At = None,
    once: Annotated[bool, typer.Option("--once", help="Make one pass of all steps.")] = False,
) -> None:
    """Be the bot, until stopped.

    Polls on arXiv's calendar, composes at each subscriber's hour, delivers. SIGTERM stops it
    cleanly; SIGHUP reads the configuration anew.
    """
    if once:
        _pass(config, at, "poll", "compose", "deliver")
        return
    if at is not None:
        raise typer.BadParameter("--at goes with --once: a bot that stays lives in real time")
    from bot.service import Service

    settings = loaded(config, level="info")
    finish(Service(lambda: loaded(config, level="info")).run(settings))


@app.command()
def poll(config: Config = None, at: At = None) -> None:
    """Ask arXiv what is new and record it."""
    _pass(config, at, "poll")


@app.command()
def compose(config: Config = None, at: At = None) -> None:
    """Write the digests that are due."""
    _pass(config, at, "compose")


@app.command()
def deliver(config: Config = None, at: At = None) -> None:
    """Send what is pending."""
    _pass(config, at, "deliver")


@app.command()
def status(config: Config = None, at: At = None, json: Json = False) -> None:
    """Show what was polled, sent and refused.

    Also whether arXiv's announcements come and from which source, what is suspended, paused or
    quarantined, the baseline, and the next digests.
    """
    from bot.console import as_json
    from bot.report import show_status, status_json
    from bot.situation import read_situation

    settings = load_settings(config)
    found = finish(read_situation(settings, instant(at)))
    if json:
        as_json(status_json(found))
    else:
        show_status(found, settings)


@app.command()
def check(config: Config = None, json: Json = False) -> None:
    """Try every endpoint for real.

    Validates the configuration, then tries arXiv, the mail server's log-in, Slack and each channel.
    """
    from bot.console import as_json
    from bot.report import show_probes
    from bot.trial import check as try_all

    settings = loaded(config, level="warning", strict=True)
    probes = finish(try_all(settings))
    if json:
        as_json([{"what": one.what, "ok": one.ok, "detail": one.detail} for one in probes])
    else:
        show_probes(probes)
    if not all(one.ok for one in probes):
        raise typer.Exit(1)


@app.command()
def preview(
    config: Config = None,
    at: At = None,
    subscriber: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this subscriber.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write HTML, text and Slack JSON into this folder."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what would be sent now."""
    from bot.console import as_json, say
    from bot.preview import rendered, written
    from bot.trial import preview as foresee

    settings = load_settings(config)
    if subscriber is not None and subscriber not in {one.name for one in settings.subscriber}:
        raise typer.BadParameter(f"no subscriber is named {subscriber!r}")
    shown = rendered(finish(foresee(settings, subscriber, instant(at))), settings)
    if json:
        as_json(shown)
        return
    if not shown:
        say("Nothing would be sent now: nothing that was polled since the last digest matches.")
    for line in written(shown, out) if out else [one["text"] for one in shown]:
        say(line)


@app.command()
def send(
    subscriber: Annotated[str, typer.Argument(metavar="SUBSCRIBER", help="The subscriber's name.")],
    config: Config = None,
    at: At = None,
) -> None:
    """Send a marked test digest, really, now."""
    from bot.demo.sample import load
    from bot.report import show_probes
    from bot.trial import send_test

    samples = [one.paper for one in load()[:3]]
    sending = send_test(load_settings(config), subscriber, now=instant(at), samples=samples)
    show_probes(probes := finish(sending))
    if not all(one.ok for one in probes):
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where the copy goes; an earlier one is replaced."),
    ],
    config: Config = None,
) -> None:
    """Copy the database to a file; the bot may be running."""
    from bot.app import back_up
    from bot.console import say

    size = back_up(load_settings(config), file)
    say(f"{file}: {size:,} bytes, checked")


@app.command()
def demo() -> None:
    """Run the main job offline, in seconds.

    On a loopback arXiv, mail server and Slack, in a new folder under the current directory.
    """
    from bot.demo.show import show
    from bot.logs import configure

    configure(level="warning")
    if not finish(show(Path.cwd())):
        raise typer.Exit(1)
