"""Letters in the alphabets of mathematics, which MathML Core takes from Unicode alone."""

import unicodedata
from functools import lru_cache
from typing import Literal

Font = Literal["", "normal", "bold", "bold italic", "script", "fraktur", "double-struck",
               "sans-serif", "monospace"]  # fmt: skip
"""How letters look: "" leaves that to the formula, and "normal" is upright."""

FONTS: dict[str, Font] = {
    **dict.fromkeys(("mathbf", "bf", "bfseries", "boldmath", "bold"), "bold"),
    **dict.fromkeys(("boldsymbol", "bm", "pmb"), "bold italic"),
    **dict.fromkeys(("mathrm", "rm", "rmfamily"), "normal"),
    **dict.fromkeys(("mathcal", "cal", "mathscr"), "script"),
    **dict.fromkeys(("mathfrak", "frak"), "fraktur"),
    **dict.fromkeys(("mathbb", "Bbb", "mathds", "mathbbm"), "double-struck"),
    **dict.fromkeys(("mathsf", "sf"), "sans-serif"),
    **dict.fromkeys(("mathtt", "tt", "ttfamily"), "monospace"),
    **dict.fromkeys(("mathit", "mathnormal", "it"), ""),
}
"""The fonts that commands and declarations set."""

JOINED: frozenset[Font] = frozenset({"normal", "bold", "sans-serif", "monospace"})
"""Fonts in which letters in a row are a word."""

_OLDER = {"script": "SCRIPT", "fraktur": "BLACK-LETTER", "double-struck": "DOUBLE-STRUCK"}
"""What letters are called that Unicode had before the alphabets."""


@lru_cache(maxsize=1024)
def styled(letter: str, font: Font) -> str:
    """Give a letter or digit in a font; as it is where the font has none."""
    if font in {"", "normal"} or len(letter) != 1:
        return letter
    name = unicodedata.name(letter, "")
    for script in ("LATIN ", "GREEK ", "LETTER "):
        name = name.replace(script, "")
    style = font.upper() if font != "bold italic" else "BOLD ITALIC"
    for whole in (f"MATHEMATICAL {style} {name}", f"{_OLDER.get(font, '')} {name}"):
        try:
            return unicodedata.lookup(whole)
        except KeyError:
            continue
    return letter
