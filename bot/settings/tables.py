"""The tables of the configuration file as frozen values, one class for each.

Every field tells what it is for (`description`) and how it is written (`examples`, in TOML); the
errors, the first configuration and the documented example are held to both.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from bot.settings.addresses import Contact, EmailAddress, SlackChannel
from bot.settings.apprise_urls import AppriseUrl
from bot.settings.hooks import HookName
from bot.settings.origins import API_URL, OAI_URL, RSS_URL, filled
from bot.settings.places import (
    DataPlace,
    Folder,
    Host,
    OptionalFile,
    OptionalUrl,
    PublicUrl,
    TokenUrl,
)
from bot.settings.times import Day, Hour, LastingSpan, Reach, Zone
from bot.settings.words import (
    Kinds,
    Line,
    Name,
    Seconds,
    Secret,
    Whole,
)


class Table(BaseModel):
    """One table of the file: frozen, and no other keys than these."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False
    )


class OwnerSettings(Table):
    """[owner]: who is told when something is wrong."""

    email: tuple[EmailAddress, ...] = Field(
        default=(),
        description="who is told when something is wrong",
        examples=['["ops@example.org"]'],
    )
    quiet_after: LastingSpan = Field(
        default=timedelta(hours=36),
        description="how long nothing may come when an announcement was due",
        examples=['"36h"'],
    )
    heartbeat: OptionalUrl = Field(
        default=None,
        # Who knows the URL can feign a heartbeat.
        repr=False,
        description="a URL that is fetched after each good pass",
        examples=['"https://hc.example.org/ping/x"'],
    )


class ArxivSettings(Table):
    """[arxiv]: where announcements come from, and how gently they are asked for."""

    contact: Contact | None = Field(
        default=None,
        description="an address or URL that arXiv can reach you at; goes into the User-Agent",
        examples=['"ops@example.org"'],
    )
    api_url: OptionalUrl = Field(
        default=API_URL,
        description="the query API; not asked when empty",
        examples=[f'"{API_URL}"'],
    )
    rss_url: OptionalUrl = Field(
        default=None,
        description="the daily feeds; not asked when empty, nor by default beside another's API",
        examples=[f'"{RSS_URL}"', '""'],
    )
    oai_url: OptionalUrl = Field(
        default=None,
        description="the OAI-PMH interface; not asked when empty, nor by default beside another's "
        "API",
        examples=[f'"{OAI_URL}"', '""'],
    )
    holidays: OptionalFile = Field(
        default=None,
        description="a TOML file with the days on which arXiv announces nothing, where it differs",
        examples=['"config/holidays.toml"'],
    )
    min_interval: Seconds = Field(
        default=3.0,
        ge=0,
        le=3600,
        description="seconds between two requests; arXiv's terms ask for 3",
        examples=["3.0"],
    )
    patience: Seconds = Field(
        default=600.0,
        gt=0,
        le=86400,
        description="seconds that one poll may wait for one faulty source",
        examples=["600.0"],
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_urls(cls, data: object) -> object:
        """Fill in the URLs that are left out."""
        return filled(data) if isinstance(data, Mapping) else data


class SlackSettings(Table):
    """[slack]: the workspace; the token comes from the environment or a secrets directory."""

    api_url: TokenUrl = Field(
        default="https://slack.com/api/",
        description="Slack's Web API; ends with a slash",
        examples=['"https://slack.com/api/"'],
    )
    token: Secret | None = Field(default=None, description="the bot's token", examples=[])
    papers: Literal["thread", "inline"] = Field(
        default="thread",
        description="where the papers of all but short digests stand: in the thread of a message "
        "that sums them up, or in that message as far as they fit",
        examples=['"thread"', '"inline"'],
    )


class MetricsSettings(Table):
    """[metrics]: where `run` serves its numbers for Prometheus."""

    port: Whole | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="the port on which `run` serves /metrics; none when absent",
        examples=["9464"],
    )
    host: Host = Field(
        default="127.0.0.1",
        description="the address on which it listens; whoever reaches it may read",
        examples=['"127.0.0.1"'],
    )


class WebSettings(Table):
    """[web]: where `daily-papers web` listens, and how the outside reaches it."""

    public_url: PublicUrl = Field(
        default=None,
        description="the address under which the outside reaches `daily-papers web`",
        examples=['"https://papers.example.org"'],
    )
    host: Host = Field(
        default="127.0.0.1",
        description="the address on which it listens, for a proxy that speaks TLS",
        examples=['"127.0.0.1"'],
    )
    port: Whole = Field(
        default=8000, ge=1, le=65535, description="the port on which it listens", examples=["8000"]
    )


