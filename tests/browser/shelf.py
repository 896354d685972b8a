"""The papers of the site that the tests read in a browser, and the addresses of its pages."""

from datetime import datetime, timedelta

from bot.core.model import Paper
from tests.builders import NOON, paper

PLAIN = 36
"""So many papers of Language have nothing special: more than the index has abstracts of."""
MATHS, WITHDRAWN, MANY, ACCENTED = "2601.00900", "2601.00901", "2601.00902", "2601.00903"
HOSTILE = "2601.00904"
LANGUAGE = PLAIN + 5
ALL = LANGUAGE + 1
"""So many papers are in Language, and one more in Lattices."""
FAINT = "2601.00905"
"""The newest of Lattices, and the one that matches least."""
ATTACK = """</p></details></script><script>alert(1)</script><img src="https://example.com/x"
onerror="alert(2)"> \u202e $ | <b onclick='alert(3)'>&amp;lt; ]]> --> {{ 7 * 7 }}"""
COMMENT = "Accepted at the 41st International Conference on Machine Learning, 12 pages"
FORMULA = r"We prove $\sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}$ in $\mathbb{R}^n$."

PAGES = {
    "index": "index.html",
    "topic": "topics/language/index.html",
    "month": "topics/language/2026-01.html",
    "day": "days/2026/2026-01-04.html",
    "paper": f"papers/2601/{MATHS}.html",
    "withdrawn": f"papers/2601/{WITHDRAWN}.html",
    "hostile": f"papers/2601/{HOSTILE}.html",
    "author": "authors/emmy-noether.html",
    "archive": "archive.html",
    "authors": "authors.html",
    "404": "404.html",
}
"""One of each kind, and of papers some that are like no other."""
LISTS = ("index", "topic", "month", "day", "author")
"""The kinds that list papers."""


def everything() -> dict[datetime, list[Paper]]:
    """Give papers by when they are polled: plain ones, then some of each special kind."""
    plain = [paper(n, updated=NOON - timedelta(days=1 + n // 4)) for n in range(1, PLAIN + 1)]
    both = {"categories": ("cs.CL", "math.CO"), "authors": ("Emmy Noether", "Ana García")}
    special = [
        paper(900, title=r"A Lattice over $\mathbb{Q}(\sqrt{2})$", abstract=FORMULA,
              comment=COMMENT, version=3, updated=NOON, **both),
        paper(901, title="A Lattice", comment="Withdrawn by the authors", **both),
        paper(902, authors=tuple(f"Author Number{n}" for n in range(30)), comment="12 pages"),
        paper(903, title="Gröbner Bases, Naïvely", abstract="We measuré Łódź."),
        paper(904, title=f"Attack {ATTACK}", abstract=f"We attack. {ATTACK}", comment=ATTACK,
              authors=(ATTACK, "Ana García"), updated=NOON - timedelta(days=40)),
        paper(905, title="Posets", abstract="We study a lattice.", categories=("math.CO",),
              primary_category="math.CO", updated=NOON),
    ]  # fmt: skip
    return {NOON - timedelta(days=1): plain, NOON: special}
