"""What every XML answer must be before anything is made of it: whole, well formed, without a DTD.

feedparser alone would accept a page cut in half, or HTML, and make the best of it. So a strict
parser goes over each answer first.
"""

import io
from collections.abc import Mapping
from xml.parsers import expat

from bot.core.errors import SourceUnavailable, SuspectAnswer
from bot.sources.persistence import Lasting
from bot.sources.transfer import Answer, ServiceBusy

ATOM_ROOT = "http://www.w3.org/2005/Atom feed"
SNIPPET = 80
"""How many characters of what came are shown where it is refused."""

_AT_THE_END = {
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT,
}


_LONGEST_WORD = 2_000
"""Letters, digits and `_.+-` in a row; feedparser takes the square of it to look for an address.

A feed of fifty categories bears all their names in a row: some 700.
"""
_OF_WORDS = bytes(
    ord("w") if chr(code).isascii() and (chr(code).isalnum() or chr(code) in "_.+-") else ord(" ")
    for code in range(256)
)


class UnreadableText(Lasting):
    """Somewhere in a page stands what XML does not allow, or what no text of a paper holds."""


class _DtdError(Exception):
    """An answer declares a DTD, which no answer of arXiv needs and entity bombs do."""


def body_of(answer: Answer, kind: str) -> bytes:
    """Give the body if it may be of the `kind` that is named; raises for what cannot be XML."""
    body = answer.body.strip()
    if not body:
        raise SourceUnavailable("the answer is empty")
    if body.startswith(b"Rate exceeded"):
        raise ServiceBusy("arXiv says: Rate exceeded.")
    if body[:100].lower().startswith((b"<!doctype html", b"<html")):
        raise SourceUnavailable(f"HTTP {answer.status} with a page of HTML instead of {kind}")
    return body


def inspect(body: bytes, root: str, kind: str) -> Mapping[str, str]:
    """Give the attributes of the root of one whole, well-formed document in UTF-8 without a DTD.

    `root` is the root's namespace and name, parted by a space where there is a namespace; `kind`
    names such a document to people. Raises SourceUnavailable for what is none at all,
    SuspectAnswer for one cut short, and UnreadableText where something inside is wrong.
    """
    roots: list[tuple[str, Mapping[str, str]]] = []
    parser = expat.ParserCreate("UTF-8", " ")

    def start(name: str, attributes: Mapping[str, str]) -> None:
        roots.append((name, attributes))
        parser.StartElementHandler = None

    def doctype(*_declaration: object) -> None:
        raise _DtdError

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.ParseFile(io.BytesIO(body))
    except _DtdError:
        raise SourceUnavailable(f"the answer declares a DTD, which {kind} never needs") from None
    except expat.ExpatError as error:
        if roots and roots[0][0] == root:
            raise _broken(error, body) from None
    if not roots or roots[0][0] != root:
        raise SourceUnavailable(f"the answer is no {kind} feed; it begins {body[:SNIPPET]!r}")
    _refuse_endless_words(body)
    return roots[0][1]


def _refuse_endless_words(body: bytes) -> None:
    """Raise UnreadableText for a word so long that feedparser would be busy with it for minutes."""
    if b"w" * (_LONGEST_WORD + 1) in body.translate(_OF_WORDS):
        raise UnreadableText(f"the page holds a word of more than {_LONGEST_WORD} characters")


def _broken(error: expat.ExpatError, body: bytes) -> SuspectAnswer:
    """Tell a page cut short, which may come whole next time, from one that is wrong inside."""
    lines = body.count(b"\n") + 1
    message = f"{expat.ErrorString(error.code)} in line {error.lineno} of {lines}"
    if expat.ErrorString(error.code) in _AT_THE_END:
        return SuspectAnswer(f"the page does not end as it should: {message}")
    return UnreadableText(f"the page is not well-formed XML: {message}")
