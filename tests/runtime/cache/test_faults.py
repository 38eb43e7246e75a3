"""After any fault the cache is the truth, the handlers know why, and the server was asked politely.

Each scenario follows a server through a start, changes, a break with changes meanwhile, and more
changes; faults answer the first requests, or those after the break.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.faulty_server import Connection, Fault, FaultyServer
from tests.support.following import Following, informer_threads, open_sockets
from tests.support.patience import wait_until

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="counts sockets in /proc"
)


@dataclass(frozen=True)
class Scenario:
    """What goes wrong.

    Attributes:
        first: answer the first requests instead of the server.
        again: the same after the break.
        meanwhile: changes of the server while nobody watches.
        options: of the informer.
        most: requests that are polite, in the whole scenario.
    """

    first: Sequence[Fault] = ()
    again: Sequence[Fault] = ()
    meanwhile: Callable[[FaultyServer], None] = field(
        default=lambda server: server.put("d", size=4)
    )
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    setup: Callable[[FaultyServer], None] = field(default=lambda server: None)
    most: int = 12


def refused(code: int, reason: str, message: str = "", *, retry_after: str = "") -> Fault:
    return lambda connection: connection.refuse(code, reason, message, retry_after)


def answered(code: int, body: bytes) -> Fault:
    return lambda connection: connection.answer(code, body)


def stream(*steps: Callable[[Connection], object], end: bool = True) -> Fault:
    """A watch that sends what is there (or nothing, to resume from) and then does this."""

    def answer(connection: Connection) -> None:
        if "sendInitialEvents" in connection.query:
            connection.follow(0)
        else:
            connection.start_stream()
        for step in steps:
            step(connection)
        if end:
            connection.end_stream()

    return answer


def cut(data: bytes) -> Fault:
    """A watch that breaks in the middle of a frame."""

    def answer(connection: Connection) -> None:
        connection.start_stream()
        connection.wfile.write(b"%x\r\n" % (len(data) * 2) + data)
        connection.wfile.flush()
        connection.reset()

    return answer


def half_list(connection: Connection) -> None:
    connection.answer(200, b'{"kind":"WidgetList","items":[{"metadata":', length=10_000)
    connection.reset()


def table(connection: Connection) -> None:
    connection.answer(200, b'{"kind":"Table","metadata":{"resourceVersion":"5"},"rows":[]}')


def null_items(connection: Connection) -> None:
    with connection.served.changed:
        version = connection.served.version
    connection.answer(
        200, b'{"kind":"WidgetList","metadata":{"resourceVersion":"%d"},"items":null}' % version
    )


def stalled_initial(connection: Connection) -> None:
    """Some initial events, and then silence."""
    connection.start_stream()
    for obj in list(connection.served.objects.values())[:1]:
        connection.event("ADDED", obj)
    connection.hang()


def stalled_list(connection: Connection) -> None:
    connection.send_response(200)
    connection.send_header("Content-Length", "1000")
    connection.end_headers()
    connection.wfile.write(b'{"items":[')
    connection.wfile.flush()
    connection.hang()


def silent(connection: Connection) -> None:
    connection.start_stream()
    connection.hang()


def split_text(connection: Connection) -> None:
    """Events whose bytes come one by one, also in the middle of a character."""
    connection.served.put("split", text="é€😀")
    with connection.served.changed:
        history = list(connection.served.history)
    connection.start_stream()
    for number, kind, obj in history:
        if number > int(connection.query["resourceVersion"]):
            line = json.dumps({"type": kind, "object": obj}, ensure_ascii=False).encode() + b"\n"
            for place in range(len(line)):
                connection.raw(line[place : place + 1])
    connection.end_stream()


def huge(connection: Connection) -> None:
    connection.served.put("huge", text="x" * 3_000_000)
    connection.serve(events=1)


def replayed(connection: Connection) -> None:
    """What happened before comes again."""
    connection.start_stream()
    with connection.served.changed:
        history = list(connection.served.history)
    version = int(connection.query["resourceVersion"])
    for number, kind, obj in history:
        if number > version:
            connection.event(kind, obj)
            connection.event("MODIFIED" if kind == "ADDED" else kind, obj)
    connection.end_stream()


def other_kind(connection: Connection) -> None:
    connection.event("ADDED", {"kind": "Gadget", "metadata": {"name": 7}})


def one_event(connection: Connection) -> None:
    connection.serve(events=1)


def slow(connection: Connection) -> None:
    time.sleep(0.2)
    connection.serve()


def recreated(server: FaultyServer) -> None:
    server.delete("a")
    server.put("a", size=9)


def recreated_and_forgotten(server: FaultyServer) -> None:
    recreated(server)
    server.compact()


def deleted(server: FaultyServer) -> None:
    server.delete("a")
    server.delete("c")


def forgotten(server: FaultyServer) -> None:
    server.delete("a")
    server.put("d")
    server.compact()


def emptied(server: FaultyServer) -> None:
    for name in ("a", "b", "c", "d"):
        server.delete(name)
    server.compact()


def busy(server: FaultyServer) -> None:
    for number in range(300):
        server.put(f"n{number % 20}", size=number)


def restored(server: FaultyServer) -> None:
    with server.changed:
        before = {key: obj for key, obj in server.objects.items() if key[1] != "b"}
    for number in range(20):
        server.put("later", size=number)
    server.restore(before, version=13)


def no_watch_lists(server: FaultyServer) -> None:
    server.knows_watch_lists = False


def no_bookmarks(server: FaultyServer) -> None:
    server.sends_bookmarks = False


GONE = stream(lambda c: c.error(410, "Expired"))
LISTS: dict[str, Any] = {"options": {"watch_list": False}}

SCENARIOS: dict[str, Scenario] = {
    "nothing": Scenario(),
    # taking stock by a stream
    "stream refused with 422": Scenario(setup=no_watch_lists),
    "stream without its bookmark": Scenario(setup=no_bookmarks, most=20),
    "stream whose bookmark says false": Scenario(first=[lambda c: c.follow(3, end="false")]),
    "stream that stalls": Scenario(first=[stalled_initial]),
    "stream that ends early": Scenario(first=[stream(end=True), stream(end=True)]),
    "stream that is reset": Scenario(first=[cut(b'{"type":"ADDED","obj')] * 2),
    "stream with 410": Scenario(first=[GONE, GONE]),
    "stream refused with 429": Scenario(first=[refused(429, "TooManyRequests")] * 3),
    "stream refused with 429 and when": Scenario(
        first=[refused(429, "TooManyRequests", retry_after="1")]
    ),
    "stream refused with 500": Scenario(first=[refused(500, "InternalError")] * 2),
    "stream refused with 503": Scenario(first=[refused(503, "ServiceUnavailable")] * 2),
    "stream refused with 504": Scenario(first=[refused(504, "Timeout")] * 2),
    "stream refused with 403": Scenario(first=[refused(403, "Forbidden")] * 3),
    "stream refused with 404": Scenario(first=[refused(404, "NotFound")] * 3),
    "stream reset before its headers": Scenario(first=[Connection.reset] * 3),
    "stream with a broken frame": Scenario(first=[stream(lambda c: c.raw(b"{nonsense\n"))] * 2),
    # taking stock by lists
    "lists": Scenario(**LISTS),
    "list reset": Scenario(first=[Connection.reset] * 3, **LISTS),
    "list cut in its body": Scenario(first=[half_list] * 2, **LISTS),
    "list that stalls": Scenario(first=[stalled_list], **LISTS),
    "list refused with 410": Scenario(first=[refused(410, "Expired")] * 2, **LISTS),
    "list refused with 429": Scenario(first=[refused(429, "TooManyRequests")] * 2, **LISTS),
    "list refused with 500": Scenario(first=[refused(500, "InternalError")] * 2, **LISTS),
    "list of another kind": Scenario(first=[table] * 2, **LISTS),
    "list with null for items": Scenario(
        first=[null_items, stream(lambda c: c.error(410, "Expired"))],
        setup=emptied,
        **LISTS,
    ),
    "list with an answer that is no JSON": Scenario(
        first=[answered(200, b"<html>proxy</html>")] * 2, **LISTS
    ),
    "list from the future": Scenario(
        first=[refused(504, "Timeout", "Too large resource version: 9")] * 2, **LISTS
    ),
    # the watch breaks
    "closed at once": Scenario(again=[stream()] * 4),
    "very short watches": Scenario(again=[one_event] * 4, meanwhile=busy, most=20),
    "reset in the middle of a frame": Scenario(
        again=[cut(b'{"type":"MODIFIED","object":{"me')] * 3
    ),
    "closed in the middle of a frame": Scenario(again=[stream(lambda c: c.raw(b'{"type"'))] * 2),
    "reset before the headers": Scenario(again=[Connection.reset] * 4),
    "half-open silence": Scenario(again=[silent, silent]),
    "no headers for a while": Scenario(again=[slow]),
    "malformed frame": Scenario(again=[stream(lambda c: c.raw(b"no json\n"))] * 3),
    "unknown type of event": Scenario(
        again=[stream(lambda c: c.event("EXPLODED", {"metadata": {}}))] * 3
    ),
    "empty lines": Scenario(again=[stream(lambda c: c.raw(b"\n\n\n"))]),
    "object of another kind": Scenario(again=[stream(other_kind)]),
    "frame of null": Scenario(again=[stream(lambda c: c.raw(b"null\n"))] * 2),
    "event without an object": Scenario(again=[stream(lambda c: c.raw(b'{"type":"ADDED"}\n'))] * 2),
    "huge frame": Scenario(again=[huge]),
    "bytes one by one": Scenario(again=[split_text]),
    "duplicate events": Scenario(again=[replayed], meanwhile=busy),
    "410 as an event": Scenario(again=[GONE]),
    "410 as the answer": Scenario(again=[refused(410, "Expired")]),
    "410 again and again": Scenario(again=[GONE, stream(), GONE, GONE], most=20),
    "429 as an event": Scenario(again=[stream(lambda c: c.error(429, "TooManyRequests"))] * 2),
    "429 as the answer": Scenario(again=[refused(429, "TooManyRequests", retry_after="1")]),
    "500 as an event": Scenario(again=[stream(lambda c: c.error(500, "InternalError"))] * 2),
    "500 as the answer": Scenario(again=[refused(500, "InternalError")] * 2),
    "503 as the answer": Scenario(again=[refused(503, "ServiceUnavailable")] * 2),
    "504 as the answer": Scenario(again=[refused(504, "Timeout")] * 2),
    "401 as the answer": Scenario(again=[refused(401, "Unauthorized")] * 2),
    "403 as the answer": Scenario(again=[refused(403, "Forbidden")] * 2),
    "404 while a resource is installed": Scenario(again=[refused(404, "NotFound")] * 2),
    "an answer without a status": Scenario(again=[answered(502, b"<html>bad</html>")] * 2),
    # what happens while nobody watches
    "deleted unseen": Scenario(meanwhile=deleted),
    "deleted and forgotten": Scenario(meanwhile=forgotten),
    "deleted and forgotten, by lists": Scenario(meanwhile=forgotten, **LISTS),
    "made again unseen": Scenario(meanwhile=recreated),
    "made again and forgotten": Scenario(meanwhile=recreated_and_forgotten),
    "all deleted and forgotten": Scenario(meanwhile=emptied),
    "many changes unseen": Scenario(meanwhile=busy),
    "restored to an older state": Scenario(meanwhile=restored, most=20),
    "restored to an older state, by lists": Scenario(meanwhile=restored, most=20, **LISTS),
    # other ways to keep it
    "compressed, 410": Scenario(meanwhile=forgotten, options={"compress": True}),
    "by object, 410": Scenario(meanwhile=forgotten, options={"queue": "by object"}),
    "by object, made again": Scenario(meanwhile=recreated, options={"queue": "by object"}),
}


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        for name in ("a", "b", "c"):
            server.put(name, size=1)
        yield server


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_cache_is_the_truth_after(scenario: Scenario, server: FaultyServer) -> None:
    sockets = open_sockets()
    scenario.setup(server)
    server.plan.extend(scenario.first)
    with Following(server, **scenario.options) as following:
        following.informer.wait_for_cache_sync(15)
        server.put("b", size=2)
        following.until_true()

        server.down = True
        server.break_streams()
        wait_until(lambda: server.streams == 0)
        scenario.meanwhile(server)
        server.plan.extend(scenario.again)
        server.down = False
        following.until_true()

        server.put("e", size=5)
        server.delete("b")
        following.until_true()
        # how many attempts fall into the time in which it is down is not up to the informer
        polite = scenario.most + sum(1 for _ in scenario.first) + sum(1 for _ in scenario.again)
        assert len(server.requests) <= polite + 8, server.requests
    assert informer_threads() == []
    wait_until(lambda: open_sockets() <= sockets)


class TestStop:
    """It stops within a second, wherever it is, and leaves nothing behind."""

    def stopped_in(self, following: Following) -> float:
        started = time.monotonic()
        following.informer.stop()
        return time.monotonic() - started

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(Connection.hang, id="no headers"),
            pytest.param(stalled_initial, id="in the initial events"),
            pytest.param(silent, id="in a silent watch"),
            pytest.param(refused(500, "InternalError"), id="waits after a failure"),
            pytest.param(
                refused(429, "TooManyRequests", retry_after="600"), id="waits as it was told"
            ),
        ],
    )
    def test_from_a_stream(self, server: FaultyServer, fault: Fault) -> None:
        server.plan.extend([fault] * 20)
        with Following(server, idle_timeout=60.0) as following:
            wait_until(lambda: bool(server.requests))
            time.sleep(0.05)

            assert self.stopped_in(following) < 1.0
        assert informer_threads() == []

    @pytest.mark.parametrize("fault", [Connection.hang, stalled_list], ids=["headers", "body"])
    def test_from_a_list(self, server: FaultyServer, fault: Fault) -> None:
        server.plan.extend([fault] * 20)
        with Following(server, watch_list=False, idle_timeout=60.0) as following:
            wait_until(lambda: bool(server.requests))
            time.sleep(0.05)

            assert self.stopped_in(following) < 1.0
        assert informer_threads() == []

    def test_while_nobody_listens(self) -> None:
        server = FaultyServer()
        server.stop_listening()
        with Following(server) as following:
            wait_until(lambda: following.informer.last_error is not None)

            assert self.stopped_in(following) < 1.0
        assert informer_threads() == []

    def test_while_a_handler_is_stuck(self, server: FaultyServer) -> None:
        go, busy_now = threading.Event(), threading.Event()
        with Following(server) as following:

            def stick(_: object) -> None:
                busy_now.set()
                go.wait(15)

            following.informer.add_key_handler(stick)
            assert busy_now.wait(15)

            # one second is given to the handler, which is not interrupted
            assert self.stopped_in(following) < 2.0
            go.set()
        wait_until(lambda: informer_threads() == [])


def test_a_dead_connection_is_noticed_while_others_go_on(server: FaultyServer) -> None:
    server.plan.append(silent)
    with Following(server, watch_list=False) as following:
        server.plan.append(silent)
        following.informer.wait_for_cache_sync(15)
        server.put("x", size=1)

        following.until_true()
