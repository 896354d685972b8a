r"""What people read in place of LaTeX: a table by hand, and properties that hold for any text."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.latex import DEEPEST, LONGEST, _converted, to_unicode
from tests.effort import QUADRATIC, growth

TABLE = [
    # Accents and letters, in every way in which they are written.
    (r"Schr\"odinger", "Schrödinger"),
    (r"{\'E}lectrique, G{\'e}nie, Fr\'{e}chet", "Électrique, Génie, Fréchet"),
    (r"Erd\H{o}s and F\"uredi", "Erdős and Füredi"),
    (r"\^O \u{A}n Quan", "Ô Ăn Quan"),
    (r"Fran\c{c}ois, Fran\c cois, Pauli\v s, \v{S}ibenik", "François, François, Pauliš, Šibenik"),
    (r"na\"{\i}ve, na\"\i ve, Mart\'{\i}n", "naïve, naïve, Martín"),
    (r"Ris{\o}, Stra\ss e, \L\'od\'z, \AA ngstr\"om", "Risø, Straße, Łódź, Ångström"),
    (r"espa\~nol, Do\~nana", "español, Doñana"),
    (r"Tom\'as but the MLLM\'s", "Tomás but the MLLM's"),
    (r"a tilde \~{} and a hat \^{}", "a tilde ~ and a hat ^"),
    (r"\"0 and \'", r"\"0 and \'"),
    # arXiv splits commands that begin like an accent.
    (r"(\r{ho} = 0.34), \b{eta}, \c{opyright} 2025", "(ρ = 0.34), β, © 2025"),
    (r"\b{ogus} and \b geometric", r"\bogus and \b geometric"),
    # Macros of text.
    (r"\emph{very} \textbf{b} \textit{i} \texttt{t} \textsc{S}c", "very b i t Sc"),
    (r"\textbf{\underline{M}}ove \textbf{Bi}-modal", "Move Bi-modal"),
    (r"{\em a priori\/} and {\bf bold}", "a priori and bold"),
    (r"\textcolor{red}{Warning} and {\color{blue}4) more}", "Warning and 4) more"),
    (r"\href{https://a.org/x_y}{here}", "here (https://a.org/x_y)"),
    (r"\href{https://a.org/x}{https://a.org/x}.", "https://a.org/x."),
    (r"at \href{https://a.org}", "at https://a.org"),
    (r"\textcolor{red} alone", "red alone"),
    (r"\url{https://a.org/~me/a\_b\%20c}", "https://a.org/~me/a_b%20c"),
    (r"https://a.org/~me/a--b\_c~d", "https://a.org/~me/a--b_c~d"),
    (r"code\footnote{See https://a.org/b.}", "code (See https://a.org/b.)"),
    (r"dataset~\citep{xie2024} and \cite[p. 3]{a,b}", "dataset [xie2024] and [a,b]"),
    (r"x\textsuperscript{2}, y\textsubscript{10}", "x², y₁₀"),
    (r"(\eg, and \ie{} so) \etc.", "(e.g., and i.e. so) etc."),
    (r"360{\deg} at 0.5\mu{}m, 3 \mathrm{m}", "360° at 0.5μm, 3 m"),
    (r"\unicode{x2013} \unicode{65} \unicode{zz}", r"– A \unicode{zz}"),
    # What is unknown stays, and stays legible.
    (r"we propose \method, a \ours{} of \name~x", r"we propose \method, a \ours{} of \name x"),
    (r"see \ref{fig:a} and \unknown{\'e}", r"see \ref{fig:a} and \unknown{é}"),
    (r"tokens such as \n\n and \gemini", r"tokens such as \n\n and \gemini"),
    (r"\textbf without a group {", r"\textbf without a group {"),
    # Escapes, and signs that LaTeX would take for its own.
    (r"R\&D, 65\%, \#1, a\_b, \{x\}, \$5", "R&D, 65%, #1, a_b, {x}, $5"),
    (r"R&D improves 65% of \emph{all} & 7 % more", "R&D improves 65% of all & 7 % more"),
    (r"1\,600\ scenes, a\\b, hy\-phen, \@x", "1 600 scenes, a b, hyphen, x"),
    # Money.
    ("$5 and $6", "$5 and $6"),
    ("costs $5-$10, or $7/$8 (US$9)", "costs $5-$10, or $7/$8 (US$9)"),
    ("less than $2,000 USD at today's prices", "less than $2,000 USD at today's prices"),
    ("between $48 for one and $74, not $100", "between $48 for one and $74, not $100"),
    (r"for $5 we got $\alpha = 1$", "for $5 we got α = 1"),
    # Braces of TeX, and braces of sets.
    ("{B}ERT, {LLM}s, {Zero-to-Hero} and {}", "BERT, LLMs, Zero-to-Hero and "),
    ("in {-1, 0, 1} or {question}, 10^{-3}", "in {-1, 0, 1} or {question}, 10^{-3}"),
    # Ties, quotes and dashes.
    (
        "detection~(FSOD), (i)~training, ~85%, 6~300x, ~",
        "detection (FSOD), (i) training, ~85%, 6~300x, ~",
    ),
    (
        "``Compression Hacking'' and ``empty street\" views",
        "“Compression Hacking” and “empty street” views",
    ),
    ("``mention `abra' twice''", "“mention ‘abra’ twice”"),
    ("models like `o4-mini`, a 5'' disc ~ \"x\"", "models like `o4-mini`, a 5'' disc ~ \"x\""),
    ("a -- b, 75--95%, Kac--Rice --- so", "a – b, 75–95%, Kac–Rice — so"),
    ("the flags --all and (--none) and -->", "the flags --all and (--none) and -->"),
    # Mathematics that Unicode can say.
    (r"$\alpha$-divergence, $k$-means", "α-divergence, k-means"),
    (r"$x^2$, H$_2$O, CO$_{2}$, $^{18}$F, Re$^2$", "x², H₂O, CO₂, ¹⁸F, Re²"),
    (r"$\mathcal{O}(n \log n)$, $O(n\log n)$", "O(n log n), O(n log n)"),
    (r"$0.88 \pm 0.09$, $2\times2$, 8$\times$", "0.88 ± 0.09, 2×2, 8×"),
    (r"4\%$\sim$10\%, $\sim$$3\times10^{11}$ px", "4%∼10%, ∼3×10¹¹ px"),
    (r"19$^{th}$, $90^\circ$, $T^*$, $A^\top$, $f'$", "19th, 90°, T*, Aᵀ, f'"),
    (r"${\mathbb R}^d$, $\mathbb{E}[X]$, $\mathbb{N}$", "ℝᵈ, 𝔼[X], ℕ"),
    (r"$x_i^{(k)}$, $h_{\min}$, $\Delta_{HSD}$, $x_{i,j}$", "xᵢ⁽ᵏ⁾, h_min, Δ_HSD, x_{i,j}"),
    (r"$d^{1+2/K} \varepsilon^{-1/K}$", "d^{1+2/K} ε^{-1/K}"),
    (r"$\frac{1}{2}$, $\frac{a+b}{c}$, $\sqrt{x+1}$, $\sqrt2$", "1/2, (a+b)/c, √(x+1), √2"),
    (r"$\hat{x}$, $\tilde y$, $\bar{\alpha}$", "x̂, ỹ, ᾱ"),
    (r"A$^\text{T}$A, $\textbf{A}$nswer, $\operatorname{rank} A$", "AᵀA, Answer, rank A"),
    (r"\(9\times\) and \[x^2\]", "9× and x²"),
    (r"$$ d^2 $$ and $ \mu $", "d² and μ"),
    (r"$\alpha = 1$, $\beta \in [0, 1]$, $\mu+1$, $\Delta \theta$", "α = 1, β ∈ [0, 1], μ+1, Δθ"),
    (r"$x^ 2$, $x _i$", "x², xᵢ"),
    (r"$>$25, ETH$/$UCY, $40+$, $50\%$", ">25, ETH/UCY, 40+, 50%"),
    (r"$M_\odot$, km\,s$^{-1}$, $10\;\mathrm{km}\!$", "M⊙, km s⁻¹, 10 km"),
    (r"$\|x\|_2 \le \{a~b\}$ $\bm{v}$ $x \,$", "‖x‖₂ ≤ {a b} v x"),
    (r"$h_{max}2$, $\log2$, $\alpha x$", "h_max 2, log 2, αx"),
    (r"$\href{https://a.org/x}{here}$, $a\unicode{x2013}b$", "here (https://a.org/x), a–b"),
    (r"$\left(\tfrac{1}{T}\right)$, $n \to \infty$", "(1/T), n → ∞"),
    (r"$2\frac{1}{3}$, $n\frac{a}{b}c$, $e^\frac{x}{2}$", "2 1/3, n a/b c, e^{x/2}"),
    (r"$l\equiv 3\pmod 4$, $\pmod{p}$, $a\bmod b$", "l≡3 (mod 4), (mod p), a mod b"),
    (r"$\binom{n}{k}$, $X\stackrel{d}{=}Y$", "(n choose k), X=ᵈY"),
    (r"$X_n \xrightarrow{d} X$, $\underset{x}{\min} f$", "Xₙ →ᵈ X, minₓ f"),
    (r"$a\not=b$, $x \not\in A$, $\lVert x\rVert$", "a≠b, x ∉ A, ‖x‖"),
    (r"${\frak P}$, ${\Bbb Q}$, $\R^N$, $n\in\NN$", "P, ℚ, ℝᴺ, n∈ℕ"),
    (r"$\neg p\lor q$, $\rank A$, $\Hom(A, B)$", "¬p∨q, rank A, Hom(A, B)"),
    (r"$\\omega^2$ and $\\mathbb{N}$, written by a program", "ω² and ℕ, written by a program"),
    (r"$\tt A^\tt 3$", "A³"),
    # An author's own command stays, and the formula around it is read.
    (r"$\foo^2$, \(\foo\), $\la_1(\om) x\ge2$", r"\foo², \foo, \la₁(\om) x≥2"),
    (r"${\bW_q}^{\top} \bW_k$", r"\bW_qᵀ \bWₖ"),
    # Mathematics that stays raw.
    (r"$\begin{x}$, $\foo{x}^2$, $a & b\\$", r"$\begin{x}$, $\foo{x}^2$, $a & b\\$"),
    (
        r"$a\\b$, $\hat{ab}$, $x^$, $x^{}$, $\unicode{q}$",
        r"$a\\b$, $\hat{ab}$, $x^$, $x^{}$, $\unicode{q}$",
    ),
    (r"$\not\alpha$, $\overset{}{=}$", r"$\not\alpha$, $\overset{}{=}$"),
    (r"\( and \sqrt[3]{x} $\sqrt[3]{x}$", r"\( and \sqrt[3]{x} $\sqrt[3]{x}$"),
    (r"$\textbf{78.6$ and $a}b$, $\}$", "78.6$ and $ab, }"),
    (r"\(\frac{1\)", r"\(\frac{1\)"),
    (r"so $\textbf{78.6$ so", "so $\\textbf{78.6$ so"),
    (r"$a}b$ and $\'e$ and $\frac{1$ so", r"$a}b$ and $\'e$ and $\frac{1$ so"),
    ("$$ $x", "$$ $x"),
]


@pytest.mark.parametrize(("source", "shown"), TABLE)
def test_people_read(source: str, shown: str) -> None:
    assert to_unicode(source) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A Plain Title: with 65% & more, 'quotes' - and \"others\"",
        "Möbius – “already” Unicode, 10 × 2, naïve",
        "two\nlines",
    ],
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert to_unicode(text) == text


@pytest.mark.parametrize("shown", sorted({shown for _, shown in TABLE if "\\" not in shown}))
def test_what_was_converted_once_keeps_its_words(shown: str) -> None:
    words = [word for word in shown.split() if word.isalpha()]
    assert all(word in to_unicode(shown) for word in words)


def test_text_that_would_lose_more_than_a_fifth_of_its_letters_stays_raw() -> None:
    assert to_unicode(r"\color{{175}{36}{67}} x \alpha") == r"\color{{175}{36}{67}} x \alpha"


def test_text_that_would_come_out_blank_stays_raw() -> None:
    assert to_unicode("{}") == "{}"


def test_text_nested_too_deep_stays_raw() -> None:
    deep = "{" * (DEEPEST + 1) + r"\alpha" + "}" * (DEEPEST + 1)
    assert to_unicode(deep) == deep
    assert "α" in to_unicode(deep[1:-1])


def test_text_longer_than_any_abstract_stays_raw() -> None:
    long = r"\alpha " * LONGEST
    assert to_unicode(long) == long


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    [
        lambda size: "$" * size,
        lambda size: "$ a" * (size // 3),
        lambda size: r"\(a" * (size // 3 - 1) + r"\)",
        lambda size: r"\[" * (size // 2 - 1) + r"\]",
        lambda size: "`a'" * (size // 3),
        lambda size: "``" * (size // 2),
        lambda size: r"\textbf{" * DEEPEST + "a$x_1$ " * (size // 8) + "}" * DEEPEST,
        lambda size: r"$x^{" * (size // 4),
        lambda size: r"$\sqrt" * (size // 6 - 1) + "$",
        lambda size: "--" * (size // 2),
        lambda size: r"$x^\frac" * (size // 8),
        lambda size: r"$x^" + r"\frac" * (size // 5 - 1) + "$",
        lambda size: r"$\not" * (size // 5 - 1) + "$",
    ],
)
def test_hostile_text_takes_no_time(hostile: Callable[[int], str]) -> None:
    def convert(text: str) -> None:
        _converted.cache_clear()
        to_unicode(text)

    assert len(hostile(LONGEST)) > 0.85 * LONGEST
    assert growth(convert, hostile, LONGEST) < QUADRATIC


PIECES = st.sampled_from(
    [
        *"\\${}^_`'\"~%&[] -aB1é²½",
        "``",
        "''",
        "---",
        r"\textbf",
        r"\frac",
        r"\stackrel",
        r"\not",
        r"\pmod",
        r"\binom",
        r"\foo",
        r"\tt",
        r"\sqrt",
        r"\mathbb",
        r"\text",
        r"\href",
        r"\color",
        r"\unicode",
        r"\left",
        r"\alpha",
        r"\times",
        r"\(",
        r"\)",
        r"\hat",
        r"\log",
        r"\c",
        r"\operatorname",
        r"\cite",
        "http://a.b/",
        r"\\",
        "\n",
        "\x00",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text())
def test_any_text_is_read_without_an_exception_and_never_vanishes(text: str) -> None:
    assert bool(to_unicode(text).strip()) == bool(text.strip())


@given(st.text(alphabet=st.characters(exclude_characters="\\${`~-")))
def test_any_text_without_markup_comes_back_as_it_is(text: str) -> None:
    assert to_unicode(text) == text


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from([" and ", "-", " to ", ", ", "/"]))
def test_two_prices_are_never_a_formula(low: int, high: int, between: str) -> None:
    text = f"costs ${low}{between}${high} \\emph{{each}}"
    assert to_unicode(text) == f"costs ${low}{between}${high} each"
