import pytest

from bot.core.clauses import Clause, Found, clauses
from bot.core.query import from_keywords, parse, restrict
from tests.builders import paper

PAPER = paper(
    1,
    title=r"Retrieval of $\alpha$ things: rag for Generation",
    abstract="We study augmented generation with retrieval and large language models.",
    authors=("Yang Liu", "Peiyang Zhao", "Pál Erdős"),
    comment="Accepted at EMNLP 2026",
    doi="10.1000/xyz",
    categories=("cs.CL", "cs.LG"),
)


def marked(found: Found) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


@pytest.mark.parametrize(
    ("query", "where", "words"),
    [
        ("ti:generation", "title", ["Generation"]),
        ("abs:models", "abstract", ["models"]),
        ('abs:"language model"', "abstract", ["language models"]),
        ("co:emnlp", "comment", ["EMNLP"]),
        ("au:erdos", "authors", []),
        ("cat:cs.LG", "categories", []),
        ("doi:10.1000/xyz", "doi", []),
        ("id:2601.00001", "id", []),
    ],
)
def test_a_term_that_is_met_shows_where_and_by_which_words(
    query: str, where: str, words: list[str]
) -> None:
    clause = clauses(parse(query), PAPER)
    assert (clause.kind, clause.text, clause.matched, clause.miss) == (
        "term",
        query_text(query),
        True,
        None,
    )
    (found,) = clause.found
    assert (found.where, marked(found)) == (where, words)


def query_text(query: str) -> str:
    return parse(query).text


def test_only_the_author_who_is_meant_is_shown() -> None:
    (found,) = clauses(parse("au:erdos"), PAPER).found
    assert found.text == "Pál Erdős"


def test_only_the_affiliations_that_are_meant_are_shown() -> None:
    worked = paper(1, affiliations=("LMM, Pau", "UTPA", "Universit\\'e de Pau"))
    (found,) = clauses(parse("all:pau"), worked).found
    assert (found.text, marked(found)) == ("LMM, Pau; Université de Pau", ["Pau", "Pau"])
    (found,) = clauses(parse("all:utpa/lmm"), worked).found
    assert (found.text, marked(found)) == ("LMM, Pau; UTPA; Université de Pau", ["LMM", "UTPA"])


def test_text_is_shown_as_readers_see_it() -> None:
    (found,) = clauses(parse("ti:things"), PAPER).found
    assert found.text == "Retrieval of α things: rag for Generation"
    hidden = paper(1, title="A \x1b[31mred\u202e zebra")
    (found,) = clauses(parse("ti:zebra"), hidden).found
    assert (found.text, marked(found)) == ("A [31mred zebra", ["zebra"])


@pytest.mark.parametrize(
    ("query", "near", "where", "words"),
    [
        ("ti:models", "field", "abstract", ["models"]),
        ("ti:emnlp", "field", "comment", ["EMNLP"]),
        ('abs:"retrieval augmented generation"', "apart", "abstract",
         ["augmented", "generation", "retrieval"]),
        ('all:"models language"', "apart", "abstract", ["language", "models"]),
        ('ti:"retrieval of zebras"', "some", "title", ["Retrieval"]),
        ('au:"Liu, P"', "namesake", "authors", []),
        ("au:peiyang_liu", "namesake", "authors", []),
        ("cat:cs.IR", "other", "categories", []),
        ("primary:cs.LG", "primary", "categories", []),
        ("primary:cs.IR", "other", "categories", []),
        ("submittedDate:[202301010000 TO 202401010000]", "other", "submitted", []),
    ],
)  # fmt: skip
def test_a_term_that_is_missed_shows_the_nearest_miss(
    query: str, near: str, where: str, words: list[str]
) -> None:
    clause = clauses(parse(query), PAPER)
    assert not clause.matched
    assert clause.miss is not None
    assert clause.miss.near == near
    assert clause.found[0].where == where
    assert marked(clause.found[0]) == words


@pytest.mark.parametrize(
    "query", ["ti:zebra", "au:zebra", "doi:10.1000/other", "id:2601.00002", "all:zebra",
              'ti:"zebra crossing"', 'all:"zebra crossing"'],
)  # fmt: skip
def test_what_has_nothing_near_shows_nothing(query: str) -> None:
    clause = clauses(parse(query), PAPER)
    assert (clause.matched, clause.miss, clause.found) == (False, None, ())


def test_a_surname_alone_that_is_missing_has_no_namesake() -> None:
    clause = clauses(parse('au:"Zebra, Q"'), PAPER)
    assert clause.miss is None


def test_an_acronym_in_small_letters_is_near() -> None:
    clause = clauses(from_keywords(["RAG"]), PAPER)
    assert clause.miss is not None
    assert clause.miss.near == "letters"
    assert marked(clause.found[0]) == ["rag"]


def test_what_is_excluded_shows_what_excluded_it_and_is_never_nearly_missed() -> None:
    clause = clauses(restrict(parse("ti:rag"), exclude=["language models", "protein"]), PAPER)
    assert not clause.matched
    rag, models, protein = clause.inner
    assert (rag.matched, models.kind, models.matched) == (True, "not", False)
    assert marked(models.inner[0].found[0]) == ["language models"]
    assert (protein.matched, protein.inner[0].found, protein.inner[0].miss) == (True, (), None)


def test_what_is_excluded_twice_is_wanted() -> None:
    clause = clauses(parse("ti:rag ANDNOT (ti:things ANDNOT ti:models)"), PAPER)
    (exclusion,) = (one for one in clause.inner if one.kind == "not")
    terms = {one.text: one for one in leaves(exclusion)}
    assert terms["ti:models"].miss is not None
    assert terms["ti:things"].miss is None


def leaves(clause: Clause) -> list[Clause]:
    return [leaf for one in clause.inner for leaf in leaves(one)] if clause.inner else [clause]


def test_all_and_any_are_told_with_what_they_join() -> None:
    clause = clauses(parse("(ti:rag OR ti:zebra) AND cat:cs.CL"), PAPER)
    assert (clause.kind, clause.matched) == ("all", True)
    assert [one.kind for one in clause.inner] == ["any", "term"]
    assert [one.matched for one in clause.inner[0].inner] == [True, False]


@pytest.mark.parametrize("place", [0, 5, 30, 99])
def test_a_long_text_is_cut_to_what_stands_around_its_first_marked_word(place: int) -> None:
    words = [f"word{number}" for number in range(100)]
    words[place] = "zebra"
    (found,) = clauses(parse("abs:zebra"), paper(1, abstract=" ".join(words))).found
    assert marked(found) == ["zebra"]
    assert len(found.text) < 200
    assert found.text.startswith("… ") == (place > 8)
    assert found.text.endswith(" …") == (place < 80)


def test_marks_beyond_the_cut_are_left_out_and_a_phrase_longer_than_it_is_kept() -> None:
    far = paper(1, abstract=" ".join(["zebra", *["word"] * 100, "zebra"]))
    (found,) = clauses(parse("abs:zebra"), far).found
    assert marked(found) == ["zebra"]
    phrase = " ".join(f"verylongword{number}" for number in range(20))
    (found,) = clauses(parse(f'abs:"{phrase}"'), paper(1, abstract=phrase + " and more")).found
    assert marked(found) == [phrase]


def test_a_text_of_one_long_word_is_not_cut_to_nothing() -> None:
    (found,) = clauses(parse(f"abs:{'z' * 300}"), paper(1, abstract="z" * 300 + " end")).found
    assert marked(found) == ["z" * 300]
