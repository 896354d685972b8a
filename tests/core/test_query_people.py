"""People to follow: which names a name asks for, and what topics make of it."""

import gzip
import json
from pathlib import Path

import pytest

from bot.core.query import (
    Query,
    QuerySyntaxError,
    either,
    from_authors,
    from_keywords,
    named,
    parse,
    restrict,
    select,
)
from tests.builders import paper


def asks_for(name: str, author: str) -> bool:
    """Tell whether a followed name is that of an author, told one by one and in bulk."""
    query, one = from_authors([name]), paper(authors=("Ann Other", author))
    found = query.matches(one)
    assert found == bool(select([query], [one])[query.hash])
    assert found == bool(named(query, [author]))
    return found


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("Peiyang Liu", "Peiyang Liu"),
        ("Peiyang Liu", "Liu Peiyang"),
        ("peiyang liu", "PEIYANG LIU"),
        ("Liu, Peiyang", "Peiyang Liu"),
        ("P. Liu", "Peiyang Liu"),
        ("P. Liu", "P. Liu"),
        ("liu_p", "Peiyang Liu"),
        ("Liu, P.", "Peiyang Liu"),
        ("John Smith", "John B. Smith"),
        ("John Smith", "John Smith Jr."),
        ("John Smith, Jr.", "John Smith"),
        ("Smith, John, Jr.", "John Smith"),
        ("Smith III, John", "John B. Smith III"),
        ("J. B. Smith", "John Bernard Smith"),
        ("Paul Erdos", "Paul Erdős"),
        ("Paul Erdős", "Paul Erdos"),
        ("Erwin Schroedinger", "Erwin Schrödinger"),
        ("Adrian Del Maestro", "Adrian Del Maestro"),
        ("del Maestro, A", "Adrian Del Maestro"),
        ("van der Waals, J. D.", "Johannes Diderik van der Waals"),
        ("Luis de la Cruz", "Luis De La Cruz"),
        ("Jean-Pierre Dupont", "Jean Pierre Dupont"),
        ("J.-P. Dupont", "Jean-Pierre Dupont"),
        ("Guo-Jun Qi", "Guojun Qi"),
        ("Guo-Jun Qi", "Guo-Jun Qi"),
        ("Qi, Guo\u2010Jun", "Guojun Qi"),
        ("Conor O’Brien", "Conor O'Brien"),
        ("Lech Wałęsa", "Lech Walesa"),
        ('Peiyang "Pete" Liu', "Peiyang Pete Liu"),
    ],
)
def test_a_name_asks_for_every_form_of_it(name: str, author: str) -> None:
    assert asks_for(name, author)


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("Peiyang Liu", "Ping Liu"),
        # Of 4,307 initials in the recorded corpus that fit a full name, at most 103 were that name.
        ("Peiyang Liu", "P. Liu"),
        ("Peiyang Liu", "Peiyang Li"),
        ("Peiyang Liu", "Peiyan Gliu"),
        ("P. Liu", "Wei Liu"),
        ("Wei, Li", "Wei Li"),
        ("Li, Wei", "Li Wei"),
        ("John B. Smith", "John C. Smith"),
        ("Jean-Pierre Dupont", "Jean Dupont"),
        ("Guojun Qi", "Guo-Jun Qi"),
    ],
)
def test_a_name_asks_for_no_other(name: str, author: str) -> None:
    assert not asks_for(name, author)


def test_the_parts_of_a_name_stand_in_one_name() -> None:
    assert not from_authors(["Peiyang Liu"]).matches(paper(authors=("Peiyang Chen", "Wei Liu")))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("P.", "only an initial"),
        ("", "nothing to find"),
        ("...", "no letter"),
        ("A. Smith; B. Jones", "each name by itself"),
        ("Liu, Peiyang, Chen, Wei", "each name by itself"),
        ("Jr.", "nothing to find"),
    ],
)
def test_what_is_no_name_says_so(name: str, told: str) -> None:
    with pytest.raises(QuerySyntaxError, match=told) as caught:
        from_authors([name])
    assert caught.value.text == name


