"""The commands that show papers to the world: as files, and over HTTP."""

import gc
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.options import At, Config, Json, finish, load_settings, loaded

if TYPE_CHECKING:
    from bot.publishing import Published

showing = typer.Typer()


class Format(StrEnum):
    """What the pages are written as."""

    html = "html"
    markdown = "markdown"


@showing.command()
def pages(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder that the pages are written into.")
    ],
    form: Annotated[
        Format, typer.Option("--format", help="A site, or one README.md for a code host.")
    ] = Format.html,
    config: Config = None,
    at: At = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Write every page anew, not only what has changed.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the Daily Papers site: per topic the newest papers, with everything behind it.

    Only what has changed is written; the bot may be running. With --at the pages show what had
    come by the end of that day.
    """
    from bot.console import as_json, complain, polling, say
    from bot.publishing import Wanted, publish, publish_markdown
    from bot.stored import unseen

    settings = load_settings(config)
    wanted = Wanted(None if at is None else at.date(), whole)
    make = publish if form is Format.html else publish_markdown
    with polling("Reading") as report:
        progress = report and partial(report, "papers")
        done = finish(make(settings, out, wanted, progress))
    gc.freeze()  # the process ends: it need not look through all that it read for garbage
    if json:
        as_json(asdict(done))
    else:
        say(_told(out / ("index.html" if form is Format.html else "README.md"), done))
    if done.because:
        complain(unseen(done.unseen, done.because))
        raise typer.Exit(1)


@showing.command()
def web(
    config: Config = None,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to listen, in place of web.host.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="N", help="The port, in place of web.port."),
    ] = None,
) -> None:
    """Serve the pages by which readers choose and unsubscribe, and the bot's state, until stopped.

    Beside `run`, or whatever makes the passes. A proxy that speaks TLS hands requests on to it.
    SIGTERM stops it cleanly; SIGHUP reads the configuration anew, but for where it listens.
    """
    from bot.serving import serve

    settings = loaded(config, level="info")
    load = partial(loaded, config, level="info")
    finish(serve(settings, host=host, port=port, load=load))


def _told(first: Path, done: "Published") -> str:
    """Tell what was written."""
    papers = "1 paper" if done.papers == 1 else f"{done.papers:,} papers"
    topics = "1 topic" if done.topics == 1 else f"{done.topics} topics"
    written = f"{done.written:,} written" if done.written else "nothing to write"
    removed = f", {done.removed:,} removed" if done.removed else ""
    return f"{first}: {topics}, {papers}; {written}{removed}"
