"""What `daily-papers bounces` tells: a line for each letter that counts, and a summary."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.bounces import Read
from bot.console import say
from bot.core.people import Bounce, BounceKind, Verdict
from bot.core.returned import Ignored, Leave

_VERDICTS: Mapping[Verdict | None, str] = {
    "suspended": "its address is suspended",
    "counted": "counted",
    "repeated": "counted before",
    "unknown": "not counted: the ledger does not know this delivery any more",
    "forged": "not counted: the address that it came to is not signed by us",
}
_SUMMED: Mapping[Verdict, str] = {
    "suspended": "suspended an address",
    "counted": "counted",
    "repeated": "counted before",
    "unknown": "of unknown deliveries",
    "forged": "forged",
}
UNTOLD = (
    "email.bounces is not set, so that no report can be told apart: only mails that unsubscribe "
    'are read. README tells how reports come back, under "Bounces".'
)


def tell(one: Read) -> None:
    """Print what a letter came to, in a line, unless it is none of ours."""
    match one.returned:
        case Bounce(named, kind, status, detail):
            words = " ".join(word for word in (kind, status) if word)
            said = f": {detail}" if detail else ""
            say(f"delivery {named.delivery}: {words}, {_came_to(kind, one.verdict)}{said}")
        case Leave() if one.holder is None:
            say("unsubscribe: nobody has this token")
        case Leave():
            say(f"unsubscribe: {_holder(one)}: nothing is sent there any more")
        case _:
            pass


def _came_to(kind: BounceKind, verdict: Verdict | None) -> str:
    """Say what became of a report."""
    if kind == "policy" and verdict == "counted":
        return "which suspends nobody"
    return _VERDICTS[verdict]


def tell_sum(letters: Sequence[Read]) -> None:
    """Print how many letters came to what."""
    told = _sums(letters)
    say("; ".join(told) if told else "Nothing new came back.")


def bounces_json(letters: Sequence[Read]) -> dict[str, Any]:
    """Shape what was read for scripts: the keys are a contract."""
    return {"letters": [_letter_json(one) for one in letters]}


def _holder(one: Read) -> str:
    """Name who left."""
    return f"{one.holder.subscriber}, {one.holder.address}" if one.holder else "nobody"


def _sums(letters: Sequence[Read]) -> list[str]:
    """Count letters by what they came to."""
    verdicts = Counter(one.verdict for one in letters if one.verdict)
    left = Counter(
        "unsubscribed" if one.holder else "unsubscribed with nobody's token"
        for one in letters
        if isinstance(one.returned, Leave)
    )
    rest = [one.returned for one in letters if isinstance(one.returned, Ignored)]
    ignored = Counter(one.reason for one in rest if one.done)
    ignored += Counter(f"left there: {one.reason}" for one in rest if not one.done)
    reports = [f"{verdicts[one]:,} {words}" for one, words in _SUMMED.items() if verdicts[one]]
    total = sum(verdicts.values())
    noun = "report" if total == 1 else "reports"
    first = [f"{total:,} {noun}: {', '.join(reports)}"] if reports else []
    return first + [f"{count:,} {words}" for words, count in (left + ignored).items()]


def _letter_json(one: Read) -> dict[str, Any]:
    """Shape one letter; a token is nobody's to read."""
    match one.returned:
        case Bounce(named, kind, status, detail):
            found: dict[str, Any] = {
                "is": "bounce",
                "delivery": named.delivery,
                "kind": kind,
                "status": status,
                "detail": detail,
                "verdict": one.verdict,
            }
        case Leave():
            holder = one.holder
            found = {
                "is": "unsubscribe",
                "subscriber": holder and holder.subscriber,
                "channel": holder and holder.channel,
                "address": holder and holder.address,
            }
        case ignored:
            found = {"is": "ignored", "reason": ignored.reason}
    return {"letter": one.name, **found, "settled": one.done}
