"""What turning LaTeX into Unicode costs, and what it spares to read the result back with a paper.

Run: python -m tests.bench.bench_latex [--papers 20000]
Times are the processor's, the best of three, for title, abstract and comment of one paper. The
ledger stands in a temporary file and is warm; its papers are read as a digest's are, 200 at once.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from bot.core import readers
from bot.core.digest import sections_of
from bot.core.latex import _converted, to_unicode
from bot.core.model import Entry, Paper
from bot.core.polling import Batch
from bot.core.render import encoded
from bot.core.render.wording import display
from bot.notifiers.mailbox import mailbox
from bot.notifiers.message import Envelope, build
from bot.store import intake, readable
from bot.store.connection import opened, writing
from bot.store.rows import read_papers
from tests.bench.subscriptions import all_papers
from tests.builders import NOON, digest

AT_ONCE = 200
A_DIGEST = 20
DAY = 2_000
_LEFT = re.compile(r"\\[A-Za-z]|\$")
_ENVELOPE = Envelope(mailbox("papers@example.org"), mailbox("ana@example.org"), mailto="mailto:a@b")


def texts(paper: Paper) -> tuple[str, str, str]:
    """Give what of a paper is shown."""
    return paper.title, paper.abstract, paper.comment or ""


def folded(paper: Paper) -> Paper:
    """Fold white space, as sources do before a paper is recorded."""
    title, abstract, comment = (" ".join(text.split()) for text in texts(paper))
    return replace(paper, title=title, abstract=abstract, comment=comment)


def best(work: Callable[[], object], count: int) -> float:
    """Give the microseconds of the best of three rounds for one of `count`, nothing remembered."""
    least = float("inf")
    for _ in range(3):
        for kept in (_converted, readers._displayed, encoded._kept):
            kept.cache_clear()
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least / max(1, count) * 1e6


def show(papers: Iterable[Paper]) -> None:
    """Have all that is shown of papers as people read it."""
    for paper in papers:
        for text in texts(paper):
            display(text, paper.readable)


def converted(papers: Sequence[Paper]) -> float:
    """Give the microseconds in which one paper is read anew."""
    return best(lambda: show(papers), len(papers))


@contextmanager
def ledger(papers: Sequence[Paper]) -> Iterator[Database]:
    """Record papers in a ledger."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder) / "papers.db", exclusive=True) as db,
    ):
        for some in portions(papers):
            with writing(db):
                intake.record(db, "arxiv_api", Batch(tuple(some)), NOON)
        yield db


def portions(papers: Sequence[Paper], size: int = AT_ONCE) -> Iterator[Sequence[Paper]]:
    """Cut papers into portions."""
    return (papers[start : start + size] for start in range(0, len(papers), size))


def load(db: Database, papers: Sequence[Paper], *, shown: bool) -> None:
    """Read papers back as digests do, and have what is shown of them, or not."""
    for some in portions(papers):
        found = read_papers(db, [one.id for one in some])
        if shown:
            show(found.values())


def write(db: Database, papers: Sequence[Paper]) -> None:
    """Keep what people read of papers."""
    for some in portions(papers):
        with writing(db):
            readable.write(db, {one.id: readable.reading_of(one) for one in some})


def send(db: Database, papers: Sequence[Paper]) -> None:
    """Read a day's papers back, and build digests of them, each paper in one."""
    for some in portions(papers, A_DIGEST):
        found = read_papers(db, [one.id for one in some])
        entries = [Entry(one, ("Language",)) for one in found.values()]
        build(digest(sections=sections_of(entries)), _ENVELOPE, key="k")


def octets(db: Database) -> int:
    """Tell how many octets of the ledger's file are in use."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def has_markup(paper: Paper) -> bool:
    """Whether anything in the paper's texts has to be converted."""
    return any(to_unicode(text) != text for text in texts(paper))


def left(papers: Iterable[Paper]) -> tuple[int, int]:
    """Count the texts, and those in which a command or a dollar is left."""
    found = [bool(_LEFT.search(to_unicode(text))) for one in papers for text in texts(one) if text]
    return len(found), sum(found)


def show_conversion(papers: Sequence[Paper]) -> None:
    """Tell what it costs to read papers anew."""
    marked = [paper for paper in papers if has_markup(paper)]
    plain = [paper for paper in papers if not has_markup(paper)]
    print(f"{len(papers):,} papers, {len(marked):,} of them with markup; microseconds a paper:")
    for name, some in (("all", papers), ("with markup", marked), ("without", plain)):
        print(f"  read anew, {name:<12}          {converted(some):8.1f}")
    slowest = max(marked, key=lambda one: converted([one]), default=None)
    if slowest is not None:
        print(f"  the slowest                      {converted([slowest]):8.1f}  ({slowest.id})")
    count, raw = left(papers)
    print(f"  of {count:,} texts {raw:,} have a command or a dollar left")


def show_reading_back(papers: Sequence[Paper]) -> None:
    """Tell what is spared where the ledger keeps what people read, and what that takes."""
    day = papers[:DAY]
    with ledger(papers) as db:
        before = octets(db)
        loaded = best(partial(load, db, papers, shown=False), len(papers))
        anew = best(partial(load, db, papers, shown=True), len(papers))
        sent_anew = best(partial(send, db, day), len(day))
        written = best(partial(write, db, papers), len(papers))
        print("From the ledger, microseconds a paper:")
        print(f"  loaded, nothing of it kept       {loaded:8.1f}")
        print(f"  and read anew                    {anew:8.1f}")
        print(
            f"  loaded with what is kept         "
            f"{best(partial(load, db, papers, shown=False), len(papers)):8.1f}"
        )
        back = best(partial(load, db, papers, shown=True), len(papers))
        print(f"  and shown by that                {back:8.1f}  ({anew / back:.1f} times as fast)")
        sent = best(partial(send, db, day), len(day))
        print(f"  in digests by email, read anew   {sent_anew:8.1f}")
        print(f"  in digests by email, by that     {sent:8.1f}  ({sent_anew / sent:.1f} times)")
        print(f"  read and kept, once              {written:8.1f}")
        size = (octets(db) - before) / max(1, len(papers))
        print(f"  {size:.0f} octets a paper, beside {before / max(1, len(papers)):.0f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=20_000)
    count = arguments.parse_args().papers
    papers = [*{one.id: folded(one) for one in all_papers()[:count]}.values()]
    show_conversion(papers)
    show_reading_back(papers)


if __name__ == "__main__":
    main()
