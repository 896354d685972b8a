"""The JSON API: what its description says, and nothing else."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator import validate as validate_description

from bot.core.paper_json import paper_json
from bot.web import openapi
from bot.web.position import Position
from bot.web.problem import Problem
from tests.builders import NOON, paper
from tests.published import Press
from tests.web.reading_room import visited

OLD = paper(
    id="hep-th/9901001",
    title=r"An old lattice in $\alpha$",
    categories=("math.CO",),
    comment="12 pages, withdrawn",
    doi="10.1000/x",
    journal_ref="J. Lattices 1",
    report_no="R-1",
    affiliations=("Göttingen",),
)
ELSEWHERE = paper(50, title="On elsewhere", categories=("hep-th",))
API = "/api/v1"


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Give a ledger with forty papers in a topic, one in another and one in none."""
    made = Press(tmp_path_factory.mktemp("press"))
    made.record(*map(paper, range(1, 41)), OLD, ELSEWHERE)
    made.publish()
    return made


@pytest.fixture(scope="module")
def client(press: Press) -> Any:
    with visited(press, fresh=3600.0) as one:
        yield one


def holds(answer: httpx.Response, name: str) -> Any:
    """Give what an answer holds, which must be as its schema says, without any member beside."""
    document = answer.json()
    components = {"components": {"schemas": openapi.SCHEMAS}}
    schema = {**components, "$ref": f"#/components/schemas/{name}"}
    found = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(document)
    assert [str(one) for one in found] == []
    return document


def problem(answer: httpx.Response, status: int, parameter: str | None = None) -> str:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = holds(answer, "Problem")
    assert (told["status"], told.get("parameter")) == (status, parameter)
    return str(told["detail"])


def test_the_description_is_one(client: httpx.Client) -> None:
    served = client.get(f"{API}/openapi.json").json()
    validate_description(served, cls=OpenAPIV31SpecValidator)
    assert served == openapi.DESCRIPTION
    for path, asked in served["paths"].items():
        assert list(asked) == ["get"], path


def test_topics_are_listed_in_their_order(client: httpx.Client) -> None:
    found = holds(client.get(f"{API}/topics"), "Topics")
    assert [(one["slug"], one["papers"]) for one in found["topics"]] == [
        ("language", 40),
        ("lattices", 1),
    ]
    assert found["topics"][0]["query"] == "cat:cs.CL"
    assert found["updated"] == "2026-01-04"
    assert client.get(f"/{found['topics'][0]['page']}").status_code == 200


def test_a_topic_is_listed_to_its_end_each_paper_once(client: httpx.Client) -> None:
    seen: list[str] = []
    following = ""
    while True:
        asked = {"limit": "7", **({"before": following} if following else {})}
        found = holds(client.get(f"{API}/topics/language/papers", params=asked), "Papers")
        seen += [one["id"] for one in found["papers"]]
        following = found["next"]
        if following is None:
            break
    assert seen == [f"2601.{number:05d}" for number in range(40, 0, -1)], "all of one instant"


def test_a_list_goes_on_though_papers_came_changed_and_went(tmp_path: Path) -> None:
    press = Press(tmp_path)
    press.record(*map(paper, range(1, 9)))
    press.publish()
    with visited(press) as client:
        page = f"{API}/topics/language/papers"
        first = client.get(page, params={"limit": 3}).json()
        press.record(paper(9, updated=NOON), paper(6, version=2, updated=NOON), paper(2, version=3))
        press.publish()
        second = client.get(page, params={"limit": 9, "before": first["next"]}).json()
    assert [one["id"][-1] for one in first["papers"]] == ["8", "7", "6"]
    assert [one["id"][-1] for one in second["papers"]] == ["5", "4", "3", "2", "1"]
    assert second["next"] is None


def test_a_paper_is_told_as_search_tells_it_with_where_it_stands(client: httpx.Client) -> None:
    found = holds(client.get(f"{API}/papers/hep-th/9901001"), "Paper")
    assert found == holds(client.get(f"{API}/papers/hep-th%2F9901001"), "Paper")
    assert found["title"] == "An old lattice in α"
    assert (found["published"], found["comment"]) == ("2026-01-04T12:00:00Z", OLD.comment)
    assert (found["topics"], found["day"]) == (["lattices"], "2026-01-04")
    assert (found["withdrawn"], found["partial"]) == (True, False)
    assert client.get(f"/{found['page']}").status_code == 200
    shaped = {**paper_json(OLD), "published": found["published"], "updated": found["updated"]}
    assert {name: found[name] for name in shaped} == shaped


def test_a_paper_on_no_topic_is_told_too(client: httpx.Client) -> None:
    found = holds(client.get(f"{API}/papers/2601.00050v1"), "Paper")
    assert (found["topics"], found["day"], found["page"]) == ([], None, None)


