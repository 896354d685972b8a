r"""Writing arXiv's text into TeX, so that it is set as meant and no file of entries can break.

arXiv gives titles and names as their authors typed them: Unicode, LaTeX, or a mixture that nobody
compiled. Its LaTeX stays, as in arXiv's own entries, because TeX sets it best and what reads such
files knows it; what TeX would take for a command by mistake (`&`, `%`, `#`, a lone dollar) is
escaped. Text whose braces do not fit is written without any LaTeX, as people read it.
"""

import re
from collections.abc import Mapping

from bot.core.render.wording import display
from bot.core.visible import visible

_WORD = (
    # A word with a capital within it, as in LoRA, GPT-4 or U-Net.
    r"(?<![^\W_'’-])(?:[^\W_]+['’-])*(?:[^\W_]+[A-ZÀ-ÖØ-ÞΑ-Ω]|[A-Z](?=-))[^\W_]*(?:['’-][^\W_]+)*"
)
_MATHS = (
    # Dollars of which one alone has a space within stand at prices, unless maths is between them.
    r"\\\(.{1,500}?\\\)|\$\$[^$]+\$\$|\$(?! )(?:\\.|[^$\\])+(?<! )\$|\$ (?:\\.|[^$\\])+ \$"
    r"|\$(?=[^$]*[\\^_{}])(?:\\.|[^$\\])+\$"
)
_TOKEN = re.compile(
    rf"(?P<maths>{_MATHS})"
    r"|(?P<command>\\(?:[A-Za-z]+|[!-/:-@\[\]-`{-~ ]))"
    r"|(?P<brace>[{}])"
    r"|(?P<special>\\\\|[\\$%&#_^]|(?<![^ ])~)"
    rf"|(?P<word>{_WORD})"
)
_PLAIN = re.compile(rf"(?P<special>[\\{{}}$%&#_^~])|(?P<word>{_WORD})")
_CAPITALS = re.compile(_WORD)
_MARKUP = re.compile(r"[\\{}$%&#_^~]")
_ESCAPED = {
    r"\\": " ",  # a line break, which ends no field: some parsers see `\}` there
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{character: f"\\{character}" for character in "$%&#_"},
}


def tex(text: str, readable: Mapping[str, str] | None = None, *, title: bool = False) -> str:
    """Write outside text as the value of a field: in one line, its braces balanced.

    In a title that styles put into lower case, words keep the capitals within them, and so do
    formulas and commands. `readable` is what is known of the text, as in `display`.
    """
    known = visible(text)
    if _MARKUP.search(known) is None:
        return _CAPITALS.sub(r"{\g<0>}", known) if title else known
    written = _latex(known, title=title) if _is_balanced(known) else None
    return _plain(display(text, readable), title=title) if written is None else written


def _latex(text: str, *, title: bool) -> str | None:
    """Keep the LaTeX and escape the rest; None where a formula would end within a group."""
    depth = done = 0
    parts = []
    for found in _TOKEN.finditer(text):
        piece, kind = found[0], found.lastgroup
        if kind == "brace":
            depth += 1 if piece == "{" else -1
        elif kind == "special":
            piece = _ESCAPED[piece]
        elif kind == "maths":
            if not _is_balanced(piece):
                return None
            piece = re.sub(r"(?<!\\)[%#&]", r"\\\g<0>", piece)
        protected = title and depth == 0 and kind in {"maths", "word", "command"}
        parts += [text[done : found.start()], _protected(piece) if protected else piece]
        done = found.end()
    return "".join([*parts, text[done:]]).strip()


def _plain(text: str, *, title: bool) -> str:
    """Write text so that every character of it is seen."""

    def written(found: re.Match[str]) -> str:
        piece = found[0]
        if found.lastgroup == "special":
            return _ESCAPED[piece]
        return _protected(piece) if title else piece

    return _PLAIN.sub(written, text)


def _protected(piece: str) -> str:
    r"""Keep a style from changing its capitals; an accent such as `\H` needs the letter after."""
    return piece if piece == piece.lower() or piece == r"\H" else f"{{{piece}}}"


def _is_balanced(text: str) -> bool:
    r"""Tell whether braces fit, both as TeX reads them and as BibTeX, to which `\{` is one too."""
    depth = bare = 0
    for brace in re.findall(r"\\[\\{}]|[{}]", text):
        if brace == "\\\\":
            continue
        step = 1 if brace[-1] == "{" else -1
        depth += step
        bare += step if len(brace) == 1 else 0
        if depth < 0 or bare < 0:
            return False
    return depth == bare == 0
