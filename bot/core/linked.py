"""Where arXiv has a paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Linked:
    """A paper by its id, without a version: its pages always show the newest one."""

    id: str

    @property
    def url(self) -> str:
        """The abstract page."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """The PDF at arXiv; it is never served again from elsewhere."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def html_url(self) -> str:
        """The paper as a web page, of which arXiv makes one for most papers since 2023."""
        return f"https://arxiv.org/html/{self.id}"

    @property
    def bibtex_url(self) -> str:
        """The paper's entry for BibTeX."""
        return f"https://arxiv.org/bibtex/{self.id}"
