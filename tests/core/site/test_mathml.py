"""Texts of papers with their formulas: what stays Unicode, what becomes MathML, and how safely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.core.render.wording import display
from bot.core.site.mathml import WIDEST, Formula, _divided, _formula, markup, pieces
from tests.core.site.formulas import SOURCES, check, wholes
from tests.hostile import HOSTILE


def unicode_of(text: str) -> str:
    return "".join(one if isinstance(one, str) else one.unicode for one in pieces(text))


def sources_of(text: str) -> list[str]:
    return [one.source for one in pieces(text) if isinstance(one, Formula)]


@pytest.mark.parametrize(
    "text",
    [
        "A plain title",
        "An abstract with $5 and $6, 5 < 6 & more",
        r"Bounds of $O(n \log n)$ for $x^2$, $\alpha_1$, $x_{ij}$ and CO$_2$",
        r"$\frac{1}{2}$, $\frac{a+b}{2}$, $\sqrt{N/K}$ and $\sqrt{2}$",
        r"We present $\method$, and \textbf{more} of $\alpha$",
        r"In $(a+b)/(c+d)$ the author chose the stroke",
        r"The file $inspect\_evals$",
        r"See $\href{https://example.org/a_b}{a_b}$",
        r"$\unknown{x}_{abc}$, which nobody can read",
        r"\(x^2\) and \[y^2\]",
        r"\(x_{abc} without its end",
        "",
    ],
)
def test_what_unicode_carries_stays_unicode(text: str) -> None:
    assert pieces(text) == (display(text),)
    assert markup(text) == escape(display(text))


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (r"Of $x_{max}$ and $\alpha$", ["x_{max}"]),
        (r"$n^{2/3}$", ["n^{2/3}"]),
        (r"$P_T$", ["P_T"]),
        (r"\(P_T\) and \[T^\alpha\]", ["P_T", r"T^\alpha"]),
        (r"$$P_T$$", ["P_T"]),
        (r"$\frac{\log n}{\varepsilon^2 + \delta}$", [r"\frac{\log n}{\varepsilon^2 + \delta}"]),
        (r"${n \choose 3}$", [r"{n \choose 3}"]),
        (r"$\bar{\delta C}$", [r"\bar{\delta C}"]),
        (r"\textbf{bold $P_T$ words} and ``quoted $P_K$''", ["P_T", "P_K"]),
        (r"costs \$5 for $P_T$, or $6", ["P_T"]),
    ],
)
def test_what_unicode_does_not_carry_becomes_mathml(text: str, sources: list[str]) -> None:
    assert sources_of(text) == sources
    assert unicode_of(text) == display(text)
    assert check(markup(text)).find(".//math") is not None


def test_a_formula_is_told_in_three_ways() -> None:
    [before, found, after] = pieces(r'Of $x_{"max"}<1$ & more')
    assert isinstance(found, Formula)
    assert (before, found.unicode, after) == ("Of ", 'x_{"max"}<1', " & more")
    tree = check(markup(r'Of $x_{"max"}<1$ & more'))
    [math, said] = tree
    assert math.get("alttext") == said.text == 'x_{"max"}<1'
    assert (said.get("class"), said.get("hidden")) == ("said", "")
    assert (tree.text, said.tail) == ("Of ", " & more")


def test_a_stored_reading_is_used() -> None:
    assert pieces(r"$x^2$", {r"$x^2$": "as stored"}) == ("as stored",)
    assert pieces("plain", {"plain": "as stored"}) == ("as stored",)


def test_a_stored_reading_by_other_rules_is_shown_as_it_is() -> None:
    assert pieces(r"of $P_T$", {r"of $P_T$": "of P_T, read anew"}) == ("of P_T, read anew",)


def test_a_text_that_looks_as_if_it_had_been_divided_is_not() -> None:
    assert pieces("\U000f0000 of $P_T$") == ("\U000f0000 of P_T",)


def test_a_long_formula_has_places_where_a_line_may_end() -> None:
    source = r"$\lambda_{m,0} = a^{-\beta} + b_{abc} - \left(c_{def}\right), x_{max} \le -1$"
    [formula] = check(markup(source)).findall("span[@role='math']")
    assert formula.get("aria-label") == display(source)
    shown = ["".join(math.itertext()) for math in formula]
    assert shown == ["λm,0", "=a−β", "+babc", "−(cdef),", "xmax", "≤−1"]
    signs = [(sign.text, sign.get("form")) for sign in formula.iter("mo") if sign.get("form")]
    assert signs == [("−", "prefix"), ("+", "infix"), ("−", "infix"), ("−", "prefix")]


def test_lines_end_within_brackets_only_where_they_must() -> None:
    outside = r"$f_{abc}(a_1, b_1, c_1) = |x_{abc} - y_{abc}|$"
    assert len(check(markup(outside)).findall(".//math")) == 2
    raised = r"$(a_1 + b_1)^{2.5} \cdot x_{abc} = |x_{abc} - y_{abc}|^{2.5}$"
    assert len(check(markup(raised)).findall(".//math")) == 2
    within = r"$f_{abc}(" + ", ".join(f"x_{{{number}}}" for number in range(100, 120)) + ")$"
    assert len(check(markup(within)).findall(".//math")) > 10


def test_no_line_ends_between_a_formula_and_what_stands_right_before_it() -> None:
    tree = check(markup("of (not <$P_T$), CO$P_K$ and $P_L$"))
    assert [(one.text, one[0].get("alttext")) for one in tree.findall("span[@class='whole']")] == [
        ("<", "P_T"),
        ("CO", "P_K"),
    ]
    assert "".join(tree.itertext()).replace("PTP_T", "#") == "of (not <#), COPKP_K and PLP_L"


def test_what_is_long_before_a_formula_is_not_held() -> None:
    assert "whole" not in markup("x" * 25 + "$P_T$")
    assert "whole" in markup("x" * 24 + "$P_T$")
    assert "whole" not in markup(r"(of $a_{abc} + b_{abc} + c_{abc} + d_{abc} + e_{abc}$")


def test_a_formula_too_wide_for_a_phone_stays_unicode() -> None:
    wide = rf"$\frac{{{'x' * 2 * WIDEST}}}{{y_{{abc}}}}$"
    assert pieces(wide) == (display(wide),)


def test_groups_without_end_are_not_read() -> None:
    for many in (61, 250):
        text = f"${'{' * many}x{'}' * many}_{{abc}}$"
        assert pieces(text) == (display(text),)
    assert sources_of("$P_T$" + 500 * "{}") == ["P_T"]
    assert sources_of("$P_T$" + 501 * "{}") == []


def test_what_was_read_is_kept() -> None:
    assert pieces(r"again $P_T$") is pieces(r"again $P_T$")


@given(
    st.lists(
        st.sampled_from(["of ", ", ", "-ray ", "x", "5", " \n"])
        | st.builds("${}$".format, wholes())
    )
)
def test_formulas_as_people_write_them(parts: list[str]) -> None:
    text = "".join(parts)
    assert unicode_of(text) == display(text)
    check(markup(text))


@given(SOURCES)
def test_formulas_as_nobody_writes_them(source: str) -> None:
    for text in (source, f"a ${source}$ b", rf"\({source}\)", rf"\textbf{{{source}}} $P_T$"):
        assert unicode_of(text) == display(text)
        check(markup(text))


@given(HOSTILE, HOSTILE)
def test_texts_that_were_written_to_do_harm(one: str, other: str) -> None:
    for text in (one, f"{one}$x_{{{other}}}$", rf"$\text{{{one}}}_{{abc}}$ {other}"):
        assert unicode_of(text) == display(text)
        check(markup(text))


@pytest.mark.parametrize(
    "part",
    [
        "{",
        "${",
        "$",
        r"$\(",
        r"\sqrt",
        r"\frac1",
        "x^",
        "x_",
        r"\bf",
        r"\left(",
        "'",
        "1",
        r"\text{",
    ],
)
@pytest.mark.parametrize("length", [590, 10_000])
def test_repetition_harms_nobody(part: str, length: int) -> None:
    text = f"${part * (length // len(part))}x_{{abc}}$"
    assert unicode_of(text) == display(text)
    check(markup(text))


def test_what_a_page_shows_is_the_same_each_time() -> None:
    text = r"$\frac{\alpha_{max}}{\beta}$"
    first = markup(text)
    _divided.cache_clear()
    _formula.cache_clear()
    assert markup(text) == first
    assert first.count("<math") == 1
