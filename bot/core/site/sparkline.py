"""A row of small bars for a row of counts, as inline SVG that says its sum aloud."""

from collections.abc import Sequence

from markupsafe import Markup, escape

HEIGHT = 20
STEP = 4
"""Units from one bar to the next, of which the bar takes three."""
_ZERO = 1
"""The height of a bar of nothing, so that every day is seen."""


def sparkline(counts: Sequence[int], label: str) -> Markup:
    """Draw the counts as bars, the first at the left; `label` is what is read aloud.

    The highest count takes the whole height, and any that is not 0 stands out from those that are.
    Its colours are the style sheet's.
    """
    most = max(counts, default=0)
    bars = "".join(
        f"M{STEP * place + 1.5:g} {HEIGHT}v-{_height(count, most)}"
        for place, count in enumerate(counts)
    )
    return Markup(  # noqa: S704  # the label is escaped, and the rest are numbers
        f'<svg class="spark" role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {STEP * len(counts) - 1} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{bars}"/></svg>'
    )


def _height(count: int, most: int) -> int:
    return max(3, round(HEIGHT * count / most)) if count else _ZERO
