"""The text of a first configuration: it works as it stands, and shows what to change next."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.settings.environment import PREFIX

SAMPLE = ("RAG", ("RAG", "retrieval augmented generation"), ("cs.CL", "cs.IR", "cs.LG"))
"""The topic, keywords and categories of one who has not said what to look for."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration is made of; the defaults need no server and no account.

    Without `keywords` the topic is SAMPLE; without `topic` it is named after the first keyword.
    `port` None means the usual one for `tls`. The values are checked when the text is loaded.
    """

    name: str = "me"
    timezone: str = "UTC"
    deliver_at: str = "08:30"
    topic: str | None = None
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    contact: str | None = None
    email: str | None = None
    host: str | None = None
    port: int | None = None
    tls: str = "implicit"
    username: str | None = None
    sender: str | None = None
    slack: str | None = None
    maildir: str | None = "var/mail"


def starter(answers: Answers) -> str:
    """Write the configuration that the answers ask for, with hints for what they leave out."""
    if not answers.keywords:
        topic, keywords, categories = SAMPLE
        answers = replace(
            answers,
            topic=answers.topic or topic,
            keywords=keywords,
            categories=answers.categories or categories,
        )
    parts = (_head, _email, _slack, _topic, _subscriber)
    blocks = ("\n".join(part(answers)) for part in parts)
    return "\n\n".join(blocks) + "\n"


def _head(answers: Answers) -> Iterable[str]:
    yield "# Daily Papers: what to look for, and who gets it when."
    yield "# `daily-papers check` tries it out; README.md explains every setting."
    yield ""
    yield 'database = "var/daily-papers.db"'
    yield ""
    yield "[arxiv]"
    yield "# So that arXiv can reach you if something goes wrong; goes into the User-Agent."
    yield (
        f"contact = {_quoted(answers.contact)}"
        if answers.contact
        else '# contact = "you@example.org"'
    )


def _email(answers: Answers) -> Iterable[str]:
    if not answers.host:
        yield "# Email: fill this in, and remove the number signs here and at the subscriber below."
        yield "# [email]"
        yield '# host = "smtp.example.org"'
        yield '# tls = "implicit"        # port 465; or "starttls", port 587'
        yield f'# username = "you"        # the password: {PREFIX}EMAIL__PASSWORD'
        yield '# sender = "Daily Papers <you@example.org>"'
        return
    yield "[email]"
    yield f"host = {_quoted(answers.host)}"
    if answers.port is not None:
        yield f"port = {answers.port}"
    yield f"tls = {_quoted(answers.tls)}"
    if answers.username:
        yield f"# The password comes from the environment: {PREFIX}EMAIL__PASSWORD"
        yield f"username = {_quoted(answers.username)}"
    if sender := answers.sender or answers.email or answers.username:
        yield f"sender = {_quoted(sender)}"


def _slack(answers: Answers) -> Iterable[str]:
    if answers.slack:
        yield f"# Slack: the bot's token comes from the environment: {PREFIX}SLACK__TOKEN"
    else:
        yield f"# Slack: set {PREFIX}SLACK__TOKEN in the environment, invite the bot to a"
        yield "# channel, and remove the number sign at the subscriber below."


def _topic(answers: Answers) -> Iterable[str]:
    yield "[[topic]]"
    yield f"name = {_quoted(_topic_name(answers))}"
    yield "# Any of these words or phrases, in title or abstract. RAG in capitals is not rag."
    yield f"keywords = {_list(answers.keywords)}"
    yield "# Only in these categories; without them, in all of arXiv."
    if answers.categories:
        yield f"categories = {_list(answers.categories)}"
    else:
        yield '# categories = ["cs.CL", "cs.LG"]'
    yield '# exclude = ["protein"]'


def _subscriber(answers: Answers) -> Iterable[str]:
    yield "[[subscriber]]"
    yield f"name = {_quoted(answers.name)}"
    yield f"timezone = {_quoted(answers.timezone)}"
    yield '# An hour of that zone, or "immediately".'
    yield f"deliver_at = {_quoted(answers.deliver_at)}"
    yield 'days = ["mon", "tue", "wed", "thu", "fri"]'
    yield '# frequency = "weekly"    # one digest a week, on the first of these days'
    yield f"topics = {_list([_topic_name(answers)])}"
    yield f"email = {_list([answers.email])}" if answers.email else '# email = ["you@example.org"]'
    yield f"slack = {_list([answers.slack])}" if answers.slack else '# slack = ["#papers"]'
    if answers.maildir:
        yield "# A folder of messages on this machine, which mail programs can open."
        yield f"maildir = {_list([answers.maildir])}"
    yield '# How far back the first digest reaches, at most "30d"; without it, not at all.'
    yield '# since = "7d"'


def _topic_name(answers: Answers) -> str:
    """Name the topic; a keyword becomes a name that may stand in a heading."""
    first = "".join(letter for letter in answers.keywords[0] if letter.isprintable())
    return answers.topic or first[:100].strip() or "Papers"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(value) for value in values)}]"


def _quoted(value: str) -> str:
    """Write a TOML basic string: JSON's escapes are TOML's, but for DEL and surrogates."""
    whole = value.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
