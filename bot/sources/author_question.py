"""One question to arXiv's query API for what an author wrote, and what an answer must look like."""

from dataclasses import dataclass

from bot.core.errors import SuspectAnswer
from bot.core.query.expression import Author, Node, Or
from bot.core.query.words import fold, words
from bot.sources.atom import Page
from bot.sources.question import NothingMore
from bot.sources.tally import names


@dataclass(frozen=True, slots=True)
class AuthorQuestion:
    """Which rows of what matches `search`, in arXiv's syntax, the newest first.

    What comes may hold others' papers: arXiv finds the words of a name in any of a paper's authors.
    """

    search: str
    start: int = 0
    rows: int = 1

    @property
    def parameters(self) -> dict[str, str]:
        """The question as the query API takes it."""
        return {
            "search_query": self.search,
            "start": str(self.start),
            "max_results": str(self.rows),
            "sortBy": "submittedDate",
            "sortOrder": "descending",
        }

    def check(self, page: Page) -> Page:
        """Give back the page if it may be an answer; raises SuspectAnswer if it cannot be."""
        unique = len(set(names(page)))
        if unique > page.total:
            raise SuspectAnswer(f"{unique} papers on the page, though {page.total} in all")
        if page.rows == 0 and page.total > self.start:
            empty = NothingMore if self.start else SuspectAnswer
            raise empty(f"an empty page, though there are {page.total} results")
        return page


def search_for(person: Node, categories: tuple[str, ...] = (), *, together: bool = False) -> str:
    """Write a person in arXiv's syntax, so that it finds at least all that our own query matches.

    With `together` it finds fewer: only names whose words stand side by side, in either order.
    """
    terms = person.nodes if isinstance(person, Or) else (person,)
    people = [form for term in terms if isinstance(term, Author) for form in _forms(term, together)]
    labels = [f"cat:{category}" for category in categories]
    return " AND ".join(_any(group) for group in (people, labels) if group)


def _forms(term: Author, together: bool) -> list[str]:  # noqa: FBT001  # handed on
    """Write one name: its words joined by underscores may stand in any order."""
    before, _, after = term.written.removeprefix("au:").strip('"').partition(",")
    found = [fold(word)[0] for word in words(f"{after} {before}")]
    if together and len(found) > 1:
        return [f'au:"{" ".join(order)}"' for order in (found, found[::-1])]
    return [f"au:{'_'.join(sorted(found, key=len, reverse=True))}"]


def _any(terms: list[str]) -> str:
    """Join terms with OR."""
    return f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]
