"""A fault in one topic's query refuses that topic, and any other fault the configuration."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.core.query.parser import MAX_DEPTH, MAX_LENGTH
from bot.settings import Settings, load
from tests.settings.configurations import WORKING, written

THREE = """\
[[topic]]
name = "RAG"
{topic}

[[topic]]
name = "SFT"
keywords = ["SFT"]

[[topic]]
name = "Maths"
query = "cat:math.*"

[[subscriber]]
name = "ana"
topics = ["SFT", "RAG"]
maildir = ["var/ana"]

[[subscriber]]
name = "ben"
topics = ["RAG"]
maildir = ["var/ben"]

[[subscriber]]
name = "everything"
maildir = ["var/all"]
"""


def loaded(folder: Path, topic: str, text: str = THREE, **env: str) -> Settings:
    return load(written(folder, text.replace("{topic}", topic)), env=env)


# What is written for the topic, and what is said of it.
IN_THE_QUERY = {
    "an open parenthesis": ('query = "ti:("', "query: "),
    "two operators": ('query = "ti:RAG OR OR abs:x"', "query: "),
    "nothing": ('query = ""', "query: "),
    "an unknown prefix": ('query = "titel:RAG"', "did you mean ti:?"),
    "an unknown category in it": ('query = "cat:cs.XYZ"', "query: "),
    "too long": (f'query = "{"ti:x OR " * 3000}ti:x"', "query: "),
    "too deep": (f'query = "{"(" * 50}ti:x{")" * 50}"', "query: "),
    "an unknown category beside it": ('query = "ti:x"\ncategories = ["cs.XYZ"]', "categories: "),
    "a keyword without a letter": ('keywords = ["RAG", "--"]', "keywords: "),
    "an excluded word without a letter": ('keywords = ["RAG"]\nexclude = ["!"]', "exclude: "),
    "an author who is an initial": ('authors = ["P."]', "authors: "),
    "coauthors of nobody": ('query = "ti:x"\ncoauthors = ["Wei Ye"]', "coauthors: "),
    "the primary of no category": ('query = "ti:x"\nprimary_only = true', "primary_only: "),
}


@pytest.mark.parametrize("case", IN_THE_QUERY)
def test_fault_45_a_fault_in_a_query_refuses_its_topic_alone(case: str, tmp_path: Path) -> None:
    topic, said = IN_THE_QUERY[case]
    settings = loaded(tmp_path, topic)
    (refused,) = settings.refused
    assert (refused.topic, refused.place, refused.stays) == ("RAG", 0, False)
    assert refused.error.startswith(f'{tmp_path}/daily-papers.toml:3: topic "RAG": ') or (
        refused.error.startswith(f'{tmp_path}/daily-papers.toml:4: topic "RAG": ')
    )
    assert said in refused.error
    assert [one.name for one in settings.topic] == ["SFT", "Maths"]
    told = {
        one.subscriber: ([topic.name for topic in one.topics], one.refused)
        for one in settings.subscriptions()
    }
    assert told == {
        "ana": (["SFT"], ("RAG",)),
        "ben": ([], ("RAG",)),
        "everything": (["SFT", "Maths"], ("RAG",)),
    }


BEYOND_THE_QUERY = {
    "a number": "query = 7",
    "a text where a list belongs": 'keywords = "RAG"',
    "a number among keywords": "keywords = [1]",
    "no keywords": "keywords = []",
    "an unknown key": 'query = "ti:x"\nexlude = ["y"]',
    "neither": "",
    "both": 'query = "ti:x"\nkeywords = ["y"]',
    "no switch": 'query = "ti:x"\ncategories = ["cs.CL"]\nprimary_only = 1',
}


@pytest.mark.parametrize("case", BEYOND_THE_QUERY)
def test_any_other_fault_of_a_topic_refuses_the_configuration(case: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='topic "RAG"'):
        loaded(tmp_path, BEYOND_THE_QUERY[case])


def test_beside_a_fault_of_another_kind_all_are_told(tmp_path: Path) -> None:
    text = THREE.replace('name = "SFT"\n', 'name = "SFT"\ncolour = "red"\n')
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, 'query = "ti:("', text)
    assert ["RAG" in one for one in caught.value.problems] == [True, False]


def test_a_name_that_stands_twice_is_nobodys_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="another topic has this name"):
        loaded(tmp_path, 'query = "ti:("', THREE.replace('name = "SFT"', 'name = "RAG"'))


def test_where_it_is_strict_a_refused_topic_refuses_all(tmp_path: Path) -> None:
    path = written(tmp_path, THREE.replace("{topic}", 'query = "ti:("\nexclude = ["!"]'))
    with pytest.raises(ConfigError) as caught:
        load(path, env={}, strict=True)
    assert len(caught.value.problems) == 2


def test_all_that_is_wrong_with_a_topic_is_told_together(tmp_path: Path) -> None:
    (refused,) = loaded(
        tmp_path, 'query = "ti:("\ncategories = ["cs.XYZ"]\nexclude = ["!"]'
    ).refused
    head, query, caret, categories, exclude = refused.error.split("\n")
    assert ':3: topic "RAG": query: ' in head
    assert (query, caret) == ("    ti:(", "        ^")
    assert ':4: topic "RAG": categories: ' in categories
    assert ':5: topic "RAG": exclude: ' in exclude


def test_all_topics_may_be_refused(tmp_path: Path) -> None:
    settings = load(written(tmp_path, WORKING.replace('"RAG"]', '"--"]')), env={})
    assert settings.topic == ()
    (subscription,) = settings.subscriptions()
    assert (subscription.topics, subscription.refused) == ((), ("RAG",))


def test_a_topic_from_the_environment_is_told_by_its_variable(tmp_path: Path) -> None:
    value = '[{"name": "RAG", "query": "ti:("}]'
    settings = load(written(tmp_path), env={"DAILY_PAPERS_TOPIC": value})
    assert settings.refused[0].error.startswith("environment: DAILY_PAPERS_TOPIC: ")


def test_a_case_is_known_again_on_another_line(tmp_path: Path) -> None:
    before = loaded(tmp_path, 'query = "ti:("').refused[0]
    moved = loaded(tmp_path, '# a remark\nquery = "ti:("').refused[0]
    other = loaded(tmp_path, 'query = "ti:)"').refused[0]
    assert before.error != moved.error
    assert before.case == moved.case != other.case


def test_a_query_may_be_as_long_and_deep_as_the_parser_bounds_it(tmp_path: Path) -> None:
    long = " OR ".join(f"ti:{number:03d}x" for number in range(900))
    assert 500 < len(long) < MAX_LENGTH
    deep = "(" * MAX_DEPTH + "ti:x" + ")" * MAX_DEPTH
    for query in (long, deep):
        assert loaded(tmp_path, f'query = "{query}"').refused == ()


class TestKeeping:
    """The topics that were in force before stay where their new queries cannot be read."""

    def test_the_previous_query_stays_in_its_place(self, tmp_path: Path) -> None:
        before = loaded(tmp_path, 'query = "ti:RAG"')
        after = loaded(tmp_path, 'query = "ti:("', THREE.replace('["SFT"]', '["SFT", "RLHF"]'))
        kept = after.keeping(before)
        assert [one.name for one in kept.topic] == ["RAG", "SFT", "Maths"]
        assert kept.topic[0] == before.topic[0]
        assert kept.topic[1] != before.topic[1], "all else is new"
        (refused,) = kept.refused
        assert refused.stays
        assert "the previous query stays" in refused.meanwhile
        assert [one.refused for one in kept.subscriptions()] == [(), (), ()]

    def test_a_topic_that_was_not_there_before_is_left_out(self, tmp_path: Path) -> None:
        text = THREE.replace('keywords = ["SFT"]', 'keywords = ["!"]')
        before = loaded(tmp_path, 'query = "ti:RAG"', THREE.replace('"SFT"', '"RLHF"'))
        kept = loaded(tmp_path, 'query = "ti:("', text).keeping(before)
        assert [one.name for one in kept.topic] == ["RAG", "Maths"]
        assert [(one.topic, one.stays) for one in kept.refused] == [("RAG", True), ("SFT", False)]
        swapped = loaded(tmp_path, "keywords = ['!']", text.replace('["!"]', '["!!"]'))
        sound = loaded(tmp_path, 'query = "ti:("', THREE)
        assert [one.name for one in swapped.keeping(sound).topic] == ["SFT", "Maths"]

    def test_it_stays_through_further_changes_too(self, tmp_path: Path) -> None:
        before = loaded(tmp_path, 'query = "ti:RAG"')
        kept = loaded(tmp_path, 'query = "ti:("').keeping(before)
        again = loaded(tmp_path, 'query = "ti:)"').keeping(kept)
        assert again.topic == before.topic
        assert loaded(tmp_path, 'query = "ti:x"').keeping(again).refused == ()
