"""Addresses as the configuration writes them: email, Slack, and the contact given to arXiv."""

import re
from functools import lru_cache
from typing import Annotated

import email_validator
from pydantic import AfterValidator, BeforeValidator

from bot.core.return_path import return_path
from bot.core.visible import escaped
from bot.settings.places import http_url
from bot.settings.shown import shown

_SENDER = re.compile(r"(?P<name>[^<>]*)<(?P<boxed>[^<>]+)>|(?P<bare>[^<>]+)")
_SELECTOR = re.compile(r"(?=.{1,190}\Z)(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_HIGHEST = 10**12
"""No delivery has so high a number."""
_SLACK = re.compile(r"#[^\s#@,]{1,80}|[CGDUW][A-Z0-9]{2,30}")

# A mail server of one's own may well serve these; the library's documentation offers this list
# to be edited.
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = [
    domain
    for domain in email_validator.SPECIAL_USE_DOMAIN_NAMES
    if domain not in {"local", "localhost", "test"}
]


@lru_cache(maxsize=8192)
def email_address(value: str) -> str:
    """Check one bare address and give it normalised: NFC, the domain in lower case.

    Nothing is asked of DNS. Quoted local parts, IP literals, comments, display names, spaces and
    line breaks are refused.
    """
    try:
        found = email_validator.validate_email(
            value,
            check_deliverability=False,
            strict=True,
            globally_deliverable=not value.casefold().endswith("@localhost"),
        )
    except email_validator.EmailNotValidError as error:
        reason = escaped(str(error)[:200]).rstrip(".")
        raise ValueError(
            f"{shown(value)} is not an email address ({reason}). "
            'Write one such as "ana@example.org".'
        ) from None
    return found.normalized


def split_sender(value: str) -> tuple[str, str]:
    """Split "Name <address>" or a bare address into name (maybe empty) and address."""
    match = _SENDER.fullmatch(value.strip())
    if not match or not value.isprintable() or "=?" in value:
        raise ValueError(
            f"{shown(value)} is not a sender. "
            'Write "Name <papers@example.org>" or "papers@example.org".'
        )
    name = (match["name"] or "").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return name, email_address(match["boxed"] or match["bare"])


def _sender(value: str) -> str:
    name, bare = split_sender(value)
    if not bare.rpartition("@")[0].isascii():
        raise ValueError(
            f"{shown(value)} is not a sender for every mail server: the part before the @ must be "
            'ASCII. Write an address such as "papers@example.org".'
        )
    if re.search(r'[][()<>@,:;."\\]', name):
        # Such a name is only one in quotes (RFC 5322, section 3.2.3).
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{bare}>" if name else bare


def _something(value: object) -> object:
    return value or None


def _bounces(value: str) -> str:
    local, _, domain = email_address(value).rpartition("@")
    if not local.isascii():
        raise ValueError(
            f"{shown(value)} must be ASCII before the @, for every mail server. Write an address "
            'such as "bounces@example.org".'
        )
    written = f"{local}@{mail_domain(domain)}"
    try:
        return_path(written, _HIGHEST, "")
    except ValueError:
        raise ValueError(
            f"{shown(value)} is too long: a delivery's number and signature are added before the "
            "@, and 64 characters must hold it all. Write one of at most 33 before the @."
        ) from None
    return written


def mail_domain(value: str) -> str:
    """Give a domain in its ASCII form and in lower case; raises ValueError for what is none."""
    try:
        return email_validator.validate_email(
            f"x@{value}", check_deliverability=False, globally_deliverable=False
        ).ascii_domain.lower()
    except email_validator.EmailNotValidError:
        raise ValueError(
            f'{shown(value)} is not a domain. Write one such as "example.org".'
        ) from None


def _selector(value: str) -> str:
    if not _SELECTOR.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is not a selector. Write what stands before ._domainkey in DNS, such "
            'as "papers".'
        )
    return value


def _contact(value: str) -> str:
    is_url = value.startswith(("http://", "https://"))
    found = http_url(value) if is_url else email_address(value)
    if not found.isascii():
        raise ValueError(
            f"{shown(value)} goes into a header that takes only ASCII. "
            "Write another address, or a URL."
        )
    return found


def _slack_channel(value: str) -> str:
    if not _SLACK.fullmatch(value) or not value.isprintable():
        raise ValueError(
            f'{shown(value)} is not a Slack channel. Write "#channel-name", or the id that Slack '
            'shows at the foot of the channel\'s details, such as "C024BE91L".'
        )
    return value


EmailAddress = Annotated[str, AfterValidator(email_address)]
Sender = Annotated[str, AfterValidator(_sender)]
"""A bare address, or a name, quoted where it must be, and an address in angle brackets."""
Bounces = Annotated[Annotated[str, AfterValidator(_bounces)] | None, BeforeValidator(_something)]
"""An address in ASCII with room for what a return path adds, or nothing: an empty string."""
Domain = Annotated[str, AfterValidator(mail_domain)]
"""A domain in its ASCII form and in lower case."""
MailDomain = Annotated[Domain | None, BeforeValidator(_something)]
"""Such a domain, or nothing."""
Selector = Annotated[Annotated[str, AfterValidator(_selector)] | None, BeforeValidator(_something)]
"""The name of a DKIM key, one label or several with dots between; or nothing."""
Contact = Annotated[str, AfterValidator(_contact)]
"""An email address or a URL, in ASCII."""
SlackChannel = Annotated[str, AfterValidator(_slack_channel)]
"""`#name`, or the id of a channel or of a person."""
