"""The first page and the lists of papers: what stands where."""

import json
from dataclasses import replace
from datetime import date

import pytest

from bot.core.model import Detail
from bot.core.render.wording import ACKNOWLEDGEMENT
from bot.core.site import html, places
from bot.core.site.entry import WHOLE
from bot.core.site.model import Card, Counts, Section, Site
from bot.core.site.words import INTRODUCTION
from tests import builders
from tests.core.site import samples
from tests.core.site.dom import Element, dom

SITE = samples.site()


def index(*cards: Card, of: Site = SITE) -> Element:
    slug = of.topics[0].slug
    return dom(html.index_page(of, [samples.section(of, slug, cards)]))


def row(card: Card) -> Element:
    return index(card).one("tr", "row")


def test_the_first_page_tells_what_it_is() -> None:
    page = index(samples.card())
    assert page.one("h1").text == page.one("title").text == "Daily Papers"
    assert page.one("p", "lead").text == INTRODUCTION
    assert "arXiv" in INTRODUCTION
    assert page.one("p", "update").text == "Last update: 2026-01-05"
    assert ACKNOWLEDGEMENT in page.one("footer").text


def test_title_and_introduction_are_the_configurations() -> None:
    page = index(of=replace(SITE, title="Ours", introduction="We read."))
    assert (page.one("h1").text, page.one("p", "lead").text) == ("Ours", "We read.")


def test_without_a_title_it_has_one() -> None:
    assert index(of=replace(SITE, title=" ")).one("h1").text == "Daily Papers"


def test_a_paper_is_a_row_of_a_table() -> None:
    page = index(samples.card(7, comment="ACL 2026"))
    table = page.one("table", "papers")
    headers = [one.text for one in table.one("thead").all("th")]
    assert headers == ["Title and authors", "Date", "Abstract", "Comment"]
    assert {one.attributes["scope"] for one in table.one("thead").all("th")} == {"col"}
    (one,) = table.one("tbody").all("tr")
    assert one.one("th").attributes["scope"] == "row"
    title = one.one("a", "title")
    assert title.attributes["href"] == "https://arxiv.org/abs/2601.00007"
    assert title.text == "A Study of Subject 7"
    assert one.one("p", "by").text == "Ana García and Li Wei"
    assert one.one("time").attributes["datetime"] == one.one("time").text == "2026-01-04"
    assert one.one("details", "abstract").one("p").text.startswith("We study subject 7")


def test_a_row_leads_to_the_paper_elsewhere() -> None:
    links = {one.text: one.attributes["href"] for one in row(samples.card(7)).all("a", "aside")}
    assert links == {
        "Details": "papers/2601/2601.00007.html",
        "PDF": "https://arxiv.org/pdf/2601.00007",
        "HTML": "https://arxiv.org/html/2601.00007",
        "BibTeX": "papers/2601/2601.00007.bib",
    }


@pytest.mark.parametrize(
    ("comment", "folded"),
    [("x" * 20, False), ("x" * 21, True), (r"$\alpha$" + "x" * 19, False), ("ab " * 20, True)],
)
def test_a_comment_is_folded_over_20_characters(comment: str, *, folded: bool) -> None:
    cell = row(samples.card(comment=comment)).one("td", "note")
    assert bool(cell.all("details")) is folded
    assert bool(cell.all("p", "brief")) is not folded
    if folded:
        assert len(cell.one("bdi", "peek").text) <= 34
        assert len(cell.one("p").text) > 20


def test_without_a_comment_its_cell_is_empty() -> None:
    assert not row(samples.card()).one("td", "note").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 3}, ["v3"]),
        ({"comment": "Withdrawn"}, ["withdrawn"]),
        ({"detail": Detail.FEED}, ["comment and dates not yet known"]),
        ({}, []),
    ],
)
def test_a_row_is_marked_with_what_the_paper_is(
    changes: dict[str, object], said: list[str]
) -> None:
    marks = [one.text for one in row(samples.card(**changes)).all("span", "chip")]  # type: ignore[arg-type]
    assert [one for one in marks if one != "new"] == said


