"""The command that reads what mail servers and readers send back."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.options import At, Config, Json, finish, instant, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.bounces import Read
    from bot.settings import Settings

receiving = typer.Typer()

TRY_AGAIN = 75
"""EX_TEMPFAIL: a mail server that pipes a message in keeps it, and tries again later."""


@receiving.command()
def bounces(
    config: Config = None,
    at: At = None,
    maildir: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Read this Maildir.")
    ] = None,
    imap: Annotated[
        bool, typer.Option("--imap", help="Read the folder on the IMAP server of [bounces].")
    ] = False,
    recipient: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="To whom a piped message came; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Read reports of failed deliveries, and mails that unsubscribe.

    One message from standard input where it is piped in, else a Maildir or an IMAP folder, as
    [bounces] has it. Reports count only where their return path is signed by us. Nothing is
    answered, nothing deleted, and what is none of the bot's business is left unread.
    """
    if maildir is not None and imap:
        raise typer.BadParameter("give either --maildir FOLDER or --imap")
    if recipient and (maildir is not None or imap):
        raise typer.BadParameter("--recipient goes with a message that is piped in")
    octets = None if maildir is not None or imap else _piped_in()
    if octets or recipient:
        _take(octets or b"", recipient or [], config, at, json)
    else:
        _fetch(maildir, imap, config, at, json)


def _take(
    octets: bytes, came_to: list[str], config: Path | None, at: datetime | None, json: bool
) -> None:
    """Read a message that was piped in.

    Whatever is in the way, a wrong configuration or a fault of ours, is mended sooner than its
    server gives up: any other exit code would have the server return it, or let it go.
    """
    from traceback import format_exc

    from bot.bounces import read_mailbox
    from bot.console import complain
    from bot.core.errors import DailyPapersError
    from bot.mailboxes import Piped

    try:
        settings = load_settings(config)
        letters = read_mailbox(settings, Piped(octets), instant(at), came_to)
        finish(_told(letters, settings, json))
    except Exception as failure:  # noqa: BLE001  # see above
        complain(str(failure) if isinstance(failure, DailyPapersError) else format_exc())
        raise typer.Exit(TRY_AGAIN) from None


def _fetch(
    maildir: Path | None, imap: bool, config: Path | None, at: datetime | None, json: bool
) -> None:
    """Read what has come into a mailbox."""
    from bot.bounces import read_mailbox
    from bot.mailboxes import mailbox_of

    settings = load_settings(config)
    mailbox = mailbox_of(settings, maildir=maildir, imap=imap)
    letters = read_mailbox(settings, mailbox, instant(at))
    finish(_told(letters, settings, json))


async def _told(letters: "AsyncGenerator[Read, None]", settings: "Settings", json: bool) -> None:
    """Tell of each letter once it is in the ledger, and of all of them at the end."""
    from contextlib import aclosing

    from bot.bounce_report import UNTOLD, bounces_json, tell, tell_sum
    from bot.console import as_json, complain

    if settings.email is None or settings.email.bounces is None:
        complain(UNTOLD)
    seen = []
    async with aclosing(letters):
        async for one in letters:
            seen.append(one)
            if not json:
                tell(one)
    if json:
        as_json(bounces_json(seen))
    else:
        tell_sum(seen)


def _piped_in() -> bytes | None:
    """Read what is piped in; None where somebody sits at a terminal."""
    from bot.mailboxes import read_whole

    if sys.stdin is None or sys.stdin.isatty():
        return None
    return read_whole(sys.stdin.buffer)
