"""Finding where a brace or a formula ends."""

import re

FORMULA_LIMIT = 600
"""Characters within which a formula ends; where it does not, its opening mark is none."""
_MARK = re.compile(r"\\.|[{}$]", re.DOTALL)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_GROUP = re.compile(r"\{[^{}]*\}")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_PROSE = re.compile(r"[A-Za-z]{3,}[,.]?\s+[A-Za-z]{2,}")


def pairs(text: str) -> dict[int, int]:
    """Map the place of each opening brace to its closing one; unpaired ones are left out."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for mark in _BRACE.finditer(text):
        if mark[0] == "{":
            opened.append(mark.start())
        elif mark[0] == "}" and opened:
            found[opened.pop()] = mark.start()
    return found


def formula(text: str, at: int) -> tuple[str, int] | None:
    """Read the formula that the dollar at `at` opens: its source, and the place after it.

    None where that dollar is money, or closes something: TeX itself would not ask.
    """
    if text.startswith("$$", at):
        end = text.find("$$", at + 2, at + FORMULA_LIMIT)
        if end > 0 and "$" not in text[at + 2 : end] and text[at + 2 : end].strip():
            return text[at + 2 : end], end + 2
    close = _closing_dollar(text, at + 1)
    if close is None or not _is_formula(text[at + 1 : close], text[close + 1 : close + 2]):
        return None
    return text[at + 1 : close], close + 1


def _closing_dollar(text: str, at: int) -> int | None:
    """Find the next dollar outside braces; None where there is none near or braces end before."""
    depth = 0
    for mark in _MARK.finditer(text, at, at + FORMULA_LIMIT):
        if mark[0] == "$" and depth == 0:
            return mark.start()
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if depth < 0:
            return None
    return None


def _is_formula(source: str, following: str) -> bool:
    """Tell a formula from the words between two prices, as in `$5 and $6` or `$5-$10`."""
    if not source.strip() or _PROSE.search(_COMMAND.sub(" ", _without_groups(source))):
        return False
    if re.search(r"[\\^_]", source) or not re.search(r"\w", source):
        return True
    return source == source.strip() and not following.isdigit() and source[-1] not in "-\u2013/,"


def _without_groups(source: str) -> str:
    """Take out what stands in braces, innermost first; words may stand there."""
    while (shorter := _GROUP.sub("", source)) != source:
        source = shorter
    return source
