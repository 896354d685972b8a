"""What each command of a formula becomes, and which formulas are not read."""

import pytest

from bot.core.latex.text import read_text
from bot.core.site.mathml_formula import read_formula
from bot.core.site.mathml_reading import DEEPEST
from bot.core.site.mathml_tree import written

STRETCHED = '<mo stretchy="true">{}</mo>'
BAR = '<mo stretchy="false" lspace="0" rspace="0">|</mo>'
GAP = '<mspace width=".25em"></mspace>'
OPEN, CLOSE = (f'<mo stretchy="false">{bracket}</mo>' for bracket in "()")


def mathml(source: str) -> str | None:
    read = read_formula(source, read_text)
    return None if read is None else written(read)


def i(text: str) -> str:
    return f"<mi>{text}</mi>"


def upright(text: str) -> str:
    return f'<mi mathvariant="normal">{text}</mi>'


def o(text: str) -> str:
    return f"<mo>{text}</mo>"


def within(before: str, inside: str, after: str) -> str:
    """Put delimiters that grow about something."""
    return "<mrow>" + STRETCHED.format(before) + inside + STRETCHED.format(after) + "</mrow>"


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<mtd>{i(cell)}</mtd>" for cell in row) for row in rows)
    return "<mtable>" + "".join(f"<mtr>{row}</mtr>" for row in cells) + "</mtable>"


def thin(width: str = ".167em") -> str:
    return f'<mspace width="{width}"></mspace>'


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        # Letters, numbers and signs
        ("x", i("x")),
        ("ab", i("a") + i("b")),
        ("é", i("é")),
        ("x\u0302", i("x\u0302")),
        ("12.5", "<mn>12.5</mn>"),
        (r"\alpha", i("α")),
        (r"\Omega", upright("Ω")),
        (r"\R", i("ℝ")),
        (r"\infty", upright("∞")),
        ("?", upright("?")),
        ("a-b", i("a") + o("−") + i("b")),
        ("a*b", i("a") + o("∗") + i("b")),
        ("a:=b", i("a") + o(":=") + i("b")),
        ("a<<b", i("a") + o("&lt;&lt;") + i("b")),
        ("a/b", i("a") + '<mo lspace="0" rspace="0">/</mo>' + i("b")),
        ("(x)", OPEN + i("x") + CLOSE),
        ("|x|", BAR + i("x") + BAR),
        (r"\|", BAR.replace("|", "‖")),
        (r"\%", upright("%")),
        (r"\neq", o("≠")),
        (r"\not=", o("≠")),
        (r"\not\in", o("∉")),
        ("a \n b", i("a") + i("b")),
        ("a~b", i("a") + GAP + i("b")),
        (r"a\,b\!c\quad d", i("a") + thin() + i("b") + i("c") + thin("1em") + i("d")),
        (r"a\hspace{1cm}b", i("a") + GAP + i("b")),
        (r"a\space b", i("a") + GAP + i("b")),
        (r"\\alpha", i("α")),
        (r"\\{a\\}", '<mo stretchy="false">{</mo>' + i("a") + '<mo stretchy="false">}</mo>'),
        # Signs of numbers are no operations
        ("-x", '<mo form="prefix">−</mo>' + i("x")),
        ("(-x", OPEN + '<mo form="prefix">−</mo>' + i("x")),
        (")-x", CLOSE + o("−") + i("x")),
        # Names of functions stand apart
        (r"\log n", i("log") + thin() + i("n")),
        (r"x\log_2n", i("x") + thin() + "<msub><mi>log</mi><mn>2</mn></msub>" + thin() + i("n")),
        (r"\log(n)", i("log") + OPEN + i("n") + CLOSE),
        (r"\log\,n", i("log") + thin() + i("n")),
        (r"\operatorname{spt} n", i("spt") + thin() + i("n")),
        (r"\operatorname*{argmin}", i("argmin")),
        (r"\mathop{\sum}", o("∑")),
        (r"\mine x", i(r"\mine") + thin() + i("x")),
        # Groups and scripts
        ("{ab}", f"<mrow>{i('a')}{i('b')}</mrow>"),
        ("{}", "<mrow></mrow>"),
        ("x_1", "<msub><mi>x</mi><mn>1</mn></msub>"),
        ("x^12", "<msup><mi>x</mi><mn>1</mn></msup><mn>2</mn>"),
        ("x^1.5", "<msup><mi>x</mi><mn>1</mn></msup>" + upright(".") + "<mn>5</mn>"),
        ("x_1^2", "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"),
        ("x^2 _1", "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"),
        ("x'", "<msup><mi>x</mi><mo>′</mo></msup>"),
        ("x''^2", "<msup><mi>x</mi><mrow><mo>′</mo><mo>′</mo><mn>2</mn></mrow></msup>"),
        ("x^2'", "<msup><mi>x</mi><mrow><mn>2</mn><mo>′</mo></mrow></msup>"),
        ("^{13}", "<msup><mrow></mrow><mn>13</mn></msup>"),
        (r"\,^2", thin() + "<msup><mrow></mrow><mn>2</mn></msup>"),
        (r"x_\alpha", "<msub><mi>x</mi><mi>α</mi></msub>"),
        (r"x_\rm c", "<msub><mi>x</mi>" + upright("c") + "</msub>"),
        (r"x_\frac12", "<msub><mi>x</mi><mfrac><mn>1</mn><mn>2</mn></mfrac></msub>"),
        # Fonts
        (r"\mathbf{x}\mathcal{B}\mathcal O", i("𝐱") + i("ℬ") + i("𝒪")),
        (r"\mathbb{E}\mathbb{R}\mathbb{1}", i("𝔼") + i("ℝ") + "<mn>𝟙</mn>"),
        (r"\mathfrak{C}\bm{\theta}", i("ℭ") + i("𝜽")),
        (r"\mathbf{é}", i("é")),
        (r"\mathrm{GL}_2", "<msub><mi>GL</mi><mn>2</mn></msub>"),
        (r"\mathrm{d}x", upright("d") + i("x")),
        (r"\mathrm xy", upright("x") + i("y")),
        (r"{\rm Re}x", i("Re") + i("x")),
        (r"{\bf x}y", i("𝐱") + i("y")),
        (r"\rm a b", upright("a") + upright("b")),
        (r"\mathit{ab}", f"<mrow>{i('a')}{i('b')}</mrow>"),
        (r"\ensuremath{x}", i("x")),
        (r"\displaystyle x", i("x")),
        # Text
        (r"x \text{ if }y", i("x") + GAP + "<mtext>if</mtext>" + GAP + i("y")),
        (r"\text{a\_b $\alpha$}", "<mtext>a_b α</mtext>"),
        (r"\text{ }", GAP),
        (r"\text x", "<mtext>x</mtext>"),
        (r"\textbf{a {\em b} c}", "<mtext>a b c</mtext>"),
        # What is made of arguments
        (r"\frac{a}{b}", "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        (r"\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        (r"{a+1\over b}", f"<mfrac><mrow>{i('a')}{o('+')}<mn>1</mn></mrow><mi>b</mi></mfrac>"),
        (r"{a\atop b}", '<mfrac linethickness="0"><mi>a</mi><mi>b</mi></mfrac>'),
        (
            r"\binom{n}{k}",
            within("(", '<mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac>', ")"),
        ),
        (r"\sqrt{x}", "<msqrt><mi>x</mi></msqrt>"),
        (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        (r"\hat x", '<mover><mi>x</mi><mo stretchy="false">ˆ</mo></mover>'),
        (r"\overline{x}", f"<mover><mi>x</mi>{STRETCHED.format('¯')}</mover>"),
        (r"\underline{x}", f"<munder><mi>x</mi>{STRETCHED.format('_')}</munder>"),
        (r"\overset{!}{=}", "<mover><mo>=</mo><mo>!</mo></mover>"),
        (r"\underset{x}{=}", "<munder><mo>=</mo><mi>x</mi></munder>"),
        (r"\xrightarrow{p}", f"<mover>{STRETCHED.format('→')}<mi>p</mi></mover>"),
        (r"\ket{0}", within("|", "<mn>0</mn>", "⟩")),
        (r"\pmod p", GAP + within("(", i("mod") + thin() + i("p"), ")")),
        (r"\textcolor{red}{x}\color{blue}y", i("x") + i("y")),
        (r"\left(x\right]", within("(", i("x"), "]")),
        (r"\left<x\right\rangle", within("⟨", i("x"), "⟩")),
        (r"\left.x\right|", f"<mrow>{i('x')}{STRETCHED.format('|')}</mrow>"),
        (r"\left\{x\right.", f"<mrow>{STRETCHED.format('{')}{i('x')}</mrow>"),
        (r"\bigl(", '<mo stretchy="true" minsize="1.2em" maxsize="1.2em">(</mo>'),
        # Tables
        (
            r"\begin{pmatrix}a&b\\[2mm] c&d\\\end{pmatrix}",
            within("(", table(("a", "b"), ("c", "d")), ")"),
        ),
        (r"\begin{array}{l}a\end{array}", table(("a",))),
        (r"\begin{matrix}\end{matrix}", table()),
        (
            r"\begin{cases}a\end{cases}",
            f"<mrow>{STRETCHED.format('{')}{table(('a',))}</mrow>",
        ),
        (r"\substack{a\\b}", table(("a",), ("b",))),
    ],
)  # fmt: skip
def test_what_is_read(source: str, wanted: str) -> None:
    assert mathml(source) == wanted


