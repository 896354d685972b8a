"""How text is cut into words, and when two words are the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.query.tex import plain
from bot.core.query.words import capitals, fold, shown_words, stem, words


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
        (r"CO$_2$ H$_{2}$O Tb$_2$Ti$_2$O$_7$", ["CO2", "H2O", "Tb2Ti2O7"]),
        (r"$CO_2$ $\mathrm{H_2O}$ $L_2$", ["CO2", "H2O", "L2"]),
        (r"Mask$^2$DiT H$^{\mathbf{3}}$DP $D^2LoRA$", ["Mask2DiT", "H3DP", "D2LoRA"]),
        ("$^4$He $^{13}$C \u2074He CO\u2082", ["4He", "13C", "4He", "CO2"]),
        (r"$x^2$ 10$^5$ $10^{-3}$ GPT_4", ["x", "2", "10", "5", "10", "3", "GPT", "4"]),
        ("α-stable 5 μm $β$", ["alpha", "stable", "5", "mu", "m", "beta"]),
        ("\u03bb\u03cc\u03b3\u03bf\u03c2 αβ Λ", ["\u03bb\u03cc\u03b3\u03bf\u03c2", "αβ", "Lambda"]),
        (r"$\varepsilon$ ε \varkappa", ["epsilon", "epsilon", "kappa"]),
        (r"LLM $\times$ data \rightarrow $\infty$ \leftrightarrow", ["LLM", "data"]),
        (r"CO\textsubscript{2} m\textsuperscript{2}", ["CO2", "m2"]),
        (r"$\ell_1$ $\left(x\right)$", ["l1", "x"]),
        (r"$\text{R}^2\text{ec}$", ["R2", "ec"]),
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


# By Porter's own program, which Lucene carries; Snowball follows his article instead.
_LUCENE = [
    *(("topology", "topolog"), ("topological", "topolog"), ("technologies", "technolog")),
    *(("psychology", "psycholog"), ("ontology", "ontolog"), ("etymology", "etymolog")),
    *(("logy", "logi"), ("logic", "logic"), ("possibly", "possibl"), ("possible", "possibl")),
    *(("visibly", "visibl"), ("flexibly", "flexibl"), ("ably", "abli"), ("nobly", "nobli")),
    *(("reliably", "reliabl"), ("us", "us"), ("cs", "cs"), ("ms", "ms"), ("ai", "ai")),
    *(("gas", "ga"), ("grokking", "grok"), ("trekked", "trek"), ("grok", "grok")),
    *(("hopping", "hop"), ("falling", "fall"), ("illness", "ill"), ("aed", "a")),
    *(("networks", "network"), ("graphs", "graph"), ("happy", "happi"), ("naïveté", "naïveté")),
]  # fmt: skip


@pytest.mark.parametrize(("word", "found"), _LUCENE)
def test_a_word_has_the_stem_that_lucene_gives_it(word: str, found: str) -> None:
    assert stem([word]) == [found]
    assert stem([word, "model", word]) == [found, "model", found]


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


@given(st.text(st.sampled_from("$_^12aB{}\\ α\u0301\u0302"), max_size=14))
def test_undoing_formulas_twice_changes_nothing_more(text: str) -> None:
    assert words(plain(text)) == words(text)


@given(st.text(st.sampled_from("abéE\u0301\u00ad\ufb01α '’.-_1\u200b"), max_size=30))
def test_words_that_are_shown_are_those_of_the_text_each_at_its_place(text: str) -> None:
    found = list(shown_words(text))
    assert [word for word, _, _ in found] == words(text)
    places = [(start, end) for _, start, end in found]
    assert places == sorted(places)
    assert all(word in words(text[start:end]) for word, start, end in found)