def test_what_came_with_the_last_update_is_new() -> None:
    old = replace(samples.card(), day=date(2026, 1, 4))
    assert row(samples.card()).all("span", "new")
    assert not row(old).all("span", "new")


def test_other_topics_are_labels_that_lead_to_their_sections() -> None:
    labels = row(samples.card(topics=("language", "vision"))).all("a", "label")
    assert [(one.text, one.attributes["href"]) for one in labels] == [("Vision", "#vision")]


def test_whoever_is_followed_stands_out() -> None:
    one = row(Card(builders.paper(), samples.TODAY, ("language",), followed=(1,)))
    assert [who.text for who in one.all("strong", "who")] == ["Li Wei"]


def test_authors_who_are_not_named_can_still_be_found() -> None:
    names = tuple(f"Author {number}" for number in range(9))
    one = row(samples.card(authors=names))
    assert one.one("p", "by").text.endswith("and 4 more")
    assert one.attributes["data-also"] == "Author 5, Author 6, Author 7, Author 8"
    assert "data-also" not in row(samples.card()).attributes


def test_rows_know_their_place_by_match() -> None:
    body = "Nothing of the kind."
    cards = [
        samples.card(1, title="Other", abstract="On a subject."),
        samples.card(2, title="Other", abstract=body),
        samples.card(3, abstract=body),
    ]
    rows = index(*cards).all("tr", "row")
    assert [one.attributes["data-rank"] for one in rows] == ["1", "2", "0"]


def test_a_page_that_cannot_be_sorted_by_match_tells_no_place() -> None:
    section = samples.section(SITE, "language", [samples.card()])
    month = date(2026, 1, 1)
    topic = dom(html.topic_page(SITE, section, {month: 1}))
    for page in (
        dom(html.month_page(SITE, section, month)),
        dom(html.day_page(SITE, [section], samples.TODAY, (None, None))),
    ):
        assert "data-rank" not in page.one("tr", "row").attributes
        assert not page.all("select")
    assert topic.one("tr", "row").attributes["data-rank"] == "0"
    assert topic.all("select")


def test_the_newest_abstracts_stand_in_the_page_and_the_rest_elsewhere() -> None:
    cards = [samples.card(number, abstract=f"A<b> {number}") for number in range(1, 101)]
    rows = index(*cards).all("tr", "row")
    assert len(rows) == 100
    assert [bool(one.all("details", "abstract")) for one in rows] == [True] * WHOLE + [False] * 70
    later = rows[WHOLE].one("a", "fold")
    assert later.attributes["href"] == places.paper(cards[WHOLE].paper.id)
    rest = json.loads(html.rest_of(SITE, samples.section(SITE, "language", cards)))
    assert list(rest) == [one.paper.id for one in cards[WHOLE:]]
    assert rest["2601.00031"] == "A&lt;b&gt; 31"


def test_a_section_tells_where_the_rest_is() -> None:
    page = index(samples.card())
    section = page.one("section")
    assert section.attributes["id"] == "language"
    assert section.attributes["data-rest"] == "topics/language/abstracts.json"


def test_a_paper_without_an_abstract_has_none_to_fold() -> None:
    assert not row(samples.card(abstract="")).all("details")


def test_the_list_of_topics_counts_them_and_draws_their_days() -> None:
    counts = {"language": Counts(1234, {samples.TODAY: 3, date(2025, 11, 1): 5})}
    page = index(samples.card(), of=replace(SITE, counts=counts))
    entry = page.one("nav", "topics").one("a")
    assert entry.attributes["href"] == "#language"
    assert entry.one("span", "count").text == "1,234"
    assert entry.one("svg").attributes["aria-label"] == "3 papers in the last 30 days"
    assert entry.one("span", "lately").text == "3 in 30 days"
    assert page.one("p", "tally").text == "newest 1 of 1,234"
    assert page.one("p", "more").all("a")[0].text == "All 1,234 papers, by month"