def test_a_search_goes_on_from_its_last_paper(client: httpx.Client) -> None:
    seen: list[str] = []
    before: dict[str, str] = {}
    while True:
        asked = {"q": "ti:study", "limit": "15", **before}
        found = holds(client.get(f"{API}/search", params=asked), "Found")
        seen += [one["id"] for one in found["papers"]]
        if found["next"] is None:
            break
        before = {"before": found["next"]}
    assert seen == [f"2601.{number:05d}" for number in range(40, 0, -1)]
    assert found["papers"][0]["topics"] == ["language"]
    nothing = holds(client.get(f"{API}/search?q=ti:nowhere"), "Found")
    assert nothing == {"papers": [], "next": None, "read": 0}


def test_a_mistake_is_told_with_its_place(client: httpx.Client) -> None:
    answer = client.get(f"{API}/search", params={"q": "ti:study AND (a"})
    assert problem(answer, 400, "q")
    assert 0 < answer.json()["position"] <= 15


WRONG = [
    ("search", "q"),
    ("search?q=", "q"),
    ("search?q=%20", "q"),
    (f"search?q={'x' * 2001}", "q"),
    ("search?q=a&q=b", "q"),
    ("search?q=study&limit=0", "limit"),
    ("search?q=study&limit=51", "limit"),
    ("search?q=study&limit=", "limit"),
    ("search?q=study&limit=-1", "limit"),
    ("search?q=study&limit=%EF%BC%91", "limit"),
    ("search?q=study&limit=1&limit=2", "limit"),
    ("search?q=study&before=x", "before"),
    ("topics/language/papers?limit=101", "limit"),
    ("topics/language/papers?limit=1e1", "limit"),
    ("search?q=study&before=", "before"),
    ("topics/language/papers?before=", "before"),
    ("topics/language/papers?before=x", "before"),
    ("topics/language/papers?before=2601.00001", "before"),
    ("topics/language/papers?before=1~x", "before"),
    ("topics/language/papers?before=1~2613.00001", "before"),
    ("topics/language/papers?before=-1~2601.00001", "before"),
    ("topics/language/papers?before=999999999999999999~2601.00001", "before"),
    ("topics/language/papers?before=1~2601.00001%0A", "before"),
]


@pytest.mark.parametrize(("asked", "parameter"), WRONG)
def test_a_wrong_parameter_is_named(client: httpx.Client, asked: str, parameter: str) -> None:
    assert problem(client.get(f"{API}/{asked}"), 400, parameter)


MISSING = [
    *("", "nowhere", "topics/", "topics/nobody/papers", "topics/language", "papers/", "papers/x"),
    *("papers/2601.99999", "papers/hep-th/0000000", "papers/hep-th/9999999", "papers/%00"),
    *(
        "papers/..%2ftopics",
        "papers/%2e%2e%2ftopics",
        "search/",
        "papers/" + "x" * 5000,
        "a%0Ab",
        "papers/2601.00001%0A",
    ),
]


@pytest.mark.parametrize("asked", MISSING)
def test_what_is_not_there_is_a_problem(client: httpx.Client, asked: str) -> None:
    raw = f"{API}/{asked}".encode()
    assert problem(client.get(client.base_url.copy_with(raw_path=raw)), 404)


def test_an_address_that_is_too_long_is_a_problem(client: httpx.Client) -> None:
    for asked in ("papers/2601.00001?x=", "search?q=a&x=", "topics?x="):
        assert "at most" in problem(client.get(f"{API}/{asked}{'x' * 33_000}"), 414)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_is_changed_by_anybody(client: httpx.Client, method: str) -> None:
    for asked in ("topics", "search?q=x", "papers/2601.00001", "topics/language/papers"):
        answer = client.request(method, f"{API}/{asked}")
        assert problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD"


def test_pages_of_anybody_may_read_it_and_none_may_show_it(client: httpx.Client) -> None:
    asked = ["topics", "nowhere", "search?q=(", "search?q=study", "openapi.json"]
    for one in asked:
        headers = client.get(f"{API}/{one}", headers={"Origin": "https://example.org"}).headers
        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in headers
        assert "set-cookie" not in headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"


def test_what_is_known_is_not_sent_again(client: httpx.Client) -> None:
    for one in ("topics", "papers/2601.00001", "search?q=study", "openapi.json"):
        tag = client.get(f"{API}/{one}").headers["etag"]
        answer = client.get(f"{API}/{one}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert client.head(f"{API}/{one}").headers["etag"] == tag


def test_a_position_is_read_back() -> None:
    last = Position.read(f"{'9' * 17}~2601.00001")
    for one in (Position(NOON, "2601.00001"), Position(NOON, "hep-th/9901001"), last):
        assert Position.read(one.write()) == one
        assert quote(one.write()).isascii()
    with pytest.raises(Problem):
        Position.read("")
