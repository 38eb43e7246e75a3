"""Record a session with a real cluster into a file that `kubewright.testing.replaying` plays.

.. code-block:: python

    with connect(wrap=[recording("session.jsonl")]) as rest:
        reconcile(Clientset(rest))

client-go: none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kubewright.errors import KubeError
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream, Transport
from kubewright.rest.wrapping import WrappedTransport
from kubewright.testing._recordings import (
    FORMAT,
    Mask,
    body_line,
    encoded,
    error_line,
    headers_line,
    is_secret,
    request_line,
)

__all__ = ["recording"]


def recording(path: Path | str, *, mask: Mask | None = None) -> Callable[[Transport], Transport]:
    """Return a wrapper for ``connect(wrap=[…])`` that writes down what is asked and answered.

    Watches are recorded event by event. The values of Secrets, the tokens of service accounts and
    all headers of requests are left out; connections of exec and the like are not recorded. The
    file is complete when the client is closed, and readable at any time before.

    Args:
        path: the file; what is in it is lost.
        mask: changes each JSON body, and event, before it is written: for what else is secret.
    """
    return lambda transport: _RecordingTransport(transport, _Recorder(Path(path), mask))


class _Recorder:
    """Writes lines, one at a time."""

    def __init__(self, path: Path, mask: Mask | None) -> None:
        self.mask: Mask = mask or _as_it_is
        self._lock = threading.Lock()
        self._last_id = 0
        self._file = path.open("wb")
        self._file.write(encoded(FORMAT))

    def new_id(self) -> int:
        with self._lock:
            self._last_id += 1
            return self._last_id

    def write(self, number: int, line: Mapping[str, Any]) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(encoded({"id": number, **line}))
                self._file.flush()

    def close(self) -> None:
        with self._lock:
            self._file.close()


class _RecordingTransport(WrappedTransport):
    def __init__(self, transport: Transport, recorder: _Recorder) -> None:
        super().__init__(transport)
        self._recorder = recorder

    def send(self, request: Request) -> Response:
        line = {"request": request_line(request, self._recorder.mask)}
        number = self._recorder.new_id()
        try:
            answer = super().send(request)
        except KubeError as error:
            self._recorder.write(number, {**line, "error": error_line(error)})
            raise
        body = body_line(answer.body, is_secret(request), self._recorder.mask)
        head = {"status": answer.status, "headers": headers_line(answer.headers)}
        self._recorder.write(number, {**line, "answer": {**head, **body}})
        return answer

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        line = {"request": request_line(request, self._recorder.mask)}
        number = self._recorder.new_id()
        try:
            stream = super().stream(request, read_timeout=read_timeout)
        except KubeError as error:
            self._recorder.write(number, {**line, "error": error_line(error)})
            raise
        head = {"status": stream.status, "headers": headers_line(stream.headers)}
        self._recorder.write(number, {**line, "stream": head})
        return _RecordedStream(stream, self._recorder, number, is_secret(request))

    def close(self) -> None:
        super().close()
        self._recorder.close()


class _RecordedStream:
    """Hands on what comes, and writes it down first: what a program has seen is in the file."""

    def __init__(self, stream: Stream, recorder: _Recorder, number: int, secret: bool) -> None:
        self._stream = stream
        self._recorder = recorder
        self._number = number
        self._secret = secret
        self._closed = False

    @property
    def status(self) -> int:
        return self._stream.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._stream.headers

    def chunks(self) -> Iterator[bytes]:
        return self._noted(self._stream.chunks(), is_line=False)

    def lines(self) -> Iterator[bytes]:
        return self._noted(self._stream.lines(), is_line=True)

    def read(self) -> bytes:
        return b"".join(self.chunks())

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        self._stream.set_read_timeout(seconds, before_read=before_read)

    def close(self) -> None:
        self._closed = True
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _noted(self, pieces: Iterator[bytes], *, is_line: bool) -> Iterator[bytes]:
        try:
            for piece in pieces:
                self._note(piece, is_line)
                yield piece
        except KubeError as error:
            self._recorder.write(self._number, {"end": error_line(error)})
            raise
        if not self._closed:
            self._recorder.write(self._number, {"end": None})

    def _note(self, piece: bytes, is_line: bool) -> None:
        line = body_line(piece, self._secret, self._recorder.mask)
        if is_line:
            line["isLine"] = True
        self._recorder.write(self._number, {"piece": line})


def _as_it_is(value: Any) -> Any:
    return value
