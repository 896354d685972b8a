"""The search of the public site: a form without scripts, in arXiv's language, and honest counts."""

import re
import threading
from html.parser import HTMLParser
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.site.search import LONGEST
from bot.web import library, searched
from bot.web.kept import Turns
from tests.builders import NOON, paper
from tests.published import Press
from tests.web.reading_room import visited

ELSEWHERE = paper(50, title="On <b>elsewhere</b> & more", categories=("hep-th",))
FORMULA = paper(51, title=r"The study of $\frac{a+b+c+d}{e+f+g+h}$ alone")


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Give a ledger with sixty papers in a topic, and one in none."""
    made = Press(tmp_path_factory.mktemp("press"))
    made.record(*map(paper, range(60, 120)), ELSEWHERE, FORMULA)
    made.publish()
    return made


def ids(answer: httpx.Response) -> list[int]:
    return [int(one) for one in re.findall(r'data-id="2601\.(\d+)"', answer.text)]


def more(answer: httpx.Response) -> str | None:
    found = re.search(r'<p class="more"><a href="([^"]+)"', answer.text)
    return found[1].replace("&amp;", "&") if found else None


def test_the_form_asks_without_a_script(press: Press) -> None:
    with visited(press) as client:
        answer = client.get("/search")
    assert '<form class="ask" action="search" method="get" role="search">' in answer.text
    assert 'name="q" type="search" value=""' in answer.text
    assert answer.status_code == 200


def test_every_example_finds_its_way(press: Press) -> None:
    with visited(press) as client:
        page = client.get("/search").text
        examples = re.findall(r'<a class="entry" href="(search[^"]+)"', page)
        assert len(examples) == 4
        assert {client.get(f"/{one}").status_code for one in examples} == {200}


def test_all_that_match_are_found_page_by_page_the_newest_first(press: Press) -> None:
    found: list[int] = []
    with visited(press) as client:
        answer = client.get("/search?q=ti:study+ANDNOT+ti:alone")
        while True:
            assert answer.status_code == 200
            found += ids(answer)
            there = more(answer)
            if there is None:
                break
            assert "older ones match, too" in answer.text
            answer = client.get(f"/{there}")
    assert found == list(range(119, 59, -1))
    assert "10 stored papers match, the newest first." in answer.text


def test_a_paper_without_a_page_of_ours_leads_to_arxiv_alone(press: Press) -> None:
    with visited(press) as client:
        page = client.get("/search?q=elsewhere").text
        other = client.get("/search?q=ti:subject+AND+ti:61").text
    assert "1 stored paper matches." in page
    assert "On &lt;b&gt;<mark>elsewhere</mark>&lt;/b&gt; &amp; more" in page
    assert "papers/2601" not in page
    assert 'href="https://arxiv.org/abs/2601.00050"' in page
    assert 'class="chip label"' not in page
    assert 'href="papers/2601/2601.00061.html"' in other
    assert re.search(r'class="chip label" href="topics/language/index.html"', other)


def test_a_text_with_a_formula_stays_whole(press: Press) -> None:
    with visited(press) as client:
        page = client.get("/search?q=ti:alone").text
    assert "<mfrac>" in page
    assert "The study of" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ti:(a", "character"),
        ("lattice and graph", "AND"),
        ("submittedDate:[2026 TO", "character"),
        ("x" * (LONGEST + 1), "2,001 characters, of 2,000 at most"),
    ],
)
def test_a_mistake_is_shown_with_its_place(press: Press, query: str, said: str) -> None:
    with visited(press) as client:
        answer = client.get("/search", params={"q": query})
    assert answer.status_code == 400
    assert said in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert 'aria-invalid="true"' in answer.text
    if len(query) < 100:
        assert re.search(r"<pre[^>]*>[^<]*\n *\^</pre>", answer.text)


def test_what_may_have_been_meant_is_offered(press: Press) -> None:
    with visited(press) as client:
        page = client.get("/search?q=study+subject").text
        (first, *_) = re.findall(r'<p class="offers">.*?href="([^"]+)"', page)
        assert "all:study AND all:subject" in page
        assert client.get(f"/{first}".replace("&amp;", "&")).status_code == 200


def test_no_page_begins_at_what_is_no_paper(press: Press) -> None:
    with visited(press) as client:
        assert client.get("/search?q=study&before=nonsense").status_code == 400
        assert ids(client.get("/search?q=study&before=2601.00061")) == [60, 51, 50]
        assert ids(client.get("/search?q=study&before=2501.00001")) == []
        assert len(ids(client.get("/search?q=study&before=hep-th/9901001"))) == 0


def test_only_so_many_are_looked_at_and_that_is_told(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searched, "MOST_READ", 20)
    monkeypatch.setattr(searched, "BATCH", 20)
    found: list[int] = []
    with visited(press) as client:
        # What the index cannot tell is looked at one by one.
        answer = client.get("/search?q=ti:st*+ANDNOT+ti:subject")
        assert "No stored paper matches among the 20 that were looked at" in answer.text
        while (there := more(answer)) is not None:
            answer = client.get(f"/{there}")
            found += ids(answer)
    assert found == [51]


def test_a_search_ends_in_time(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched, "LONGEST", -1.0)
    monkeypatch.setattr(searched, "BATCH", 10)
    with visited(press) as client:
        answer = client.get("/search?q=ti:st*+ANDNOT+ti:subject")
    assert "among the 10 that were looked at" in answer.text


def test_who_searches_too_much_is_told_so_and_keeps_nobody_from_reading(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    search = searched._chosen

    def slow(*asked: object) -> object:
        begun.set()
        go_on.wait()
        return search(*asked)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(searched, "_chosen", slow)
    narrow = Turns(at_once=1, waiting=0, patience=60.0)
    monkeypatch.setattr(library, "Turns", lambda **told: narrow if told["at_once"] == 2 else
                        Turns(**told))  # fmt: skip
    with visited(press) as client:
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(httpx.get(client.base_url.join("/search?q=study")))
        )
        asking.start()
        begun.wait()
        refused = client.get("/search?q=subject")
        program = client.get("/api/v1/search?q=subject")
        reading = client.get("/papers/2601/2601.00060.html")
        go_on.set()
        asking.join()
        assert client.get("/search?q=subject").status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    assert "Please try again in a minute" in refused.text
    assert (program.status_code, program.json()["status"]) == (503, 503)
    assert reading.status_code == 200
    assert answers[0].status_code == 200


def test_what_was_found_is_found_again_without_looking(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    with visited(press) as client:
        first = client.get("/search?q=study")
        monkeypatch.setattr(searched, "_chosen", None)
        again = client.get("/search?q=study")
        assert (again.status_code, again.content) == (200, first.content)
        known = client.get("/search?q=study", headers={"If-None-Match": first.headers["etag"]})
        assert known.status_code == 304
        assert client.get("/search?q=subject").status_code == 500
        fault = client.get("/api/v1/search?q=subject")
        assert (fault.status_code, fault.json()["title"]) == (500, "Something went wrong")


class Outline(HTMLParser):
    """The elements of a page, and what runs in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


