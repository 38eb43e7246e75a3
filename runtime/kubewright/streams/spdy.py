"""SPDY 3.1, as far as port-forward needs it: streams that this side opens, with data both ways.

No I/O here: bytes in, events out, and bytes to send. The peers know no flow control, so there is
none. client-go: ``k8s.io/streaming/pkg/httpstream/spdy`` over ``moby/spdystream``; the SPDY
protocol, draft 3.1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Ended", "Event", "Opened", "Received", "Refused", "SpdyConnection", "SpdyError"]

_SYN_STREAM, _SYN_REPLY, _RST_STREAM = 1, 2, 3
_PING, _GOAWAY, _HEADERS = 6, 7, 8
_FIN: Final = 0x01
_CONTROL: Final = 0x8000
_VERSION: Final = 3
_MAX_FRAME: Final = 1 << 24
_MAX_HEADERS: Final = 1 << 20
_CHUNK: Final = 1 << 15

# The words that both sides' compression starts with: each with its length in front, then a text.
_WORDS: Final = """
options head post put delete trace accept accept-charset accept-encoding accept-language
accept-ranges age allow authorization cache-control connection content-base content-encoding
content-language content-length content-location content-md5 content-range content-type date etag
expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since
last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer
retry-after server te trailer transfer-encoding upgrade user-agent vary via warning
www-authenticate method get status 200|OK version HTTP/1.1 url public set-cookie keep-alive origin
"""
_TAIL: Final = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
    "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, "
    "Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,"
    "application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch"
    "charset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY: Final = (
    b"".join(
        struct.pack(">I", len(word)) + word.encode()
        for word in (w.replace("|", " ") for w in _WORDS.split())
    )
    + _TAIL.encode()
)


class SpdyError(Exception):
    """The other side does not speak SPDY."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The other side took a stream."""

    stream: int


@dataclass(frozen=True, slots=True)
class Received:
    """Data came on a stream."""

    stream: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The other side says no more on a stream."""

    stream: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side gave a stream up; ``None`` for all that were not answered."""

    stream: int | None
    code: int


Event = Opened | Received | Ended | Refused


class SpdyConnection:
    """This side of a connection; not for several threads at once."""

    def __init__(self) -> None:
        """Start with no stream."""
        self._next_stream = 1
        self._pings = -1  # this side's have odd numbers
        self._buffer = bytearray()
        self._deflate = zlib.compressobj(zdict=DICTIONARY)
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._replies: list[bytes] = []

    def open(self, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Open a stream; return its number and what to send."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        body = struct.pack(">IIBB", stream, 0, 0, 0) + self._headers(headers)
        return stream, _control(_SYN_STREAM, 0, body)

    def data(self, stream: int, data: bytes) -> Iterator[bytes]:
        """What to send for data, in frames of a moderate size."""
        for start in range(0, len(data), _CHUNK):
            piece = data[start : start + _CHUNK]
            yield struct.pack(">II", stream, len(piece)) + piece

    def end(self, stream: int) -> bytes:
        """What to send when this side says no more on a stream."""
        return struct.pack(">II", stream, _FIN << 24)

    def reset(self, stream: int) -> bytes:
        """What to send to give a stream up."""
        return _control(_RST_STREAM, 0, struct.pack(">II", stream, 5))

    def ping(self) -> bytes:
        """What to send to hear whether the other side is there: it sends the same back."""
        self._pings += 2
        return _control(_PING, 0, struct.pack(">I", self._pings))

    def replies(self) -> bytes:
        """What to send in answer to what was received, such as to pings."""
        replies, self._replies = b"".join(self._replies), []
        return replies

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes and return what they mean.

        Raises:
            SpdyError: they mean nothing.
        """
        self._buffer += data
        events: list[Event] = []
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from(">II", self._buffer)
            flags, length = second >> 24, second & 0xFFFFFF
            if len(self._buffer) < 8 + length:
                break
            body = bytes(self._buffer[8 : 8 + length])
            del self._buffer[: 8 + length]
            if first >> 31:
                events += self._control_frame(first >> 16, first & 0xFFFF, flags, body)
            else:
                if body:
                    events.append(Received(first, body))
                if flags & _FIN:
                    events.append(Ended(first))
        return events

    def _control_frame(self, version: int, kind: int, flags: int, body: bytes) -> list[Event]:
        if version != _CONTROL | _VERSION:
            raise SpdyError(f"version {version & 0x7FFF} of SPDY")
        if kind == _PING:
            if body[-1:] and not body[-1] & 1:
                self._replies.append(_control(_PING, 0, body))
            return []
        if kind not in (_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _GOAWAY, _HEADERS):
            return []  # settings and windows, which nobody here heeds
        if len(body) < (4 if kind in (_SYN_REPLY, _HEADERS) else 8):
            raise SpdyError("a frame that is too short")
        stream = struct.unpack_from(">I", body)[0] & 0x7FFFFFFF
        if kind == _GOAWAY:
            return [Refused(None, 0)]
        if kind == _RST_STREAM:
            return [Refused(stream, struct.unpack_from(">I", body, 4)[0])]
        # both sides' compression goes on from frame to frame, so that none may be left out
        self._inflated(body[10 if kind == _SYN_STREAM else 4 :])
        if kind == _SYN_STREAM:
            self._replies.append(self.reset(stream))  # the other side opens none
            return []
        ended: list[Event] = [Ended(stream)] if flags & _FIN else []
        return [Opened(stream), *ended] if kind == _SYN_REPLY else ended

    def _headers(self, headers: Mapping[str, str]) -> bytes:
        block = struct.pack(">I", len(headers))
        for name, value in headers.items():
            for text in (name.lower().encode(), value.encode()):
                block += struct.pack(">I", len(text)) + text
        return self._deflate.compress(block) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def _inflated(self, data: bytes) -> bytes:
        try:
            block = self._inflate.decompress(data, _MAX_HEADERS)
        except zlib.error as error:
            raise SpdyError(f"headers that cannot be read: {error}") from None
        if self._inflate.unconsumed_tail:
            raise SpdyError(f"more than {_MAX_HEADERS} bytes of headers")
        return block


def _control(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack(">HHI", _CONTROL | _VERSION, kind, flags << 24 | len(body)) + body
