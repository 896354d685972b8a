"""The HTML pages: each a function from what it shows to its bytes, equal for equal values.

A page of one topic, month, day, person or paper hangs on nothing but that, and on the names of all:
so it stays as it is while others change.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from bot.core.render.wording import display, long_date
from bot.core.site import listing, places
from bot.core.site.calendar import WEEKDAYS, Day, years_of
from bot.core.site.drawing import apart, draw, filled
from bot.core.site.entry import WHOLE, entry_of
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Section, Site
from bot.core.site.rows import Table
from bot.core.site.words import escaped, long_month, number, papers, shown


def index_page(site: Site, sections: Sequence[Section]) -> bytes:
    """Render the first page: a section of its newest papers for each topic."""
    frame = Frame(site, places.INDEX, "")
    table = Table(frame, WHOLE, site.updated, within=True, ranked=True)
    entries = [entry_of(table, one) for one in sections]
    return filled(apart("index.html", frame=frame, entries=entries), [one.rows for one in entries])


def rest_of(_site: Site, section: Section) -> bytes:
    """Write the abstracts that the index does not hold, as HTML by their papers' ids, in JSON."""
    rest = {
        card.paper.id: shown(card.paper.abstract, card.paper.readable)
        for card in section.cards[WHOLE:]
    }
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()


def topic_page(site: Site, section: Section, months: Mapping[date, int]) -> bytes:
    """Render a topic's newest papers, and the months of all, by their first days, with counts."""
    shelf = section.shelf
    frame = Frame(site, places.topic(shelf.slug), display(shelf.name), shelf.slug)
    return _list(frame, listing.of_topic(frame, section, months))


def month_page(site: Site, section: Section, month: date) -> bytes:
    """Render a topic's papers of the month that begins with `month`."""
    shelf = section.shelf
    here = places.topic_month(shelf.slug, month)
    frame = Frame(site, here, f"{display(shelf.name)}, {long_month(month)}", shelf.slug)
    return _list(frame, listing.of_month(frame, section, month))


def day_page(
    site: Site, sections: Sequence[Section], day: date, around: tuple[date | None, date | None]
) -> bytes:
    """Render what came on a day, by topic; `around` are the days before and after, if there are."""
    frame = Frame(site, places.day(day), long_date(day))
    return _list(frame, listing.of_day(frame, sections, day, around))


def author_page(site: Site, section: Section) -> bytes:
    """Render the papers of somebody who is followed, by year, with their abstracts."""
    shelf = section.shelf
    frame = Frame(site, places.author(shelf.slug), display(shelf.name))
    return _list(frame, listing.of_author(frame, section))


def authors_page(site: Site) -> bytes:
    """Render the list of the people who are followed."""
    people = [
        Leading(display(one.name), places.link(places.AUTHORS, places.author(one.slug)))
        for one in site.authors
    ]
    lead = "The people whom our topics follow." if people else "Our topics follow nobody by name."
    frame = Frame(site, places.AUTHORS, "Authors")
    return draw("plain.html", frame=frame, lead=lead, entries=people)


def archive_page(site: Site) -> bytes:
    """Render a calendar of all days with how many papers each brought."""
    counts = site.count()
    lead = "Each day leads to what it brought."
    return draw(
        "archive.html",
        frame=Frame(site, places.ARCHIVE, "Archive"),
        lead=f"{papers(counts.total)} on our topics. {lead}" if counts.total else "",
        years=years_of(counts.days),
        weekdays=WEEKDAYS,
        cell=_cell,
        long_month=long_month,
        number=number,
        papers=papers,
    )


def _cell(frame: Frame, day: Day | None) -> Markup:
    """Draw a day of the calendar; there are thousands, for which a template takes long."""
    inner = ""
    if day and day.count:
        inner = (
            f'<a class="came l{day.level}" href="{escaped(frame.to(places.day(day.date)))}">'
            f'<span class="date">{day.date.day}</span> '
            f'<span class="sr">{long_month(day.date)}: </span>'
            f'<span class="many">{number(day.count)}</span>'
            f'<span class="sr"> paper{"" if day.count == 1 else "s"}</span></a>'
        )
    elif day:
        inner = f'<span class="quiet">{day.date.day}</span>'
    return Markup(f'<td class="day">{inner}</td>')  # noqa: S704  # escaped here


def not_found_page(site: Site) -> bytes:
    """Render what stands where no page does: its links are absolute where the site has a URL."""
    frame = Frame(site, places.NOT_FOUND, "There is no such page", root=site.url)
    lead = "It may have been pruned, or the link was cut. All that is here can be reached from the "
    return draw("plain.html", frame=frame, lead=f"{lead}first page and the archive.", entries=())


def _list(frame: Frame, page: listing.Listing) -> bytes:
    parts = apart("list.html", frame=frame, page=page)
    return filled(parts, [one.rows for one in page.parts])
