"""SPDY frames as bytes: what is sent, what is understood, what is refused."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewright.streams.spdy import (
    DICTIONARY,
    Ended,
    Event,
    Opened,
    Received,
    Refused,
    SpdyConnection,
    SpdyError,
)


def control(kind: int, body: bytes, flags: int = 0, version: int = 3) -> bytes:
    return struct.pack(">HHI", 0x8000 | version, kind, flags << 24 | len(body)) + body


def reply(stream: int, deflate: Any, flags: int = 0) -> bytes:
    block = deflate.compress(struct.pack(">I", 0)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return control(2, struct.pack(">I", stream) + block, flags)


def data(stream: int, content: bytes, flags: int = 0) -> bytes:
    return struct.pack(">II", stream, flags << 24 | len(content)) + content


def test_streams_are_opened_with_headers_of_one_compression() -> None:
    connection = SpdyConnection()
    inflate = zlib.decompressobj(zdict=DICTIONARY)
    for number in (1, 3):
        stream, sent = connection.open({"streamType": "data", "port": "80"})
        assert stream == number
        kind, flags_and_length = struct.unpack_from(">II", sent)
        assert kind == 0x80030001
        assert flags_and_length == len(sent) - 8
        assert struct.unpack_from(">I", sent, 8)[0] == number
        block = inflate.decompress(sent[18:])
        expected = struct.pack(">I", 2)
        for text in (b"streamtype", b"data", b"port", b"80"):
            expected += struct.pack(">I", len(text)) + text
        assert block == expected


def test_data_go_out_in_frames_and_end() -> None:
    connection = SpdyConnection()
    frames = list(connection.data(3, b"x" * 70_000))
    assert b"".join(frame[8:] for frame in frames) == b"x" * 70_000
    assert max(map(len, frames)) <= 8 + (1 << 15)
    assert connection.end(3) == bytes.fromhex("00000003 01000000")
    assert connection.reset(3) == bytes.fromhex("80030003 00000008 00000003 00000005")


def conversation() -> tuple[bytes, list[Event]]:
    deflate = zlib.compressobj(zdict=DICTIONARY)
    sent = [
        control(4, b"\x00" * 4),  # settings
        reply(1, deflate, flags=1),
        reply(3, deflate),
        control(9, b"\x00" * 8),  # a window
        data(3, b"hello"),
        control(6, struct.pack(">I", 2)),
        data(3, b""),
        data(3, b"bye", flags=1),
        control(3, struct.pack(">II", 5, 3)),
        control(7, struct.pack(">II", 0, 0)),
    ]
    events: list[Event] = [Opened(1), Ended(1), Opened(3), Received(3, b"hello")]
    events += [Received(3, b"bye"), Ended(3), Refused(5, 3), Refused(None, 0)]
    return b"".join(sent), events


@given(st.lists(st.integers(1, 40), max_size=60))
def test_frames_are_understood_however_they_are_cut(cuts: list[int]) -> None:
    sent, expected = conversation()
    connection = SpdyConnection()
    events: list[Event] = []
    for cut in [*cuts, len(sent)]:
        piece, sent = sent[:cut], sent[cut:]
        events += connection.receive(piece)
    assert events == expected
    assert connection.replies() == control(6, struct.pack(">I", 2))
    assert connection.replies() == b""


def test_pings_of_this_side_are_not_answered_again() -> None:
    connection = SpdyConnection()
    first, second = connection.ping(), connection.ping()
    assert first == control(6, struct.pack(">I", 1))
    assert second == control(6, struct.pack(">I", 3))
    connection.receive(first)
    assert connection.replies() == b""


def test_streams_of_the_other_side_are_refused() -> None:
    connection = SpdyConnection()
    other = SpdyConnection()
    _, opening = other.open({"a": "b"})
    assert connection.receive(opening) == []
    assert connection.replies() == connection.reset(1)


@pytest.mark.parametrize(
    "wrong",
    [
        control(2, struct.pack(">I", 1), version=2),
        control(2, struct.pack(">I", 1) + b"no zlib"),
        control(2, b"\x00"),
        control(3, b"\x00" * 7),
        control(1, b"\x00" * 3),
    ],
)
def test_what_is_no_spdy_is_an_error(wrong: bytes) -> None:
    with pytest.raises(SpdyError):
        SpdyConnection().receive(wrong)


def test_headers_that_swell_are_an_error() -> None:
    deflate = zlib.compressobj(zdict=DICTIONARY)
    bomb = deflate.compress(b"\x00" * (8 << 20)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(SpdyError, match="bytes of headers"):
        SpdyConnection().receive(control(2, struct.pack(">I", 1) + bomb))
