"""TeX as arXiv's metadata carries it, seen as the words it shows; mathematics stays as tokens.

It is for matching only: it is quick, keeps every word, and its result is shown to nobody.
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
    "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
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
    r"\\(?:emph|underline|mbox|operatorname|(?:text|math)(?:bf|it|rm|sc|sf|sl|tt|up|cal|bb|frak)"
    r"|textnormal|boldsymbol|bf|it|rm|sc|sf|sl|tt|em|cal)(?![A-Za-z])"
)
_MACRO = re.compile(r"\\([A-Za-z]+)")
_JOINS = re.compile(r"\\-|[{}\u00ad\u200b-\u200d\ufeff]")
_MARKS = re.compile("[\u0300-\u036f]")
_DOTTED = str.maketrans("ıȷ", "ij")
# What is left of TeX parts words, as any other sign; so it cannot become a macro of what follows.
_LEFT = str.maketrans("\\{}", "   ")
_QUOTES = str.maketrans("\u2018\u2019\u02bc\uff07", "''''")


def plain(text: str) -> str:
    r"""Give `text` with accents, letters and markup of TeX undone: `Erd\H{o}s` is `Erdős`.

    Letters come composed (NFKC), apostrophes as `'`. Every other macro stays as its name, a word
    of its own.
    """
    if "\\" in text or "{" in text:
        text = _LETTER.sub(lambda found: _LETTERS[found[1]], text)
        text = _ACCENT.sub(_accented, text)
        text = _MACRO.sub(r" \1 ", _LOOKS.sub(" ", text))
        text = _JOINS.sub("", text)
    if text.isascii():
        return text.translate(_LEFT)
    text = unicodedata.normalize("NFKC", _JOINS.sub("", text).translate(_QUOTES))
    return _MARKS.sub("", text).translate(_LEFT)


def _accented(found: re.Match[str]) -> str:
    """Write an accent macro as its letter with a combining mark."""
    mark = _COMBINING[found["sign"] or found["name"]]
    letter = (found["braced"] or found["bare"]).translate(_DOTTED)
    return unicodedata.normalize("NFC", letter + mark)
