"""What must be polled for those who subscribe, and for the pages."""

import pytest

from bot.core.subscription import EVERYTHING, polled_for
from tests.builders import subscription, topic

LANGUAGE, ALL_OF_CS, VISION = topic(), topic("All", "cat:cs.*"), topic("Vision", "cat:cs.CV")
ANYTHING = topic("Anything", "abs:subject")


@pytest.mark.parametrize(
    ("read", "shown", "polled"),
    [
        ((), (), frozenset()),
        ((LANGUAGE,), (), {"cs.CL"}),
        ((), (VISION,), {"cs.CV"}),
        ((LANGUAGE,), (VISION, LANGUAGE), {"cs.CL", "cs.CV"}),
        ((LANGUAGE,), (ALL_OF_CS,), {"cs.CL", "cs.*"}),
        ((LANGUAGE,), (ANYTHING,), {EVERYTHING}),
    ],
)
def test_what_is_shown_is_polled_as_what_is_read(
    read: tuple[object, ...], shown: tuple[object, ...], polled: set[str]
) -> None:
    wanted = [subscription(topics=read)] if read else []
    assert polled_for(wanted, (), shown) == polled  # type: ignore[arg-type]  # topics of a table


def test_what_is_shown_is_polled_beside_all_that_a_refused_topic_may_need() -> None:
    refused = subscription(refused=("Mended",))
    assert polled_for([refused], {"math.CO"}, [VISION]) == {"cs.CL", "cs.CV", "math.CO"}
