"""Sessions with a command line as text: what was typed, what came, and where a real server differs.

A line that begins with ``$`` is a command, one with ``?`` its exit code if that is not 0; what is
indented is its output. A line with ``#`` says why a real server answers with the output below it.
``$ … &`` runs on in the background until ``$ end``, which shows its output.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.kubectl import Kubectl
from tests.support.same_answers import AGE

__all__ = ["Step", "comparable", "format_session", "parse_session", "run_session"]

_INDENT = "    "
_END = "end"
_QUIET = 1.5  # seconds without output after which a background command has told all
_LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    output: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and what came.

    Attributes:
        command: without ``kubectl``.
        outcome: what came.
        reason: why a real server answers something else; empty if it does not.
        real: what that is.
    """

    command: str
    outcome: Outcome = Outcome("")
    reason: str = ""
    real: Outcome = field(default=Outcome(""))

    @property
    def on_a_real_server(self) -> Outcome:
        return self.real if self.reason else self.outcome


def parse_session(text: str) -> list[Step]:
    """Read a session."""
    steps: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line.removeprefix("$ ").removeprefix("kubectl ")))
        elif line.startswith("# "):
            steps[-1] = replace(steps[-1], reason=line.removeprefix("# "))
        elif steps:
            steps[-1] = _with_line(steps[-1], line)
    return steps


def _with_line(step: Step, line: str) -> Step:
    outcome = step.real if step.reason else step.outcome
    if line.startswith("? "):
        outcome = replace(outcome, code=int(line.removeprefix("? ")))
    else:
        outcome = replace(outcome, output=f"{outcome.output}{line.removeprefix(_INDENT)}\n")
    return replace(step, real=outcome) if step.reason else replace(step, outcome=outcome)


def format_session(steps: Iterable[Step]) -> str:
    """Write a session."""
    lines: list[str] = []
    for step in steps:
        prefix = "" if step.command == _END else "kubectl "
        lines += [f"$ {prefix}{step.command}", *_lines(step.outcome)]
        if step.reason:
            lines += [f"# {step.reason}", *_lines(step.real)]
    return "\n".join(lines) + "\n"


def _lines(outcome: Outcome) -> list[str]:
    code = [f"? {outcome.code}"] if outcome.code else []
    return [*code, *(f"{_INDENT}{line}".rstrip() for line in outcome.output.splitlines())]


def run_session(
    kubectl: Kubectl, commands: Iterable[str], folder: Path, log: Path
) -> list[Outcome]:
    """Run commands one after the other, and return what came of each.

    Args:
        kubectl: knows the server.
        commands: without ``kubectl``.
        folder: where the files are that they name.
        log: takes the output of what runs in the background.
    """
    found: list[Outcome] = []
    background: subprocess.Popen[bytes] | None = None
    try:
        for command in commands:
            if command.endswith(" &"):
                background = _start(kubectl, shlex.split(command)[:-1], folder, log)
                found.append(Outcome(""))
            elif command == _END:
                assert background is not None
                text = _told(log)
                background.terminate()
                background.wait()
                found.append(Outcome(text))
            else:
                done = kubectl.run(shlex.split(command), folder)
                found.append(Outcome(_trimmed(done.stdout + done.stderr), done.returncode))
    finally:
        if background is not None:
            background.kill()
            background.wait()
    return found


def _start(
    kubectl: Kubectl, arguments: list[str], folder: Path, log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            kubectl.command(*arguments),
            env=kubectl.environment(),
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    _wait(lambda: log.stat().st_size > 0)
    return process


def _told(log: Path) -> str:
    """Return what a process has written once it writes no more."""
    size, since = -1, time.monotonic()
    deadline = since + _LIMIT
    while time.monotonic() < min(since + _QUIET, deadline):
        if log.stat().st_size != size:
            size, since = log.stat().st_size, time.monotonic()
        time.sleep(0.02)
    return _trimmed(log.read_text())


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LIMIT
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _trimmed(text: str) -> str:
    """Return text without spaces at the ends of lines, empty lines at the end, and names of files."""
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    return _COMPARED_FILES.sub(r"\1 FILE", "".join(f"{line}\n" for line in lines))


_COMPARED_FILES = re.compile(r"^(diff|---|\+\+\+) .*/.*$", re.MULTILINE)
_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"), "TIME"),
    (re.compile(r'(resourceVersion"?: )"\d+"|(Resource Version: +)\d+'), r"\1\2VERSION"),
    (re.compile(r"https?://127\.0\.0\.1:\w+"), "URL"),
    (re.compile(r"\b10\.0\.0\.\d+\b"), "ADDRESS"),
    (re.compile(rf"\b({AGE}|<unknown>|<invalid>)(?=\s|$)"), "AGE"),
    (re.compile(r"\beyJ[\w.-]+"), "TOKEN"),
    (re.compile(r" {2,}"), "  "),
)


def comparable(outcome: Outcome) -> Outcome:
    """Put words in the place of what is another at each run, and of the width of columns."""
    text = outcome.output
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return replace(outcome, output=text)
