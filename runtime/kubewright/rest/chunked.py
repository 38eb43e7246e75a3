"""Takes chunked answers apart as fast as they come.

An API server sends each event of a watch as a chunk of its own. ``http.client`` makes several reads
for each chunk; here one read of the connection gives all chunks that have arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import IncompleteRead
from typing import Any, Final, Protocol

from urllib3 import BaseHTTPResponse

__all__ = ["READ_SIZE", "ChunkedBody", "chunked_body_of"]

# more than one TLS record, so that a read never leaves a part of one behind
READ_SIZE: Final = 1 << 16
_LONGEST_SIZE_LINE: Final = 1024  # with extensions, which nobody uses


class _Readable(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class ChunkedBody:
    """The body of one answer in the ``chunked`` transfer coding (RFC 9112, 7.1); for one thread."""

    def __init__(
        self,
        source: _Readable,
        on_end: Callable[[], object] | None = None,
        *,
        before_read: Callable[[], object] | None = None,
    ) -> None:
        """Begin at the first chunk.

        Args:
            source: gives what has arrived, waits if nothing has, and is empty at its end.
            on_end: called when the body has come whole and nothing behind it.
            before_read: called each time before the source is read.
        """
        self._source = source
        self._on_end = on_end
        self._before_read = before_read
        self._rest = b""  # the beginning of a line that is not complete
        self._left = 0  # bytes of the present chunk that are to come
        self._skip = 0  # bytes behind a chunk
        self._has_last = False  # only trailers are to come
        self._is_over = False

    def read(self) -> bytes:
        """Return the data that has arrived, at least one byte; nothing at the end.

        Raises:
            IncompleteRead: the connection ended before the body, or it is not chunked.
        """
        while not self._is_over:
            if self._before_read is not None:
                self._before_read()
            arrived = self._source.read1(READ_SIZE)
            if not arrived and self._has_last:
                self._is_over = True
            elif not arrived:
                raise IncompleteRead(b"")
            if data := self._data_in(arrived):
                return data
        return b""

    def _data_in(self, arrived: bytes) -> bytes:
        if self._rest:
            arrived, self._rest = self._rest + arrived, b""
        parts: list[bytes] = []
        place, end = 0, len(arrived)
        while place < end and not self._is_over:
            if self._left:
                part = arrived[place : place + self._left]
                parts.append(part)
                place += len(part)
                self._left -= len(part)
                self._skip = 0 if self._left else 2
            elif self._skip:
                skipped = min(self._skip, end - place)
                place += skipped
                self._skip -= skipped
            else:
                place = self._take_line(arrived, place)
        if arrived and self._is_over and place == end and self._on_end is not None:
            self._on_end()
        return b"".join(parts)

    def _take_line(self, arrived: bytes, place: int) -> int:
        newline = arrived.find(b"\n", place)
        if newline < 0:
            self._rest = arrived[place:]
            if len(self._rest) > _LONGEST_SIZE_LINE:
                raise IncompleteRead(b"")
            return len(arrived)
        line = arrived[place:newline].strip()
        if self._has_last:
            self._is_over = not line  # else it is a trailer
            return newline + 1
        try:
            self._left = int(line.partition(b";")[0], 16)
        except ValueError:
            raise IncompleteRead(b"") from None
        if self._left < 0:
            raise IncompleteRead(b"")
        self._has_last = self._left == 0
        return newline + 1


def chunked_body_of(raw: BaseHTTPResponse, before_read: Callable[[], object]) -> ChunkedBody | None:
    """Return the body of an answer of which nothing was read; ``None`` if it is not plain chunks."""
    if raw.headers.get("Content-Encoding"):
        return None
    answer: Any = getattr(raw, "_fp", None)
    source: Any = getattr(answer, "fp", None)
    if not getattr(answer, "chunked", False) or not hasattr(source, "read1"):
        return None

    def give_back() -> None:
        # what http.client and urllib3 do themselves at the end of a body
        answer._close_conn()
        raw.release_conn()

    return ChunkedBody(source, give_back, before_read=before_read)
