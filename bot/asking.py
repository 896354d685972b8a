"""The commands that ask what a query brings, what is stored, and why a paper came or did not."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.options import (
    At,
    Config,
    Json,
    finish,
    instant,
    load_settings,
    read_instant,
    read_length,
    read_query,
)

questions = typer.Typer()


@questions.command()
def backtest(
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="In arXiv's syntax, in quotes.")
    ] = None,
    config: Config = None,
    at: At = None,
    topic: Annotated[
        str | None, typer.Option(metavar="NAME", help="Try this topic instead of a query.")
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="CATEGORY", help="Only in this one, such as cs.CL; may be repeated."),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3660, metavar="N", help="How many days back.")
    ] = 30,
    examples: Annotated[
        int, typer.Option(min=0, max=100, metavar="N", help="How many papers to show.")
    ] = 5,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a page to this file.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what a query would have brought.

    Counts its matches among the stored papers, day by day and clause by clause; the bot may be
    running. Tells what floods, what finds nothing, and what your topics bring already.
    """
    from bot.backtest import Question, topic_named, topics_of
    from bot.backtest import backtest as count
    from bot.backtest_report import backtest_json, show_backtest, write_page
    from bot.console import as_json, polling, say
    from bot.core.query import implied

    if (query is None) == (topic is None):
        raise typer.BadParameter("give either a query, in quotes, or --topic NAME")
    settings = load_settings(config)
    tried = topic_named(settings, topic) if topic is not None else None
    tried = read_query(tried.text if tried else query or "", category or ())
    others = {name: one for name, one in topics_of(settings).items() if name != topic}
    instead = implied(query or "", categories=category or ())
    question = Question(tried, others, days, examples, instead)
    with polling("Counting") as bar:
        told = finish(count(settings, question, instant(at), bar))
    heading = f"{topic}: {tried.text}" if topic else tried.text
    if json:
        as_json(backtest_json(told, topic))
    else:
        show_backtest(told, heading)
    if html is not None:
        write_page(told, heading, html)
        if not json:
            say(f"{html}: written")


@questions.command()
def author(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help='Such as "Peiyang Liu" or "Del Maestro, A."')
    ],
    config: Config = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="CATEGORY", help="Only in this one, such as cs.CL; may be repeated."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Show only the newest N.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: only stored papers and local files.")
    ] = False,
    no_acl: Annotated[
        bool, typer.Option("--no-acl", help="Leave the ACL Anthology's data out.")
    ] = False,
    json: Json = False,
) -> None:
    """List what somebody wrote, by year.

    With abstracts, from arXiv, and from the ACL Anthology's data where [acl] names them. A full
    name asks for that name in any order, an initial for every name that begins with it, and what
    stands before a comma for the end of the name.
    """
    from bot.bibliography import Person, bibliography
    from bot.bibliography_report import bibliography_json, show_bibliography
    from bot.console import as_json
    from bot.core.query import QuerySyntaxError

    person = Person(" ".join(name.split()), tuple(category or ()))
    try:
        _ = person.narrowed
    except QuerySyntaxError as error:
        raise typer.BadParameter(str(error)) from None
    settings = load_settings(config)
    found = finish(bibliography(settings, person, offline=offline, acl=not no_acl))
    if json:
        as_json(bibliography_json(found, person, limit))
    else:
        show_bibliography(found, person, limit)
    if found.failures:
        raise typer.Exit(1)


@questions.command()
def why(
    subscriber: Annotated[str, typer.Argument(metavar="SUBSCRIBER", help="The subscriber's name.")],
    paper: Annotated[
        str,
        typer.Argument(metavar="PAPER", help="Any form of its id, such as 2401.01234 or a link."),
    ],
    config: Config = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Tell why a paper came to a subscriber, or did not.

    Which clause of which query decided, on what text; in which digest it went, or what kept it
    back. Nothing is fetched or changed; the bot may be running.
    """
    from bot.answers.as_json import answer_json
    from bot.answers.shown import show_answer
    from bot.console import as_json
    from bot.inquiry import inquire

    settings = load_settings(config)
    answer = finish(inquire(settings, subscriber, paper, instant(at)))
    refused = {one.topic: one.error for one in settings.refused}
    if json:
        as_json(answer_json(answer, refused))
    else:
        show_answer(answer, refused)


@questions.command()
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="In arXiv's syntax, in quotes.")],
    config: Config = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=read_instant,
            metavar="INSTANT",
            help="Take this instant as now: only papers submitted before it.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="Show the newest N.")
    ] = 20,
    since: Annotated[
        timedelta | None,
        typer.Option(
            parser=read_length, metavar="TIME", help="Only papers submitted within, such as 30d."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the stored papers that match a query.

    The newest first. Nothing is fetched; the bot may be running.
    """
    from bot.console import as_json, polling
    from bot.core.query import implied
    from bot.search_report import found_json, show_found, suggest, warn
    from bot.searching import narrowed
    from bot.searching import search as find

    read = read_query(query)
    settings = load_settings(config)
    asked = read if at is None else narrowed(read, end=at)
    if since is not None:
        asked = narrowed(asked, start=instant(at) - since)
    with polling("Indexing") as bar:
        report = partial(bar, "papers") if bar else None
        found = finish(find(settings, asked, limit=limit, progress=report))
    warn(found)
    if json:
        as_json(found_json(found))
    else:
        show_found(found, read)
        suggest(implied(query))
