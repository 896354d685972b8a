"""What commands and characters of formulas are in MathML: names, accents, delimiters, signs."""

import unicodedata

from bot.core.site.mathml_letters import Font, styled
from bot.core.site.mathml_tree import Element, leaf, space

PRIMES = frozenset({"'", "′"})
SCRIPTS = PRIMES | {"^", "_"}
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"})
BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
INFIX = {"\\over": "frac", "\\choose": "binom", "\\atop": "atop"}
"""Commands that divide all of their group into what is above and what is below."""
LABELLED = frozenset({"overset", "stackrel", "underset"})
ARROWS = {"xrightarrow": "→", "xleftarrow": "←"}
OPERATORS = frozenset({"operatorname", "mathop"})
ACCENTS = {
    "hat": "ˆ", "tilde": "˜", "bar": "¯", "vec": "→", "dot": "˙", "ddot": "¨", "check": "ˇ",
    "breve": "˘", "acute": "´", "grave": "`",
}  # fmt: skip
WIDE_ACCENTS = {
    "widehat": "ˆ", "widetilde": "˜", "overline": "¯",
    "overrightarrow": "→", "overleftarrow": "←",
}  # fmt: skip
BRACKETS = {"ket": ("|", "⟩"), "bra": ("⟨", "|"), "braket": ("⟨", "⟩")}
"""What stands about the argument of a command of quantum mechanics."""
ENVIRONMENTS = {
    **dict.fromkeys(("matrix", "smallmatrix", "array", "aligned", "split", "gathered"), ("", "")),
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "cases": ("{", ""),
}
"""Tables, with what stands about them."""
SIZES = {"big": "1.2em", "Big": "1.62em", "bigg": "2.05em", "Bigg": "2.47em"}
ESCAPED = {**{sign: sign for sign in "{}%$#&_"}, "|": "‖"}

_SPACES = {
    ",": ".167em", ":": ".222em", ">": ".222em", ";": ".278em", " ": ".25em",
    "quad": "1em", "qquad": "2em",
}  # fmt: skip
_UNSEEN = frozenset({
    "!", "/", "-", "@", "negthinspace", "negmedspace", "negthickspace", "hline", "nonumber",
})  # fmt: skip
_ORDINARY = frozenset("∞∂∇∀∃∄∅√¬⊤⊥∠′″‴")
"""Of the category of relations and operations, and neither."""
_OPERATIONS = frozenset("*/,;:!·…⋯⋮⋱‐–") | {":=", "<<", ">>"}
_IN_TEX = {"-": "−", "*": "∗"}


def simple(name: str) -> list[Element] | None:
    """Make what a command prints that is a space, a sign or nothing; None of others."""
    if name in _SPACES:
        return [space(_SPACES[name])]
    if name in ESCAPED:
        return [sign(ESCAPED[name])]
    return [] if name in _UNSEEN else None


def sign(text: str, font: Font = "") -> Element:
    """Make an element of a sign, or of a letter that a command prints."""
    text = _IN_TEX.get(text, text)
    category = unicodedata.category(text[0])
    if text in {"|", "‖"}:
        return leaf("mo", text, stretchy="false", lspace="0", rspace="0")
    if category in {"Ps", "Pe"}:
        return leaf("mo", text, stretchy="false")
    if text == "/":
        return leaf("mo", text, lspace="0", rspace="0")
    if text in _OPERATIONS or (category == "Sm" and text not in _ORDINARY):
        return leaf("mo", text)
    return letters(text, font)


def letters(text: str, font: Font) -> Element:
    """Make an element of letters that are one name; a capital Greek one stands upright."""
    shown = "".join(styled(letter, font) for letter in text)
    greek = font == "" and "Α" <= text <= "Ω"
    upright = len(shown) == 1 and (font == "normal" or greek or not text.isalpha())
    return leaf("mi", shown, mathvariant="normal") if upright else leaf("mi", shown)


def is_delimiter(text: str) -> bool:
    """Tell whether a sign is one that encloses something."""
    return len(text) == 1 and (unicodedata.category(text) in {"Ps", "Pe"} or text in "|‖./")


def fence(mark: str, **attributes: str) -> Element:
    """Make a delimiter that grows with what it encloses."""
    return leaf("mo", mark, stretchy="true", **attributes)
