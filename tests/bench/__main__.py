"""``python -m tests.bench [PART...]``: measure, print tables, keep them as JSON.

Nothing is asserted here but that all clients did the same work: figures depend on the machine and
on what else it does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.cluster import cluster_of
from tests.bench.flood import pods_of
from tests.bench.generating import measure_generate
from tests.bench.getting import measure_get
from tests.bench.importing import measure_import
from tests.bench.informing import (
    measure_floods,
    measure_many,
    measure_relist,
    measure_stuck,
    measure_sync,
)
from tests.bench.listing import measure_list
from tests.bench.protobuf import measure_protobuf
from tests.bench.queueing import measure_queue
from tests.bench.tables import Table
from tests.bench.testing import measure_tests
from tests.support.apiserver import Endpoint

_ON_A_SERVER = ("list", "get", "protobuf", "sync", "flood", "relist", "many")
_PARTS = (*_ON_A_SERVER, "import", "generate", "queue", "stuck", "tests")
_RESULT = Path("build/bench.json")


def main() -> int:
    """Measure the parts that were asked for."""
    options = _options()
    tables: list[Table] = []
    for table in _measure(options):
        print(f"{table.text()}\n", flush=True)
        tables.append(table)
    _RESULT.parent.mkdir(exist_ok=True)
    report = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "tables": [table.data() for table in tables],
    }
    _RESULT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"also in {_RESULT}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure kubewright beside client-go and the Python peers.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(_PARTS)}")
    parser.add_argument("--quick", action="store_true", help="500 pods, once")
    parser.add_argument("--repeat", type=int, help="rounds; the median counts (default: 3)")
    parser.add_argument("--only", action="append", help="list with these clients only")
    parser.add_argument("--pods", type=int, help="on the server (default: 5000)")
    options = parser.parse_args()
    unknown = set(options.parts) - set(_PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(_PARTS)}")
    options.parts = options.parts or _PARTS
    options.repeat = options.repeat or (1 if options.quick else 3)
    return options


def _measure(options: argparse.Namespace) -> Iterator[Table]:
    if "import" in options.parts:
        yield from measure_import()
    if "generate" in options.parts:
        yield from measure_generate(options.repeat, _say)
    if "queue" in options.parts:
        yield from measure_queue(options.repeat)
    if "stuck" in options.parts:
        yield from measure_stuck(_RESULT.parent, 20_000 if options.quick else 1_000_000, _say)
    if "tests" in options.parts:
        yield from measure_tests(options.repeat, 100 if options.quick else 1000, _say)
    if not set(options.parts) & set(_ON_A_SERVER):
        return
    count = options.pods or (500 if options.quick else 5000)
    with cluster_of(count) as endpoint, tempfile.TemporaryDirectory() as folder:
        kubeconfig = endpoint.write_kubeconfig(Path(folder, "kubeconfig"))
        if "get" in options.parts:
            yield from measure_get(kubeconfig, options.repeat)
        if "list" in options.parts:
            yield from measure_list(kubeconfig, count, options.repeat, _say, only=options.only)
        if "protobuf" in options.parts:
            yield from measure_protobuf(kubeconfig, count, options.repeat, _say)
        yield from _informers(options, kubeconfig, endpoint, count)


def _informers(
    options: argparse.Namespace, kubeconfig: Path, endpoint: Endpoint, count: int
) -> Iterator[Table]:
    if "sync" in options.parts:
        peers = count <= 5000  # beyond that they take minutes and all memory
        yield from measure_sync(kubeconfig, count, options.repeat, _say, peers=peers)
    if not set(options.parts) & {"flood", "relist", "many"}:
        return
    pods, folder = pods_of(endpoint, count), kubeconfig.parent
    if "flood" in options.parts:
        events = 2000 if options.quick else 20_000
        yield from measure_floods(pods, events, folder, options.repeat, _say)
    if "relist" in options.parts:
        yield from measure_relist(pods, folder, options.repeat, _say)
    if "many" in options.parts:
        yield from measure_many(pods, folder, _say)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\r", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
