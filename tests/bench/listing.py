"""All pods in one call: seconds and peak memory, beside client-go and the Python peers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.peers import PEERS, Peer, client_go
from tests.bench.runs import RunError, in_turn, json_of
from tests.bench.tables import Row, Table

__all__ = ["measure_list"]

OWN = "kubewright"
_READER = Path(__file__).with_name("reader.py")
Result = dict[str, Any]


def measure_list(
    kubeconfig: Path,
    count: int,
    repeats: int,
    say: Callable[[str], None],
    *,
    only: Sequence[str] | None = None,
) -> Iterator[Table]:
    """List, and list and look at each pod, with every client.

    Args:
        kubeconfig: leads to the server.
        count: how many pods it holds.
        repeats: of each client.
        say: told what runs.
        only: the beginnings of the names of the clients to run; by default all run.

    Raises:
        AssertionError: two clients saw different pods.
    """
    for option, what in (("", "list"), ("touch", "list, then name, phase, node, images of each")):
        cases = {
            name: case
            for name, case in _cases(kubeconfig, option).items()
            if only is None or name.startswith(tuple(only))
        }
        say(f"{what}:")
        results, problems = in_turn(cases, repeats, say=say)
        _check(results, count)
        for unit, key, digits in (("s", "seconds", 2), ("MB", "megabytes", 0)):
            rows = tuple(
                Row(name, tuple(run[key] for run in runs), problems.get(name, ""))
                for name, runs in results.items()
            )
            yield Table(f"{what}: {count} pods", unit, OWN, rows, digits)


def _cases(kubeconfig: Path, option: str) -> dict[str, Callable[[], Result]]:
    reader = (str(_READER), OWN, option)
    touch = ["-touch"] if option else []
    commands: dict[str, Callable[[], list[str]]] = {OWN: lambda: [sys.executable, *reader]}
    for content in ("vnd.kubernetes.protobuf", "json"):
        label = f"client-go 0.37.2 {content.rpartition('.')[2]}"
        commands[label] = partial(_go_command, [f"-content={content}", *touch])
    for peer in PEERS:
        commands[peer.label] = partial(_peer_command, peer, option)
    environment = {"KUBECONFIG": str(kubeconfig)}
    return {name: _case(command, environment) for name, command in commands.items()}


def _go_command(flags: list[str]) -> list[str]:
    return [str(client_go()), *flags]


def _peer_command(peer: Peer, option: str) -> list[str]:
    return [str(peer.python()), str(_READER), peer.name, option]


def _case(command: Callable[[], list[str]], environment: dict[str, str]) -> Callable[[], Result]:
    # asked for now: what is installed or built on the way is not to be timed
    try:
        arguments = command()
    except RunError as error:
        return partial(_fail, str(error))
    return partial(json_of, arguments, environment)


def _fail(problem: str) -> Result:
    raise RunError(problem)


def _check(results: dict[str, list[Result]], count: int) -> None:
    """See that all did the same work: a fast wrong answer is none."""
    expected: list[list[str]] | None = None
    for name, runs in results.items():
        for run in runs:
            assert run["count"] == count, f"{name} listed {run['count']} of {count} pods"
            touched = run["touched"]
            if touched is not None:
                seen: list[list[str]] = sorted(touched)
                expected = expected or seen
                assert seen == expected, f"{name} saw other pods than {OWN}"
