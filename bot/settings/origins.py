"""Where arXiv is asked: its own addresses, which stand in for what a configuration leaves out."""

from collections.abc import Mapping
from typing import Any

from bot.settings.places import host_of

API_URL = "https://export.arxiv.org/api/query"
RSS_URL = "https://rss.arxiv.org/rss"
OAI_URL = "https://oaipmh.arxiv.org/oai"
ORIGINS = ("api_url", "rss_url", "oai_url")
"""The keys of [arxiv] that each turn a source on."""


def filled(arxiv: Mapping[str, Any]) -> dict[str, Any]:
    """Give the table [arxiv] with every URL that it leaves out, None for a source that is off.

    The feeds and OAI-PMH are arXiv's own, unless the query API is somebody else's (or where that is
    off, the other one is): whoever tries the bot on a server of their own must not ask arXiv by
    the way.
    """
    api = arxiv.get("api_url", API_URL)
    judged = [api] if api != "" else [url for key in ORIGINS if (url := arxiv.get(key))]
    own = all(is_arxivs(url) for url in judged)
    others = {"rss_url": RSS_URL, "oai_url": OAI_URL} if own else dict.fromkeys(ORIGINS[1:])
    return {"api_url": API_URL, **others, **arxiv}


def is_arxivs(url: object) -> bool:
    """Tell whether a URL is on one of arXiv's hosts."""
    host = host_of(url) or ""
    return host == "arxiv.org" or host.endswith(".arxiv.org")
