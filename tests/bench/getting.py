"""One pod, again and again: kubewright's ``get`` beside a bare ``requests.Session``."""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.runs import json_of
from tests.bench.tables import Row, Table

__all__ = ["measure_get"]

_BARE = "requests.Session.get"
_CALLS = 500


def measure_get(kubeconfig: Path, repeats: int) -> list[Table]:
    """Alternate the calls in one process, and time each."""
    samples: dict[str, list[float]] = {}
    for _ in range(repeats):
        found: dict[str, float] = json_of(
            [sys.executable, "-m", __name__], {"KUBECONFIG": str(kubeconfig)}
        )
        for name, milliseconds in found.items():
            samples.setdefault(name, []).append(milliseconds)
    rows = tuple(Row(name, tuple(figures)) for name, figures in samples.items())
    return [Table(f"get of one pod, median of {_CALLS}", "ms", _BARE, rows, 3)]


def _alternate() -> dict[str, float]:
    """The median milliseconds of a call by each way."""
    import requests

    from kubewright import connect
    from kubewright_k8s import Clientset

    with connect() as rest:
        clientset = Clientset(rest)
        first = clientset.core_v1.pods.list(limit=1)[0]
        pods = clientset.core_v1.pods(first.metadata.namespace)
        name = first.metadata.name
        with requests.Session() as session, tempfile.NamedTemporaryFile() as ca_file:
            url, headers = _by_hand(session, Path(ca_file.name))
            url += f"/api/v1/namespaces/{pods.namespace}/pods/{name}"

            def look() -> str:
                pod = pods.get(name)
                return f"{pod.metadata.name} {pod.status.phase} {pod.spec.node_name}"

            return _medians(
                {
                    _BARE: lambda: session.get(url, headers=headers).content,
                    "requests.Session.get, json()": lambda: session.get(
                        url, headers=headers
                    ).json(),
                    "kubewright get": lambda: pods.get(name),
                    "kubewright get, name, phase and node": look,
                }
            )


def _by_hand(session: Any, ca_file: Path) -> tuple[str, dict[str, str]]:
    """What a user who calls requests would set, from the kubeconfig."""
    config = json.loads(Path(os.environ["KUBECONFIG"]).read_text())  # the tests write JSON
    cluster = config["clusters"][0]["cluster"]
    ca_file.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    session.verify = str(ca_file)
    return cluster["server"], {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}


def _medians(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(_CALLS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - started)
    return {name: sorted(times)[_CALLS // 2] * 1000 for name, times in taken.items()}


if __name__ == "__main__":
    json.dump(_alternate(), sys.stdout)
