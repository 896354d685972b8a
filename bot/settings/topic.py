"""The table of a topic: what is wanted under one heading."""

from pydantic import Field, StrictBool

from bot.core.subscription import Topic
from bot.settings import subscriptions
from bot.settings.tables import Table
from bot.settings.words import Category, Keyword, Name, PersonName


class TopicSettings(Table):
    """One [[topic]]: `query` or `keywords`, `authors`, or both; narrowed by what follows them."""

    name: Name = Field(description="the heading of its section", examples=['"RAG"'])
    query: str | None = Field(
        default=None,
        description="what is wanted, in arXiv's own syntax",
        examples=["'ti:RAG OR abs:\"retrieval augmented generation\"'"],
    )
    keywords: tuple[Keyword, ...] | None = Field(
        default=None,
        min_length=1,
        description="words or phrases, any of them, in title or abstract",
        examples=['["SFT", "supervised fine-tuning"]'],
    )
    authors: tuple[PersonName, ...] | None = Field(
        default=None,
        min_length=1,
        description="people to follow: what any of them wrote is wanted too",
        examples=['["Peiyang Liu", "Del Maestro, A."]'],
    )
    coauthors: tuple[PersonName, ...] = Field(
        default=(),
        description="people one of whom must be an author as well, to tell namesakes apart",
        examples=['["Wei Ye"]'],
    )
    categories: tuple[Category, ...] = Field(
        default=(), description="arXiv categories, any of them", examples=['["cs.CL", "cs.LG"]']
    )
    primary_only: StrictBool = Field(
        default=False,
        description="whether a paper's primary category must be one of the categories",
        examples=["true", "false"],
    )
    exclude: tuple[Keyword, ...] = Field(
        default=(), description="words or phrases, none of them", examples=['["protein"]']
    )

    @property
    def topic(self) -> Topic:
        """The topic as the steps see it; equal ones are parsed once."""
        return subscriptions.topic_of(self)
