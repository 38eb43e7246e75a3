"""Chunks are taken apart however the connection cuts them, and nothing is made of half a body."""

from __future__ import annotations

from http.client import IncompleteRead

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewright.rest.chunked import ChunkedBody


class Arriving:
    """What a connection gives, read by read."""

    def __init__(self, *reads: bytes) -> None:
        self._reads = list(reads)

    def read1(self, size: int, /) -> bytes:
        assert size > 0
        return self._reads.pop(0) if self._reads else b""


def all_of(body: ChunkedBody) -> bytes:
    data = b""
    while part := body.read():
        data += part
    return data


def encoded(*chunks: bytes) -> bytes:
    return b"".join(b"%X\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_the_data_is_the_same_however_it_arrives(chunks: list[bytes], data: st.DataObject) -> None:
    whole = encoded(*chunks)
    reads: list[bytes] = []
    place = 0
    while place < len(whole):
        size = data.draw(st.integers(1, 20))
        reads.append(whole[place : place + size])
        place += size

    assert all_of(ChunkedBody(Arriving(*reads))) == b"".join(chunks)


def test_all_that_has_arrived_comes_at_once() -> None:
    body = ChunkedBody(Arriving(encoded(b"one", b"two"), b"more"))

    assert body.read() == b"onetwo"
    assert body.read() == b""


def test_extensions_and_trailers_are_passed_over() -> None:
    whole = b"3;name=value\r\none\r\n0\r\nTrailer: x\r\n\r\n"

    assert all_of(ChunkedBody(Arriving(whole))) == b"one"


@pytest.mark.parametrize(
    ("reads", "ends"),
    [
        pytest.param([encoded(b"one")], 1, id="at once"),
        pytest.param([encoded(b"one")[:-1], b"\n"], 1, id="cut in its last line"),
        pytest.param([encoded(b"one")[:-2]], 0, id="closed behind the last chunk"),
        pytest.param([encoded(b"one") + b"HTTP/1.1"], 0, id="something behind it"),
    ],
)
def test_the_connection_is_free_when_the_body_has_come_and_nothing_else(
    reads: list[bytes], ends: int
) -> None:
    ended: list[int] = []

    assert all_of(ChunkedBody(Arriving(*reads), lambda: ended.append(1))) == b"one"
    assert len(ended) == ends


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"5\r\none", id="half a chunk"),
        pytest.param(b"3\r\none\r\n", id="no last chunk"),
        pytest.param(b"xyz\r\none", id="no size"),
        pytest.param(b"-3\r\none", id="negative size"),
        pytest.param(b"3" * 2000, id="endless size"),
    ],
)
def test_a_body_that_breaks_off_or_is_none_is_an_error(whole: bytes) -> None:
    body = ChunkedBody(Arriving(*filter(None, [whole])))

    with pytest.raises(IncompleteRead):
        all_of(body)
