"""Reading an answer while it comes, and ending it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from kubewright._clock import StopToken
from kubewright.errors import RequestTimeoutError, StoppedError, TransportError
from kubewright.rest.config import Config
from kubewright.rest.request import Request
from kubewright.rest.streams import split_lines
from kubewright.rest.transport import RequestsTransport
from tests.runtime.rest.https_server import Answer, Exchange, Server

WATCH = Request("GET", "/api/v1/pods", query=[("watch", "true")])


@pytest.fixture
def transport(https: Server, ca_pem: bytes) -> Iterator[RequestsTransport]:
    with RequestsTransport(Config(host=https.url, ca_data=ca_pem)) as made:
        yield made


def _chunks(*parts: bytes) -> Answer:
    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        for part in (*parts, b""):
            exchange.chunk(part)

    return answer


def _then_silence(*parts: bytes) -> Answer:
    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        for part in parts:
            exchange.chunk(part)
        exchange.owner.over.wait(10)

    return answer


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], []),
        ([b"a\n"], [b"a"]),
        ([b"a\nb\n", b"c\n"], [b"a", b"b", b"c"]),
        ([b"a", b"b", b"c\nd", b"e\n"], [b"abc", b"de"]),
        ([b"a\n", b"\n", b"\n\nb\n"], [b"a", b"b"]),
        ([b"a\nrest"], [b"a", b"rest"]),
        ([b"a", b"\n", b"b", b"\n"], [b"a", b"b"]),
        ([b"a\r\nb"], [b"a\r", b"b"]),
    ],
    ids=["nothing", "one", "many in one", "one in many", "empty", "no end", "alone", "crlf"],
)
def test_lines_do_not_depend_on_how_bytes_arrive(chunks: list[bytes], lines: list[bytes]) -> None:
    assert list(split_lines(iter(chunks))) == lines


@pytest.mark.parametrize("size", [1, 100, 13_000, 70_000, 300_000])
def test_frames_of_any_size_come_whole(
    https: Server, transport: RequestsTransport, size: int
) -> None:
    frames = [bytes([97 + n]) * size for n in range(5)]
    https.answer = _chunks(*(frame + b"\n" for frame in frames))

    with transport.stream(WATCH) as stream:
        assert list(stream.lines()) == frames


def test_line_is_handed_on_before_the_next_is_sent(
    https: Server, transport: RequestsTransport
) -> None:
    asked = threading.Semaphore(0)

    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        for number in range(3):
            exchange.chunk(b"event %d\n" % number)
            assert asked.acquire(timeout=5)
        exchange.chunk(b"")

    https.answer = answer
    got: list[bytes] = []
    with transport.stream(WATCH, read_timeout=5) as stream:
        for line in stream.lines():
            got.append(line)
            asked.release()

    assert got == [b"event 0", b"event 1", b"event 2"]


def test_answer_without_chunks_or_length_ends_with_the_connection(
    https: Server, transport: RequestsTransport
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.end_headers()
        exchange.wfile.write(b"a\nb\n")
        exchange.close_connection = True

    https.answer = answer
    with transport.stream(WATCH) as stream:
        lines = list(stream.lines())

    assert lines == [b"a", b"b"]


def test_finished_stream_gives_its_connection_back(
    https: Server, transport: RequestsTransport
) -> None:
    https.answer = _chunks(b"a\n")
    for _ in range(3):
        with transport.stream(WATCH) as stream:
            assert list(stream.lines()) == [b"a"]

    assert https.connections == 1


def test_closing_a_finished_stream_leaves_the_next_user_of_its_connection_alone(
    https: Server, transport: RequestsTransport
) -> None:
    https.answer = _chunks(b"a\n")
    first = transport.stream(WATCH)
    first.read()
    https.answer = _then_silence(b"b\n")
    with transport.stream(WATCH, read_timeout=5) as second:
        lines = second.lines()
        got = next(lines)
        first.close()
        second.close()
        rest = list(lines)

    assert (got, rest, https.connections) == (b"b", [], 1)


def test_silence_ends_a_stream_and_data_puts_it_off(
    https: Server, transport: RequestsTransport
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        # longer in all than the silence that is allowed at once
        for _ in range(6):
            https.over.wait(0.1)
            exchange.chunk(b"x\n")
        https.over.wait(5)

    https.answer = answer
    got: list[bytes] = []
    with (
        transport.stream(WATCH, read_timeout=0.4) as stream,
        pytest.raises(RequestTimeoutError, match="no answer from"),
    ):
        got.extend(stream.lines())

    assert got == [b"x"] * 6


@pytest.mark.parametrize(
    "part",
    [b"2\r\n \n\r\n", b"1\r\n \r\n", b"0"],
    ids=["blank lines", "bytes of a line", "the size of a chunk"],
)
def test_what_is_called_before_each_read_ends_a_stream_that_is_never_silent(
    https: Server, transport: RequestsTransport, part: bytes
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        with suppress(OSError):
            while not https.over.wait(0.01):
                exchange.wfile.write(part)

    reads: list[int] = []

    def count() -> None:
        reads.append(1)
        if len(reads) == 5:
            raise RequestTimeoutError("long enough")

    https.answer = answer
    with transport.stream(WATCH) as stream:
        stream.set_read_timeout(5, before_read=count)

        with pytest.raises(RequestTimeoutError, match="long enough"):
            list(stream.lines())
        assert list(stream.lines()) == []


def test_what_is_called_before_each_read_is_called_no_more_after_a_change(
    https: Server, transport: RequestsTransport
) -> None:
    https.answer = _chunks(b"a\n")
    reads: list[int] = []
    with transport.stream(WATCH) as stream:
        stream.set_read_timeout(5, before_read=lambda: reads.append(1))
        stream.set_read_timeout(5)

        assert list(stream.lines()) == [b"a"]
    assert reads == []


def test_timeout_of_the_request_counts_until_the_headers_only(
    https: Server, transport: RequestsTransport
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        https.over.wait(0.3)
        exchange.chunk(b"late\n")
        exchange.chunk(b"")

    https.answer = answer
    with transport.stream(Request("GET", "/x", timeout=0.15)) as stream:
        assert list(stream.lines()) == [b"late"]


class _Reader(threading.Thread):
    """Reads a stream to its end."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        super().__init__(daemon=True)
        self.lines = lines
        self.first = threading.Event()
        self.got: list[bytes] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for line in self.lines:
                self.got.append(line)
                self.first.set()
        except BaseException as error:
            self.error = error