MARKUP = st.text(st.sampled_from("<>\"'&=/;:()[]{}*?~^$\\ \n\x00\u202eaéΩ語AND"), max_size=40)


@pytest.fixture(scope="module")
def client(press: Press) -> object:
    with visited(press, fresh=3600.0) as one:
        yield one


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.one_of(MARKUP, st.text(max_size=60)))
def test_no_question_breaks_out_of_the_page(client: httpx.Client, text: str) -> None:
    answer = client.get(f"/search?q={quote(text.encode('utf-8', 'surrogatepass'))}")
    assert answer.status_code in {200, 400}
    page = Outline(answer.text)
    assert (page.tags.count("script"), page.handlers) == (1, [])
    assert page.tags.count("form") == page.tags.count("main") == 1


def test_octets_that_are_no_text_are_answered(client: httpx.Client) -> None:
    for asked in ("%ff%fe", "%00", "%ed%a0%80", "a" + "%cc%81" * 300, "%E2%80%AE", "+" * 50):
        assert client.get(f"/search?q={asked}").status_code in {200, 400}
    assert client.get("/search?q=study&q=lattice&x=y").status_code in {200, 400}


def test_a_date_is_that_of_the_paper(press: Press) -> None:
    with visited(press) as client:
        page = client.get("/search?q=elsewhere").text
    assert f'datetime="{NOON.date().replace(day=4)}"' in page
