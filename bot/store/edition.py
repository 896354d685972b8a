"""By which rules papers and queries are read: what was made by others is found by that."""

import hashlib
import unicodedata
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from sqlite_utils import Database

from bot.core.latex.touchstones import tables, touchstones
from bot.core.model import Paper
from bot.core.query import QuerySyntaxError, parse
from bot.core.render.wording import display
from bot.store.documents import documents

# One column for each of what rests on the rules, as each follows them in its own time.
RULES_OF_CURSORS = "ALTER TABLE edition ADD COLUMN cursors TEXT NOT NULL DEFAULT ''"

Resting = Literal["index", "cursors", "readable"]
"""What rests on the rules: the words in the index, the hashes by which cursors are known, and what
people read of papers."""

READ_RULES = {
    "index": "SELECT rules FROM edition",
    "cursors": "SELECT cursors FROM edition",
    "readable": "SELECT readable FROM edition",
}

MOVE_RULES = {
    "index": "UPDATE edition SET rules = ?",
    "cursors": "UPDATE edition SET cursors = ?",
    "readable": "UPDATE edition SET readable = ?",
}

_PAPER = Paper(
    id="hep-th/9901001",
    version=1,
    title=r"Schr\"odinger's Naïve Møller-Plesset LLMs: 2.5 $\alpha$-decays, O'Brien",
    abstract="Ähnliche Größen für Αθήνα 北京 №5 ﬁne-tuned GPT-4.1's optimisation flies happily; "
    "let us possibly grok topology, grokking",
    authors=("Paul Erdős", "J.-P. Serre"),
    categories=("hep-th", "math.AG"),
    primary_category="hep-th",
    published=datetime(1999, 1, 1, tzinfo=UTC),
    updated=datetime(1999, 1, 1, tzinfo=UTC),
    doi="10.1000/X_y",
    affiliations=("Universität Göttingen",),
)
_QUERIES = (
    "ti:GPT-4 AND abs:fine-tuning ANDNOT co:workshop",
    'ti:k-means OR kw:"U.S. economy" OR kw:"CO$_2$ capture"',
    r'ti:α-decay AND abs:"Schr\"odinger\'s naïve Møller"',
    'au:"Smith Jr., John" OR au:erdos_p OR au:"Jean-Pierre Serre" OR au:"O\'Brien"',
    "ti:RAG AND all:optimisation AND abs:2.5 AND ti:LLMs",
    'abs:"state of the art" AND ti:"large model"~3 AND abs:retriev* AND ti:gr?k',
    "cat:cs.* ANDNOT primary:hep-th AND (jr:PRL OR rn:CERN-TH-2026-001)",
    "id:2401.01234v2 OR doi:10.1000/X_y OR id:hep-th/9901001",
    "submittedDate:[202301010600 TO 202401010600]",
    "ti:the",
    "electron",
)


def is_followed(db: Database, by: Resting) -> bool:
    """Tell whether what rests on the rules was made by those of today."""
    (known,) = db.execute(READ_RULES[by]).fetchone()
    return bool(known == _rules_of(by))


def follow(db: Database, by: Resting) -> None:
    """Note that what rests on the rules follows those of today."""
    db.execute(MOVE_RULES[by], (_rules_of(by),))


@cache
def rules() -> str:
    """Stand for the rules by which papers and queries are read, by what they make of some."""
    read = (documents([_PAPER]), [_meaning(text) for text in _QUERIES])
    return _digest(read)


@cache
def rules_of_reading() -> str:
    """Stand for the rules by which people read papers: by what they make of some texts."""
    return _digest((*map(display, touchstones()), *tables(), unicodedata.unidata_version))


def reader() -> int:
    """Give the number under which what today's rules of reading made is kept."""
    return int(rules_of_reading()[:12], 16)


def _rules_of(by: Resting) -> str:
    """Stand for the rules on which this rests."""
    return rules_of_reading() if by == "readable" else rules()


def _digest(read: object) -> str:
    """Give a short text that differs where what was made of the touchstones does."""
    return hashlib.sha256(repr(read).encode()).hexdigest()[:16]


def _meaning(text: str) -> str | None:
    """Tell what a query means by today's rules; None where they refuse it."""
    try:
        return parse(text).hash
    except QuerySyntaxError:
        return None
