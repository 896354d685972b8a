"""All phrases of exact words as one tree, and where in a text any of them stands.

A phrase is a path of word numbers. Each place of a text follows the tree as far as it leads, so
that the time hangs on the text and on what is found there, not on how many phrases there are.
"""

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.core.query.batch import END, Batch
from bot.core.query.numbering import BREAK, GAP, Numbering
from bot.core.query.ragged import Numbers
from bot.core.query.table import Table

Path = Sequence[int]
"""Two word numbers or more; GAP between two of them stands for any one word."""
_SHIFT = 32
_LABEL = (1 << _SHIFT) - 1


class Phrases:
    """The tree: from a node and a word's number to the node that they lead to.

    A phrase's first word is a node by its own number. `_words` counts for each node the words that
    lead on from it, and `_gaps` tells whether any one word does.
    """

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._edges = Table[int, int]()
        self._words = array("I")
        self._gaps = bytearray()

    def number(self, path: Path) -> int:
        """Give the number of a phrase that is there."""
        return self._walk(path)[-1][1]

    def take(self, path: Path) -> int:
        """Enter a phrase, or count one use more; give its number."""
        node = path[0]
        for label in path[1:]:
            edge = node << _SHIFT | label
            child = self._edges.get(edge)
            if child is None:
                child = self._edges[edge] = self._numbering.new()
                self._lead(node, label, 1)
            else:
                self._numbering.take(child)
            node = child
        return node

    def drop(self, path: Path) -> None:
        """Count one use less of a phrase and of its beginnings, and forget them after the last."""
        for edge, node in self._walk(path):
            if self._numbering.drop(node):
                self._edges.pop(edge)
                self._lead(edge >> _SHIFT, edge & _LABEL, -1)

    def _lead(self, node: int, label: int, more: int) -> None:
        """Note that one edge more, or less, leads on from a node."""
        self._grow()
        if label == GAP:
            self._gaps[node] += more
        else:
            self._words[node] += more

    def _grow(self) -> None:
        """Have room for all numbers that there are."""
        more = len(self._numbering) - len(self._gaps)
        if more:
            self._words.frombytes(bytes(self._words.itemsize * more))
            self._gaps.extend(bytes(more))

    def _walk(self, path: Path) -> list[tuple[int, int]]:
        """Give the edges on the way to a phrase, each with where it leads."""
        node, walked = path[0], []
        for label in path[1:]:
            edge = node << _SHIFT | label
            node = self._edges[edge]
            walked.append((edge, node))
        return walked

    def find(self, batch: Batch, numbers: Sequence[int]) -> tuple[Numbers, Numbers]:
        """Give the phrases that occur, by their numbers, and the places in the row of their ends.

        `numbers` gives for each of the batch's words the one by which phrases have it, UNKNOWN
        where none has, and BREAK for END.
        """
        self._grow()
        # Copied, since what is looked into cannot grow.
        leads = np.array(self._words) > 0, np.array(self._gaps) > 0
        line = np.array(numbers, np.int64)[batch.line]
        places = np.flatnonzero((leads[0] | leads[1])[line])
        nodes = line[places]
        found = [places[:0]], [nodes[:0]]
        while len(places):
            places, nodes = self._further(line, places, nodes, leads)
            found[0].append(nodes)
            found[1].append(places)
        return np.concatenate(found[0]), np.concatenate(found[1])

    def _further(
        self,
        line: Numbers,
        places: Numbers,
        nodes: Numbers,
        leads: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    ) -> tuple[Numbers, Numbers]:
        """Read one word more after each phrase; give the longer phrases.

        `leads` tell from which nodes words lead on, and from which any one word does.
        """
        labels = line[places + 1]
        words, gaps = (lead[nodes] for lead in leads)
        words &= labels > BREAK
        gaps &= labels != BREAK
        edges = np.concatenate(
            [nodes[words] << _SHIFT | labels[words], nodes[gaps] << _SHIFT | GAP]
        )
        after = np.concatenate([places[words], places[gaps]]) + 1
        read = np.array([node or 0 for node in self._edges.each(edges.tolist())], np.int64)
        return after[read > 0], read[read > 0]

    def find_ambiguous(
        self, batch: Batch, numbers: Sequence[int], also: Mapping[int, Path]
    ) -> Iterator[tuple[int, int]]:
        """Give likewise what is in passages with words of more than one number.

        `also` gives, for each such word of the batch, the others.
        """
        row, edges = batch.row, self._edges.get
        for begin, end in _passages(batch, also):
            labels = [(numbers[word], *also.get(word, ()), GAP) for word in row[begin:end]]
            for start, first in enumerate(labels, 1):
                alive = set(first)
                for place, here in enumerate(islice(labels, start, None), begin + start):
                    ways = (edges(node << _SHIFT | label) for node in alive for label in here)
                    alive = {child for child in ways if child is not None}
                    if not alive:
                        break
                    yield from ((node, place) for node in alive)


def _passages(batch: Batch, words: Container[int]) -> Iterator[tuple[int, int]]:
    """Give the half-open ranges of the row that are passages with one of the words."""
    end = 0
    for place, word in enumerate(batch.row):
        if word in words and place >= end:
            end = batch.row.index(END, place)
            begin = place
            while batch.row[begin - 1] != END:
                begin -= 1
            yield begin, end
