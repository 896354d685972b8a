"""Where each page and file of the site stands, by addresses relative to its root."""

from datetime import date

INDEX = "index.html"
ARCHIVE = "archive.html"
AUTHORS = "authors.html"
SEARCH = "search"
"""Questions are answered there where the bot itself serves the site, and nowhere else."""
SIGN_UP = "signup"
"""People subscribe there, where the bot itself serves the site and its owner lets them."""
SITEMAP = "sitemap.xml"
LISTS = "pages"
"""Names the part of the sitemap with all pages but those of papers."""
PAPERS = "papers"
NOT_FOUND = "404.html"
FEEDS = ("atom", "feed.json")
"""Endings of the feeds: Atom and JSON Feed."""
TABLES = ("bib", "ris", "csv")
"""Endings of the lists for other tools."""


def topic(slug: str) -> str:
    """Locate the page of a topic: its newest papers, and the months of all."""
    return f"topics/{slug}/{INDEX}"


def topic_month(slug: str, month: date) -> str:
    """Locate the page of a topic's papers whose shown version is of a month."""
    return f"topics/{slug}/{month:%Y-%m}.html"


def topic_file(slug: str, ending: str) -> str:
    """Locate a feed or list of a topic."""
    return f"topics/{slug}/{slug}.{ending}"


def topic_rest(slug: str) -> str:
    """Locate the abstracts of a topic's papers that the index does not hold itself."""
    return f"topics/{slug}/abstracts.json"


def everything(ending: str) -> str:
    """Locate a feed or list of all topics together."""
    return f"all.{ending}"


def day(when: date) -> str:
    """Locate the page of what was announced on a day."""
    return f"days/{when:%Y}/{when:%Y-%m-%d}.html"


def day_file(when: date, ending: str) -> str:
    """Locate a list of what was announced on a day."""
    return f"days/{when:%Y}/{when:%Y-%m-%d}.{ending}"


def paper(identifier: str) -> str:
    """Locate the page of a paper."""
    return paper_file(identifier, "html")


def paper_file(identifier: str, ending: str) -> str:
    """Locate a paper's page, or its entry for another tool."""
    return f"{paper_folder(identifier)}/{identifier.rpartition('/')[2]}.{ending}"


def paper_folder(identifier: str) -> str:
    """Locate the folder of a paper: of an archive before April 2007, and of a month since then.

    Sorted by the text of their ids, papers of one folder come one after the other.
    """
    return f"{PAPERS}/{folder_name(identifier)}"


def folder_name(identifier: str) -> str:
    """Name the folder of a paper by the archive, or the month, that its id begins with."""
    return identifier.partition("/" if "/" in identifier else ".")[0]


def folder_ids(name: str) -> tuple[str, str]:
    """Give texts before and after the ids of all papers of a folder, and of no other's."""
    # What separates an archive or a month from the number, and the sign that follows it.
    return (f"{name}.", f"{name}/") if name[:1].isdigit() else (f"{name}/", f"{name}0")


def author(slug: str) -> str:
    """Locate the page of a person who is followed."""
    return f"authors/{slug}.html"


def asset(name: str) -> str:
    """Locate a file that all pages share: style, script, icon."""
    return f"assets/{name}"


def sitemap_part(name: str, number: int = 1) -> str:
    """Locate one of the files that the sitemap leads to: of a folder of papers, or of LISTS."""
    return f"sitemap-{name}.xml" if number == 1 else f"sitemap-{name}-{number}.xml"


def link(here: str, there: str) -> str:
    """Lead from one page to another, wherever the site is published, or opened from a disk."""
    return "../" * here.count("/") + there
