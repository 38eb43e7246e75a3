"""Runs programs again and again, one after the other in turn, so that all meet the same machine."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["RunError", "in_turn", "json_of"]

T = TypeVar("T")

ONE_RUN_LIMIT = 400.0
"""Seconds after which a program is given up."""
_REPEATED_UP_TO = 20.0
"""Seconds of a run that is repeated; a longer one shows what it has to show at once."""
# certificates and proxies of this machine are none of the server's, and some clients obey them
_HIDDEN = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG")


class RunError(Exception):
    """A program failed; the message is the end of what it said."""


def json_of(command: Sequence[str | Path], environment: Mapping[str, str]) -> Any:
    """Run a program and read the JSON that it prints.

    Args:
        command: the program and its arguments.
        environment: added to that of this process.

    Raises:
        RunError: it failed, or took too long.
    """
    inherited = {name: text for name, text in os.environ.items() if name not in _HIDDEN}
    try:
        done = subprocess.run(
            command,
            env={**inherited, "NO_PROXY": "127.0.0.1", **environment},
            capture_output=True,
            text=True,
            timeout=ONE_RUN_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RunError(f"not done after {ONE_RUN_LIMIT:.0f} s") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise RunError(last[-1][:200])
    return json.loads(done.stdout)


def in_turn(
    cases: Mapping[str, Callable[[], T]], repeats: int, *, say: Callable[[str], None]
) -> tuple[dict[str, list[T]], dict[str, str]]:
    """Run each case `repeats` times, in rounds over all of them.

    Args:
        cases: what to run, by name; it raises `RunError` when it cannot.
        repeats: the number of rounds; slow cases take part in the first only.
        say: told what runs.

    Returns:
        The results by name, and the problems of those that did not run to the end.
    """
    results: dict[str, list[T]] = {name: [] for name in cases}
    problems: dict[str, str] = {}
    waiting = dict(cases)
    for number in range(repeats):
        for name, run in list(waiting.items()):
            say(f"round {number + 1} of {repeats}: {name}")
            started = time.monotonic()
            try:
                results[name].append(run())
            except RunError as error:
                problems[name] = str(error)
                del waiting[name]
                continue
            if time.monotonic() - started > _REPEATED_UP_TO:
                del waiting[name]
    return results, problems
