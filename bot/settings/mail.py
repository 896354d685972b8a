"""[email] as a frozen value: the mail server, who sends, and what vouches for it."""

from typing import Literal

from pydantic import Field, model_validator

from bot.settings.addresses import Bounces, MailDomain, Selector, Sender
from bot.settings.places import Host, OptionalFile, with_usual_port
from bot.settings.tables import Table
from bot.settings.words import Login, PrivateKey, Secret, Whole

_PORTS = {"implicit": 465, "starttls": 587, "none": 25}


class EmailSettings(Table):
    """[email]: the mail server; the password comes from the environment or a secrets directory."""

    host: Host = Field(
        description="the mail server's host name or IP address", examples=['"smtp.example.org"']
    )
    port: Whole = Field(
        default=465,
        ge=1,
        le=65535,
        description="its port; 465 for implicit, 587 for starttls, 25 for none, when absent",
        examples=["465"],
    )
    tls: Literal["implicit", "starttls", "none"] = Field(
        default="implicit",
        description="how the connection is protected; none only for this machine",
        examples=['"implicit"', '"starttls"'],
    )
    username: Login | None = Field(
        default=None, description="the log-in, if the server wants one", examples=['"papers"']
    )
    password: Secret | None = Field(default=None, description="the log-in's password", examples=[])
    sender: Sender = Field(
        description="what the From header says",
        examples=['"Daily Papers <papers@example.org>"', '"papers@example.org"'],
    )
    bounces: Bounces = Field(
        default=None,
        description="where reports of failed deliveries go, as bounces+42-…@; the sender if absent",
        examples=['"bounces@example.org"'],
    )
    per_minute: Whole = Field(
        default=300, ge=1, le=100_000, description="messages a minute, at most", examples=["300"]
    )
    on_uncertain: Literal["resend", "hold"] = Field(
        default="resend",
        description="what happens to a message that may or may not have been accepted",
        examples=['"resend"', '"hold"'],
    )
    dkim_selector: Selector = Field(
        default=None,
        description="signs with the key whose public half is at SELECTOR._domainkey.DOMAIN",
        examples=['"papers"'],
    )
    dkim_domain: MailDomain = Field(
        default=None, description="that domain; the sender's if absent", examples=['"example.org"']
    )
    dkim_key: OptionalFile = Field(
        default=None,
        description="the file of the private key, RSA in PEM",
        examples=['"/etc/daily-papers/dkim.pem"'],
    )
    dkim_pem: PrivateKey | None = Field(
        default=None, description="the private key itself, RSA in PEM", examples=[]
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: object) -> object:
        """Fill in the port that goes with `tls`."""
        return with_usual_port(data, _PORTS)