@pytest.mark.parametrize(
    "source",
    [
        *("{", "}", "{x", "x^", "x_", "x^^2", "x_1_2", "x^1^2", "x&y", "$", "x^'", "\\", r"a\\ b"),
        *(
            r"\frac",
            r"\frac1",
            r"\text",
            r"\text{x",
            r"\text}",
            r"\operatorname{}",
            r"\operatorname{ }",
        ),
        *(r"\left(x", r"x\right)", r"\left(x\right", r"\left x\right)", r"\big", r"\left\mine"),
        *(r"\begin{document}", r"\begin{matrix}a", r"\begin{matrix}a\end{array}", r"\begin"),
        *(r"\begin{matrix}a\\[2mm", r"\substack ab", r"\not{ab}", r"\not\alpha\beta", r"\not"),
        *(r"\mine{x}", r"\mine[x]", r"\href{a}{b}", r"\def\x{y}", r"\newcommand{\x}{y}", r"\?"),
        *(
            r"\xrightarrow[a]{b}",
            r"\phantom{x}",
            r"\style{x}{y}",
            r"\sqrt[3",
            r"{a\over b\over}" + "}",
        ),
    ],
)
def test_what_is_not_read(source: str) -> None:
    assert mathml(source) is None


@pytest.mark.parametrize("command", [r"\sqrt", r"\hat\bf ", "{", "x_{", r"\left("])
def test_parts_are_within_each_other_up_to_a_bound(command: str) -> None:
    closing = {"{": "}", "(": r"\right)"}.get(command[-1], "")
    assert mathml(command * 10 + "x" + closing * 10) is not None
    assert mathml(command * (DEEPEST + 1) + "x" + closing * (DEEPEST + 1)) is None
