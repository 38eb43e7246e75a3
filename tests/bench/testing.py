"""How many tests a minute: an operator on the cluster in memory, beside client-go's fake clientset."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.peers import client_go
from tests.bench.runs import ONE_RUN_LIMIT, RunError, in_turn, json_of
from tests.bench.tables import Row, Table

__all__ = ["measure_tests"]

_OWN = "kubewright, FakeCluster, pytest -n 2"
_GO = "client-go, fake.NewClientset, 2 goroutines"
_SUITE = Path(__file__).with_name("suite.py")


def measure_tests(repeats: int, count: int, say: Callable[[str], None]) -> list[Table]:
    """Run suites of so many tests; each test has a cluster, a controller and informers of its own.

    The operator of kubewright's suite does more: three informers, two server-side applies, events,
    and a stand-in that makes a ReplicaSet and three pods.
    """
    cases = {_OWN: lambda: _pytest(count), _GO: lambda: _go(count * 10)}
    results, problems = in_turn(cases, repeats, say=say)
    rows = tuple(Row(name, tuple(results[name]), problem=problems.get(name, "")) for name in cases)
    title = "create, reconcile, assert: one test of a suite (60 ms are 1,000 a minute)"
    return [Table(title, "ms", _OWN, rows, 1)]


def _pytest(count: int) -> float:
    """Milliseconds for a test, the start of pytest and its workers included."""
    command = [sys.executable, "-m", "pytest", "-q", "-n2", "-p", "no:cacheprovider", str(_SUITE)]
    environment = {**os.environ, "KUBEWRIGHT_BENCH_TESTS": str(count)}
    started = time.monotonic()
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=ONE_RUN_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RunError(f"not done after {ONE_RUN_LIMIT:.0f} s") from error
    seconds = time.monotonic() - started
    if f"{count} passed" not in done.stdout:
        raise RunError((done.stdout.strip().splitlines() or ["no output"])[-1][:200])
    return seconds * 1000 / count


def _go(count: int) -> float:
    found = json_of([client_go(), f"-tests={count}"], {})
    return float(found["seconds"]) * 1000 / count
