"""Answers that are read while they come: watches, and whole answers in the form of a stream.

client-go: ``watch.FakeWatcher``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from kubewright._clock import Clock
from kubewright._closing import Closing
from kubewright.errors import ConnectionLostError, RequestTimeoutError
from kubewright.rest.streams import split_lines
from kubewright.rest.transport import Response
from kubewright.testing.manual_clock import ManualClock

__all__ = ["Alter", "AnswerStream", "WatchFrame", "WatchStream"]


class WatchFrame(NamedTuple):
    """One event of a watch, as the server sends it: ``ADDED``, ``ERROR`` and so on."""

    type: str
    object: Mapping[str, Any]


Alter: TypeAlias = Callable[[WatchFrame], Iterable[WatchFrame]]
"""What a watch sends in the place of an event."""


class _Stream(Closing):
    """What both kinds of streams share."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = headers

    def chunks(self) -> Iterator[bytes]:
        """Yield bytes as they come; end quietly when closed."""
        raise NotImplementedError

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        """Change how long a silence may be; there is none in a complete answer."""

    def lines(self) -> Iterator[bytes]:
        """Yield lines without their newline."""
        return split_lines(self.chunks())

    def read(self) -> bytes:
        """Return all that is left."""
        return b"".join(self.chunks())


class AnswerStream(_Stream):
    """An answer that is complete."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status, response.headers)
        self._body = response.body

    def chunks(self) -> Iterator[bytes]:
        """Yield the body at once."""
        body, self._body = self._body, b""
        if body:
            yield body

    def close(self) -> None:
        """Drop what was not read."""
        self._body = b""


class WatchStream(_Stream):
    """An open watch: the server pushes events, one thread reads them, any thread may close it."""

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        status: int = 200,
        clock: Clock,
        seconds: float | None,
        silence: float | None,
        on_close: Callable[[WatchStream], None],
        form: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
        alter: Alter | None = None,
    ) -> None:
        """Open it.

        Args:
            headers: of the answer.
            status: of the answer.
            clock: measures `seconds`.
            seconds: after which the server ends the watch.
            silence: the longest time without an event that the reader waits, in seconds.
            on_close: called once at the end.
            form: what each object becomes before it is sent.
            alter: returns what is sent in the place of an event.
        """
        super().__init__(status, headers)
        self._clock = clock
        self._deadline = None if seconds is None else clock.monotonic() + seconds
        self._silence = silence
        self._before_read: Callable[[], object] | None = None
        self._on_close = on_close
        self._form = form
        self._alter = alter
        self._stalled = False
        self._changed = threading.Condition()
        self._pending: deque[bytes] = deque()
        self._ended = False
        self._failure: Exception | None = None
        self._closed = False
        self._forget: Callable[[], None] | None = None
        if isinstance(clock, ManualClock):
            self._forget = clock.on_advance(self._wake)

    def push(self, event: str, obj: Mapping[str, Any]) -> None:
        """Send one event, or what the test makes of it; where that fails, the reader is told."""
        frame = WatchFrame(event, obj)
        try:
            frames = (frame,) if self._alter is None else tuple(self._alter(frame))
        except Exception as error:
            self.end(error)  # neither the writer nor other watches have to do with it
            return
        for sent in frames:
            shown = sent.object if self._form is None else self._form(sent.object)
            self.push_line(msgspec.json.encode({"type": sent.type, "object": shown}))

    def set_stalled(self, stalled: bool) -> None:
        """Keep back what is sent, or send it."""
        with self._changed:
            self._stalled = stalled
            self._changed.notify_all()

    def push_line(self, line: bytes) -> None:
        """Send one line, whatever is in it."""
        self.push_raw(line + b"\n")

    def push_raw(self, data: bytes) -> None:
        """Send bytes, whatever is in them."""
        with self._changed:
            if not self._ended:
                self._pending.append(data)
                self._changed.notify_all()

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        """Change how long a silence may be, and what is called before each event is waited for."""
        self._silence = seconds
        self._before_read = before_read

    def end(self, failure: Exception | None = None) -> None:
        """End the watch after what was sent: orderly, or as if the connection broke."""
        with self._changed:
            self._ended = True
            self._failure = failure
            self._changed.notify_all()

    def close(self) -> None:
        """End it at once and wake the reader; never raises."""
        with self._changed:
            was_closed, self._closed = self._closed, True
            self._pending.clear()
            self._changed.notify_all()
        if not was_closed:
            if self._forget is not None:
                self._forget()
            self._on_close(self)

    def chunks(self) -> Iterator[bytes]:
        """Yield one event after the other.

        Raises:
            RequestTimeoutError: nothing came for too long.
            ConnectionLostError: the test broke the connection.
        """
        while True:
            if self._before_read is not None:
                self._before_read()
            line = self._next()
            if line is None:
                return
            yield line

    def _next(self) -> bytes | None:
        with self._changed:
            silent_until = None if self._silence is None else self._now() + self._silence
            while self._stalled or not self._pending:
                if self._closed or (self._ended and not self._stalled):
                    failure, self._failure = self._failure, None
                    if failure is not None and not self._closed:
                        raise failure
                    return None
                left = self._seconds_left()
                if left is not None and left <= 0 and not self._stalled:
                    self._ended = True
                    continue
                silence = None if silent_until is None else silent_until - self._now()
                if silence is not None and silence <= 0:
                    raise RequestTimeoutError("the watch was silent for too long")
                waits = [s for s in (left, silence) if s is not None and s > 0]
                self._changed.wait(min(*waits, threading.TIMEOUT_MAX) if waits else None)
            return self._pending.popleft()

    def _now(self) -> float:
        return self._clock.monotonic()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - self._clock.monotonic()


def broken_connection() -> ConnectionLostError:
    """Return what a reader gets when the connection breaks."""
    return ConnectionLostError("the connection was reset by the test")
