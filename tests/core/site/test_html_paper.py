"""A paper's own page: all that is known of it, for people and for tools that cite."""

from dataclasses import replace
from typing import Any

from bot.core.model import Detail
from bot.core.site.bibtex import bibtex
from bot.core.site.model import Card
from bot.core.site.single_html import paper_page
from tests import builders
from tests.core.site import samples
from tests.core.site.dom import Element, dom

SITE = samples.site(authors=("Ana García", "Li Wei", "li wei"))


def page(topics: tuple[str, ...] = ("language",), **changes: Any) -> Element:
    return dom(paper_page(SITE, samples.card(1, topics, **changes)))


def facts(of: Element) -> dict[str, str]:
    names = [one.text for one in of.one("dl", "facts").all("dt")]
    return dict(zip(names, [one.text for one in of.one("dl", "facts").all("dd")], strict=True))


def citing(of: Element) -> list[tuple[str, str]]:
    return [
        (one.attributes["name"], one.attributes["content"])
        for one in of.all("meta")
        if one.attributes.get("name", "").startswith("citation")
    ]


def test_it_holds_all_that_is_known() -> None:
    one = page(
        title=r"On $\alpha$",
        comment="12 pages, 3 figures, to appear",
        journal_ref="Phys. Rev. D 12",
        doi="10.1/a<b 10.2/c",
        report_no="MIT-1",
        affiliations=("CERN", "MIT"),
        version=2,
        updated=builders.NOON,
        categories=("cs.CL", "cs.LG"),
    )
    assert one.one("title").text == "On α · Daily Papers"
    assert one.one("h1").text == "On α"
    assert one.one("p", "kicker").text == "cs.CL, cs.LG · arXiv:2601.00001"
    assert one.one("p", "authors").text == "Ana García, Li Wei"
    assert one.one("p", "dated").text == "submitted 4 Jan 2026, version 2 of 5 Jan 2026"
    assert one.one("p", "prose").text == "We study subject 1 and report what we found."
    assert facts(one) == {
        "Comment": "12 pages, 3 figures, to appear",
        "Journal": "Phys. Rev. D 12",
        "DOI": "10.2/c",
        "Report number": "MIT-1",
        "Affiliations": "CERN; MIT",
        "Categories": "cs.CL, cs.LG",
        "Submitted": "4 Jan 2026",
        "Version 2": "5 Jan 2026",
        "Came here": "Monday 5 January 2026",
    }
    links = [a.attributes["href"] for a in one.one("dl", "facts").all("a")]
    assert links == [
        "https://doi.org/10.1/a%3Cb",
        "https://doi.org/10.2/c",
        "../../days/2026/2026-01-05.html",
    ]


def test_it_leads_to_arxiv_and_to_our_entries() -> None:
    links = {a.text: a.attributes["href"] for a in page().all("a", "action")}
    assert links == {
        "Abstract page": "https://arxiv.org/abs/2601.00001",
        "PDF": "https://arxiv.org/pdf/2601.00001",
        "HTML": "https://arxiv.org/html/2601.00001",
        "BibTeX at arXiv": "https://arxiv.org/bibtex/2601.00001",
        ".bib": "../../papers/2601/2601.00001.bib",
        ".ris": "../../papers/2601/2601.00001.ris",
    }
    (canonical,) = [a for a in page().all("link") if a.attributes["rel"] == "canonical"]
    assert canonical.attributes["href"] == "https://arxiv.org/abs/2601.00001"


def test_its_entry_is_the_one_of_its_file() -> None:
    one = samples.card(1, title="Of <b> & $x$")
    (pre,) = dom(paper_page(SITE, one)).all("pre")
    assert "".join(map(str, pre.inner)) == bibtex([one]).decode()


def test_tools_can_read_what_to_cite() -> None:
    assert citing(page(doi="10.1/x")) == [
        ("citation_title", "A Study of Subject 1"),
        ("citation_author", "Ana García"),
        ("citation_author", "Li Wei"),
        ("citation_publication_date", "2026/01/04"),
        ("citation_online_date", "2026/01/04"),
        ("citation_arxiv_id", "2601.00001"),
        ("citation_pdf_url", "https://arxiv.org/pdf/2601.00001"),
        ("citation_doi", "10.1/x"),
    ]


def test_of_what_only_a_feed_told_no_date_is_invented() -> None:
    one = page(detail=Detail.FEED)
    assert "citation_publication_date" not in dict(citing(one))
    assert "Submitted" not in facts(one)
    assert one.one("span", "yet").text == "comment and dates not yet known"


def test_a_paper_without_abstract_authors_or_title_has_a_page() -> None:
    one = page(abstract="", authors=(), title="\u200b")
    assert one.one("h1").text == "arXiv:2601.00001"
    assert [h2.text for h2 in one.all("h2")] == ["Details", "Cite"]
    (description,) = [m for m in one.all("meta") if m.attributes.get("name") == "description"]
    assert description.attributes["content"] == "arXiv:2601.00001"


def test_whoever_is_followed_leads_to_their_page_where_the_name_tells_which() -> None:
    base = builders.paper(1, authors=("ana garcía", "Li Wei", "Somebody Else", "A. García"))
    one = dom(paper_page(SITE, Card(base, samples.TODAY, (), followed=(0, 1, 3))))
    (link,) = one.one("p", "authors").all("a")
    assert (link.text, link.attributes["href"]) == ("ana garcía", "../../authors/ana-garcia.html")
    assert [name.text for name in one.all("strong", "who")] == ["Li Wei", "A. García"]


def test_its_topics_lead_to_their_pages() -> None:
    one = page(("language", "vision"))
    labels = [(a.text, a.attributes["href"]) for a in one.all("a", "label")]
    assert labels == [
        ("Language", "../../topics/language/index.html"),
        ("Vision", "../../topics/vision/index.html"),
    ]


def test_what_stands_on_no_topic_came_on_no_day_of_the_archive() -> None:
    one = page(())
    assert "Came here" not in facts(one)
    assert not one.all("p", "chips")


def test_a_page_hangs_on_no_other_paper_and_on_no_last_update() -> None:
    card = samples.card()
    later = replace(SITE, updated=None, counts={})
    assert paper_page(SITE, card) == paper_page(later, card)
