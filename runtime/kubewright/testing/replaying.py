"""Play a recorded session: a transport that gives the answers of `kubewright.testing.recording`.

.. code-block:: python

    replay = Replay("session.jsonl")
    reconcile(Clientset(RESTClient(replay)))
    assert replay.unused == []
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from urllib3 import HTTPHeaderDict

from kubewright._clock import SYSTEM_CLOCK
from kubewright._errors import DecodeError, KubeError
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.testing._apiserver.streams import AnswerStream, WatchStream
from kubewright.testing._recordings import FORMAT, Mask, bytes_of, error_of, request_line
from kubewright.testing.differences import changes

__all__ = ["Replay", "UnrecordedRequestError"]

# clients choose them at random
_IGNORED_OPTIONS = frozenset({"timeoutSeconds"})


class UnrecordedRequestError(KubeError):
    """A request that the recording does not have, or does not have once more."""


@dataclass(slots=True, eq=False)
class _Exchange:
    """One request as it was recorded, and what came back."""

    position: int
    request: Mapping[str, Any]
    line: Mapping[str, Any]
    pieces: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list[Any])
    end: tuple[int, Mapping[str, str] | None] | None = None


@dataclass(slots=True, eq=False)
class _OpenStream:
    exchange: _Exchange
    stream: WatchStream
    sent: int = 0


class Replay:
    """A `Transport` that answers each request as it was answered when it was recorded.

    A request must be the same in method, path, query and body (but for ``timeoutSeconds``); the
    same request asked twice gets its two answers in their order. An event of a watch comes when all
    has been asked that was answered before it.

    Attributes:
        unrecorded: what was asked and is not in the recording; each of it raised as well.
    """

    def __init__(self, path: Path | str, *, mask: Mask | None = None) -> None:
        """Read the recording.

        Args:
            path: of the file.
            mask: the one of the recording, if it had one.

        Raises:
            DecodeError: it is no recording.
            OSError: the file cannot be read.
        """
        self.unrecorded: list[Request] = []
        self._file = str(path)
        self._mask: Mask = mask or (lambda value: value)
        self._lock = threading.Lock()
        self._exchanges = _read(Path(path))
        self._open: list[_OpenStream] = []
        self._waiting: deque[_Exchange] = deque(
            each for each in self._exchanges if "stream" not in each.line
        )

    @property
    def unused(self) -> list[str]:
        """What was recorded and not asked yet, as ``GET /api/v1/pods``, in order."""
        with self._lock:
            return [f"{e.request['method']} {e.request['path']}" for e in self._exchanges]

    def send(self, request: Request) -> Response:
        """Answer as it was recorded.

        Raises:
            UnrecordedRequestError: it is not in the recording.
            TransportError: that was recorded.
        """
        with self._lock:
            exchange = self._take(request)
            self._release()
        if "stream" in exchange.line:
            body = b"".join(bytes_of(piece) for _, piece in exchange.pieces)
            return _response(exchange.line["stream"], body)
        if "error" in exchange.line:
            raise error_of(exchange.line["error"])
        return _response(exchange.line["answer"], bytes_of(exchange.line["answer"]))

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        """Answer as it was recorded; what was open at the end stays open, and silent.

        Raises:
            UnrecordedRequestError: it is not in the recording.
            TransportError: that was recorded.
        """
        with self._lock:
            exchange = self._take(request)
            stream = None
            if "stream" in exchange.line:
                stream = self._opened(exchange, read_timeout)
            self._release()
        if stream is not None:
            if request.stop is not None:
                request.stop.on_stop(stream.close)
            return stream
        if "error" in exchange.line:
            raise error_of(exchange.line["error"])
        answer = exchange.line["answer"]
        return AnswerStream(_response(answer, bytes_of(answer)))

    def close(self) -> None:
        """End what is open."""
        with self._lock:
            streams = [each.stream for each in self._open]
        for stream in streams:
            stream.close()

    def __repr__(self) -> str:
        return f"Replay({self._file!r})"

    def _opened(self, exchange: _Exchange, read_timeout: float | None) -> WatchStream:
        head = exchange.line["stream"]
        stream = WatchStream(
            _headers(head),
            status=head["status"],
            clock=SYSTEM_CLOCK,
            seconds=None,
            silence=read_timeout,
            on_close=self._forget,
        )
        self._open.append(_OpenStream(exchange, stream))
        return stream

    def _take(self, request: Request) -> _Exchange:
        wanted = _key(request_line(request, self._mask))
        for exchange in self._exchanges:
            if _key(exchange.request) == wanted:
                self._exchanges.remove(exchange)
                if exchange in self._waiting:
                    self._waiting.remove(exchange)
                return exchange
        self.unrecorded.append(request)
        raise UnrecordedRequestError(
            f"{request.method} {request.target} is not in {self._file}"
            f"{_nearest(wanted, self._exchanges)}"
        )

    def _release(self) -> None:
        """Send the events that came before the first answer that nobody has asked for yet."""
        limit = self._waiting[0].position if self._waiting else None
        for each in self._open:
            pieces = each.exchange.pieces
            while each.sent < len(pieces) and _is_due(pieces[each.sent][0], limit):
                piece = pieces[each.sent][1]
                data = bytes_of(piece)
                each.stream.push_raw(data + b"\n" if piece.get("isLine") else data)
                each.sent += 1
            end = each.exchange.end
            if end is not None and each.sent == len(pieces) and _is_due(end[0], limit):
                each.stream.end(None if end[1] is None else error_of(end[1]))

    def _forget(self, stream: WatchStream) -> None:
        with self._lock:
            self._open = [each for each in self._open if each.stream is not stream]


def _is_due(position: int, limit: int | None) -> bool:
    return limit is None or position < limit


def _read(path: Path) -> list[_Exchange]:
    lines = path.read_bytes().splitlines()
    try:
        decoded = [msgspec.json.decode(line) for line in lines]
        if not decoded or decoded[0] != FORMAT:
            raise DecodeError(f"{path}: no recording of kubewright")
        found: dict[int, _Exchange] = {}
        for position, line in enumerate(decoded[1:], 1):
            if "request" in line:
                _check(line)
                found[line["id"]] = _Exchange(position, line["request"], line)
            elif "piece" in line:
                bytes_of(line["piece"])
                found[line["id"]].pieces.append((position, line["piece"]))
            else:
                found[line["id"]].end = position, line["end"]
    except (msgspec.DecodeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise DecodeError(f"{path}: a damaged recording: {error}") from error
    return list(found.values())


def _check(line: Mapping[str, Any]) -> None:
    """Read all that is needed when it is played, so that a damaged file is noticed at once."""
    _key(line["request"])
    if "error" in line:
        error_of(line["error"])
        return
    head = line["stream"] if "stream" in line else line["answer"]
    _response(head, bytes_of(head))


def _key(line: Mapping[str, Any]) -> tuple[Any, ...]:
    query = sorted(tuple(p) for p in line.get("query", ()) if p[0] not in _IGNORED_OPTIONS)
    body = next((line[form] for form in ("body", "text", "base64") if form in line), None)
    return line["method"], line["path"], query, line.get("contentType"), body


def _nearest(wanted: tuple[Any, ...], left: list[_Exchange]) -> str:
    same = [_key(e.request) for e in left if _key(e.request)[:2] == wanted[:2]]
    if not same:
        paths = sorted({e.request["method"] for e in left if e.request["path"] == wanted[1]})
        return f"; of this path it still has {', '.join(paths)}" if paths else ""
    _, _, query, _, body = same[0]
    asked, recorded = (
        {"query": [list(p) for p in q], "body": b}
        for q, b in ((wanted[2], wanted[4]), (query, body))
    )
    texts = [str(change) for change in changes("", recorded, asked)]
    return f"; the nearest that is left differs in {'; '.join(texts[:5])}"


def _headers(head: Mapping[str, Any]) -> HTTPHeaderDict:
    headers = HTTPHeaderDict()
    for name, value in head["headers"]:
        headers.add(name, value)
    return headers


def _response(head: Mapping[str, Any], body: bytes) -> Response:
    return Response(head["status"], _headers(head), body)
