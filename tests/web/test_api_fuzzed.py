"""The API under requests made of its own description, right ones and wrong ones."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from bot.web import openapi
from tests.builders import paper
from tests.published import Press
from tests.web.reading_room import visited
from tests.web.test_api import OLD

EXAMPLES = 200
"""Requests made for each operation, of either kind."""
MODES = [*schemathesis.GenerationMode]
SYNTAX = "positive_data_acceptance"
"""No schema tells which queries can be read."""


@pytest.mark.slow
@pytest.mark.parametrize("path", openapi.DESCRIPTION["paths"])
def test_every_answer_is_as_described_and_nothing_breaks(tmp_path: Path, path: str) -> None:
    press = Press(tmp_path)
    press.record(*map(paper, range(1, 41)), OLD)
    press.publish()
    load_all_checks()
    checks: Any = [one for one in CHECKS.get_all() if path != "/search" or one.__name__ != SYNTAX]
    parameters = openapi.DESCRIPTION["paths"][path]["get"]["parameters"]
    with visited(press, fresh=3600.0) as client:
        base = str(client.base_url.join("/api/v1"))
        operation = schemathesis.openapi.from_url(f"{base}/openapi.json")[path]["GET"]
        for mode in MODES if parameters else MODES[:1]:  # without any nothing can be wrong

            @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck])
            @given(case=operation.as_strategy(generation_mode=mode))
            def asked(case: schemathesis.Case[Any]) -> None:
                answer = case.call(base_url=base)
                assert answer.status_code < 500
                case.validate_response(answer, checks=checks)

            asked()
