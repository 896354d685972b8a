import pytest

from bot.core.query.passage import paired


@pytest.mark.parametrize(
    ("choices", "chosen"),
    [
        pytest.param([], (), id="nobody chooses"),
        pytest.param([[1], [2]], (1, 2), id="no choice"),
        pytest.param([[1, 2], [1]], (2, 1), id="the first moves on"),
        pytest.param([[1], [1]], None, id="one for two"),
        pytest.param([[1, 2], [1, 2], [1, 2]], None, id="two for three"),
        pytest.param([[1], []], None, id="nothing to choose from"),
    ],
)
def test_each_gets_one_of_its_choices_and_nobody_anothers(
    choices: list[list[int]], chosen: tuple[int, ...] | None
) -> None:
    assert paired(choices) == chosen
