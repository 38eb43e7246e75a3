"""Time and a transport that a test commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from kubewright._clock import StopToken
from kubewright.rest.request import Request
from kubewright.rest.streams import split_lines
from kubewright.rest.transport import Response, Stream


class FakeClock:
    """Time passes when somebody waits, and at once."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []
        self.stop_in_wait: StopToken | None = None

    def monotonic(self) -> float:
        return self.time

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        self.waits.append(seconds)
        if self.stop_in_wait is not None:
            self.stop_in_wait.stop()
        if stop is not None and stop.is_stopped:
            return True
        self.time += seconds
        return False


@dataclass
class FakeStream:
    """An answer that is there already."""

    response: Response
    closed: bool = False

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    def chunks(self) -> Iterator[bytes]:
        yield self.response.body

    def lines(self) -> Iterator[bytes]:
        return split_lines(self.chunks())

    def read(self) -> bytes:
        return self.response.body

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        del seconds, before_read

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass
class ScriptedTransport:
    """Gives one answer after the other, the last for ever, and remembers the requests."""

    answers: list[Response | Exception]
    seconds_each: float = 0.0
    clock: FakeClock | None = None
    requests: list[Request] = field(default_factory=list[Request])
    streams: list[FakeStream] = field(default_factory=list[FakeStream])
    closed: bool = False

    def send(self, request: Request) -> Response:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if self.clock is not None:
            self.clock.time += self.seconds_each
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        stream = FakeStream(self.send(request))
        self.streams.append(stream)
        return stream

    def close(self) -> None:
        self.closed = True
