"""Whatever is done in whatever order, the server in memory answers as a real one.

KUBEWRIGHT_MODEL_EXAMPLES=2000 pytest tests/scenarios/test_model.py looks longer; a failure prints
the operations that lead to it, and how to run them again.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from kubewright.rest.client import RESTClient
from tests.scenarios.model import BothServers

pytestmark = pytest.mark.conformance

EXAMPLES = os.environ.get("KUBEWRIGHT_MODEL_EXAMPLES", "")


def test_random_operations_have_the_same_answers(real: RESTClient) -> None:
    BothServers.real = real.transport
    run_state_machine_as_test(
        BothServers,
        settings=settings(
            max_examples=int(EXAMPLES or 40),
            # the same operations in each run of the suite, others where they are asked for
            derandomize=not EXAMPLES,
            stateful_step_count=25,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            phases=[Phase.generate],
            database=None,
        ),
    )
