"""What a revision changed: version, title, comment, and what the comment tells that is worth most.

Authors write comments as they like. The phrases by which they tell acceptance were gathered from
12,000 genuine ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.core.latex import to_unicode
from bot.core.model import Former, Paper
from bot.core.visible import visible

_READ = 2_000
"""Characters of a comment that are searched; the longest genuine ones have some hundreds."""
_COUNTED = r"(?:pages?|pp|columns?|figures?|figs?|tables?|appendi(?:x|ces))\b"
_END = re.compile(
    # A semicolon, a dash between words, an address, a comma before what is counted, a full stop.
    r";|(?<!\d)\s[-–—|]+\s|\s*https?://\S*"
    rf"|,(?=\s*[~≈]?[\w+-]+\s(?:[\w-]+\s)?{_COUNTED})|\.(?=\s|$|[A-Z][a-z])"
)
_ABBREVIATED = re.compile(
    r"(?:^|[\s(.])(?:Acad|Adv|Am|Ann|Appl|Assoc|Astron|Astrophys|Chem|Class|Commu?n?|Comput|Comp"
    r"|Conf|Dept|Eds?|Eng|Eur|Geom|Grav|Inf|Inst|Int|Lect|Lett|Mach|Math|Mem|Mod|Mon|Nat|Nucl|No|Not"
    r"|Opt|Phys|pp|Proc|Quant|Res|Rev|Roy|Sci|Ser|Soc|Stat|Symp|Theor|Trans|Univ|[Vv]ol|[A-Z])$"
)
_TELLS = re.compile(
    r"\b(?:(?:provisionally|conditionally)\s)?(?:accept(?:ed)?|published|forthcoming|in\spress"
    r"|to\s(?:appear|be\s(?:published|presented))|(?:will\s)?appear(?:s|ed|ing)?\s(?:in|at)"
    r"|presented\s(?:at|as))\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    # What stands before and makes it a hope, or the fate of an earlier version.
    r"\b(?:not|never|if|submitted(?!\sand)|under\s(?:review|consideration)|preliminary|earlier"
    r"|previous|prior|older)\b",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(r"[\s,.:(]+(?:at|see|link)?$")


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the version known before, each empty where nothing does.

    `version` is that one, or 0 where none was known. `title` is the former title, `comment` the
    new comment. `accepted` is its phrase that tells, as the former comment did not, where the paper
    is accepted or published. `withdrawn`: it was not before.
    """

    version: int
    title: str = ""
    comment: str = ""
    accepted: str = ""
    withdrawn: bool = False


def change_of(former: Former, paper: Paper) -> Change:
    """Tell what became of `former`.

    Letters' case and ways to write the same character are no change: sources differ in them.
    """
    comment = paper.comment or ""
    before = _folded(former.comment or "")
    told = (one for one in acceptances(comment) if _folded(one) not in before)
    return Change(
        former.version,
        "" if _folded(former.title) in ("", _folded(paper.title)) else former.title,
        "" if _folded(comment) == before else comment,
        next(told, ""),
        paper.withdrawn and not replace(paper, comment=former.comment).withdrawn,
    )


def acceptances(comment: str) -> Iterator[str]:
    """Give the phrases of a comment that tell where the paper is accepted, published or to appear.

    A phrase runs from its verb to the end of its clause; where nothing follows the verb, as in
    "CVPR 2025 accepted", it is the clause.
    """
    for clause in _clauses(comment[:_READ]):
        verb = _TELLS.search(clause)
        if verb is None or _ANOTHER.search(clause[: verb.start()]):
            continue
        rest = clause[verb.end() :].split()
        bare = not rest or rest[0] == "version" or verb.group().casefold() == "in press"
        phrase = _LOOSE_END.sub("", clause if bare else clause[verb.start() :])
        yield phrase[:1].upper() + phrase[1:]


def _clauses(comment: str) -> Iterator[str]:
    """Cut a comment at the ends of its clauses; the full stop of an abbreviation is none."""
    start = 0
    for end in _END.finditer(comment):
        if end.group() != "." or not _ABBREVIATED.search(comment[start : end.start()]):
            yield comment[start : end.start()].strip(" ,.:")
            start = end.end()
    yield comment[start:].strip(" ,.:")


def _folded(text: str) -> str:
    """Write alike what means the same."""
    return visible(to_unicode(text)).casefold()
