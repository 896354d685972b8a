"""Reading an id that a person typed: an error says which one was likely meant."""

import re
from collections.abc import Iterator

from bot.core.arxiv_id import ArxivId, id_of, month_of, parse_id

_NEW = re.compile(
    r"(?<!\d)(\d{2}(?:0[1-9]|1[0-2]))[.,:;_\s-]{0,2}(\d{1,5})(v[1-9]\d{0,3})?(?![\d.])"
)
_OLD = re.compile(r"([A-Za-z]+(?:-[A-Za-z]+)?)(?:\.[A-Za-z]{2})?[./,:;_\s-]{0,2}(\d{7})(?!\d)")


def typed_id(text: str) -> ArxivId:
    """Read an id in any of its forms; raises ValueError, with what was likely meant.

    Unlike `parse_id` it refuses a number with more or fewer digits than arXiv gave in its month.
    """
    try:
        asked = parse_id(text)
    except ValueError:
        asked = None
    if asked is not None and _exact(asked.base) == asked.base:
        return asked
    likely = next(_likely(text), None)
    cure = f"did you mean {likely}?" if likely else "write one such as 2401.01234 or hep-th/9901001"
    raise ValueError(f"{text[:80]!r} is no arXiv id: {cure}")


def _likely(text: str) -> Iterator[str]:
    """Give ids that the text may have meant."""
    for month, number, version in _NEW.findall(text[:200]):
        base = _exact(f"{month}.{number:0>4}")
        if base is not None:
            yield f"{base}{version}"
    for archive, number in _OLD.findall(text[:200]):
        try:
            yield parse_id(f"{archive.lower()}/{number}").base
        except ValueError:
            continue


def _exact(base: str) -> str | None:
    """Write an id with as many digits as arXiv gave in its month; None where it gave none such."""
    if "/" in base:
        return base
    month, number = month_of(base), int(base.partition(".")[2])
    if number == 0 or month < 200704:
        return None
    written = id_of(month, number)
    return written if month >= 201501 or number < 10_000 else None
