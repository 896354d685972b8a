"""Every file of the site as its address and content: each page with the lists that go with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from bot.core.site import html, places
from bot.core.site import sitemap as sitemaps
from bot.core.site.assets import assets
from bot.core.site.atom import atom
from bot.core.site.bibtex import bibtex
from bot.core.site.comma_separated import comma_separated
from bot.core.site.json_feed import json_feed
from bot.core.site.model import Card, Section, Site
from bot.core.site.newest import newest
from bot.core.site.ris import ris
from bot.core.site.single_html import paper_page
from bot.core.site.survey import Survey
from bot.core.site.tally import Standing

File = tuple[str, bytes]
"""An address, and what stands there."""


def paper(site: Site, card: Card) -> Iterator[File]:
    """Give a paper's page, and its entries for other tools."""
    identifier = card.paper.id
    yield places.paper_file(identifier, "bib"), bibtex([card])
    yield places.paper_file(identifier, "ris"), ris([card])
    yield places.paper(identifier), paper_page(site, card)


def day(
    site: Site, sections: Sequence[Section], when: date, around: tuple[date | None, date | None]
) -> Iterator[File]:
    """Give the page of a day, which leads to the days `around` it, and its lists."""
    cards = together(sections)
    yield places.day_file(when, "bib"), bibtex(cards)
    yield places.day_file(when, "ris"), ris(cards)
    yield places.day(when), html.day_page(site, sections, when, around)


def month(site: Site, section: Section, when: date) -> Iterator[File]:
    """Give the page of a topic's month."""
    yield places.topic_month(section.shelf.slug, when), html.month_page(site, section, when)


def topic(site: Site, section: Section, months: Mapping[date, int]) -> Iterator[File]:
    """Give the page of a topic, its lists and its feeds, with the newest papers in each."""
    shelf = section.shelf
    for ending, content in _lists(section.cards):
        yield places.topic_file(shelf.slug, ending), content
    yield places.topic_file(shelf.slug, "atom"), atom(site, shelf, section.cards)
    yield places.topic_file(shelf.slug, "feed.json"), json_feed(site, shelf, section.cards)
    yield places.topic_rest(shelf.slug), html.rest_of(site, section)
    yield places.topic(shelf.slug), html.topic_page(site, section, months)


def author(site: Site, section: Section) -> Iterator[File]:
    """Give the page of somebody who is followed."""
    yield places.author(section.shelf.slug), html.author_page(site, section)


def index(site: Site, sections: Sequence[Section]) -> Iterator[File]:
    """Give the first page, and the feeds and lists of all topics together."""
    cards = together(sections)[: site.limit]
    yield places.everything("atom"), atom(site, None, cards)
    yield places.everything("feed.json"), json_feed(site, None, cards)
    for ending, content in _lists(cards):
        yield places.everything(ending), content
    yield places.ARCHIVE, html.archive_page(site)
    yield places.AUTHORS, html.authors_page(site)
    yield places.INDEX, html.index_page(site, sections)


def common(site: Site) -> Iterator[File]:
    """Give what hangs on no paper."""
    for name, content in assets().items():
        yield places.asset(name), content
    yield places.NOT_FOUND, html.not_found_page(site)


def listed(site: Site, folder: str, standings: Iterable[Standing]) -> Iterator[File]:
    """Give those parts of the sitemap that list the papers of a folder."""
    yield from sitemaps.of_papers(site, folder, standings)


def sitemap(site: Site, survey: Survey) -> Iterator[File]:
    """Give the sitemap, and those parts of it that list all other pages."""
    yield from sitemaps.sitemap(site, list(pages(site, survey)), survey)


def pages(site: Site, survey: Survey) -> Iterator[str]:
    """List the addresses of all pages but those of papers, as the sitemap has them."""
    yield from map(places.day, survey.days())
    for shelf in site.topics:
        for month_of, _ in survey.month_keys(shelf.slug):
            yield places.topic_month(shelf.slug, month_of)
    yield from (places.author(one.slug) for one in site.authors)
    yield from (places.topic(one.slug) for one in site.topics)
    yield from (places.ARCHIVE, places.AUTHORS, places.INDEX)


def together(sections: Sequence[Section]) -> list[Card]:
    """Put all cards of some sections into one list."""
    return newest(card for section in sections for card in section.cards)


def _lists(cards: Sequence[Card]) -> Iterator[tuple[str, bytes]]:
    yield "bib", bibtex(cards)
    yield "ris", ris(cards)
    yield "csv", comma_separated(cards)
