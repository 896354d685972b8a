"""Bare parses of a page of OAI-PMH, each counting its records: the measure for a harvest."""

import io
from xml.etree import ElementTree as ET
from xml.parsers import expat

NAMESPACES = {
    "oai": "http://www.openarchives.org/OAI/2.0/",
    "raw": "http://arxiv.org/OAI/arXivRaw/",
}
RECORD = f"{{{NAMESPACES['oai']}}}record"
FIELDS = ("id", "title", "authors", "categories", "comments", "journal-ref", "doi", "abstract")


def by_name(body: bytes) -> int:
    """Read each record's fields by their names, as ElementTree's own documentation shows it."""
    count = 0
    for _, element in ET.iterparse(io.BytesIO(body)):
        if element.tag == RECORD:
            raw = element.find("oai:metadata/raw:arXivRaw", NAMESPACES)
            assert raw is not None
            fields = {name: raw.findtext(f"raw:{name}", None, NAMESPACES) for name in FIELDS}
            fields["identifier"] = element.findtext("oai:header/oai:identifier", "", NAMESPACES)
            versions = [
                (one.get("version"), one.findtext("raw:date", "", NAMESPACES))
                for one in raw.iterfind("raw:version", NAMESPACES)
            ]
            count += bool(fields and versions)
            element.clear()
    return count


def in_one_sweep(body: bytes) -> int:
    """Read each record's elements into a dictionary: the least that one can do with a tree."""
    count = 0
    for _, element in ET.iterparse(io.BytesIO(body)):
        if element.tag == RECORD:
            count += bool({one.tag: one.text for one in element.iter()})
            element.clear()
    return count


def by_events(body: bytes) -> int:
    """Gather each record as a dictionary without a tree: the least of a reader of events."""
    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    record: dict[str, str] = {}
    text: list[str] = []
    count = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        text.clear()

    def end(name: str) -> None:
        nonlocal count
        record[name] = "".join(text)
        if name.endswith(" record"):
            count += 1
            record.clear()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.Parse(body, True)  # noqa: FBT003  # expat has no name for it
    return count


BARE = {
    "ElementTree.iterparse, fields by name": by_name,
    "ElementTree.iterparse, in one sweep": in_one_sweep,
    "expat, by events": by_events,
}
"""The first is the bare parse of the target: streaming, every field as text, and nothing else."""
