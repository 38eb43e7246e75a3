"""Both servers answer as the real one did when it was asked.

The answers are those of a real server: KUBEWRIGHT_UPDATE_GOLDEN=1 pytest -m conformance
tests/scenarios writes them down anew, and the diff is what you review.
"""

from __future__ import annotations

import pytest

from tests.scenarios.differences import DIFFERENCES, OTHER_WORDS
from tests.scenarios.expected import Answers, expected
from tests.scenarios.harness import Server
from tests.scenarios.normal import normal, without_words
from tests.scenarios.topics import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_answers_are_those_of_a_server(
    server: Server,
    name: str,
    learned: dict[str, Answers] | None,
    request: pytest.FixtureRequest,
) -> None:
    if server.is_fake and name in DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=DIFFERENCES[name], strict=True))

    SCENARIOS[name](server)

    answers = normal(server.answers, server.ns, with_managed_fields=server.shows_managed_fields)
    if learned is not None and not server.is_fake:
        learned[name] = answers
        return
    wanted = expected(name)
    if server.is_fake and name in OTHER_WORDS:
        assert answers != wanted
        answers, wanted = without_words(answers), without_words(wanted)
    assert answers == wanted


def test_each_difference_is_one_of_a_case() -> None:
    assert set(SCENARIOS) >= {*DIFFERENCES, *OTHER_WORDS}


def test_there_are_enough_cases() -> None:
    assert len(SCENARIOS) >= 300
