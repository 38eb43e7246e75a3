"""Faults at later pages, how often a failing server is asked, and the stop before a connection.

What is marked as expected to fail is a bug that is not repaired yet; each reason says which.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from kubewright._clock import StopToken, SystemClock
from kubewright.cache import InformerOptions
from kubewright.errors import StoppedError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from tests.support.faulty_server import Connection, Fault, FaultyServer
from tests.support.following import (
    AllWidgets,
    Following,
    WidgetInformer,
    informer_threads,
    open_sockets,
)
from tests.support.odd_answers import (
    GONE,
    answered,
    bookmark,
    failed,
    forever,
    is_resumed,
    last_event,
    refused,
    stream,
)
from tests.support.patience import wait_until

LIMIT = 5.0


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        for name in ("a", "b", "c"):
            server.put(name, size=1)
        yield server


class TestPages:
    """Faults at a later page; there are 1,100 objects in pages of 500."""

    @pytest.fixture
    def server(self) -> Iterator[FaultyServer]:
        with FaultyServer() as server:
            for number in range(1100):
                server.put(f"w{number:04d}", size=number)
            yield server

    def truth_after(self, server: FaultyServer, faults: Sequence[Fault]) -> list[str]:
        left = deque(faults)

        def answer(connection: Connection) -> None:
            if left and "continue" in connection.query:
                left.popleft()(connection)
            else:
                connection.serve()

        server.plan.append(forever(answer))
        with Following(server, watch_list=False) as following:
            following.informer.wait_for_cache_sync(LIMIT)
            following.until_true(LIMIT)
            assert not left
        assert informer_threads() == []
        return [request for request in server.requests if request.startswith("list")]

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(Connection.reset, id="reset"),
            pytest.param(Connection.hang, id="silence"),
            pytest.param(refused(429, "TooManyRequests", retry_after="1"), id="429"),
            pytest.param(refused(500, "InternalError"), id="500"),
            pytest.param(refused(503, "ServiceUnavailable"), id="503"),
            pytest.param(answered(b"<html>"), id="no JSON"),
            pytest.param(answered(b'{"items":[{"met', length=900), id="half"),
        ],
    )
    def test_a_page_that_fails(self, server: FaultyServer, fault: Fault) -> None:
        lists = self.truth_after(server, [fault, fault])

        assert len(lists) <= 2 + 2 + 3

    def test_an_expired_token_leads_to_one_whole_list(self, server: FaultyServer) -> None:
        lists = self.truth_after(server, [refused(410, "Expired")])

        assert len(lists) == 3

    def test_what_changes_between_pages_is_seen(self, server: FaultyServer) -> None:
        def change(connection: Connection) -> None:
            connection.served.delete("w0001")
            connection.served.delete("w1090")
            connection.served.put("w0002", size=-1)
            connection.served.put("new")
            connection.served.compact()
            connection.serve()

        assert len(self.truth_after(server, [change])) == 3

    def test_pages_that_repeat_their_token(self, server: FaultyServer) -> None:
        def repeat(connection: Connection) -> None:
            token = connection.query["continue"]
            version = token.partition(":")[0]
            connection.send_list(items=[], metadata={"resourceVersion": version, "continue": token})

        assert len(self.truth_after(server, [repeat] * 5)) == 8


class SkippingClock(SystemClock):
    """The machine's clock, put forward where somebody waits."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        self.skipped += max(seconds, 0.0)
        return super().wait(0.001, stop)


class TestPace:
    """A server that lets nothing come of it is asked less and less often."""

    def waited(self, server: FaultyServer, fault: Fault, rounds: int, **options: Any) -> float:
        """The seconds that were waited for until so many more requests had come."""
        clock = SkippingClock()
        with ExitStack() as stack:
            rest = stack.enter_context(
                RESTClient.for_config(Config(host=server.url, max_retries=0))
            )
            informer = WidgetInformer(
                AllWidgets(rest).lister_watcher(),
                options=InformerOptions(**options),
                clock=clock,
                rand=lambda: 0.5,
            )
            stack.enter_context(informer)
            informer.wait_for_cache_sync(LIMIT)
            server.plan.append(forever(fault))
            server.break_streams()
            before = len(server.requests)
            wait_until(lambda: len(server.requests) >= before + rounds)
            return clock.skipped

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(Connection.reset, id="reset"),
            pytest.param(refused(500, "InternalError"), id="500"),
            pytest.param(refused(429, "TooManyRequests"), id="429"),
            pytest.param(failed({"code": 500}), id="500 as an event"),
            pytest.param(stream(), id="closed at once"),
        ],
    )
    def test_failures(self, server: FaultyServer, fault: Fault) -> None:
        assert self.waited(server, fault, 12) > 12 * 5

    def test_410_after_each_list(self, server: FaultyServer) -> None:
        def forgets(connection: Connection) -> None:
            (GONE if is_resumed(connection) else Connection.serve)(connection)

        assert self.waited(server, forgets, 20, watch_list=False) > 20 * 2

    @pytest.mark.parametrize(
        "step",
        [
            pytest.param(bookmark, id="bookmark"),
            pytest.param(last_event, id="event"),
        ],
    )
    def test_410_after_each_list_and_a_step(
        self, server: FaultyServer, step: Callable[[Connection], object]
    ) -> None:
        def forgets(connection: Connection) -> None:
            if is_resumed(connection):
                stream(step, lambda c: c.error(410, "Expired"))(connection)
            else:
                connection.serve()

        # client-go waits 0.8 s or more before each list
        assert self.waited(server, forgets, 20, watch_list=False) > 10 * 0.8


class TestStop:
    """It stops within a second where `test_faults` does not look."""

    @pytest.mark.parametrize(
        ("scheme", "waiting"),
        [
            pytest.param("http", 8, id="connect"),
            pytest.param("https", 8, id="connect for TLS"),
            pytest.param("https", 0, id="TLS handshake"),
        ],
    )
    def test_before_there_is_a_connection(self, scheme: str, waiting: int) -> None:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            # a listener whose queue is full lets nobody in, and refuses nobody
            listener.listen(0 if waiting else 8)
            for _ in range(waiting):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            config = Config(
                host=f"{scheme}://127.0.0.1:{listener.getsockname()[1]}",
                max_retries=0,
                connect_timeout=2.5,
            )
            rest = stack.enter_context(RESTClient.for_config(config))
            sockets = open_sockets()
            informer = WidgetInformer(AllWidgets(rest).lister_watcher())
            informer.start()
            wait_until(lambda: open_sockets() > sockets)

            informer.stop()
            left = informer_threads()
            wait_until(lambda: informer_threads() == [])
            assert left == []

    def test_in_a_later_page(self) -> None:
        reached = threading.Event()

        def hang_later(connection: Connection) -> None:
            if "continue" in connection.query:
                reached.set()
                connection.hang()
            else:
                connection.serve()

        with FaultyServer() as server:
            for number in range(600):
                server.put(f"w{number:03d}")
            server.plan.append(forever(hang_later))
            with Following(server, watch_list=False, idle_timeout=60.0) as following:
                assert reached.wait(LIMIT)

                started = time.monotonic()
                following.informer.stop()
                assert time.monotonic() - started < 1.0
            assert informer_threads() == []

    def test_when_the_client_is_closed_under_it(self, server: FaultyServer) -> None:
        with Following(server) as following:
            following.informer.wait_for_cache_sync(LIMIT)
            following.rest.close()
            wait_until(lambda: isinstance(following.informer.last_error, StoppedError))

            started = time.monotonic()
            following.informer.stop()
            assert time.monotonic() - started < 1.0
        assert informer_threads() == []
