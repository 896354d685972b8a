"""Reading a formula's source as a tree of MathML: its groups, scripts, letters and symbols."""

import re
from collections.abc import Callable, Mapping, Sequence

from bot.core.latex.symbols import DECLARATIONS, symbols_of_formulas
from bot.core.site import mathml_signs as signs
from bot.core.site.mathml_letters import FONTS, JOINED, Font, styled
from bot.core.site.mathml_marks import Marks, Unreadable
from bot.core.site.mathml_tree import Element, leaf, node, row, scripted, set_apart, space

DEEPEST = 40
"""Parts within parts beyond which a formula is not read."""

_NAME = re.compile(r"[^\W\d_]{2,}")
_UNREADABLE = frozenset({"", "}", "&", "$", "^", "_", "'", "\\", "\\\\", "\\right"})
"""Marks that mean something only where somebody waits for them."""


class Reader:
    """One pass over a formula.

    `built` reads each command that is made of arguments; what a command applies to comes after
    it, as in TeX. `prose` reads text within the formula, as plain text.
    """

    def __init__(
        self, source: str, prose: Callable[[str], str], built: Mapping[str, "Build"]
    ) -> None:
        self.marks = Marks(source)
        self.prose = prose
        self.font: Font = ""
        self._built = built
        self._depth = 0

    def row(self, *ends: str) -> tuple[Element, ...]:
        """Read up to one of `ends`, which is left; "" is the end of the formula."""
        self._deeper()
        font = self.font
        items: list[Element] = []
        while (mark := self.marks.ahead()) not in ends:
            self.marks.next()
            if mark in signs.INFIX:
                above = row(set_apart(items))
                items = [divided(signs.INFIX[mark], above, row(self.row(*ends)))]
            elif mark in signs.SCRIPTS:
                bare = not items or items[-1].tag == "mspace"
                items.append(self._scripts(mark, node("mrow") if bare else items.pop()))
            elif mark.isalpha():
                items.append(signs.letters(mark + self._joined(), self.font))
            else:
                items += self._atom(mark)
        self.font = font
        self._depth -= 1
        return set_apart(items)

    def closed(self, end: str) -> tuple[Element, ...]:
        """Read up to `end`, and take it."""
        items = self.row(end)
        self.marks.next()
        return items

    def argument(self) -> Element:
        """Read what a command or script applies to: a group, or one mark."""
        self._deeper()
        font = self.font
        found = self._atom(self.marks.take_one())
        whole = row(found) if found else self.argument()
        self.font = font
        self._depth -= 1
        return whole

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable

    def _joined(self) -> str:
        """Take the letters that make one name with the one before, in fonts where they do."""
        found = ""
        while self.font in JOINED and self.marks.ahead().isalpha():
            found += self.marks.next()
        return found

    def _atom(self, mark: str) -> list[Element]:
        """Read what a mark begins; nothing, where it only says how the rest looks."""
        if mark.isspace():
            return []
        if mark == "{":
            return [row(self.closed("}"))]
        if mark in _UNREADABLE:
            raise Unreadable
        if mark == "~":
            return [space(".25em")]
        if mark[0] == "\\":
            return self._command(mark[1:])
        if mark[0].isdigit():
            return [leaf("mn", "".join(styled(digit, self.font) for digit in mark))]
        return [signs.letters(mark, self.font) if mark[0].isalpha() else signs.sign(mark)]

    def _scripts(self, mark: str, base: Element) -> Element:
        """Read all scripts of a base; two of a kind are an error to TeX, but primes may be many."""
        below: Element | None = None
        above: list[Element] = []
        raised = False
        while mark in signs.SCRIPTS:
            if mark in signs.PRIMES:
                above.append(leaf("mo", "′"))
            elif mark == "_" and below is None:
                below = self.argument()
            elif mark == "^" and not raised:
                above.append(self.argument())
                raised = True
            else:
                raise Unreadable
            if (mark := self.marks.skip()) in signs.SCRIPTS:
                self.marks.next()
        return scripted(base, below, row(above) if above else None)

    def _command(self, name: str) -> list[Element]:
        r"""Read a command; an author's own `\foo` is shown, if it has no arguments."""
        if (simple := signs.simple(name)) is not None:
            return simple
        if name in self._built:
            return self._built[name](self, name)
        if name in DECLARATIONS:
            self.font = FONTS.get(name, self.font)
            return []
        if name in symbols_of_formulas():
            return [self._symbol(symbols_of_formulas()[name])]
        if not name.isalpha() or self.marks.ahead() in {"{", "["}:
            raise Unreadable
        return [Element("mi", f"\\{name}", names=True)]

    def _symbol(self, prints: str) -> Element:
        if prints.isspace():
            return space(".25em")
        if _NAME.fullmatch(prints):
            return Element("mi", prints, names=True)
        return signs.sign(prints, self.font)


Build = Callable[[Reader, str], list[Element]]
"""Reads the arguments of the command with this name, which was just taken."""


def divided(kind: str, above: Element, below: Element) -> Element:
    """Put one thing above another, as a fraction or a binomial coefficient, or bare."""
    if kind in signs.FRACTIONS:
        return node("mfrac", above, below)
    bare = node("mfrac", above, below, linethickness="0")
    return bare if kind == "atop" else enclosed("(", [bare], ")")


def enclosed(before: str, inside: Sequence[Element], after: str) -> Element:
    """Put delimiters that grow about something; a full stop, or nothing, is none."""
    first, last = ([signs.fence(mark)] if mark.strip(".") else [] for mark in (before, after))
    return row([*first, *inside, *last])
