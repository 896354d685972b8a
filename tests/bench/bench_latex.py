"""What turning LaTeX into Unicode costs, against reading the result back from SQLite.

Run: python -m tests.bench.bench_latex [--papers 20000]
Times are the processor's, the best of three, for title, abstract and comment of one paper. The
database stands in a temporary file and is warm; a row is read by its primary key.
"""

import argparse
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.core.latex import _converted, to_unicode
from bot.core.model import Paper
from bot.core.render.wording import display
from tests.bench.subscriptions import all_papers

_LEFT = re.compile(r"\\[A-Za-z]|\$")


def texts(paper: Paper) -> tuple[str, str, str]:
    """Give what of a paper is shown."""
    return paper.title, paper.abstract, paper.comment or ""


def folded(paper: Paper) -> Paper:
    """Fold white space, as sources do before a paper is recorded."""
    title, abstract, comment = (" ".join(text.split()) for text in texts(paper))
    return replace(paper, title=title, abstract=abstract, comment=comment)


def each(papers: Sequence[Paper], work: Callable[[Paper], object]) -> float:
    """Give the microseconds of the best of three rounds for one paper, nothing remembered."""
    best = float("inf")
    for _ in range(3):
        _converted.cache_clear()
        began = time.process_time()
        for paper in papers:
            work(paper)
        best = min(best, time.process_time() - began)
    return best / max(1, len(papers)) * 1e6


def shown(paper: Paper) -> list[str]:
    """Convert all that is shown of a paper."""
    return [display(text) for text in texts(paper)]


def read_back(papers: Sequence[Paper]) -> float:
    """Give the microseconds in which three stored texts of one paper are read."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "texts.db")
        database.execute("CREATE TABLE t (id TEXT PRIMARY KEY, title, abstract, comment)")
        rows = {paper.id: (paper.id, *shown(paper)) for paper in papers}
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows.values())
        database.commit()
        question = "SELECT title, abstract, comment FROM t WHERE id = ?"
        found = each(papers, lambda one: database.execute(question, (one.id,)).fetchone())
        database.close()
    return found


def has_markup(paper: Paper) -> bool:
    """Whether anything in the paper's texts has to be converted."""
    return any(to_unicode(text) != text for text in texts(paper))


def left(papers: Iterable[Paper]) -> tuple[int, int]:
    """Count the texts, and those in which a command or a dollar is left."""
    found = [bool(_LEFT.search(to_unicode(text))) for one in papers for text in texts(one) if text]
    return len(found), sum(found)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=20_000)
    papers = [folded(one) for one in all_papers()[: arguments.parse_args().papers]]
    marked = [paper for paper in papers if has_markup(paper)]
    plain = [paper for paper in papers if not has_markup(paper)]
    print(f"{len(papers):,} papers, {len(marked):,} of them with markup; microseconds a paper:")
    for name, some in (("all", papers), ("with markup", marked), ("without", plain)):
        print(f"  converted, {name:<12}{each(some, shown):8.1f}")
    print(f"  read from SQLite       {read_back(papers):8.1f}")
    slowest = max(marked, key=lambda one: each([one], shown), default=None)
    if slowest is not None:
        print(f"  the slowest            {each([slowest], shown):8.1f}  ({slowest.id})")
    count, raw = left(papers)
    print(f"{count:,} texts, {raw:,} of them with a command or a dollar left")


if __name__ == "__main__":
    main()
