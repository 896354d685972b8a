"""[pages]: which topics are shown, whose shelves there are, and how the pages are called."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.settings import Settings, load
from bot.settings.shelves import shelves
from tests.builders import paper
from tests.settings.configurations import WORKING, with_section, written

THREE = """
[[topic]]
name = "RAG"
keywords = ["RAG"]
authors = ["Wei Ye", "Peiyang Liu"]

[[topic]]
name = "C++"
query = "cat:cs.PL"

[[topic]]
name = "Vision"
query = "cat:cs.CV"
authors = ["Peiyang Liu"]
{more}

[[subscriber]]
name = "ana"
maildir = ["mail"]
"""


def loaded(folder: Path, pages: str | None, more: str = "", *, strict: bool = True) -> Settings:
    section = "" if pages is None else f"[pages]\n{pages}\n"
    return load(written(folder, section + THREE.format(more=more)), env={}, strict=strict)


def problem_of(folder: Path, lines: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, with_section("pages", lines)), env={}, strict=True)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("pages", "shown"),
    [
        (None, []),
        ("", ["RAG", "C++", "Vision"]),
        ("limit = 10", ["RAG", "C++", "Vision"]),
        ('topics = ["Vision", "RAG"]', ["Vision", "RAG"]),
    ],
)
def test_what_is_shown_is_named_or_all_there_is_where_there_are_pages(
    tmp_path: Path, pages: str | None, shown: list[str]
) -> None:
    assert [one.name for one in loaded(tmp_path, pages).shown()] == shown


def test_pages_may_come_from_the_environment_alone(tmp_path: Path) -> None:
    env = {"DAILY_PAPERS_PAGES__TOPICS": '["RAG"]'}
    assert [one.name for one in load(written(tmp_path), env=env).shown()] == ["RAG"]


def test_a_refused_topic_is_not_shown(tmp_path: Path) -> None:
    text = with_section("pages", 'topics = ["RAG", "Odd"]')
    text += '\n[[topic]]\nname = "Odd"\nquery = "ti:("\n'
    settings = load(written(tmp_path, text), env={}, strict=False)
    assert [one.name for one in settings.shown()] == ["RAG"]
    assert [one.name for one in shelves(settings)[0]] == ["RAG"]


def test_there_is_a_shelf_for_each_topic_in_its_order(tmp_path: Path) -> None:
    topics, _ = shelves(loaded(tmp_path, 'topics = ["C++", "RAG"]'))
    assert [(one.name, one.slug, one.kind) for one in topics] == [
        ("C++", "c", "topic"),
        ("RAG", "rag", "topic"),
    ]
    assert [one.following for one in topics] == [(), ("Wei Ye", "Peiyang Liu")]
    assert topics[0].query.text == "cat:cs.PL"


def test_without_pages_every_topic_has_a_shelf(tmp_path: Path) -> None:
    assert [one.name for one in shelves(loaded(tmp_path, None))[0]] == ["RAG", "C++", "Vision"]


def test_who_is_followed_has_a_shelf_by_name_once(tmp_path: Path) -> None:
    _, people = shelves(loaded(tmp_path, ""))
    assert [(one.name, one.slug, one.kind) for one in people] == [
        ("Peiyang Liu", "peiyang-liu", "author"),
        ("Wei Ye", "wei-ye", "author"),
    ]
    assert people[0].query.matches(paper(authors=("Peiyang Liu",)))
    assert not people[0].query.matches(paper(title="RAG", authors=("Wei Ye",)))


def test_who_is_meant_by_other_coauthors_is_somebody_else(tmp_path: Path) -> None:
    _, people = shelves(loaded(tmp_path, "", 'coauthors = ["Ana García"]'))
    assert [one.name for one in people] == ["Peiyang Liu", "Peiyang Liu", "Wei Ye"]
    assert len({one.slug for one in people}) == len({one.query.hash for one in people}) == 3
    both = paper(authors=("Peiyang Liu", "Ana García"))
    assert [one.query.matches(both) for one in people] == [True, True, False]


def test_only_those_whom_the_shown_topics_follow_have_one(tmp_path: Path) -> None:
    _, people = shelves(loaded(tmp_path, 'topics = ["Vision", "C++"]'))
    assert [one.name for one in people] == ["Peiyang Liu"]


def test_the_pages_are_called_as_they_are_to_be(tmp_path: Path) -> None:
    lines = 'title = "Our Papers"\nintroduction = " Größe & <mass> "\n'
    lines += 'url = "https://papers.example.org/a/"'
    pages = loaded(tmp_path, lines).pages
    assert (pages.title, pages.introduction) == ("Our Papers", "Größe & <mass>")
    assert (pages.url, pages.limit) == ("https://papers.example.org/a", 100)
    pages = load(written(tmp_path, WORKING), env={}).pages
    assert (pages.title, pages.introduction, pages.url) == ("Daily Papers", "", None)


@pytest.mark.parametrize(
    ("lines", "key", "said"),
    [
        (r'introduction = "a\nb"', "pages.introduction", "Write one line of at most 500"),
        (f'introduction = "{"x" * 501}"', "pages.introduction", "at most 500 visible"),
        (r'introduction = "\u202e"', "pages.introduction", "cannot be shown"),
        ("introduction = 7", "pages.introduction", "7"),
        ('title = ""', "pages.title", '""'),
        ('url = "http://papers.example.org"', "pages.url", "Write https://"),
        ('url = "papers"', "pages.url", "https://"),
        ('introductions = "x"', "pages.introductions", 'Did you mean "introduction"?'),
        ("limit = 0", "pages.limit", "0"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key_and_the_cure(
    tmp_path: Path, lines: str, key: str, said: str
) -> None:
    problem = problem_of(tmp_path, lines)
    assert key in problem
    assert said in problem


def test_a_text_of_500_characters_is_one_line(tmp_path: Path) -> None:
    text = with_section("pages", f'introduction = "{"x" * 500}"')
    assert len(load(written(tmp_path, text), env={}).pages.introduction) == 500