@pytest.mark.parametrize("how", ["stream", "transport", "token"])
def test_closing_wakes_the_reader_at_once_and_quietly(
    https: Server, transport: RequestsTransport, how: str
) -> None:
    https.answer = _then_silence(b"a\n")
    stop = StopToken()
    stream = transport.stream(replace(WATCH, stop=stop))
    reader = _Reader(stream.lines())
    reader.start()
    assert reader.first.wait(5)

    {"stream": stream.close, "transport": transport.close, "token": stop.stop}[how]()
    reader.join(1)

    assert not reader.is_alive()
    assert (reader.got, reader.error) == ([b"a"], None)


def test_closing_again_and_reading_after_it_does_nothing(
    https: Server, transport: RequestsTransport
) -> None:
    https.answer = _then_silence(b"a\n")
    stream = transport.stream(WATCH)
    stream.close()
    stream.close()

    assert (list(stream.lines()), list(stream.chunks()), stream.read()) == ([], [], b"")


def test_closing_between_two_reads_ends_the_stream(
    https: Server, transport: RequestsTransport
) -> None:
    https.answer = _chunks(*(b"x" * 20_000 + b"\n" for _ in range(50)))
    got = 0
    with transport.stream(WATCH) as stream:
        for _ in stream.lines():
            got += 1
            stream.close()

    assert 1 <= got < 50


def test_broken_compression_is_an_error_of_this_package(
    https: Server, transport: RequestsTransport
) -> None:
    https.answer = lambda exchange: exchange.reply(body=b"no gzip", Content_Encoding="gzip")

    with pytest.raises(TransportError, match="cannot be decompressed"):
        transport.send(WATCH)


def test_chunk_of_a_nonsense_size_is_an_error_of_this_package(
    https: Server, transport: RequestsTransport
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        exchange.wfile.write(b"zz\r\nab\r\n")
        exchange.close_connection = True

    https.answer = answer
    with transport.stream(WATCH) as stream, pytest.raises(TransportError):
        list(stream.lines())


@pytest.mark.parametrize("call", ["send", "stream"])
@pytest.mark.parametrize("how", ["transport", "token"])
@pytest.mark.parametrize("reused", [False, True], ids=["first", "reused"])
def test_stopping_ends_a_call_that_waits_for_its_headers(
    https: Server, transport: RequestsTransport, how: str, call: str, reused: bool
) -> None:
    if reused:
        transport.send(WATCH)
    asked = threading.Event()
    stop = StopToken()

    def answer(_exchange: Exchange) -> None:
        asked.set()
        https.over.wait(10)

    https.answer = answer
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(getattr(transport, call), replace(WATCH, stop=stop))
        assert asked.wait(5)
        (transport.close if how == "transport" else stop.stop)()

        with pytest.raises(StoppedError, match="stopped before the answer"):
            running.result(1)


def test_stopping_in_the_middle_of_a_body_is_no_short_body(
    https: Server, transport: RequestsTransport
) -> None:
    stop = StopToken()

    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        exchange.chunk(b"half")
        stop.stop()
        https.over.wait(10)

    https.answer = answer
    with pytest.raises(StoppedError):
        transport.send(replace(WATCH, stop=stop))


def test_stopped_request_is_not_sent(https: Server, transport: RequestsTransport) -> None:
    stop = StopToken()
    stop.stop()

    with pytest.raises(StoppedError):
        transport.send(replace(WATCH, stop=stop))
    assert https.requests == []