class AclSettings(Table):
    """[acl]: the ACL Anthology's published data, which `daily-papers author` looks into."""

    data: tuple[DataPlace, ...] = Field(
        default=(),
        description="the Anthology's XML files: URLs, files, also packed (.gz), or their folders",
        examples=[
            '["acl-anthology/data/xml"]',
            '["https://example.org/2022.acl.xml"]',
        ],
    )


class PagesSettings(Table):
    """[pages]: the published page, one section a topic."""

    topics: tuple[Name, ...] | None = Field(
        default=None,
        description="the page's sections; all topics when absent",
        examples=['["RAG"]'],
    )
    title: Name = Field(
        default="Daily Papers", description="what the pages are called", examples=['"Daily Papers"']
    )
    introduction: Line = Field(
        default="",
        description="a few words below the title; of the bot's own when empty",
        examples=['"What our group reads."'],
    )
    url: PublicUrl = Field(
        default=None,
        description="the address under which the pages are published; web.public_url when absent",
        examples=['"https://papers.example.org"'],
    )
    limit: Whole = Field(
        default=100,
        ge=1,
        le=100_000,
        description="how many papers each section shows, the newest first",
        examples=["100"],
    )


class SubscriberSettings(Table):
    """One [[subscriber]]: who, when, which topics, and by which channels.

    Other keys than these are addresses on channels of other notifiers that are installed.
    """

    model_config = ConfigDict(extra="allow")

    name: Name = Field(description="who it is; each name once", examples=['"ana"'])
    timezone: Zone = Field(
        default="UTC", description="an IANA time zone", examples=['"Europe/Madrid"', '"UTC"']
    )
    deliver_at: Hour = Field(
        default=time(8, 30), description="the local hour of the digest", examples=['"08:30"']
    )
    days: tuple[Day, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"),
        min_length=1,
        description="the days on which a digest is sent",
        examples=['["mon", "tue", "wed", "thu", "fri"]'],
    )
    frequency: Literal["daily", "weekly"] = Field(
        default="daily",
        description="a digest on each of the days, or once a week, on the first of them",
        examples=['"daily"', '"weekly"'],
    )
    topics: tuple[Name, ...] | None = Field(
        default=None,
        min_length=1,
        description="the names of [[topic]] tables; all of them when absent",
        examples=['["RAG", "SFT"]'],
    )
    email: tuple[EmailAddress, ...] = Field(
        default=(), description="email addresses", examples=['["ana@example.org"]']
    )
    slack: tuple[SlackChannel, ...] = Field(
        default=(), description="Slack channels, by name or id", examples=['["#rag-papers"]']
    )
    webhook: tuple[HookName, ...] = Field(
        default=(), description="the names of [[webhook]] tables", examples=['["team"]']
    )
    apprise: tuple[AppriseUrl, ...] = Field(
        default=(),
        # They hold what the services are logged in to with.
        repr=False,
        description="URLs of services, as Apprise has them",
        examples=['["matrixs://bot:password@example.org/#papers"]'],
    )
    maildir: tuple[Folder, ...] = Field(
        default=(), description="Maildir folders on this machine", examples=['["var/mail"]']
    )
    include: Kinds = Field(
        default=("new", "cross"),
        min_length=1,
        description="the kinds of announcement that are wanted",
        examples=['["new", "cross"]'],
    )
    sort: Literal["best", "newest"] = Field(
        default="best",
        description="which of a topic's papers come first: the best match, or the newest",
        examples=['"best"', '"newest"'],
    )
    layout: Literal["full", "compact", "titles"] = Field(
        default="full",
        description="papers with their abstracts, in a few lines each, or as titles",
        examples=['"full"', '"compact"', '"titles"'],
    )
    max_papers: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="how many papers a digest shows; the rest are titles; all when absent",
        examples=["20"],
    )
    since: Reach = Field(
        default=timedelta(0),
        description="how far back the first digest reaches, at most 30 days",
        examples=['"0d"'],
    )
    weekly_note: StrictBool = Field(
        default=False,
        description="a word when nothing has come for a week",
        examples=["true", "false"],
    )
