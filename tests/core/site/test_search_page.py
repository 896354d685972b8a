"""The page that answers a question, and those that say why there is nothing else."""

import re
from datetime import date

import pytest

from bot.core.query import QuerySyntaxError, parse
from bot.core.site import refused
from bot.core.site.model import Card, Site, topics_of
from bot.core.site.search import (
    Found,
    Mistake,
    address,
    form_page,
    found_page,
    mistaken_page,
)
from tests.builders import paper

SITE = Site("Papers", "", "", 9, topics_of([("RAG", parse("ti:rag"), ())]), searchable=True)
DAY = date(2026, 1, 5)


def page(text: str, found: Found) -> str:
    return found_page(SITE, text, parse(text), found).decode()


def cards(count: int) -> list[Card]:
    return [Card(paper(number), DAY, ("rag",)) for number in range(count, 0, -1)]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Found(), "No stored paper matches."),
        (Found(cards(1)), "1 stored paper matches."),
        (Found(cards(2)), "2 stored papers match, the newest first."),
        (Found(cards(2), following="2601.00001"), "2 stored papers, the newest first; older"),
        (
            Found(cards(1), following="2601.00001", read=4000, short=True),
            "1 stored paper matches among the 4,000 that were looked at",
        ),
    ],
)
def test_no_more_is_told_than_is_known(found: Found, said: str) -> None:
    assert said in page("subject", found)


def test_it_leads_on_with_the_same_question() -> None:
    text = 'ti:"a & b" OR subject'
    html = page(text, Found(cards(1), following="2601.00001"))
    assert f'href="{address(text, "2601.00001")}"'.replace("&", "&amp;") in html
    assert "Older papers that match" in html
    assert "Look at older papers" in page("subject", Found(following="2601.00001", short=True))
    assert 'rel="next"' not in page("subject", Found(cards(1)))


def test_words_are_marked_and_escaped() -> None:
    card = Card(paper(1, title="<i>Subject</i> & co", comment="A subject, 2 pages"), DAY)
    html = page("subject", Found([card], frozenset({card.paper.id})))
    assert "&lt;i&gt;<mark>Subject</mark>&lt;/i&gt; &amp; co" in html
    assert "We study <mark>subject</mark> 1" in html
    assert "A <mark>subject</mark>, 2 pages" in html
    assert 'href="papers/2601/2601.00001.html"' in html
    assert "papers/2601" not in page("subject", Found([card]))


def test_a_mistake_has_its_place_beneath_the_query() -> None:
    with pytest.raises(QuerySyntaxError) as wrong:
        parse("ti:(<b")
    html = mistaken_page(SITE, "ti:(<b", Mistake.of(wrong.value)).decode()
    assert "(at character" in html
    assert re.search(r"<pre[^>]*>ti:\(&lt;b\n *\^</pre>", html)
    assert 'value="ti:(&lt;b"' in html
    assert "<pre" not in mistaken_page(SITE, "x", Mistake("too long")).decode()


def test_the_form_gives_examples_that_can_be_read() -> None:
    html = form_page(SITE).decode()
    examples = re.findall(r'<code class="topic">([^<]+)</code>', html)
    assert len(examples) == 4
    for one in examples:
        parse(one.replace("&#34;", '"'))


@pytest.mark.parametrize("depth", [0, 1, 3, 500])
def test_what_is_not_there_leads_to_what_is(depth: int) -> None:
    html = refused.refused_page(SITE, "x/" * depth + "y", refused.MISSING).decode()
    assert f'href="{"../" * min(depth, 20)}index.html"' in html
    assert "There is no such page" in html
