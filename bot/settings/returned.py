"""[bounces] as a frozen value: where mail comes back to, for `daily-papers bounces` to read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.settings.places import Folder, Host, with_usual_port
from bot.settings.shown import shown
from bot.settings.tables import Table
from bot.settings.words import Login, Secret, Whole

_PORTS = {"implicit": 993, "starttls": 143, "none": 143}


def _something(value: object) -> object:
    return value or None


def _mail_folder(value: str) -> str:
    if not value or not value.isascii() or not value.isprintable() or len(value) > 200:
        raise ValueError(
            f"{shown(value)} is not a folder's name on an IMAP server, which is ASCII. Write one "
            'such as "INBOX" or "INBOX/bounces"; umlauts and the like as the server itself writes '
            "them, such as &APw- for ü."
        )
    return value


OptionalHost = Annotated[Host | None, BeforeValidator(_something)]
"""A host name or IP address, or nothing: an empty string."""
OptionalFolder = Annotated[Folder | None, BeforeValidator(_something)]
"""A Maildir's path, or nothing: an empty string."""
MailFolder = Annotated[str, AfterValidator(_mail_folder)]
"""A folder's name as IMAP has it, in modified UTF-7."""


class BouncesSettings(Table):
    """[bounces]: a Maildir, or a folder on an IMAP server; neither for a pipe."""

    maildir: OptionalFolder = Field(
        default=None,
        description="the Maildir on this machine that reports are delivered to",
        examples=['"var/bounces"'],
    )
    host: OptionalHost = Field(
        default=None,
        description="or else the IMAP server's host name or IP address",
        examples=['"imap.example.org"'],
    )
    port: Whole = Field(
        default=993,
        ge=1,
        le=65535,
        description="its port; 993 for implicit, 143 for the others, when absent",
        examples=["993"],
    )
    tls: Literal["implicit", "starttls", "none"] = Field(
        default="implicit",
        description="how the connection is protected; none only for this machine",
        examples=['"implicit"', '"starttls"'],
    )
    username: Login | None = Field(
        default=None, description="the log-in there", examples=['"bounces"']
    )
    password: Secret | None = Field(default=None, description="the log-in's password", examples=[])
    folder: MailFolder = Field(
        default="INBOX",
        description="the folder that reports are delivered to",
        examples=['"INBOX"'],
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: object) -> object:
        """Fill in the port that goes with `tls`."""
        return with_usual_port(data, _PORTS)