def test_a_topic_of_which_all_is_shown_says_so() -> None:
    page = index(samples.card(1), samples.card(2))
    assert page.one("p", "tally").text == "2 papers"
    assert page.one("p", "more").all("a")[0].text == "By month"


def test_an_empty_topic_has_a_section_all_the_same() -> None:
    page = index(of=replace(SITE, updated=None))
    assert page.one("section").one("p", "nothing").text == "Nothing yet."
    assert not page.all("table")
    assert page.one("svg").attributes["aria-label"] == "no papers in the last 30 days"
    assert page.one("p", "update").text.startswith("No papers yet")


def test_without_topics_it_says_what_to_do() -> None:
    of = samples.site(())
    page = dom(html.index_page(of, []))
    assert page.one("h2").text == "No topics yet"
    assert not page.all("nav", "topics")


def test_the_page_of_a_topic_leads_to_its_months() -> None:
    months = {date(2025, 12, 1): 30, date(2026, 1, 1): 2, **{date(2024, n, 1): 1 for n in (1, 2)}}
    cards = [samples.card(1), samples.card(2, ("language", "vision"))]
    page = dom(html.topic_page(SITE, samples.section(SITE, "language", cards), months))
    assert page.one("h1").text == "Language"
    assert page.one("p", "lead").text == "The newest 2 of 34 papers."
    assert len(page.all("tr", "row")) == 2
    lists = page.all("ul", "months")
    assert [one.text for one in page.all("h3", "year")] == ["2026", "2025", "2024"]
    assert [[a.attributes["href"] for a in one.all("a")] for one in lists] == [
        [f"../../topics/language/{month}.html" for month in months]
        for months in (["2026-01"], ["2025-12"], ["2024-02", "2024-01"])
    ]
    assert page.one("a", "label").attributes["href"] == "../../topics/vision/index.html"
    assert not page.all("span", "new")
    assert [one.attributes["href"] for one in page.one("p", "offers").all("a")] == [
        f"../../topics/language/language.{ending}" for ending in (*places.FEEDS, *places.TABLES)
    ]


def test_the_page_of_a_topic_names_whom_it_follows() -> None:
    shelf = replace(SITE.topics[0], following=("Ana García", "Li Wei"))
    page = dom(html.topic_page(SITE, Section(shelf, [samples.card()]), {date(2026, 1, 1): 1}))
    assert page.one("p", "lead").text == "1 paper, following Ana García and Li Wei."


def test_the_page_of_a_topic_without_papers_says_so() -> None:
    page = dom(html.topic_page(SITE, samples.section(SITE, "language", []), {}))
    assert page.one("p", "lead").text == "No papers."
    assert page.one("p", "nothing").text == "Nothing yet."
    assert not page.all("dialog")


def test_the_page_of_a_month_leads_to_the_topic() -> None:
    section = samples.section(SITE, "language", [samples.card()])
    page = dom(html.month_page(SITE, section, date(2026, 1, 1)))
    assert page.one("h1").text == "Language, January 2026"
    assert page.one("p", "kicker").one("a").attributes["href"] == (
        "../../topics/language/index.html"
    )


def test_the_page_of_a_day_has_a_section_for_each_topic_that_got_anything() -> None:
    of = samples.site(("Language", "Vision", "Nothing"))
    both = samples.card(1, ("language", "vision"))
    sections = [
        samples.section(of, "language", [both, samples.card(2)]),
        samples.section(of, "vision", [both]),
        samples.section(of, "nothing", []),
    ]
    around = (date(2026, 1, 2), date(2026, 1, 6))
    page = dom(html.day_page(of, sections, samples.TODAY, around))
    assert page.one("h1").text == "Monday 5 January 2026"
    assert page.one("p", "lead").text == "2 papers on our topics."
    assert [one.attributes["id"] for one in page.all("section")] == ["language", "vision"]
    steps = [(one.text, one.attributes["href"]) for one in page.all("a", "step")]
    days = "../../days/2026"
    assert steps == [
        ("← 2 Jan 2026", f"{days}/2026-01-02.html"),
        ("6 Jan 2026 →", f"{days}/2026-01-06.html"),
    ]
    lists = [one.attributes["href"] for one in page.one("p", "offers").all("a")]
    assert lists == [f"{days}/2026-01-05.bib", f"{days}/2026-01-05.ris"]


