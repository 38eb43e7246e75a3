"""What an import costs, beside that of the libraries that any such client needs."""

from __future__ import annotations

import sys
from functools import partial

from tests.bench.runs import in_turn, json_of
from tests.bench.tables import Row, Table

__all__ = ["measure_import"]

_BARE = "import requests, pydantic, msgspec"
_STATEMENTS = (
    _BARE,
    "from kubewright_k8s import Clientset",
    "from kubewright_k8s import Clientset; from kubewright_k8s.core_v1 import Pod",
)
_ROUNDS = 15


def measure_import() -> list[Table]:
    """Import in a new process each time, and take the time inside it."""
    cases = {each: partial(_import, each) for each in _STATEMENTS}
    results, problems = in_turn(cases, _ROUNDS, say=lambda _: None)
    rows = tuple(Row(name, tuple(times), problems.get(name, "")) for name, times in results.items())
    return [Table("import", "ms", _BARE, rows, 1)]


def _import(statement: str) -> float:
    program = (
        "import time; started = time.perf_counter(); "
        f"exec({statement!r}); print((time.perf_counter() - started) * 1000)"
    )
    milliseconds: float = json_of([sys.executable, "-c", program], {})
    return milliseconds
