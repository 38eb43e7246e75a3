"""Informers beside client-go and the Python peers: start, memory, floods of events, listing again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.flood import FloodServer, flood_of
from tests.bench.peers import PEERS, client_go
from tests.bench.runs import RunError, in_turn, json_of
from tests.bench.tables import Row, Table

__all__ = ["measure_floods", "measure_many", "measure_relist", "measure_stuck", "measure_sync"]

_FOLLOWER = Path(__file__).with_name("follower.py")
_GO = "client-go typed"
Say = Callable[[str], None]
Command = Callable[[], list[str]]
_COMPRESSED = "kubewright, compressed"


def measure_sync(
    kubeconfig: Path, count: int, repeats: int, say: Say, *, peers: bool = True
) -> Iterator[Table]:
    """From the start to a full cache: seconds, and memory then and a while later.

    Args:
        kubeconfig: leads to the server.
        count: how many pods it holds.
        repeats: of each client.
        say: told what runs.
        peers: whether the Python peers run too.
    """
    cases: dict[str, Command] = {
        "kubewright": _own("sync"),
        "kubewright, by lists": _own("sync", "lists"),
        "kubewright, by object": _own("sync", "by object"),
        _COMPRESSED: _own("sync", "compressed"),
        _GO: _go("-informer=typed", "-content=vnd.kubernetes.protobuf"),
        "client-go typed, json": _go("-informer=typed", "-content=json"),
        "client-go dynamic": _go("-informer=dynamic", "-content=json"),
    }
    if peers:
        cases["kubernetes informer"] = _peer("kubernetes", "sync", str(count))
        cases["lightkube, list into a dict"] = _peer("lightkube", "sync")
    results, problems = _run(cases, kubeconfig, repeats, say)
    for name, runs in results.items():
        for run in runs:
            assert run["count"] == count, f"{name} has {run['count']} of {count} pods"
    yield _table(
        f"informer of {count} pods, start to synced", "s", "seconds", results, problems, digits=2
    )
    yield _table(
        f"informer of {count} pods, peak memory", "MB", "peak", results, problems, digits=0
    )
    yield _table(
        f"informer of {count} pods, settled memory", "MB", "settled", results, problems, digits=0
    )


def measure_floods(
    pods: Sequence[bytes], events: int, folder: Path, repeats: int, say: Say
) -> Iterator[Table]:
    """Events of a watch, as many as come, into the cache and to a handler.

    Args:
        pods: of the events.
        events: how many.
        folder: for a kubeconfig.
        repeats: of each client.
        say: told what runs.
    """
    number = str(events)
    cases: dict[str, Command] = {
        "kubewright, key handler": _own("flood", number),
        "kubewright, typed handler": _own("flood", number, "typed"),
        "kubewright, key handler, by object": _own("flood", number, "by object"),
        "kubewright, key handler, compressed": _own("flood", number, "compressed"),
        _GO: _go("-informer=typed", f"-events={events}"),
        "kubernetes informer": _peer("kubernetes", "flood", number),
        "lightkube, watch into a dict": _peer("lightkube", "flood", number),
    }
    with flood_of(pods, events).running() as server:
        kubeconfig = _kubeconfig(server, folder)
        results, problems = _run(cases, kubeconfig, repeats, say)
    size = sum(map(len, pods)) / len(pods) / 1000
    rates = {
        name: [{"rate": run["count"] and events / run["seconds"]} for run in runs]
        for name, runs in results.items()
    }
    yield _table(f"{events} events of {size:.1f} kB", "events/s", "rate", rates, problems, digits=0)


def measure_relist(pods: Sequence[bytes], folder: Path, repeats: int, say: Say) -> Iterator[Table]:
    """The version is forgotten and a list says what is known already.

    Args:
        pods: that are listed.
        folder: for a kubeconfig.
        repeats: of each client.
        say: told what runs.
    """
    seconds: dict[str, list[dict[str, Any]]] = {}
    problems: dict[str, str] = {}
    for _ in range(repeats):
        for name in ("kubewright", _GO):
            with FloodServer(pods, 0).running() as server:
                kubeconfig = _kubeconfig(server, folder)
                go = _go("-informer=typed", f"-relist={server.url}")
                command = go if name == _GO else _own("relist", server.url)
                results, failed = _run({name: command}, kubeconfig, 1, say)
                # how long a client waits before it lists is its choice, not its speed
                worked = [{**run, "work": run["seconds"] - server.pause} for run in results[name]]
                seconds.setdefault(name, []).extend(worked)
                problems.update(failed)
    title = f"{len(pods)} pods listed again, nothing new"
    yield _table(title, "s", "seconds", seconds, problems, digits=2)
    yield _table(f"{title}, from the request", "s", "work", seconds, problems, digits=2)
    yield _table(title, "calls of a handler", "calls", seconds, problems, digits=0)


def measure_many(pods: Sequence[bytes], folder: Path, say: Say) -> Iterator[Table]:
    """What hundreds of informers in one process cost, of 200 pods each."""
    with flood_of(pods, 0).running() as server:
        kubeconfig = _kubeconfig(server, folder)
        cases = {f"{number} informers": _own("many", str(number)) for number in (1, 100, 500)}
        results, problems = _run(cases, kubeconfig, 1, say)
    for what, unit, digits in (
        ("seconds", "s", 2),
        ("settled", "MB", 0),
        ("threads", "threads", 0),
    ):
        title = "informers in one process, each with a handler"
        yield _table(title, unit, what, results, problems, digits=digits)


def measure_stuck(folder: Path, events: int, say: Say) -> Iterator[Table]:
    """A handler hangs while there are very many changes of a hundred objects."""
    cases = {"kubewright": _own("stuck", str(events))}
    results, problems = _run(cases, folder, 1, say)
    (run,) = results["kubewright"] or [{}]
    rows = tuple(
        Row(name, (float(run[key]),) if run else (), problems.get("kubewright", ""))
        for name, key in (
            ("memory when it has hung for a while", "before"),
            ("memory after all changes", "during"),
            ("memory after its release", "settled"),
        )
    )
    yield Table(f"a stuck handler and {events} changes", "MB", "", rows, 0)
    rows = tuple(
        Row(name, (float(run[key]),) if run else ())
        for name, key in (
            ("changes that another handler was told", "count"),
            ("changes that wait for the stuck one", "pending"),
            ("changes that it is told with a later one", "coalesced"),
        )
    )
    yield Table("the same", "changes", "", rows, 0)


def _run(
    cases: dict[str, Command], kubeconfig: Path, repeats: int, say: Say
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    environment = {"KUBECONFIG": str(kubeconfig)}
    ready: dict[str, Callable[[], dict[str, Any]]] = {}
    for name, command in cases.items():
        try:
            # asked for now: what is installed or built on the way is not to be timed
            ready[name] = partial(json_of, command(), environment)
        except RunError as error:
            ready[name] = partial(_fail, str(error))
    return in_turn(ready, repeats, say=say)


def _fail(problem: str) -> dict[str, Any]:
    raise RunError(problem)


def _own(*arguments: str) -> Command:
    return lambda: [sys.executable, str(_FOLLOWER), "kubewright", *arguments]


def _go(*flags: str) -> Command:
    return lambda: [str(client_go()), *flags]


def _peer(name: str, *arguments: str) -> Command:
    peer = next(each for each in PEERS if each.name == name)
    return lambda: [str(peer.python()), str(_FOLLOWER), name, *arguments]


def _table(
    title: str,
    unit: str,
    key: str,
    results: dict[str, list[dict[str, Any]]],
    problems: dict[str, str],
    *,
    digits: int,
) -> Table:
    rows = tuple(
        Row(name, tuple(float(run[key]) for run in runs), problems.get(name, ""))
        for name, runs in results.items()
    )
    return Table(title, unit, _GO, rows, digits)


def _kubeconfig(server: FloodServer, folder: Path) -> Path:
    path = folder / "flood-kubeconfig"
    path.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
        f"clusters: [{{name: c, cluster: {{server: '{server.url}'}}}}]\n"
        "users: [{name: u, user: {}}]\n"
    )
    return path
