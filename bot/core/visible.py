"""Making outside text show what it holds, before it lands in a header, HTML, Slack or a terminal.

It escapes nothing for HTML and the like: each place where text lands does that, afterwards.
"""

import re
import unicodedata

_SPACE = re.compile(
    # Tab, line breaks and every other separator, with whatever spaces stand about them.
    r"[ \t\n\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u3164\uffa0]+"
)
_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0 and C1 controls; the escape of terminals is one
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b\u200e\u200f\u202a-\u202e"  # zero width space, marks and overrides of direction
    "\u2060-\u206f\ufeff\ufff0-\ufffb"  # invisible operators, isolates, byte order mark
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # shorthand, music, tags
    "]+"
)
_JOINER = re.compile(
    # Persian, Indic scripts and emoji need joiners; next to ASCII, or in a row, they only hide.
    r"(?<![^\x00-\x7f\u0300-\u036f\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\u0300-\u036f\u200c\u200d])"
    r"|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MARKS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_VARIATIONS = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f]+")


def visible(text: str) -> str:
    """Give `text` on one line, without characters that hide, reorder or command anything.

    White space of every kind becomes single spaces, so no line can be broken with it. Controls,
    overrides of the direction of writing and zero-width characters are left out; joiners stay
    where a script needs them. What no encoding can write becomes U+FFFD, and towers of combining
    marks are cut to three. Doing it twice changes nothing more.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    text = _UNWRITABLE.sub("\ufffd", text)
    # Spaces first: a joiner has no place beside one, and where it goes two may meet.
    text = _JOINER.sub("", _SPACE.sub(" ", _HIDDEN.sub("", text)))
    text = _VARIATIONS.sub(r"\1", _MARKS.sub(r"\1", text))
    return _SPACE.sub(" ", text).strip(" ")


def visible_lines(text: str) -> str:
    """Do the same line by line, and keep the spaces that each begins with."""
    lines = text.split("\n")
    return "\n".join(" " * (len(one) - len(one.lstrip(" "))) + visible(one) for one in lines)


def escaped(text: str, keep: str = "") -> str:
    """Write controls, surrogates and characters that hide or reorder text as escapes.

    Unlike `visible` it shows that they were there: for errors and logs. `keep` stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        and character not in keep
        else character
        for character in text
    )
