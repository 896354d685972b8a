"""From a mask to the places of its bits."""

from itertools import compress

_FEW = 64
# The digits of a mask as numbers.
_DIGITS = bytes.maketrans(b"01", b"\x00\x01")


class Places(dict[int, tuple[int, ...]]):
    """By a mask, the places of the bits that are set, lowest first; each worked out once."""

    def __init__(self, size: int) -> None:
        """No place is as high as `size`."""
        super().__init__()
        # The same numbers for all, which is quicker than to make them, and takes less memory.
        self._places = list(range(size))

    def __missing__(self, mask: int) -> tuple[int, ...]:
        """Work out a mask: bit by bit where there are few, else by looking at all digits."""
        if mask.bit_count() < _FEW:
            places = []
            rest = mask
            while rest:
                low = rest & -rest
                places.append(self._places[low.bit_length() - 1])
                rest ^= low
            found = tuple(places)
        else:
            digits = f"{mask:b}"[::-1].encode().translate(_DIGITS)
            found = tuple(compress(self._places, digits))
        self[mask] = found
        return found
