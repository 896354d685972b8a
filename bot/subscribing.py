"""The commands under `subscribers`: whom the bot writes to, and what the owner decides of them."""

import sys
from typing import Annotated

import typer

from bot.options import At, Channel, Config, Json, Someone, finish, instant, load_settings

subscribers = typer.Typer(help="List subscribers; suspend, resume, erase or export them.")


@subscribers.command("list")
def list_subscribers(config: Config = None, json: Json = False) -> None:
    """List everybody in the ledger.

    Also those who were removed from the configuration, until they are erased: when the next digest
    comes, how many were sent, failed or came back, who suspended an address, when and why, and
    what readers have paused or turned off.
    """
    from bot.console import as_json
    from bot.subscriber_report import people_json, show_people
    from bot.subscribers import listed

    settings = load_settings(config)
    people = finish(listed(settings))
    if json:
        as_json(people_json(people, instant(None)))
    else:
        show_people(people, settings, instant(None))


@subscribers.command()
def suspend(
    who: Someone,
    config: Config = None,
    at: At = None,
    channel: Channel = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why, for whoever looks later.")
    ] = "suspended by hand",
) -> None:
    """Send nothing to somebody until they are resumed.

    It holds for the address, whatever the configuration says. Papers wait and come afterwards.
    """
    from bot.core.people import Who
    from bot.subscriber_report import show_standing
    from bot.subscribers import suspend as suspend_them

    asked, why = Who(who, channel), " ".join(reason.split())
    show_standing(finish(suspend_them(load_settings(config), asked, why, instant(at))))


@subscribers.command()
def resume(
    who: Someone,
    config: Config = None,
    at: At = None,
    channel: Channel = None,
    unsubscribed: Annotated[
        bool,
        typer.Option("--unsubscribed", help="Also who has unsubscribed, and asks to be back."),
    ] = False,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="Leave out what was announced meanwhile.")
    ] = False,
) -> None:
    """Send to somebody again, and what has waited too.

    It lifts what you, a server or a report has said of the address. Who unsubscribed stays so
    without --unsubscribed; of what was announced more than a week ago nothing comes then.
    """
    from bot.core.people import Who
    from bot.subscriber_report import show_standing
    from bot.subscribers import Resumed
    from bot.subscribers import resume as resume_them

    how = Resumed(unsubscribed=unsubscribed, anew=from_now)
    people = finish(resume_them(load_settings(config), Who(who, channel), how, instant(at)))
    show_standing(people)
    if any(one.suspensions for one in people):
        raise typer.Exit(1)


@subscribers.command()
def erase(
    who: Someone,
    config: Config = None,
    channel: Channel = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete somebody from the ledger, for good.

    Name, address, digests and all that came back. Take them out of the configuration first. Of an
    address that was suspended a keyed hash stays, by which it is suspended again if it is added
    again.
    """
    from bot.core.people import Who
    from bot.subscriber_report import show_erased
    from bot.subscribers import erase as erase_them
    from bot.subscribers import meant

    settings, asked = load_settings(config), Who(who, channel)
    found = finish(meant(settings, asked, config))
    if not yes:
        show_erased(found, done=False)
        _confirm()
    show_erased(finish(erase_them(settings, asked)), done=True)


@subscribers.command()
def export(who: Someone, config: Config = None, channel: Channel = None) -> None:
    """Print all that the ledger has of somebody, as JSON."""
    from bot.console import as_json
    from bot.core.people import Who
    from bot.subscribers import export as export_them

    as_json(finish(export_them(load_settings(config), Who(who, channel))))


def _confirm() -> None:
    """Ask whether to erase, where somebody can answer."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody is there to ask whether to erase: add --yes")
    typer.confirm("There is no way back. Erase?", abort=True)
