"""The keys of a topic that follow people, and where the ACL Anthology's data lie."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.core.query import Query
from bot.settings import Settings, load
from tests.builders import paper
from tests.settings.configurations import WORKING, with_section, with_topic, written

LIU = paper(title="Other", abstract="Nothing.", authors=("Peiyang Liu", "Wei Ye"))


def query_of(folder: Path, lines: str) -> Query:
    (topic,) = load(written(folder, with_topic(lines)), env={}, strict=True).topic
    return topic.topic.query


def problem_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), env={}, strict=True)
    (problem,) = caught.value.problems
    return problem


def test_a_topic_may_follow_people_and_ask_for_nothing_else(tmp_path: Path) -> None:
    query = query_of(tmp_path, 'authors = ["Peiyang Liu"]')
    assert query.text == 'au:"Peiyang Liu"'
    assert query.matches(LIU)
    assert not query.matches(paper(title="RAG"))


@pytest.mark.parametrize("words", ['keywords = ["RAG"]', 'query = "ti:RAG"'])
def test_people_come_beside_a_query_or_keywords(tmp_path: Path, words: str) -> None:
    query = query_of(tmp_path, f'{words}\nauthors = ["Liu, Peiyang"]\nexclude = ["protein"]')
    assert query.matches(LIU)
    assert query.matches(paper(title="RAG"))
    assert not query.matches(paper(title="RAG of a protein"))


def test_coauthors_narrow_the_authors_and_nothing_else(tmp_path: Path) -> None:
    lines = 'keywords = ["RAG"]\nauthors = ["Peiyang Liu"]\ncoauthors = ["Wei Ye", "A. Nother"]'
    query = query_of(tmp_path, lines)
    assert query.matches(LIU)
    assert not query.matches(paper(title="Other", authors=("Peiyang Liu",)))
    assert query.matches(paper(title="RAG", authors=()))


def test_primary_only_asks_for_the_primary_category(tmp_path: Path) -> None:
    lines = 'keywords = ["RAG"]\ncategories = ["cs.CL"]\nprimary_only = true'
    query = query_of(tmp_path, lines)
    assert query.text == "kw:RAG AND primary:cs.CL"
    assert query.categories == frozenset({"cs.CL"})


def test_a_topic_without_the_new_keys_keeps_its_query(tmp_path: Path) -> None:
    lines = 'keywords = ["RAG"]\ncategories = ["cs.CL"]\nexclude = ["x"]\nprimary_only = false'
    query = query_of(tmp_path, lines)
    assert query.text == "kw:RAG AND cat:cs.CL ANDNOT kw:x"
    assert query.hash == "b15976ef1325d1fd1c55587974c3cd6b"


# case: the lines of the topic, then the key, what is wrong, and the cure.
MISTAKES = {
    "nothing at all": ("", 'topic "RAG":', "nothing of what is wanted", "authors to follow"),
    "authors that are text": (
        'authors = "Peiyang Liu"',
        'topic "RAG": authors',
        "must be a list",
        "square brackets",
    ),
    "no author in the list": ("authors = []", "authors", "empty", "leave the key out"),
    "an initial for a name": (
        'authors = ["P."]',
        'topic "RAG": authors',
        '"P." cannot be followed: ',
        'Write a name such as "Peiyang Liu"',
    ),
    "several names in one": (
        'authors = ["A. Smith; B. Jones"]',
        "authors",
        "cannot be followed",
        "each name by itself",
    ),
    "a name of nothing": ('authors = [" "]', "authors", "cannot be searched for", "Write"),
    "coauthors of nobody": (
        'keywords = ["RAG"]\ncoauthors = ["Wei Ye"]',
        'topic "RAG": coauthors',
        "there are none",
        "Add authors",
    ),
    "an author twice": (
        'authors = ["Peiyang Liu", "Liu Peiyang"]',
        'topic "RAG": authors',
        "is listed twice",
        "Remove one",
    ),
    "an author who is a coauthor": (
        'authors = ["Peiyang Liu"]\ncoauthors = ["Peiyang Liu"]',
        'topic "RAG": coauthors',
        "among the authors too",
        "Remove one",
    ),
    "primary_only of nothing": (
        'keywords = ["RAG"]\nprimary_only = true',
        'topic "RAG": primary_only',
        "it narrows categories, and there are none",
        "leave primary_only out",
    ),
    "primary_only in words": (
        'keywords = ["RAG"]\ncategories = ["cs.CL"]\nprimary_only = "yes"',
        "primary_only",
        "neither true nor false",
        "primary_only = true",
    ),
    "people without end": (
        "authors = [" + ", ".join(f'"Ann Number{n}"' for n in range(1100)) + "]",
        'topic "RAG": authors',
        "too long",
        "at most",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_one_mistake_gives_one_error_with_its_cure(tmp_path: Path, case: str) -> None:
    lines, *told = MISTAKES[case]
    problem = problem_of(tmp_path, with_topic(lines))
    assert [part for part in told if part not in problem] == []
    assert "daily-papers.toml:" in problem


def test_each_bad_name_is_told(tmp_path: Path) -> None:
    lines = 'authors = ["P.", "Q."]\ncoauthors = ["R."]'
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, with_topic(lines)), env={}, strict=True)
    assert len(caught.value.problems) == 3


def with_data(value: str) -> str:
    return with_section("acl", f"data = {value}")


def test_the_anthologys_data_are_paths_and_urls(tmp_path: Path) -> None:
    assert load(written(tmp_path, WORKING), env={}).acl.data == ()
    places = ("data/xml", "/srv/2022.acl.xml.gz", "https://example.org/2022.acl.xml")
    text = with_data(str(list(places)).replace("'", '"'))
    assert load(written(tmp_path, text), env={}).acl.data == places
    env = {"DAILY_PAPERS_ACL__DATA": "a.xml,http://127.0.0.1:80/b.xml"}
    loaded: Settings = load(written(tmp_path, WORKING), env=env)
    assert loaded.acl.data == ("a.xml", "http://127.0.0.1:80/b.xml")


@pytest.mark.parametrize(
    ("value", "told", "cure"),
    [
        ('["http://example.org/a.xml"]', "could be changed on its way", "https://"),
        ('["ftp://example.org/a.xml"]', "not an http or https URL", "Write a whole URL"),
        ('["https://u:p@example.org/a.xml"]', "must not hold a user name", "Write a whole URL"),
        ('[""]', "is not a path", "Write one such as"),
        ('"a.xml"', "must be a list", "square brackets"),
    ],
)
def test_a_place_that_cannot_be_is_told(tmp_path: Path, value: str, told: str, cure: str) -> None:
    problem = problem_of(tmp_path, with_data(value))
    assert "acl.data" in problem
    assert told in problem
    assert cure in problem
