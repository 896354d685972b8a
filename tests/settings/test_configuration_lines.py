"""The line of each key is found whatever TOML stands around it."""

import pytest

from bot.settings.fields import Loc
from bot.settings.lines import lines

TEXT = '''\
# a = 1
a = 1 # b = 2
[s] # [t]
m = """
x = 1
"""
l = [
  "x = 1", # ]
  { y = 1 },
]
"q.k" = 'it''s'
d.e = 1
 [ s . u ]
i = { k = [1,
2] }
[[t]]
n = 1
[t.deep]
n = 1
[[t]]
n = 2
lit = \'\'\'
n = 3
\'\'\'
last = true'''.replace("'it''s'", "'its'")


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("a",), 2),
        (("s",), 3),
        (("s", "m"), 4),
        (("s", "l"), 7),
        (("s", "q.k"), 11),
        (("s", "d", "e"), 12),
        (("s", "u"), 13),
        (("s", "u", "i"), 14),
        (("t", 0), 16),
        (("t", 0, "n"), 17),
        (("t", 0, "deep", "n"), 19),
        (("t", 1), 20),
        (("t", 1, "n"), 21),
        (("t", 1, "lit"), 22),
        (("t", 1, "last"), 25),
    ],
)
def test_a_key_is_found_on_its_line(loc: Loc, line: int) -> None:
    assert lines(TEXT)[loc] == line


def test_nothing_else_is_found() -> None:
    found = lines(TEXT)
    assert ("b",) not in found
    assert ("s", "x") not in found
    assert len(found) == 16


def test_an_empty_file_has_no_keys() -> None:
    assert lines("") == {}
    assert lines("# nothing\n") == {}
