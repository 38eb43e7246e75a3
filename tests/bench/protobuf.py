"""Protobuf beside JSON in kubewright: a get, a list, and the start of an informer."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.reader import peak_megabytes
from tests.bench.runs import in_turn, json_of
from tests.bench.tables import Row, Table

__all__ = ["measure_protobuf"]

_FORMS = ("json", "protobuf")
_CALLS = 300
_FIGURES = (("time", "ms", 2), ("cpu", "ms of its CPU", 2), ("memory", "MB at most", 0))
Result = dict[str, Any]


def measure_protobuf(
    kubeconfig: Path, count: int, repeats: int, say: Callable[[str], None]
) -> Iterator[Table]:
    """Do the same work in both forms, in turn, each time in a process of its own.

    Args:
        kubeconfig: leads to the server.
        count: how many pods it holds.
        repeats: of each form.
        say: told what runs.

    Raises:
        AssertionError: the two forms saw different pods.
    """
    titles = {
        "get": f"get of one pod, then its phase, mean of {_CALLS}",
        "list": f"list of {count} pods, then the phase of each",
        "sync": f"informer of {count} pods, start to synced",
    }
    for task, title in titles.items():
        cases = {form: partial(_in_a_process, kubeconfig, task, form) for form in _FORMS}
        results, problems = in_turn(cases, repeats, say=say)
        seen = {json.dumps(run["seen"]) for runs in results.values() for run in runs}
        assert len(seen) <= 1, f"{task}: the forms saw different pods"
        for key, unit, digits in _FIGURES:
            rows = tuple(
                Row(name, tuple(run[key] for run in runs), problems.get(name, ""))
                for name, runs in results.items()
            )
            yield Table(title, unit, "json", rows, digits)


def _in_a_process(kubeconfig: Path, task: str, form: str) -> Result:
    command = [sys.executable, "-m", __name__, task, form]
    return dict(json_of(command, {"KUBECONFIG": str(kubeconfig)}))


def _measure(task: str, form: str) -> Result:
    from kubewright import connect, load_config
    from kubewright_k8s import Clientset

    config = replace(load_config(), protobuf=form == "protobuf")
    with connect(config) as rest:
        run = {"get": _get, "list": _list, "sync": _sync}[task](Clientset(rest))
        if task == "get":
            run()  # the first time it also connects, and looks up the fields
        cpu, started = time.process_time(), time.perf_counter()
        seen = run()
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        memory = peak_megabytes()
        calls = _CALLS if task == "get" else 1
        each = {"time": seconds * 1000 / calls, "cpu": cpu * 1000 / calls}
        return {**each, "memory": memory, "seen": seen}


def _get(clientset: Any) -> Callable[[], object]:
    metadata = clientset.core_v1.pods.list(limit=1)[0].metadata
    pods = clientset.core_v1.pods(metadata.namespace)
    return lambda: sorted({pods.get(metadata.name).status.phase for _ in range(_CALLS)})


def _list(clientset: Any) -> Callable[[], object]:
    return lambda: sorted(
        f"{pod.metadata.name} {pod.status.phase}" for pod in clientset.core_v1.pods.list()
    )


def _sync(clientset: Any) -> Callable[[], object]:
    from kubewright_k8s import SharedInformerFactory

    factory = SharedInformerFactory(clientset)
    informer = factory.core_v1.pods

    def run() -> object:
        informer.start()
        informer.wait_for_cache_sync(120)
        return len(informer.indexer)

    return run


if __name__ == "__main__":
    json.dump(_measure(*sys.argv[1:]), sys.stdout)
