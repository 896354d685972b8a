"""A backtest's page: one document, readable by everybody, in the look of the digests."""

import re
from importlib.resources import files
from typing import Any

import pytest

from bot.core.backtest import advise
from bot.core.backtest.result import Backtest
from bot.core.query import parse
from bot.core.render.backtest import page
from tests.builders import paper
from tests.core.backtest.counted import DAYS, rows, tried
from tests.core.render.outline import Outline
from tests.core.render.test_render_accessible import luminance, rules

HOSTILE = '<script>alert("1")</script> cats'
AUTHORS = ("A <b>B</b>", "C C", "D D", "E E", "F F", "G G", "H Cat")


def rendered(query: str = "ti:cat OR au:cat", **changes: Any) -> str:
    papers = [paper(n, title="A cat", **changes) for n in (1, 2)]
    found = tried(query, rows(papers, DAYS[0]), rows([paper(3)]), topics={"<T>": "ti:cat"})
    return page(found, advise(found, ("*",), {}), query)


def test_it_is_one_document_that_fetches_nothing() -> None:
    source = rendered()
    outline = Outline(source.replace("<meta", "<meta").replace("<svg", "<svg"))
    names = [name for name, _, _ in outline.elements]
    assert not {"script", "link", "img", "iframe"} & set(names)
    assert not re.search(r"@import|url\(|\ssrc=", source)
    assert "default-src 'none'; style-src 'unsafe-inline'" in source
    assert [name for name in names if re.fullmatch("h[1-3]", name)][:3] == ["h1", "h2", "h2"]
    (document,) = [attributes for name, attributes, _ in outline.elements if name == "html"]
    assert document["lang"] == "en"


def test_the_chart_has_a_text_for_those_who_do_not_see_it() -> None:
    outline = Outline(rendered())
    (chart,) = [attributes for name, attributes, _ in outline.elements if name == "svg"]
    assert chart["role"] == "img"
    assert str(chart["aria-label"]).startswith("2 of 3 stored papers match (67 %)")
    assert outline.texts("rect") == [
        "Sun 4 Jan 2026: 2 of 2",
        "Mon 5 Jan 2026: nothing stored",
        "Tue 6 Jan 2026: nothing stored",
        "Wed 7 Jan 2026: nothing stored",
        "Thu 8 Jan 2026: 0 of 1",
    ]
    assert "Sun 4 Jan 2026" in outline.texts("td")
    heads = [attributes for name, attributes, _ in outline.elements if name == "th"]
    assert heads
    assert all(one.get("scope") in {"col", "row"} for one in heads)


def test_outside_text_is_only_text() -> None:
    source = rendered(f'ti:cat AND "{HOSTILE}" OR ti:cat', abstract=HOSTILE, authors=AUTHORS)
    assert "<script>" not in source
    assert "<b>" not in source
    outline = Outline(source)
    assert any("<T>" in line for line in outline.texts("li"))
    assert any(HOSTILE in line for line in outline.texts("p"))


def test_what_matched_is_marked_and_followed_authors_are_named() -> None:
    outline = Outline(rendered(authors=AUTHORS))
    assert outline.texts("mark")[:2] == ["cat", "H Cat"]
    assert "A <b>B</b>, C C, D D, E E, F F, … H Cat and 1 more" in outline.texts("p")
    assert any(line.endswith("matched by ti:cat in title; au:cat in authors") for line in
               outline.texts("p", "meta"))  # fmt: skip


def test_authors_are_left_out_only_where_some_are() -> None:
    (line, *_) = [
        line
        for line in Outline(rendered("au:cat", authors=(*AUTHORS[1:6], "H Cat"))).texts("p")
        if line.startswith("C C")
    ]
    assert line == "C C, D D, E E, F F, G G and H Cat"


def test_the_primary_category_comes_first() -> None:
    source = rendered(categories=("cs.AI", "cs.CL"), primary_category="cs.CL")
    assert "cs.CL, cs.AI · announced" in source


def test_fields_are_named_as_people_name_them() -> None:
    source = rendered("jr:nature AND rn:ipmu", journal_ref="Nature 1", report_no="IPMU-1")
    assert "matched by jr:nature in journal; rn:ipmu in report number" in source


def test_where_nothing_is_stored_there_are_no_zeros() -> None:
    found = tried("ti:cat OR ti:dog", topics={"Cats": "ti:cat"})
    outline = Outline(page(found, advise(found, ("*",), {}), "cats"))
    assert not {"svg", "table", "li"} & {name for name, _, _ in outline.elements}
    assert len(outline.texts("p", "note")) == 1


def test_conditions_and_alternatives_have_their_tables() -> None:
    outline = Outline(rendered('(ti:cat OR "a dog") AND cat:cs.CL'))
    assert outline.texts("th")[2:] == [
        *("clause", "brings", "only it", "ti:cat", '"a dog"'),
        *("condition", "matches alone", "the others without it"),
        *('ti:cat OR "a dog"', "cat:cs.CL"),
    ]


def test_many_days_are_drawn_by_the_week() -> None:
    found = tried("ti:cat", rows([paper(1, title="A cat")]))
    many = Backtest(found.query, found.days * 13)
    assert "week of 4 Jan 2026" in page(many, (), "cats")
    assert "Week by week" in page(many, (), "cats")
    assert "Day by day" in page(found, (), "cats")


def test_without_a_day_there_is_no_chart_but_the_reason() -> None:
    none = Backtest(parse("ti:cat"), ())
    source = page(none, advise(none, ("*",), {}), "cats")
    assert "<svg" not in source
    assert Outline(source).texts("p", "note") == [
        "arXiv announced nothing in those days: ask for more of them."
    ]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("body", "body"), ("body", "section"), (".brand", "body"), ("h1", "body"),
        (".lead", "body"), (".sum", "body"), ("footer", "body"), ("a", "body"), ("h2", "section"),
        (".note", ".note"), ("mark", "mark"), (".meta", "section"), ("a", "section"),
        ("summary", "section"), ("caption", "section"), ("thead th", "section"),
    ],
)  # fmt: skip
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(
    mode: str, text: str, ground: str
) -> None:
    colours = rules(rendered())[mode == "dark"]
    light = [luminance(colours[text]["color"]), luminance(colours[ground]["background"])]
    assert (max(light) + 0.05) / (min(light) + 0.05) >= 4.5


def test_its_colours_are_those_of_the_digests() -> None:
    templates = files("bot.core.render") / "templates"
    digest, own = (
        set(re.findall(r"#[0-9a-f]{3,6}\b", (templates / name).read_text(encoding="utf-8")))
        for name in ("digest.html", "backtest.html")
    )
    assert own - digest == {"#b9b3a6", "#4b5158"}  # the marks of days without anything
