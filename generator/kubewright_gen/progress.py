"""What a run tells while it works: its stages, with their seconds, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

__all__ = ["Progress", "SilentProgress", "TerminalProgress", "peak_memory"]


class Progress(Protocol):
    """Hears of the stages of a run: read, resolve, models, render, format, verify, write."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """How long each finished stage took, in the order in which they ended."""
        ...

    def stage(self, name: str) -> AbstractContextManager[None]:
        """One stage; stages follow each other and are not nested."""
        ...

    def advance(self, what: str) -> None:
        """Say what the stage has reached, such as ``31 of 624``; cheap, so call it often."""
        ...


class SilentProgress:
    """Takes the time and shows nothing: for pipes, ``--quiet`` and tests."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    @property
    def seconds(self) -> Mapping[str, float]:
        """How long each finished stage took, in the order in which they ended."""
        return self._seconds

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Time one stage; a name that comes again adds up."""
        start = self._clock()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - start

    def advance(self, what: str) -> None:
        """Show nothing."""


class TerminalProgress(SilentProgress):
    """Shows the running stage, and leaves a line with the seconds of each finished one."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(clock=clock)
        self._console = console
        self._status: Status | None = None
        self._name = ""

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Show one stage while it runs."""
        from rich.text import Text

        before = self._seconds.get(name, 0.0)
        with self._console.status(Text(name)) as status, super().stage(name):
            self._status, self._name = status, name
            try:
                yield
            finally:
                self._status = None
        took = self._seconds[name] - before
        self._console.print(Text(f"  {name:<8} {took:6.2f} s", style="dim"))

    def advance(self, what: str) -> None:
        """Show it beside the name of the stage."""
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(f"{self._name} {what}"))


def peak_memory() -> int | None:
    """The most bytes this process and its finished children held, or None where unknown."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(of).ru_maxrss for of in who) * unit
