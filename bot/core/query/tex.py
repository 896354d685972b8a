"""TeX as arXiv's metadata carries it, seen as the words it shows; mathematics stays as tokens.

It is for matching only: it is quick, keeps every word that is shown, and nobody sees its result.
"""

import re
import unicodedata

_COMBINING = dict(
    zip(
        "`'^~=u.\"rHvdckb",
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328\u0331",
        strict=True,
    )
)
_LETTERS = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "o": "ø",
    "O": "Ø", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ", "ell": "ℓ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip

# TeX takes the space after a letter's name with it; after \AA, the unit, authors forget that.
_LETTER = re.compile(rf"\\({'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?![A-Za-z])"
                     r"(?:\{\}|(?<!\\AA)\s+)?")  # fmt: skip
_ACCENT = re.compile(
    r"""\\(?:(?P<sign>[`'^~=."])|(?P<name>[urHvdckb])(?:\s+|(?=\{)))
    (?:\{\s*(?P<braced>[^\W\d_])\s*\}|(?P<bare>[^\W\d_]))""",
    re.VERBOSE,
)
_LOOKS = re.compile(
    r"\\(?:text|emph|underline|mbox|operatorname|(?:text|math)(?:bf|it|rm|sc|sf|sl|tt|up|cal|bb|frak)"
    r"|textnormal|boldsymbol|bf|it|rm|sc|sf|sl|tt|em|cal)(?![A-Za-z])"
)
# They show signs and space, which are no words.
_SIGNS = re.compile(
    r"\\(?:times|cdots?|[lc]?dots|infty|to|mapsto|(?:long|Long)?(?:left|right|Left|Right)+arrow|pm|mp"
    r"|leq?|geq?|l[lt]|g[gt]|neq?|sim(?:eq)?|approx|equiv|propto|in|subset(?:eq)?|c[au]p"
    r"|otimes|oplus|circ|degree|langle|rangle|left|right|quad|qquad|textregistered|copyright"
    r"|texttrademark|textendash|textemdash)(?![A-Za-z])"
)
_SCRIPTS = re.compile(r"\\text(?:super|sub)script(?![A-Za-z])\s*")
_MACRO = re.compile(r"\\([A-Za-z]+)")
_JOINS = re.compile(r"\\-|[{}\u00ad\u200b-\u200d\ufeff]")
_MARKS = re.compile("[\u0300-\u036f]")
_DOTTED = str.maketrans("ıȷ", "ij")
# What is left of TeX parts words, as any other sign; so it cannot become a macro of what follows.
_LEFT = str.maketrans("\\{}", "   ")
_NAMES = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK = _NAMES | {small.upper(): name.title() for small, name in _NAMES.items()}
_SYMBOL = re.compile(r"(?<![\u0370-\u03ff\u1f00-\u1fff])[α-ωΑ-Ω](?![\u0370-\u03ff\u1f00-\u1fff])")
_VARIANT = re.compile(r"\\var(?=(?:epsilon|theta|phi|pi|rho|sigma|kappa)(?![A-Za-z]))")
_MATHS = re.compile(r"\$([^$]{1,300})\$")
_RAISED = re.compile(r"[_^] *(?=\d)")
_INDEX = re.compile(r"(?<=[^\W\d_])_(?=\d)|(?<=[A-Z])\^(?=\d)")
_QUOTES = str.maketrans("\u2018\u2019\u02bc\uff07", "''''")


def plain(text: str) -> str:
    r"""Give `text` with accents, letters and markup of TeX undone: `Erd\H{o}s` is `Erdős`.

    Letters come composed (NFKC), apostrophes as `'`. A Greek letter by itself is its name, as its
    macro is; the digits of `CO$_2$` and `Mask$^2$DiT` belong to the word. A macro that shows a sign
    is none; every other stays as its name, a word of its own.
    """
    if "\\" in text or "{" in text:
        text = _LETTER.sub(lambda found: _LETTERS[found[1]], text)
        text = _ACCENT.sub(_accented, text)
        text = _SIGNS.sub(" ", _LOOKS.sub(" ", _SCRIPTS.sub("", _VARIANT.sub(r"\\", text))))
        text = _MACRO.sub(r" \1 ", text)
        text = _JOINS.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _JOINS.sub("", text).translate(_QUOTES))
        text = _MARKS.sub("", text)
        text = _SYMBOL.sub(
            lambda found: f" {_GREEK.get(found[0], found[0])} ", text.translate(_LEFT)
        )
    text = text.translate(_LEFT)
    return _MATHS.sub(_indexed, text) if "$" in text else text


def _indexed(found: re.Match[str]) -> str:
    """Join digits above and below the line to the name that they are part of.

    They are in `$CO_2$`, `CO$_2$`, `Mask$^2$DiT` and `$^4$He`, but not in `$x^2$`.
    """
    maths, text = found[1], found.string
    raised = _RAISED.match(maths)
    if raised and text[max(0, found.start() - 1) : found.start()].isalpha():
        return _INDEX.sub("", maths[raised.end() :])
    if raised and maths[raised.end() :].isdigit() and text[found.end() : found.end() + 1].isalpha():
        return f" {maths[raised.end() :]}"
    return f"${_INDEX.sub('', maths)}$"


def _accented(found: re.Match[str]) -> str:
    """Write an accent macro as its letter with a combining mark."""
    mark = _COMBINING[found["sign"] or found["name"]]
    letter = (found["braced"] or found["bare"]).translate(_DOTTED)
    return unicodedata.normalize("NFC", letter + mark)
