"""A table is as a dict is, and no piece of it has much to move."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.query.table import PIECES, Table

_changes = st.lists(st.tuples(st.integers(0, 9).map(lambda one: one * PIECES // 3), st.booleans()))


@given(_changes)
def test_it_is_as_a_dict_is(changes: list[tuple[int, bool]]) -> None:
    table, known = Table[int, int](), dict[int, int]()
    for value, (key, entered) in enumerate(changes):
        if entered:
            table[key] = known[key] = value
        else:
            assert table.pop(key) == known.pop(key, None)
        assert (len(table), bool(table), set(table)) == (len(known), bool(known), set(known))
    assert all(key in table and table[key] == known[key] for key in known)
    keys = range(0, 4 * PIECES, PIECES // 3)
    assert [table.get(key) for key in keys] == table.each(keys) == [*map(known.get, keys)]


def sizes(table: Table[int, int]) -> list[int]:
    return [len(piece) for piece in table._pieces]


def test_no_piece_holds_much_more_than_its_share() -> None:
    plain, paired = Table[int, int](), Table[int, int]()
    for number in range(100 * PIECES):
        plain[number << 3 | 5] = number  # as a clause's number with its field
        paired[number << 32 | 3] = number  # as a node with the word that is read there
    assert max(sizes(plain)) == 100
    assert max(sizes(paired)) < 200


def test_a_piece_gives_back_its_memory_by_itself() -> None:
    table = Table[int, int]()
    for number in range(1_000):
        table[number * PIECES] = number
    (full,) = {piece.__sizeof__() for piece in table._pieces if piece}
    untouched = [piece for piece in table._pieces if not piece]
    for number in range(900):
        table.pop(number * PIECES)
    (piece,) = (piece for piece in table._pieces if piece)
    assert piece.__sizeof__() < full / 3
    assert len(piece) == 100
    assert all(one is other for one, other in zip(table._pieces[1:], untouched, strict=True))