def test_nobody_is_no_author() -> None:
    with pytest.raises(QuerySyntaxError, match="no authors"):
        from_authors([])


def test_one_of_the_coauthors_must_be_there_as_well() -> None:
    query = from_authors(["Wei Li", "Peiyang Liu"], ["Ana García", "J. Doe"])
    assert query.matches(paper(authors=("Jane Doe", "Wei Li")))
    assert query.matches(paper(authors=("Peiyang Liu", "Ana Garcia")))
    assert not query.matches(paper(authors=("Peiyang Liu", "Wei Li")))
    assert not query.matches(paper(authors=("Jane Doe", "Ana García")))


def test_a_query_of_people_reads_back_from_its_text() -> None:
    people = from_authors(["Guo-Jun Qi", "Liu, Peiyang", "liu_p"], ["O'Brien, C."])
    whole = restrict(
        either([from_keywords(["RAG"]), people]),
        categories=["cs.CL", "math"],
        exclude=["protein"],
        primary_only=True,
    )
    assert parse(people.text) == people
    assert parse(whole.text) == whole
    assert whole.categories == frozenset({"cs.CL", "math.*"})


def test_authors_stand_beside_keywords_and_both_are_narrowed() -> None:
    query = restrict(
        either([from_keywords(["RAG"]), from_authors(["Peiyang Liu"])]),
        categories=["cs.CL"],
        exclude=["protein"],
    )
    assert query.matches(paper(title="RAG"))
    assert query.matches(paper(authors=("Peiyang Liu",)))
    assert not query.matches(paper())
    assert not query.matches(paper(title="Protein", authors=("Peiyang Liu",)))
    elsewhere = paper(authors=("Peiyang Liu",), categories=("cs.IR",), primary_category="cs.IR")
    assert not query.matches(elsewhere)


def test_primary_only_leaves_cross_lists_out() -> None:
    listed = paper(categories=("cs.IR", "cs.CL"), primary_category="cs.IR")
    wide = restrict(from_keywords(["subject"]), categories=["cs.CL"])
    assert wide.matches(listed)
    assert not restrict(
        from_keywords(["subject"]), categories=["cs.CL"], primary_only=True
    ).matches(listed)
    family = restrict(from_keywords(["subject"]), categories=["cs.*"], primary_only=True)
    assert family.matches(listed)


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(QuerySyntaxError, match=r"no category 'cs\.XX'"):
        restrict(from_keywords(["RAG"]), categories=["cs.XX"], primary_only=True)


@pytest.mark.parametrize(
    ("query", "known"),
    [
        (from_keywords(["RAG"]), "2c120c205328f4e301c4ccea193365a4"),
        (
            from_keywords(["RAG", "b c"], categories=["cs.CL", "cs.LG"], exclude=["x"]),
            "516d77a39de13cc3c386d2c199308fc2",
        ),
        (
            restrict(parse("ti:RAG OR abs:b"), categories=["cs.CL"], exclude=["x"]),
            "7d39309ac75b74e1874e5be03d7c30b2",
        ),
        (parse('au:"Del Maestro, A"'), "d1eff6d9bd8d94e128dd96822f085b4e"),
    ],
)
def test_queries_written_as_ever_keep_their_hash(query: Query, known: str) -> None:
    assert query.hash == known


@pytest.mark.slow
def test_a_full_name_draws_no_namesakes_from_the_corpus(recordings: Path) -> None:
    with gzip.open(recordings / "corpus" / "papers-20k.jsonl.gz", "rt") as lines:
        names = sorted({name for line in lines for name in json.loads(line)["authors"]})
    found = [names[place] for place in named(from_authors(["Wei Liu"]), names)]
    assert "Wei Liu" in found
    assert all({"wei", "liu"} <= set(name.casefold().replace("-", " ").split()) for name in found)
    initials = [names[place] for place in named(from_authors(["W. Liu"]), names)]
    assert len(initials) > 10 * len(found)
