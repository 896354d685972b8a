"""What one person wrote: papers of arXiv and of the ACL Anthology, each work once, by year."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import Paper
from bot.core.query import Query, named
from bot.core.query.words import fold, words


@dataclass(frozen=True, slots=True)
class Published:
    """A paper in the ACL Anthology, by its id there; maths in its text stands between dollars."""

    id: str
    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
    abstract: str = ""
    doi: str | None = None

    @property
    def url(self) -> str:
        """Its page in the Anthology."""
        return f"https://aclanthology.org/{self.id}"


@dataclass(frozen=True, slots=True)
class Work:
    """One work: as arXiv has it, where it does, and wherever it was published."""

    paper: Paper | None = None
    published: tuple[Published, ...] = ()

    @property
    def title(self) -> str:
        """The title; arXiv's text is preferred here and below."""
        return (self.paper or self.published[0]).title

    @property
    def authors(self) -> tuple[str, ...]:
        """The authors' names, in their order."""
        return (self.paper or self.published[0]).authors

    @property
    def abstract(self) -> str:
        """The abstract, which a publication may lack."""
        texts = (
            self.paper.abstract if self.paper else "",
            *(one.abstract for one in self.published),
        )
        return next(filter(None, texts), "")

    @property
    def readable(self) -> Mapping[str, str] | None:
        """What people read of arXiv's text, as far as that is known."""
        return self.paper.readable if self.paper else None

    @property
    def year(self) -> int:
        """The year of its submission to arXiv, or else of its publication."""
        return self.paper.published.year if self.paper else self.published[0].year


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which the name asked for was found: in how many works, in which categories most."""

    name: str
    works: int
    categories: tuple[tuple[str, int], ...] = ()


def merged(papers: Iterable[Paper], published: Iterable[Published]) -> list[Work]:
    """Make one work of what has the same title, or the same DOI; the newest come first.

    Titles are the same whatever their case, accents, punctuation and TeX. Of one year, what is on
    arXiv comes first.
    """
    works = [Work(paper) for paper in papers]
    by_title = {key: place for place, work in enumerate(works) if (key := title_key(work.title))}
    by_doi = {
        work.paper.doi.casefold(): place
        for place, work in enumerate(works)
        if work.paper and work.paper.doi
    }
    for one in published:
        key = title_key(one.title)
        place = by_doi.get((one.doi or "").casefold(), by_title.get(key))
        if place is None:
            by_title |= {key: len(works)} if key else {}
            works.append(Work(published=(one,)))
        else:
            known = works[place]
            works[place] = Work(known.paper, (*known.published, one))
    return sorted(works, key=_newness, reverse=True)


def title_key(title: str) -> str:
    """Give what two titles have in common that are the same; empty where there is no word."""
    return "".join(fold(word)[0] for word in words(title))


def _newness(work: Work) -> tuple[int, float, str]:
    """Sort key by year, and then by the instant of submission."""
    paper = work.paper
    return work.year, paper.published.timestamp() if paper else 0.0, work.title


def forms(works: Sequence[Work], person: Query) -> list[Form]:
    """Count in which forms the name was found, the most frequent first.

    One form may be several people, and one person may have several forms: the categories help to
    tell them apart.
    """
    counts: Counter[str] = Counter()
    categories: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for work in works:
        for name in {work.authors[place] for place in named(person, work.authors)}:
            counts[name] += 1
            if work.paper:
                categories[name][work.paper.primary_category] += 1
    return [Form(name, count, _most(categories[name])[:3]) for name, count in _most(counts)]


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Sort what was counted, the most frequent first, and by name where that is the same."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
