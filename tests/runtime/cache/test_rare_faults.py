"""Faults that `test_faults` has not: odd answers and frames, and those that go on for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.faulty_server import Connection, Fault, FaultyServer
from tests.support.following import (
    Following,
    informer_threads,
)
from tests.support.odd_answers import (
    GONE,
    NEST,
    beyond,
    cut_gzip,
    drip,
    encoded,
    failed,
    forever,
    gadget,
    line,
    listed,
    listed_with,
    nested_items,
    no_chunks,
    no_content,
    no_http,
    old_server,
    redirected,
    refused,
    replay_cut,
    stream,
    until_closed,
)
from tests.support.patience import wait_until

LIMIT = 5.0


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        for name in ("a", "b", "c"):
            server.put(name, size=1)
        yield server


@dataclass(frozen=True)
class Case:
    """What answers first, and what answers after a break."""

    first: Sequence[Fault] = ()
    again: Sequence[Fault] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    most: int = 14


LISTS: dict[str, Any] = {"options": {"watch_list": False}}

CASES: dict[str, Case] = {
    # the version cannot be followed, but what is there can be listed
    "500 as an event, always": Case(again=[beyond(failed({"code": 500}))]),
    "500 as the answer, always": Case(again=[beyond(refused(500, "InternalError"))]),
    "400 as the answer, always": Case(again=[beyond(refused(400, "BadRequest"))]),
    "reset, always": Case(again=[beyond(Connection.reset)]),
    # taking stock
    "initial events that drip blank lines": Case(
        first=[drip(b"\n")],
    ),
    "initial events that drip bytes of a frame": Case(
        first=[drip(b" ")],
    ),
    "bookmarks that never say the end": Case(
        first=[
            drip(
                b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"13","annotations":'
                b'{"k8s.io/initial-events-end":"false"}}}}\n'
            )
        ],
    ),
    "a server that does not know watch lists": Case(first=[forever(old_server)]),
    "list with null as an item": Case(first=[listed_with(None)], **LISTS),
    "list with an item without a name": Case(first=[listed_with({})], **LISTS),
    "list whose version is a number": Case(
        first=[listed(metadata={"resourceVersion": 13})], **LISTS
    ),
    "list without a version": Case(first=[listed(metadata={})], **LISTS),
    "list of another encoding": Case(first=[encoded(b"no gzip")] * 2, **LISTS),
    "list of which the encoding is cut": Case(first=[cut_gzip] * 2, **LISTS),
    # odd answers
    "no content": Case(first=[no_content] * 2, again=[no_content] * 2),
    "redirects in a circle": Case(first=[redirected] * 3, again=[redirected] * 3),
    "no HTTP": Case(first=[no_http] * 2, again=[no_http] * 2),
    "watch of another encoding": Case(again=[encoded(b"no gzip")] * 2),
    "no chunks": Case(again=[no_chunks] * 2),
    "a watch until it is closed": Case(again=[until_closed] * 2),
    "a connection for half a request": Case(first=[Connection.reset], again=[Connection.reset]),
    # odd frames
    "object of another kind, with a name": Case(again=[stream(gadget)]),
    "object without a name": Case(again=[line(b'{"type":"ADDED","object":{}}')]),
    "status as an object": Case(again=[line(b'{"type":"MODIFIED","object":{"kind":"Status"}}')]),
    "frame deeper than can be read": Case(again=[line(b'{"type":"ADDED","x":' + NEST + b"}")]),
    "frame that is only deep": Case(again=[line(NEST)] * 2),
    "error with a cause that is null": Case(
        again=[failed({"code": 429, "details": {"causes": [None]}})]
    ),
    "error with a code that is text": Case(again=[failed({"code": "410", "reason": 7})]),
    "error without anything": Case(again=[line(b'{"type":"ERROR","object":{}}')] * 2),
    # what came before comes again
    "replay that is cut": Case(again=[replay_cut]),
    # how long to wait
    "429 for ages": Case(
        again=[refused(429, "TooManyRequests", retry_after="999999999")],
    ),
    "429 for longer than can be waited": Case(
        again=[refused(429, "TooManyRequests", retry_after="9" * 40)]
    ),
    "429 with a number that cannot be read": Case(
        again=[refused(429, "TooManyRequests", retry_after="9" * 5000)]
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_the_cache_is_the_truth_after(case: Case, server: FaultyServer) -> None:
    server.plan.extend(case.first)
    with Following(server, **case.options) as following:
        following.informer.wait_for_cache_sync(LIMIT / 2)
        # what is only answered first is over; what is answered for ever is not
        server.plan.clear()
        following.until_true(LIMIT / 2)

        server.down = True
        server.break_streams()
        wait_until(lambda: server.streams == 0)
        server.put("d", size=4)
        server.plan.extend(case.again)
        before = len(server.requests)
        server.down = False
        following.until_true(LIMIT / 2)
        server.plan.clear()

        server.put("e", size=5)
        server.delete("b")
        following.until_true(LIMIT)
        assert len(server.requests) - before <= case.most + len(case.again)
    assert informer_threads() == []


def test_an_answer_that_is_no_list_deletes_nothing(server: FaultyServer) -> None:
    with Following(server, watch_list=False) as following:
        following.informer.wait_for_cache_sync(LIMIT)
        calls = following.replay.calls
        server.plan.extend([GONE, lambda c: c.answer(200, b'{"kind":"Table","rows":[]}')])
        server.break_streams()
        wait_until(lambda: not server.plan)
        server.put("d", size=4)
        following.until_true(LIMIT)

        assert following.replay.calls == calls + 1


def test_an_answer_that_has_items_only_within_deletes_nothing(server: FaultyServer) -> None:
    with Following(server, watch_list=False) as following:
        following.informer.wait_for_cache_sync(LIMIT)
        calls = following.replay.calls
        server.plan.extend([GONE, nested_items, GONE])
        server.break_streams()
        wait_until(lambda: not server.plan)
        server.put("d", size=4)
        following.until_true(LIMIT)

        assert following.replay.calls == calls + 1
