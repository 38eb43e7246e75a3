"""The same scripts on client-go and on kubewright give the same traces.

What differs on purpose is in `DIFFERENCES`, each with its reason; anything else is a failure.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from tests.support.programs import go_program
from tests.traces import ours
from tests.traces.scripts import BY_HAND, random_histories, random_scripts

pytestmark = pytest.mark.conformance

_SOURCES = Path(__file__).parents[1] / "traces" / "clientgo"
_RANDOM = 400  # scripts of queues and stores
_HISTORIES = 80  # of informers
_PATIENT = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def _without_repetitions(trace: list[str]) -> list[str]:
    """An update from a version to itself says nothing; client-go tells it after each list."""
    return [line for line in trace if not _is_repetition(line)]


def _is_repetition(line: str) -> bool:
    if not line.startswith("update "):
        return False
    before, _, after = line.removeprefix("update ").partition(" > ")
    return before.split(" ", 1)[1] == after


def _other_objects_apart(trace: list[str]) -> list[str]:
    """An object that was made again is told as an update by client-go, as two changes by us."""
    lines: list[str] = []
    for line in trace:
        words = line.split()
        if words[0] == "update" and words[2] != words[5]:
            lines += [f"delete {words[1]} {words[2]} {words[3]} stale"]
            lines += [f"add {words[1]} {words[5]} {words[6]}"]
        else:
            lines.append(line)
    return lines


def _unknown_deletions_untold(trace: list[str]) -> list[str]:
    """client-go's queue in order tells deletions of objects that were never there; we do not."""
    known: set[str] = set()
    lines: list[str] = []
    for line in trace:
        verb, name = line.split()[:2]
        if verb == "delete" and name not in known:
            continue
        known = known - {name} if verb == "delete" else known | {name}
        lines.append(line)
    return lines


def _deletions_in_any_order(trace: list[str]) -> list[str]:
    """In which order client-go finds that several objects are gone is chance."""
    lines: list[str] = []
    run: list[str] = []
    for line in [*trace, ""]:
        if line.startswith("delete ") and line.endswith(" stale"):
            run.append(line)
            continue
        lines += [*sorted(run), line]
        run = []
    return lines[:-1]


DIFFERENCES: tuple[Callable[[list[str]], list[str]], ...] = (
    _without_repetitions,
    _other_objects_apart,
    _unknown_deletions_untold,
    _deletions_in_any_order,
)


def _normalised(script: dict[str, Any], trace: list[str]) -> list[str]:
    if script["kind"] != "informer":
        return trace
    told, store = trace[:-1], trace[-1]
    for difference in DIFFERENCES:
        told = difference(told)
    return [*told, store]


def _random(scripts_of: SearchStrategy[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    scripts: list[dict[str, Any]] = []

    @settings(max_examples=count, derandomize=True, database=None, suppress_health_check=_PATIENT)
    @given(scripts_of)
    def collect(script: dict[str, Any]) -> None:
        scripts.append(script)

    collect()
    return scripts


@pytest.fixture(scope="module")
def traces() -> list[tuple[str, dict[str, Any], list[str]]]:
    """Each script with client-go's trace of it; the program runs once."""
    drawn = [*_random(random_scripts, _RANDOM), *_random(random_histories, _HISTORIES)]
    named = [*BY_HAND.items(), *((f"random {n}", script) for n, script in enumerate(drawn))]
    program = go_program(_SOURCES, notice="building the traces of client-go")
    scripts = json.dumps([script for _, script in named])
    done = subprocess.run(
        [program], input=scripts, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return [(name, script, trace or []) for (name, script), trace in zip(named, found, strict=True)]


def test_the_traces_are_the_same(traces: list[tuple[str, dict[str, Any], list[str]]]) -> None:
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(ours.run, [script for _, script, _ in traces]))
    different = [
        (
            name,
            script["kind"],
            _normalised(script, theirs),
            _normalised(script, mine),
            script["steps"],
        )
        for (name, script, theirs), mine in zip(traces, results, strict=True)
        if _normalised(script, mine) != _normalised(script, theirs)
    ]

    shown = [
        f"{name} ({kind}):\n  client-go  {theirs}\n  kubewright {mine}\n  steps {steps}"
        for name, kind, theirs, mine, steps in different
    ]
    assert not different, "\n".join(shown)
    assert len(traces) >= _RANDOM + _HISTORIES  # else fewer were compared than it says
    assert {script["kind"] for _, script, _ in traces} == {
        "delta_fifo",
        "real_fifo",
        "real_fifo_atomic",
        "indexer",
        "workqueue",
        "informer",
    }
