"""Configuration files for tests: a whole one that works, and ways to change it."""

from pathlib import Path

WORKING = """\
[arxiv]
contact = "ops@example.org"

[email]
host = "smtp.example.org"
sender = "Daily Papers <papers@example.org>"

[[topic]]
name = "RAG"
keywords = ["RAG"]

[[subscriber]]
name = "ana"
email = ["ana@example.org"]
"""


def written(folder: Path, text: str | bytes = WORKING, name: str = "daily-papers.toml") -> Path:
    """Write a file, and the folders above it, and give its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def with_topic(lines: str) -> str:
    """Give WORKING, its topic made of these lines."""
    return WORKING.replace('keywords = ["RAG"]', lines)


def with_subscriber(lines: str) -> str:
    """Give WORKING, with these lines for its subscriber."""
    return WORKING + lines + "\n"


def with_section(section: str, lines: str) -> str:
    """Give WORKING, with these lines in a section, which is added if need be."""
    header = f"[{section}]\n"
    if header in WORKING:
        return WORKING.replace(header, f"{header}{lines}\n")
    return f"{header}{lines}\n\n{WORKING}"
