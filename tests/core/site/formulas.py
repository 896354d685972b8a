"""What a formula on a page may be made of, by MathML Core; and pieces to make formulas of."""

import re
import xml.etree.ElementTree as ET

from hypothesis import strategies as st
from markupsafe import Markup

CHILDREN = {
    "mrow": None,
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "mspace"), 0),
    **dict.fromkeys(("msub", "msup", "mfrac", "mroot", "mover", "munder"), 2),
    **dict.fromkeys(("msubsup",), 3),
    **dict.fromkeys(("msqrt",), 1),
    **dict.fromkeys(("mtable", "mtr", "mtd"), None),
}
"""How many children an element has; None of any number."""
ATTRIBUTES = {
    "form": "prefix|infix",
    "linethickness": "0",
    "lspace": "0",
    "mathvariant": "normal",
    "maxsize": r"\d\.\d+em",
    "minsize": r"\d\.\d+em",
    "rspace": "0",
    "stretchy": "true|false",
    "width": r"\.\d+em|\dem",
}
AROUND = {
    "math": {"alttext"},
    "span": {"role", "aria-label", "class", "hidden"},
}


def parsed(shown: Markup) -> ET.Element:
    """Parse what a page shows, strictly."""
    return ET.fromstring(f"<p>{shown}</p>")


def check(shown: Markup) -> ET.Element:
    """Check that nothing stands in what is shown that a page does not mean to show."""
    tree = parsed(shown)
    for element in list(tree.iter())[1:]:
        if element.tag in AROUND:
            assert set(element.keys()) <= AROUND[element.tag]
            continue
        assert element.tag in CHILDREN, element.tag
        for name, value in element.attrib.items():
            assert re.fullmatch(ATTRIBUTES[name], value), (name, value)
        wanted = CHILDREN[element.tag]
        assert wanted is None or len(element) == wanted, ET.tostring(element)
        assert len(element) == 0 or element.text is None
        assert element.tail is None
    return tree


PARTS = (
    *(r"\frac", r"\sqrt", r"\binom", r"\overset", r"\hat", r"\widehat", r"\mathbf", r"\mathbb"),
    *(r"\text", r"\operatorname", r"\mathop", r"\left", r"\right", r"\big", r"\Biggr", r"\over"),
    *(r"\choose", r"\begin{cases}", r"\end{cases}", r"\begin{array}{ll}", r"\end{array}", "&"),
    *(r"\\", "[2mm]", r"\begin{pmatrix}", r"\end{pmatrix}", r"\substack", r"\not", r"\pmod"),
    *(r"\ket", r"\textcolor{red}", r"\color{red}", r"\hspace{1cm}", r"\underline", r"\xrightarrow"),
    *(r"\rm", r"\bf", r"\cal", r"\displaystyle", r"\limits", r"\mine", r"\def", r"\newcommand"),
    *(r"\href", r"\style", r"\class", r"\unicode{x202e}", r"\verb|x|", r"\input", r"\phantom"),
    *("^", "_", "'", "{", "}", "[", "]", "(", ")", "|", r"\|", r"\{", r"\}", r"\_", r"\%", "~"),
    *(r"\,", r"\ ", r"\!", "<", ">", "&lt;", '"', "<script>", "]]>", "-->", "\x00", "\ud800"),
    *("\u202e", "\u0302", "𝕏", "é", "²", "12", "3.5", ".", ",", "-", "+", "*", "/", ":=", "=", "x"),
    *("AB", "α", "Ω", r"\alpha", r"\Omega", r"\sum", r"\log", r"\leq", r"\to", r"\infty", r"\R"),
    *("$", r"\$", r"\(", r"\)", " ", "\n", "word", r"\textbf{", "``", "''", "\U000f0000", "1" * 40),
)
"""Marks of formulas, of prose, and of those who mean harm."""

SOURCES = st.lists(st.sampled_from(PARTS), max_size=25).map("".join)
"""Formulas that few would write, most of which nobody can read."""


@st.composite
def wholes(draw: st.DrawFn, depth: int = 3) -> str:
    """Draw formulas as people write them, scripts and fractions within each other."""
    if depth == 0:
        return draw(
            st.sampled_from(["x", "12", "α", r"\beta", "AB", "+", "=", r"\log n", "(", "a,b"])
        )
    inner = wholes(depth=depth - 1)
    form = draw(
        st.sampled_from(
            ["{}{}", "{{{}}}^{{{}}}", "{{{}}}_{{{}}}", r"\frac{{{}}}{{{}}}", r"\sqrt{{{}}}{}",
             r"\left({}\right){}", r"\mathbf{{{}}}{}", r"\hat{{{}}}{}", r"{} \le {}"]
        )
    )  # fmt: skip
    return form.format(draw(inner), draw(inner))
