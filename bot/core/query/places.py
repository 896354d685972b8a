"""From a mask to the places of its bits."""

from itertools import compress

_FEW = 64
# The digits of a mask as numbers.
_DIGITS = bytes.maketrans(b"01", b"\x00\x01")


class Places(dict[int, tuple[int, ...]]):
    """By a mask, the places of the bits that are set, lowest first; each worked out once."""

    def __missing__(self, mask: int) -> tuple[int, ...]:
        """Work out a mask."""
        places = self[mask] = _few(mask) if mask.bit_count() < _FEW else _many(mask)
        return places


def _few(mask: int) -> tuple[int, ...]:
    """Take bit after bit."""
    places = []
    while mask:
        low = mask & -mask
        places.append(low.bit_length() - 1)
        mask ^= low
    return tuple(places)


def _many(mask: int) -> tuple[int, ...]:
    """Look at all digits, which takes as long whatever their number."""
    digits = f"{mask:b}"[::-1].encode().translate(_DIGITS)
    return tuple(compress(range(len(digits)), digits))
