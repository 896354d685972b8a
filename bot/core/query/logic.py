"""What many programs match of a batch, run side by side on a row of bits for each."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.core.query.finding import Finding
from bot.core.query.places import Places, Spans
from bot.core.query.program import AND, BEGIN, CODE, END, NEGATE, OR, SHIFT
from bot.core.query.ragged import Numbers, Ragged

Bits = NDArray[np.uint64]
"""A row for each of some programs or clauses, with a bit for each paper, 64 to a number."""
_WORD_BITS = 6
_TOGETHER = 2048
"""Programs that run side by side: what they hold stays near the processor."""


class Steps(NamedTuple):
    """Steps of programs, one program after the other: what each does, and with which clause.

    A clause is a row of `papers`, counted from 1, and 0 is one that is not found. `begins` tells
    where each program begins, and last where they all end.
    """

    kinds: Numbers
    clauses: Numbers
    begins: Numbers
    papers: Ragged

    @property
    def lengths(self) -> Numbers:
        """How many steps each program has."""
        lengths: Numbers = np.diff(self.begins)
        return lengths


def read(programs: Sequence[bytes], finding: Finding) -> Steps:
    """Decode programs, without the steps that change nothing because their clause is not found."""
    flat = np.frombuffer(b"".join(programs), np.uint32)
    begins = np.zeros(len(programs) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, programs), np.int64, len(programs)), out=begins[1:])
    begins //= flat.itemsize
    kinds, codes = (flat >> SHIFT).astype(np.int64), (flat & CODE).astype(np.int64)
    bare = kinds == END
    kinds[bare] += codes[bare]
    clauses = np.flatnonzero(~bare)
    finding.define(codes[clauses])
    found = clauses[finding.found(codes[clauses])]
    rows, papers = finding.papers(codes[found])
    numbers = np.zeros(len(flat), np.int64)
    numbers[found] = rows + 1
    kept = (numbers > 0) | bare | (kinds == AND)
    before = np.zeros(len(flat) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    return Steps(kinds[kept], numbers[kept], before[begins], papers)


def matched(steps: Steps, papers: int) -> Spans:
    """Give what those of the programs match that match any; there are so many papers."""
    lengths = steps.lengths
    some = np.flatnonzero(lengths)
    begins = steps.begins[some]
    alone = (lengths[some] == 1) & (steps.kinds[begins] == OR)
    rest = some[~alone]
    rest = rest[np.argsort(-lengths[rest], kind="stable")]
    runs = _Runs(steps, rest, papers)
    shared = _taken(some[alone], steps.clauses[begins[alone]] - 1, steps.papers)
    parts = (runs.of(rest[at : at + _TOGETHER]) for at in range(0, len(rest), _TOGETHER))
    return Spans.joined(chain([shared], parts))


def _taken(programs: Numbers, clauses: Numbers, papers: Ragged) -> Spans:
    """Give each program what a clause finds; what several have is kept once."""
    rows, which = np.unique(clauses, return_inverse=True)
    places = papers.taken(rows)[1].astype(np.uint16)
    ends = np.cumsum(papers.begins[rows + 1] - papers.begins[rows])
    begins = np.concatenate([[0], ends])
    return Spans(programs, begins[which], ends[which], places)


class _Runs:
    """Programs of more than one step, and the bits of their clauses."""

    def __init__(self, steps: Steps, programs: Numbers, papers: int) -> None:
        self.kinds, self.begins, self.lengths = steps.kinds, steps.begins, steps.lengths
        self.width = 1 << max(0, (papers - 1).bit_length() - _WORD_BITS)
        asked = np.zeros(len(self.lengths), np.bool_)
        asked[programs] = True
        used = np.zeros(len(steps.papers.begins), np.bool_)
        used[steps.clauses[asked.repeat(self.lengths)]] = True
        used[0] = True
        kept = np.flatnonzero(used)
        self.rows = np.cumsum(used)[steps.clauses] - 1
        self.bits = self._written(kept, steps.papers)
        begun = steps.kinds == BEGIN
        ended = (steps.kinds >= END) & (steps.kinds < BEGIN)
        self.levels = np.cumsum(begun.astype(np.int64) - ended) - begun
        self.deepest = int(self.levels[begun].max(initial=-1)) + 1
        self.everything = self._row(papers)

    def _written(self, clauses: Numbers, papers: Ragged) -> Bits:
        """Write the papers of clauses as rows of bits; the first has none."""
        which, places = papers.taken(clauses[1:] - 1)
        at = ((which + 1) << _WORD_BITS) * self.width + places
        words = at >> _WORD_BITS
        bits = np.left_shift(np.uint64(1), (at & 63).astype(np.uint64))
        first = np.flatnonzero(np.diff(words, prepend=-1))
        rows = np.zeros(len(clauses) * self.width, "<u8")
        if len(first):
            rows[words[first]] = np.bitwise_or.reduceat(bits, first)
        return rows.reshape(-1, self.width)

    def _row(self, papers: int) -> Bits:
        """Give the row of all papers."""
        octets = ((1 << papers) - 1).to_bytes(self.width << 3, "little")
        return np.frombuffer(octets, "<u8")

    def of(self, programs: Numbers) -> Spans:
        """Run some programs, the longest first, and give what those match that match any."""
        held = _Run(self, programs).held()
        counts = np.bitwise_count(held).sum(axis=1, dtype=np.int64)
        matching = np.flatnonzero(counts)
        ends = np.cumsum(counts[matching])
        return Spans(programs[matching], ends - counts[matching], ends, _places(held))


def _places(held: Bits) -> Places:
    """Give the places of the bits of each row, looking only at octets in which any is set."""
    octets = held.view(np.uint8)
    at = np.flatnonzero(octets != 0)
    some = octets.ravel()[at]
    begins = ((at & octets.shape[1] - 1) << 3).astype(np.uint16)
    bits = np.flatnonzero(np.unpackbits(some, bitorder="little").view(np.bool_))
    places: Places = begins.repeat(np.bitwise_count(some)) + (bits & 7).astype(np.uint16)
    return places


class _Run:
    """One run of some programs: a row of bits for what each holds."""

    def __init__(self, runs: _Runs, programs: Numbers) -> None:
        self._runs = runs
        self._begins, self._lengths = runs.begins[programs], runs.lengths[programs]
        self._held = np.zeros((len(programs), runs.width), "<u8")
        # Only what is put aside takes memory.
        self._aside = np.empty((runs.deepest, *self._held.shape), "<u8")

    def held(self) -> Bits:
        """Give what the programs hold at their ends."""
        for turn in range(self._lengths[0]):
            going = np.searchsorted(-self._lengths, -turn)
            at = self._begins[:going] + turn
            kinds = self._runs.kinds[at]
            for kind in np.flatnonzero(np.bincount(kinds)).tolist():
                own = np.flatnonzero(kinds == kind)
                self._do(kind, own, at[own])
        return self._held

    def _do(self, kind: int, own: Numbers, at: Numbers) -> None:
        """Do one step, each at its place, in some of the rows."""
        held, runs = self._held, self._runs
        if kind == BEGIN:
            self._aside[runs.levels[at], own] = held[own]
            held[own] = 0
        elif kind == NEGATE:
            held[own] ^= runs.everything
        elif kind < END:
            self._join(kind, own, runs.bits[runs.rows[at]])
        else:
            inner = held[own]
            held[own] = self._aside[runs.levels[at], own]
            self._join(kind - END, own, inner)

    def _join(self, kind: int, own: Numbers, bits: Bits) -> None:
        """Join rows with others."""
        if kind == OR:
            self._held[own] |= bits
        elif kind == AND:
            self._held[own] &= bits
        else:
            self._held[own] &= ~bits
