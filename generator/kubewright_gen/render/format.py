"""Formats generated Python with black, in process and on all cores; the only user of black.

A module is cut before its top-level classes, and the pieces are formatted apart: black runs a
second time over text that it changed, and it is kinder to the memory. Where the cut is not one
that black sees the same way, the module is formatted whole.

client-go: ``gengo`` formats with ``go/format``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final, cast

import black
from black.mode import TargetVersion

from kubewright_gen.errors import VerifyError

__all__ = ["format_files", "format_python", "serve"]

LINE_LENGTH: Final = 100
_WORTH_A_PROCESS: Final = 300_000  # characters; a process takes as long to start as these take
_CLASS = re.compile(r"^(?=class )", re.MULTILINE)

Job = tuple[str, str]  # path, text


@cache
def _mode() -> black.Mode:
    return black.Mode(line_length=LINE_LENGTH, target_versions={TargetVersion.PY311})


def format_python(text: str, path: str) -> str:
    """One module as black writes it.

    Raises:
        VerifyError: it is not Python; `path` names it in the message.
    """
    pieces = _CLASS.split(text)
    if len(pieces) > 2 and not any(_ends_open(piece) for piece in pieces[:-1]):
        try:
            formatted = [_format(piece.strip("\n") + "\n") for piece in pieces if piece.strip()]
        except (ValueError, RecursionError):
            pass  # a piece is no Python by itself: the cut was inside something
        else:
            return "\n\n\n".join(piece.rstrip("\n") for piece in formatted) + "\n"
    try:
        return _format(text)
    except (ValueError, RecursionError) as error:
        raise VerifyError(
            f"is no Python that can be formatted: {error}",
            file=path,
            remedy="this is a bug in kubewright, please report it",
        ) from error


def _format(text: str) -> str:
    return black.format_str(text, mode=_mode())


def _ends_open(piece: str) -> bool:
    """Whether what ends the piece belongs to the class after it: a comment or a decorator."""
    return piece.rstrip().rpartition("\n")[2].startswith(("#", "@"))


def format_files(
    files: Mapping[str, str],
    *,
    processes: int | None = None,
    advance: Callable[[str], None] = lambda _: None,
) -> dict[str, str]:
    """Every ``.py`` of `files` formatted, the others as they are, in the same order.

    Args:
        files: path to text.
        processes: how many to use at most; as many as there are cores if it is not given.
        advance: is told how far it came.

    Raises:
        VerifyError: one of them is not Python.
    """
    jobs = [(path, text) for path, text in files.items() if path.endswith(".py")]
    shares = _shares(jobs, processes or os.cpu_count() or 1)
    done: dict[str, str] = {}
    with _helpers(shares[1:]) as helpers:
        for path, text in shares[0]:
            done[path] = format_python(text, path)
            advance(f"{len(done)} of {len(jobs)}")
        for share, helper in zip(shares[1:], helpers, strict=True):
            answer = _answer(helper)
            for path, text in share:
                done[path] = answer[path] if path in answer else format_python(text, path)
            advance(f"{len(done)} of {len(jobs)}")
    return {path: done.get(path, text) for path, text in files.items()}


def _shares(jobs: Sequence[Job], processes: int) -> list[list[Job]]:
    """The jobs in about equal parts, the longest first; the first part is the caller's."""
    size = sum(len(text) for _, text in jobs)
    count = max(1, min(processes, size // _WORTH_A_PROCESS, len(jobs)))
    shares: list[list[Job]] = [[] for _ in range(count)]
    loads = [0] + [_WORTH_A_PROCESS // 2] * (count - 1)
    for job in sorted(jobs, key=lambda job: (-len(job[1]), job[0])):
        lightest = loads.index(min(loads))
        shares[lightest].append(job)
        loads[lightest] += len(job[1])
    return shares


@contextmanager
def _helpers(shares: Sequence[Sequence[Job]]) -> Generator[list[subprocess.Popen[bytes] | None]]:
    """Processes that format a share each; none of them is left at the end, whatever happens."""
    # Not multiprocessing: that would import the caller's main module in each of them, or fork a
    # process that may have threads.
    helpers: list[subprocess.Popen[bytes] | None] = []
    try:
        helpers.extend(_start(share) for share in shares)
        yield helpers
    finally:
        for helper in helpers:
            if helper is not None:
                helper.kill()
                helper.wait()
                if helper.stdout is not None:
                    helper.stdout.close()


def _start(share: Sequence[Job]) -> subprocess.Popen[bytes] | None:
    # It reads before it imports, so that nobody waits for its start.
    program = (
        "import json, sys; data = sys.stdin.buffer.read(); sys.path[:] = json.loads(sys.argv[1]);"
        " from kubewright_gen.render.format import serve; serve(data)"
    )
    if not sys.executable or getattr(sys, "frozen", False):
        return None
    try:
        helper = subprocess.Popen(
            [sys.executable, "-c", program, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # its troubles are ours: the share is then formatted here
        )
    except OSError:
        return None
    assert helper.stdin is not None  # noqa: S101
    try:
        with helper.stdin as stdin:
            stdin.write(json.dumps(dict(share)).encode())
    except OSError:  # it died at once; its answer will be empty
        pass
    return helper


def _answer(helper: subprocess.Popen[bytes] | None) -> dict[str, str]:
    """What a helper made of its share; empty if it failed, for whatever reason."""
    if helper is None or helper.stdout is None:
        return {}
    with helper.stdout as stdout:
        data = stdout.read()
    if helper.wait() != 0:
        return {}
    try:
        return cast("dict[str, str]", json.loads(data))
    except ValueError:
        return {}


def serve(data: bytes) -> None:
    """Be a helper: a JSON object of paths and texts comes in, one of formatted texts goes out."""
    jobs = cast("dict[str, str]", json.loads(data))
    done = {path: format_python(text, path) for path, text in jobs.items()}
    sys.stdout.buffer.write(json.dumps(done).encode())
