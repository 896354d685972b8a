"""What commands, accents and scripts are in Unicode."""

import unicodedata
from functools import cache

from pylatexenc.latex2text import get_default_latex_context_db


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_COMBINING = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    "=": "\u0304",
    ".": "\u0307",
    "b": "\u0331",
    "c": "\u0327",
    "d": "\u0323",
    "H": "\u030b",
    "k": "\u0328",
    "r": "\u030a",
    "u": "\u0306",
    "v": "\u030c",
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0304",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
}
MATH_ACCENTS = frozenset(name for name in _COMBINING if len(name) > 2)

# Names that the table gives to rare signs, and that authors give to systems of their own.
_TAKEN = _names(
    "today id Ident image original because between natural sharp flat star diamond square smile "
    "frown recorder mercury venus male jupiter saturn uranus neptune pluto aries taurus gemini "
    "cancer leo virgo libra scorpio sagittarius capricornus aquarius pisces Equal Angle Colon "
    "estimates allequal rightmoon wr th ng NG ij IJ multimap bowtie amalg eth perspcorrespond "
    "hspace vspace ref autoref cref Cref eqref cite citet citep starequal"
)
_BETTER = {
    "deg": "°",
    "textdegree": "°",
    "circledR": "®",
    "copyright": "©",
    "trademark": "™",
    "pounds": "£",
    "AA": "Å",
    "epsilon": "ε",
    "phi": "φ",
    "S": "§",
    "P": "¶",
    "ne": "≠",
    "iff": "⟺",
    "implies": "⟹",
    "gets": "←",
    "lbrack": "[",
    "rbrack": "]",
    "colon": ":",
    "star": "⋆",
    "top": "⊤",
    "bot": "⊥",
    "quad": " ",
    "qquad": " ",
    "space": " ",
    "enskip": " ",
    "Pr": "Pr",
    "det": "det",
    "dim": "dim",
    "ker": "ker",
    "gcd": "gcd",
    "arg": "arg",
    "argmax": "argmax",
    "argmin": "argmin",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "eg": "e.g.",
    "ie": "i.e.",
    "etal": "et al.",
    "etc": "etc.",
    "textmu": "μ",
    "textasciicircum": "^",
    "degree": "°",
    "textlangle": "⟨",
    "textrangle": "⟩",
    "Re": "Re",
    "Im": "Im",
}
# What a formula has besides: in prose some of these are names of systems.
_OF_FORMULAS = {
    **{name: name for name in _names("cot sec csc hom Hom End Aut Spec tr Tr rank diag sgn mod")},
    # Authors' own commands for sets of numbers, alike everywhere.
    **{letter * times: sign for letter, sign in zip("NZQRC", "ℕℤℚℝℂ", strict=True)
       for times in (1, 2)},
    "bmod": "mod",
    "neg": "¬",
    "land": "∧",
    "lor": "∨",
    "models": "⊨",
    "triangle": "△",
    "square": "□",
    "Box": "□",
    "diamond": "⋄",
    "coloneqq": "≔",
    "colonequals": "≔",
    "eqqcolon": "≕",
    "vcentcolon": ":",
    "impliedby": "⟸",
    "because": "∵",
    "restriction": "↾",
    "wr": "≀",
    "amalg": "⨿",
    "lhd": "⊲",
    "rhd": "⊳",
    "unlhd": "⊴",
    "unrhd": "⊵",
    "imath": "ı",
    "jmath": "ȷ",
    "thinspace": " ",
    "enspace": " ",
    "cdotp": "·",
    "ldotp": ".",
    "bigstar": "★",
    "sharp": "♯",
    "flat": "♭",
    "natural": "♮",
    "beth": "ℶ",
    "lVert": "‖",
    "rVert": "‖",
    "lvert": "|",
    "rvert": "|",
}  # fmt: skip
DECLARATIONS = _names(
    "bf it tt em sc rm sf sl cal bfseries itshape ttfamily scshape rmfamily normalfont tiny "
    "scriptsize footnotesize small normalsize large Large LARGE huge Huge displaystyle textstyle "
    "centering noindent left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr limits "
    "nolimits protect xspace boldmath unboldmath bigskip medskip smallskip"
)
FONTS = _names(
    "mathbf mathrm mathit mathsf mathtt mathcal mathfrak mathscr mathnormal boldsymbol bm "
    "pmb bold ensuremath frak"
)
TEXT_FONTS = _names(
    "text textbf textit emph texttt textsc textsf textrm textmd textup textnormal textsl "
    "underline uline mbox hbox textquote enquote ensuremath"
)
_BLACKBOARD = {**dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)), "E": "𝔼", "F": "𝔽", "1": "𝟙"}
_RAISED = dict(
    zip(
        "0123456789+-=()niabcdefghjklmoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
)
_LOWERED = dict(
    zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
_ALREADY_RAISED = {"∘": "°", "°": "°", "'": "'", "*": "*", "∗": "*", "⊤": "ᵀ", "†": "†", "⋆": "⋆"}
_ORDINALS = _names("st nd rd th")
LETTERS_OF_WORDS = _names("ss o O l L ae AE oe OE aa AA i j dh DH dj DJ TH")
CITATIONS = _names("cite citep citet citealp citeauthor citeyear")


@cache
def symbols() -> dict[str, str]:
    """Map the names of commands without arguments to what they print."""
    known = get_default_latex_context_db()
    table: dict[str, str] = {}
    for category in known.category_list:
        for name, spec in known.d[category]["macros"].items():
            prints = spec.simplify_repl
            if isinstance(prints, str) and "%" not in prints and name.isalpha():
                table.setdefault(name, prints)
    return {name: prints for name, prints in table.items() if name not in _TAKEN} | _BETTER


@cache
def symbols_of_formulas() -> dict[str, str]:
    """Map the names of commands without arguments to what they print within a formula."""
    return symbols() | _OF_FORMULAS


def accented(accent: str, letter: str) -> str | None:
    """Put an accent on one letter; None where Unicode has no such letter."""
    letter = {"\\i": "i", "\\j": "j", "ı": "i", "ȷ": "j"}.get(letter, letter)
    if len(letter) != 1 or not letter.isalpha():
        return None
    composed = unicodedata.normalize("NFC", letter + _COMBINING[accent])
    return composed if len(composed) == 1 or accent in MATH_ACCENTS else None


def is_accent(name: str) -> bool:
    """Whether the command is an accent of text, which takes the next letter."""
    return name in _COMBINING and name not in MATH_ACCENTS


def blackboard(letters: str) -> str:
    """Write letters in blackboard bold where it is in common use, else plainly."""
    return "".join(_BLACKBOARD.get(letter, letter) for letter in letters)


def raised(text: str) -> str:
    """Write a superscript: in small letters where all of it has them, else after a caret."""
    if text in _ORDINALS:
        return text
    if text in _ALREADY_RAISED:
        return _ALREADY_RAISED[text]
    return _scripted(text, _RAISED) or (f"^{text}" if len(text) == 1 else f"^{{{text}}}")


def lowered(text: str) -> str:
    """Write a subscript: in small letters where all of it has them, else after a low line."""
    if text in {"⊙", "☉", "⊕"}:
        return text
    return _scripted(text, _LOWERED) or (f"_{text}" if text.isalnum() else f"_{{{text}}}")


def _scripted(text: str, small: dict[str, str]) -> str | None:
    """Write all of `text` small; None where a letter has no small form, or a word would shrink."""
    if not set(text) <= small.keys() or sum(map(str.isalpha, text)) > 2:
        return None
    return "".join(small[letter] for letter in text)
