"""A short soak: caches are the truth at each quiet point."""

from __future__ import annotations

import logging

import pytest

from tests.soak import Soak


@pytest.mark.parametrize("seed", [1, 2])
def test_random_faults_and_writes(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    soak = Soak(seconds=6.0, seed=seed)
    with caplog.at_level(logging.CRITICAL):
        soak.run()

    assert soak.checks > 0
    assert len(soak.faults) > 5
