"""Topics, and an independent way to tell what they want."""

import re
from dataclasses import dataclass

from bot.core.model import Paper


@dataclass(frozen=True)
class Wish:
    """A topic as configured, and the same said independently of the bot's query language."""

    name: str
    toml: str
    pattern: str
    categories: frozenset[str] = frozenset()
    unless: str = r"(?!)"

    def wants(self, paper: Paper) -> bool:
        text = f"{paper.title}\n{paper.abstract}".replace("\n", " ")
        return (
            (not self.categories or bool(self.categories & set(paper.categories)))
            and re.search(self.pattern, text) is not None
            and re.search(self.unless, text) is None
        )


WISHES = (
    Wish("LLM", 'keywords = ["LLM"]', r"\bLLMs?\b"),
    Wish(
        "Diffusion",
        'keywords = ["diffusion model"]\ncategories = ["cs.CV"]\nexclude = ["video"]',
        r"(?i)\bdiffusion[\s-]models?\b",
        frozenset({"cs.CV"}),
        r"(?i)\bvideos?\b",
    ),
    Wish(
        "RAG",
        'query = \'ti:"retrieval augmented generation" OR abs:"retrieval augmented generation"\'',
        r"(?i)retrieval[\s-]augmented[\s-]generation",
    ),
)
