"""The command ``kubewright generate``: seconds of each stage, and the peak of memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.bench.runs import RunError, in_turn
from tests.bench.tables import Row, Table

__all__ = ["Outcome", "measure_generate", "outcome_of"]

_BUILT_IN = Path("runtime/kubewright/testing/_apiserver/documents/kubernetes.tar.xz")
_SHARED = "KUBEWRIGHT_SHARED"


class Outcome(NamedTuple):
    """What one run says of itself, and how long it took from outside."""

    seconds: dict[str, float]
    megabytes: float


def measure_generate(repeats: int, say: Callable[[str], None]) -> list[Table]:
    """Make the built-in package and, where they are at hand, that of the public CRDs."""
    sources = {"built-in APIs": ["--openapi", str(_BUILT_IN.resolve())]}
    missing: list[Row] = []
    if shared := os.environ.get(_SHARED):
        sources["public CRDs"] = ["--crd", str(Path(shared, "crds").resolve())]
    else:
        missing = [Row("public CRDs", problem=f"{_SHARED} is not set")]
    with tempfile.TemporaryDirectory() as kept:
        cases: dict[str, Callable[[], Outcome]] = {}
        for name, source in sources.items():
            once = [*source, "--package", "made", "--output", f"{kept}/{name}"]
            say(f"{name}: the package to check")
            _run(once)
            cases[name] = partial(_generate, source)
            cases[f"{name}, --check, nothing to do"] = partial(_run, [*once, "--check"])
        results, problems = in_turn(cases, repeats, say=say)
    return [_seconds(results, problems, missing), _memory(results, missing)]


def outcome_of(summary: str, seconds: float) -> Outcome:
    """Read the line in which ``--verbose`` ends: ``… (4.5 s, read 0.17 s, …, peak memory 94 MB)``.

    Args:
        summary: the line.
        seconds: of the whole process.
    """
    details = summary[summary.rindex("(") :]
    stages = {name: float(took) for name, took in re.findall(r"([a-z]+) ([\d.]+) s", details)}
    memory = re.search(r"peak memory (\d+) MB", details)
    assert memory is not None, summary
    return Outcome({"whole process": seconds, **stages}, float(memory[1]))


def _generate(source: list[str]) -> Outcome:
    with tempfile.TemporaryDirectory() as output:
        return _run([*source, "--package", "made", "--output", output])


def _run(options: list[str]) -> Outcome:
    command = [sys.executable, "-m", "kubewright", "generate", *options, "--verbose"]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RunError((done.stderr.strip().splitlines() or ["it failed"])[-1][:200])
    return outcome_of(done.stdout.strip().splitlines()[-1], seconds)


def _seconds(
    results: dict[str, list[Outcome]], problems: dict[str, str], missing: list[Row]
) -> Table:
    rows: list[Row] = []
    for name, runs in results.items():
        stages = runs[0].seconds if runs else {}
        rows += [
            Row(f"{name}: {stage}", tuple(run.seconds[stage] for run in runs)) for stage in stages
        ]
        if name in problems:
            rows.append(Row(name, problem=problems[name]))
    return Table("generate", "s", "", (*rows, *missing))


def _memory(results: dict[str, list[Outcome]], missing: list[Row]) -> Table:
    rows = [Row(name, tuple(run.megabytes for run in runs)) for name, runs in results.items()]
    return Table("generate, peak memory", "MB", "", (*rows, *missing), 0)
