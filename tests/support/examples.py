"""Runs the examples of the documents, and knows which test runs which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any, TypeVar

import pytest

from tests.support.documents import ROOT, Block, Place, block_at
from tests.support.patience import wait_until

__all__ = ["RUN", "Example", "example_of"]

RUN: dict[Place, str] = {}
"""The test that runs the block at a place, for each that was imported."""

T = TypeVar("T", bound=Callable[..., None])


def example_of(document: str, heading: str, number: int = 1) -> Callable[[T], T]:
    """Mark the test that runs a block; its fixture ``example`` then holds the block."""
    place = document, heading, number
    block = block_at(place)

    def mark(test: T) -> T:
        RUN[place] = f"{test.__module__}.{test.__qualname__}"
        marked: T = pytest.mark.parametrize("block", [block], ids=str)(test)
        return marked

    return mark


class Example:
    """A block of Python and what becomes of it.

    Attributes:
        names: what it made and was given; it may be looked at while it runs.
        has_run: whether that was begun.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self.names: dict[str, Any] = {"__name__": block.slug}
        self.has_run = False
        self._printed = StringIO()

    @property
    def printed(self) -> list[str]:
        """The lines that it has printed so far."""
        return self._printed.getvalue().splitlines()

    def other(self, text: str, instead: object) -> None:
        """Replace what only the reader's machine has, such as a path."""
        self.block = self.block.with_other(text, instead)

    def run(self, **brought: object) -> None:
        """Run it to its end.

        Args:
            brought: exactly what it takes from the reader.
        """
        self.has_run = True
        assert brought.keys() == self.block.takes, f"{self.block} takes {sorted(self.block.takes)}"
        self.names.update(brought)
        code = compile(self.block.in_place, ROOT / self.block.document, "exec")
        with redirect_stdout(self._printed):
            exec(code, self.names)

    @contextmanager
    def meanwhile(self, act: Callable[[], object], *, when: Callable[[], bool]) -> Generator[None]:
        """Call something in another thread while the example runs, such as what ends it.

        Args:
            act: what is called.
            when: waited for; if it does not come true, it is called all the same, and that is a failure.
        """
        over = threading.Event()
        failures: list[TimeoutError] = []

        def work() -> None:
            try:
                wait_until(lambda: over.is_set() or when())
            except TimeoutError as error:
                failures.append(error)
            if not over.is_set():
                act()

        thread = threading.Thread(target=work, name=f"beside {self.block}")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if failures:
            raise failures[0]
