"""How text is cut into words, and when two words are the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.query.tex import plain
from bot.core.query.words import capitals, fold, stem, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Fine-tuning, pre_training", ["Fine", "tuning", "pre", "training"]),
        ("en\u2013dash em\u2014dash", ["en", "dash", "em", "dash"]),
        ("non\u2011breaking", ["non", "breaking"]),
        ("Bell's d'Alembert 'quoted' authors'", ["Bell's", "d'Alembert", "quoted", "authors"]),
        ("Bell\u2019s", ["Bell's"]),
        ("Qwen2.5-7B at 3.5. End.Start", ["Qwen2.5", "7B", "at", "3.5", "End", "Start"]),
        ("1,000", ["1", "000"]),
        ("e.g. U.S.", ["e", "g", "U", "S"]),
        ("a\u00adb zero\u200bwidth", ["ab", "zerowidth"]),
        ("\ufb01ne H\u2082O", ["fine", "H2O"]),
        ("e\u0301t\u00e9", ["été"]),
        (r"Erd\H{o}s Erd\H os", ["Erdős", "Erdős"]),
        (r"{\L}ukasiewicz \O rsted", ["Łukasiewicz", "Ørsted"]),
        (r"Schr\"odinger Schr\"{o}dinger", ["Schrödinger", "Schrödinger"]),
        (r"na\"\i ve na{\"\i}ve", ["naïve", "naïve"]),
        (r"Po\v{s}ta Fran\c{c}ois Fran\c cois \'Etale", ["Pošta", "François", "François", "Étale"]),
        (r"Stra\ss e stra{\ss}e", ["Straße", "straße"]),
        (r"1.5 \AA wide", ["1.5", "Å", "wide"]),
        (r"\emph{RAG}s and \textsc{Bert} {\it ab initio}", ["RAGs", "and", "Bert", "ab", "initio"]),
        (r"$\alpha$-stable $K$-means", ["alpha", "stable", "K", "means"]),
        (r"$x_{ij}^2$", ["x", "ij", "2"]),
        (r"{B}ayesian hy\-phen", ["Bayesian", "hyphen"]),
        (r"100\% of \$5 \& more", ["100", "of", "5", "more"]),
        ("", []),
    ],
)  # fmt: skip
def test_text_is_cut_into_the_words_that_it_shows(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("Graphene", ("graphene",)),
        ("Bell's", ("bell",)),
        ("O'Brien", ("obrien",)),
        ("Erdős", ("erdos",)),
        ("Schrödinger", ("schrodinger", "schroedinger")),
        ("Müller", ("muller", "mueller")),
        ("Ångström", ("angstrom", "aangstroem")),
        ("Łukasiewicz", ("lukasiewicz",)),
        ("Ørsted", ("orsted", "oersted")),
        ("Straße", ("strasse",)),
        ("Æther", ("aether",)),
        ("naïve", ("naive",)),
    ],
)
def test_words_fold_to_ascii_and_umlauts_to_both_spellings(
    word: str, forms: tuple[str, ...]
) -> None:
    assert fold(word) == forms


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("LLM", "LLM"),
        ("LLMs", "LLM"),
        ("LLM's", "LLM"),
        ("LLMs'", "LLM"),
        ("ÉTS", "ETS"),
        ("rag", "rag"),
        ("Rags", "Rags"),
        ("As", "As"),
        ("LLMS", "LLMS"),
        ("s", "s"),
    ],
)
def test_an_acronym_loses_its_plural_and_nothing_else(word: str, form: str) -> None:
    assert capitals(words(word)[0]) == form


def test_rotation_and_rotatable_have_one_stem_as_in_arxivs_index() -> None:
    assert stem(["rotation", "rotatable", "networks", "network"]) == ["rotat"] * 2 + ["network"] * 2


@given(st.text(max_size=80))
def test_any_text_has_words_that_fold_to_something(text: str) -> None:
    for word in words(text):
        forms = fold(word)
        assert 1 <= len(forms) <= 2
        assert all(forms)
        assert capitals(word)


@given(st.text(max_size=80))
@example("\\º")
@example("\\{o}")
@example("a\ufe5bb")
def test_undoing_tex_twice_changes_nothing_more(text: str) -> None:
    assert words(plain(text)) == words(text)
