r"""Texts by which the rules of reading are told apart: what they make of these stands for them.

Whatever a rule does differently shows in one of these texts, or in the tables of commands.
"""

from bot.core.latex import LONGEST
from bot.core.latex.symbols import (
    CITATIONS,
    DECLARATIONS,
    FONTS,
    LETTERS_OF_WORDS,
    MATH_ACCENTS,
    TEXT_FONTS,
    symbols,
    symbols_of_formulas,
)

_SCRIPTS = (
    *"0123456789+-=()*'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    *(r"\circ", r"\ast", r"\top", r"\dagger", r"\star", r"\odot", r"\oplus", r"\theta"),
    *("°", "∗", "⊤", "†", "⋆", "☉"),
    *("st", "nd", "rd", "th", "ab", "abc", "1i"),
)
_AT_ONCE = 15
"""How many commands stand in one formula, which has a bound."""

_TEXTS = (
    # Accents, and the letters of other languages.
    r"Schr\"odinger, Erd\H{o}s, Fran\c cois, Pauli\v s, na\"{\i}ve, \L\'od\'z, \O rsted, Stra\ss e",
    r"""\'a \`a \^a \~n \"a \=a \.a \b{b} \c{c} \d{d} \H{o} \k{a} \r{u} \u{a} \v{s} \j \aa\ae""",
    r"MLLM\'s but Tom\'as, \~{} and \^{}, \"0 \', (\r{ho} = 0.34), \b{eta}, \c{opyright}, \b{ogus}",
    r"{\'E}lectrique, Mart\'{\i}n, \u{ A }, \v \'{x}, \.{q} \r A",
    # Commands of text.
    r"\emph{very} \textsc{S}c {\em a\/} {\bf  b} \textbf {c} \texttt{d} \mathbf{e} \underline{f}",
    r"\textcolor{red}{Warning} {\color{blue}4) more} \color[rgb]{1,0,0} x \textcolor{red} alone",
    r"\href{https://a.org/x_y}{here} \href{https://a.org/x}{https://a.org/x}. \href{https://b}",
    r"\hyperlink{a}{b} and more",
    r"\url{https://a.org/~me/a\_b\%20c} https://a.org/~me/a--b\_c~d x\footnote{See.}",
    r"data~\citep{xie} and \cite[p. 3]{a,b} and \cite{} x\textsuperscript{2} y\textsubscript{10}",
    r"(\eg, and \ie{} so) \etc. 360{\deg} 0.5\mu{}m, 3 \mathrm{m}, \alpha \ss en \LaTeX. so",
    r"\unicode{x2013} \unicode{65} \unicode{zz} \method, \ours{} \name~x \unknown{\'e} \n\n",
    r"R\&D, 65\%, \#1, a\_b, \{x\}, \$5 & 7 % 1\,600\ scenes; a\\b hy\-phen \@x \;\:\!\/ \+\?",
    # Money, braces, ties, quotes and dashes.
    "costs $5-$10, or $7/$8 (US$9), less than $2,000 USD at today's prices",
    r"$5 for each of x_1$",
    r"$\text{some more words} x$, $\mu =1 \mu <1 \mu >1 \mu +1 \mu -1 \mu |1 \mu /1$",
    "a\\\nb",
    r"for $5 we got $\alpha = 1$; between $48 for one and $74 each of them, not $100, $$ d^2 $$",
    "{B}ERT, {LLM}s, {Zero-to-Hero} and {} in {-1, 0, 1} or {question}, 10^{-3}, a_{b}, {a:b}",
    "detection~(FSOD), (i)~training, ~85%, 6~300x, a~ ~b, x=~4",
    "``Compression'' and ``street\" a `abra' twice, `o4-mini`, a 5'' disc \"x\" ```a'''",
    "a -- b, 75--95%, Kac--Rice --- so, --all and (--none) and --> <!-- a ---- b",
    # Formulas.
    r"H$_2$O, CO$_{2}$, $^{18}$F, $x_i^{(k)}$, $h_{\min}$, $\Delta_{HSD}$, $x^ 2$, $x _i$",
    r"$\mathcal{O}(n \log n)$, $O(n\log n)$, $0.88 \pm 0.09$, $2\times2$, $\mu+1$, $\Delta \theta$",
    r"4\%$\sim$10\%, $\sim$$3\times10^{11}$ px, $>$25, ETH$/$UCY, $50\%$, $k$-means, $a$1, $ a $",
    r"${\mathbb R}^d$, $\mathbb{E}[X]$, $\Bbb{CHNPQRZEF1}$, $\mathbb 1$, $\R^N$, $\NN$, $x_{i,j}$",
    r"$\frac{1}{2}$, $\dfrac{a+b}{c}$, $2\tfrac12$, $e^\frac{x}{2}$, $\cfrac ab$, $\nicefrac{1}2$",
    r"$\sfrac12$, $\sqrt{x+1}$, $\sqrt2 x$, $\sqrt[3]{x}$, $\not\alpha$, $\binom{n}{k}$",
    r"$\dbinom nk$, $\tbinom nk$, ${\frak P}$",
    r"$\overset{d}{=}$, $X\stackrel{d}{=}Y$, $\underset{x}{\min} f$, $a \xrightarrow{d} b$",
    r"$a \xleftarrow{d} b$, $\overset{}{=}$, $l\equiv 3\pmod 4$, $a\bmod b$, $a\not=b$",
    r"$\operatorname{rank} A$, $\mathop{a} b$, A$^\text{T}$A, $\hbox{if x} y$, $\textbf{A}$nswer",
    r"$\hat{x}$, $\tilde y$, $\bar{\alpha}$, $\vec v\dot x\ddot x\check c\breve a\acute a\grave a$",
    r"$\widehat x\widetilde y\overline z$, $\hat{ab}$, $\|x\|_2 \le \{a~b\}$, $x \,\;\:\ \!\/ y$",
    r"$\left(a\right)$, $\tt A^\tt 3$, $n \to \infty$, $\partial x$, $-\infty < \nabla\cdot a$",
    r"$a = b$, $a\in A$, $\alpha = 1$, $\alpha =1$, $\log2$, $h_{max}2$, $M_\odot$, km\,s$^{-1}$",
    r"$\href{https://a.org/x}{here}$, $a\unicode{x2013}b$, $\\omega^2$, $\\mathbb N$",
    r"$\foo^2$, \(\foo\), $\foo{x}$, $\foo[x]$, $\unicode{q}$, $a & b$, $a\\b$, $x^$, $x^{}$",
    r"$a}b$, $\'e$, \'e, $\}$",
    r"\(9\times\) and \[x^2\] and \(\frac{1\) and $\textbf{78.6$ so, $^\dagger$ $A^\top$ $f'$",
    *(rf"a $x^{{{one}}}$ $y_{{{one}}}$" for one in _SCRIPTS),
    # What ends a formula, and what is left as it stands.
    *(f"$\\mu{' ' * count}a$ b" for count in range(593, 598)),
    *(f"$$\\mu{' ' * count}a$$ b" for count in range(591, 598)),
    *(f"\\(\\mu{' ' * count}a\\) b" for count in range(593, 598)),
    *(f"a `{'a' * count}'" for count in (81, 82)),
    *(f"{'{' * depth}\\alpha{'}' * depth} and more words" for depth in (19, 20, 21)),
    r"\color{{175}{36}{67}} x \alpha",
    *(
        rf"\color[{'q' * most}]{{red}} \cite[{'q' * most}]{{word}} {'more ' * 90}"
        for most in (20, 60, 61)
    ),
    *(f"{'q' * 12} \\color[{'q' * most}]{{{'q' * 12}}}" for most in (20, 21)),
    "{}", "a", "",
    # Signs that hide, reorder or command something.
    "two\nlines,\ttabs \u2028 and \xa0 \u3000 spaces ",
    "\x00\x1b[1m \xad\u200b\u202eabc\u2066 \ufeff \U000e0041 \u115f\u180b \U0001bca0\U0001d173",
    "a\u200cb \u0646\u200c\u0645 \u0915\u094d\u200d\u0937 \u200d\u200d\U0001f468\u200d\U0001f469",
    "\ud800 \ufffe e\u0301\u0302\u0303\u0304\u0305 \u2603\ufe0f\ufe0e x\u20d0\u20d1\u20d2\u20d3",
)  # fmt: skip


def touchstones() -> tuple[str, ...]:
    """Give all texts, with formulas of every sign that there is."""
    signs = [rf"a \{name} " for name in sorted(symbols_of_formulas())]
    groups = [signs[start : start + _AT_ONCE] for start in range(0, len(signs), _AT_ONCE)]
    return (*_TEXTS, *(f"${''.join(group)}$" for group in groups))


def tables() -> tuple[object, ...]:
    """Give the commands that are known, of each kind, in one order, and how long a text may be."""
    return (
        LONGEST,
        sorted(symbols().items()),
        *map(sorted, (DECLARATIONS, FONTS, TEXT_FONTS, CITATIONS, LETTERS_OF_WORDS, MATH_ACCENTS)),
    )
