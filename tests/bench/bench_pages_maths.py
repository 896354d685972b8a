"""What formulas in MathML cost the pages, against the Unicode reading alone.

Run: python -m tests.bench.bench_pages_maths [--papers 20000]
Times are the processor's, the best of three, for one title, abstract or comment with nothing
remembered from before; `stored` is where the Unicode reading is at hand already.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence

from markupsafe import escape

from bot.core.latex import _converted
from bot.core.render.wording import display
from bot.core.site.mathml import Formula, _divided, _formula, markup, pieces
from tests.bench.bench_latex import folded, texts
from tests.bench.subscriptions import all_papers


def each(some: Sequence[str], work: Callable[[str], object]) -> float:
    """Give the microseconds of the best of three rounds for one text, nothing remembered."""
    best = float("inf")
    for _ in range(3):
        for kept in (_converted, _divided, _formula):
            kept.cache_clear()
        began = time.process_time()
        for text in some:
            work(text)
        best = min(best, time.process_time() - began)
    return best / max(1, len(some)) * 1e6


def row(name: str, some: Sequence[str], readable: Mapping[str, str]) -> str:
    """Compare both ways for some texts."""
    times = [
        each(some, lambda text: escape(display(text))),
        each(some, markup),
        each(some, lambda text: escape(display(text, readable))),
        each(some, lambda text: markup(text, readable)),
    ]
    ratio = times[1] / times[0] if times[0] else 0.0
    told = "".join(f"{one:12.2f}" for one in times)
    return f"  {name:<18}{len(some):8,}{told}{ratio:10.2f}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=20_000)
    papers = [folded(one) for one in all_papers()[: arguments.parse_args().papers]]
    found = [text for one in papers for text in texts(one) if text]
    readable = {text: display(text) for text in found}
    formulas = {text: [one for one in pieces(text) if isinstance(one, Formula)] for text in found}
    dollars = [text for text in found if "$" in text and not formulas[text]]
    with_mathml = [text for text in found if formulas[text]]
    print(
        "microseconds a text:       count     Unicode      MathML      stored  and MathML     ratio"
    )
    for name, some in (("all", found), ("other formulas", dollars), ("with MathML", with_mathml)):
        print(row(name, some, readable))
    kinds = {one.source: one for several in formulas.values() for one in several}
    size = sum(len(one.mathml.encode()) for one in kinds.values()) / max(1, len(kinds))
    print(f"{len(kinds):,} formulas in MathML, of {size:.0f} octets each")


if __name__ == "__main__":
    main()
