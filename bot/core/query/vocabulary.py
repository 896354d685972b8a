"""The words that clauses ask for, numbered, and which of them a word of a text is."""

from collections import defaultdict
from collections.abc import Sequence
from re import Pattern

from bot.core.query.expression import Word
from bot.core.query.numbering import UNKNOWN, Numbering
from bot.core.query.table import Table
from bot.core.query.words import is_wildcard, wildcard


class Vocabulary:
    """Words as clauses have them: one form, or several of which any will do, or wildcards.

    A form is literal, and is compared with those by which a text's word is known, or a wildcard,
    and is held against its folded forms.
    """

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._numbers = Table[str, int]()
        self._shared: dict[str, list[int]] = {}
        self._wild: dict[str, list[tuple[int, Pattern[str] | None]]] = {}

    def get(self, literal: str) -> int:
        """Give the number of a word of one literal form, or UNKNOWN."""
        return self._numbers.get(literal) or UNKNOWN

    def number(self, forms: Word) -> int:
        """Give the number of a word that is there."""
        return self._numbers["/".join(forms)]

    def take(self, forms: Word) -> int:
        """Enter a word, or count one use more; give its number."""
        key = "/".join(forms)
        number = self._numbers.get(key)
        if number is not None:
            self._numbering.take(number)
            return number
        number = self._numbers[key] = self._numbering.new()
        for form in forms:
            if is_wildcard(form):
                prefix = _prefix(form)
                pattern = None if form == f"{prefix}*" else wildcard(form)
                self._wild.setdefault(prefix, []).append((number, pattern))
            elif len(forms) > 1:
                self._shared.setdefault(form, []).append(number)
        return number

    def drop(self, forms: Word) -> None:
        """Count one use less, and forget a word after its last."""
        key = "/".join(forms)
        number = self._numbers[key]
        if not self._numbering.drop(number):
            return
        self._numbers.pop(key)
        for form in forms:
            if is_wildcard(form):
                prefix = _prefix(form)
                left = [one for one in self._wild.pop(prefix, ()) if one[0] != number]
                if left:
                    self._wild[prefix] = left
            elif len(forms) > 1:
                self._shared[form].remove(number)
                if not self._shared[form]:
                    del self._shared[form]

    def occurring(self, known: Sequence[Word], folded: Sequence[Word]) -> dict[int, list[int]]:
        """Tell which words occur in a text, as which of the text's own words.

        For each of these are given the literal forms by which it is `known`, and the `folded` ones.
        A word of the text may be told twice.
        """
        numbers, shared = self._numbers, self._shared
        found: dict[int, list[int]] = defaultdict(list)
        for word, forms in enumerate(known):
            for form in forms:
                number = numbers.get(form)
                if number is not None:
                    found[number].append(word)
                if form in shared:
                    for number in shared[form]:
                        found[number].append(word)
        if self._wild:
            self._find_wild(folded, found)
        return found

    def _find_wild(self, folded: Sequence[Word], found: dict[int, list[int]]) -> None:
        """Hold wildcards against words that begin as they do."""
        lengths = sorted({len(prefix) for prefix in self._wild})
        for word, forms in enumerate(folded):
            for form in forms:
                for length in lengths:
                    for number, pattern in self._wild.get(form[:length], ()):
                        if pattern is None or pattern.fullmatch(form):
                            found[number].append(word)

    def __len__(self) -> int:
        """Tell how many words there are."""
        return len(self._numbers)


def _prefix(form: str) -> str:
    """Give what stands before the first wildcard."""
    return form[: min(place for place in map(form.find, "*?") if place >= 0)]
