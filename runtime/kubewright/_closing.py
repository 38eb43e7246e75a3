"""What is open until it is closed, or runs until it is stopped, at the latest when a ``with`` block ends."""

from __future__ import annotations

from types import TracebackType
from typing import Self

__all__ = ["Closing", "Running"]


class Closing:
    """Calls its own `close` at the end of a ``with`` block."""

    def close(self) -> object:
        """End it; may be called again."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Running:
    """Starts with a ``with`` block, and stops at its end."""

    def start(self) -> object:
        """Begin; may be called once."""
        raise NotImplementedError

    def stop(self) -> object:
        """End it; may be called again."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