def test_the_first_and_only_day_has_no_neighbours() -> None:
    page = dom(html.day_page(SITE, [], samples.TODAY, (None, None)))
    assert not page.all("nav", "around")


def test_a_persons_page_goes_by_years_with_abstracts_open() -> None:
    of = samples.site(authors=("Ana García",))
    cards = [
        samples.card(number, updated=builders.NOON.replace(year=year))
        for number, year in ((3, 2026), (2, 2025), (1, 2025))
    ]
    page = dom(html.author_page(of, Section(of.authors[0], cards)))
    assert page.one("h1").text == "Ana García"
    assert [one.text for one in page.all("h2", "heading")][:2] == ["2026", "2025"]
    assert len(page.all("details", "abstract")) == 3
    assert all("open" in one.attributes for one in page.all("details", "abstract"))
    assert page.all("a", "label")[0].text == "Language"
    assert not page.all("select")


def test_the_list_of_people_leads_to_their_pages() -> None:
    page = dom(html.authors_page(samples.site(authors=("Ana García", "Li Wei"))))
    assert [one.attributes["href"] for one in page.one("ul", "people").all("a")] == [
        "authors/ana-garcia.html",
        "authors/li-wei.html",
    ]
    assert "nobody" in dom(html.authors_page(SITE)).one("p", "lead").text


def test_the_archive_leads_to_each_day() -> None:
    days = {date(2026, 1, 5): 16, date(2025, 12, 31): 1, date(2025, 12, 30): 0}
    page = dom(html.archive_page(replace(SITE, counts={"": Counts(1017, days)})))
    assert page.one("p", "lead").text.startswith("1,017 papers")
    assert [one.text for one in page.all("h2")] == ["2026", "2025"]
    cells = {one.attributes["href"]: one for one in page.all("a", "came")}
    assert list(cells) == ["days/2026/2026-01-05.html", "days/2025/2025-12-31.html"]
    first, last = cells.values()
    assert (first.text, first.css) == ("5 January 2026: 16 papers", ["came", "l4"])
    assert (last.text, last.css) == ("31 December 2025: 1 paper", ["came", "l1"])
    assert len(page.all("table", "month")) == 2
    assert {one.attributes["scope"] for one in page.all("th")} == {"col"}


def test_an_empty_archive_says_so() -> None:
    assert dom(html.archive_page(SITE)).one("p", "nothing").text == "Nothing yet."


@pytest.mark.parametrize(
    ("url", "style"),
    [("https://p.example/x", "https://p.example/x/assets/site."), ("", "assets/site.")],
)
def test_the_page_for_what_is_not_there_works_wherever_it_is_served(url: str, style: str) -> None:
    page = dom(html.not_found_page(replace(SITE, url=url)))
    assert page.one("h1").text == "There is no such page"
    (sheet,) = [one for one in page.all("link") if one.attributes["rel"] == "stylesheet"]
    assert sheet.attributes["href"].startswith(style)


def test_only_a_site_that_answers_leads_to_its_search() -> None:
    served = dom(html.archive_page(replace(SITE, searchable=True)))
    ways = [(one.text, one.attributes["href"]) for one in served.all("a", "way")]
    assert ways == [("Papers", "index.html"), ("Archive", "archive.html"), ("Search", "search")]
    assert served.all("a", "way")[1].attributes["aria-current"] == "page"
    assert "Search" not in [one.text for one in index().all("a", "way")]
