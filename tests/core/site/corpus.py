"""The recorded corpus as cards, of which some have what only a few papers have."""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bot.core.site.model import Card
from tests.builders import NOON, paper
from tests.core.site.samples import TODAY


def cards(folder: Path, every: int = 1) -> Iterator[Card]:
    """Read each of the recorded papers, or one of `every` so many."""
    with gzip.open(folder / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, islice(lines, 0, None, every))):
            one = paper(
                id=row["id"],
                title=row["title"],
                abstract=row["summary"],
                authors=tuple(row["authors"]),
                categories=tuple(row["categories"]),
                primary_category=row["categories"][0],
                comment=row["comment"],
                published=NOON - timedelta(hours=number),
                updated=NOON - timedelta(hours=number),
                doi=f"10.1000/a_{number}" if number % 5 == 0 else None,
                journal_ref=f"Phys. Rev. {number} & {{x}}" if number % 7 == 0 else None,
            )
            yield Card(one, TODAY, ("language",))
