"""Faults of a `FaultyServer`, made of parts: answers, frames and streams that no server should send."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.support.faulty_server import Connection, Fault

__all__ = [
    "GONE",
    "NEST",
    "answered",
    "beyond",
    "bookmark",
    "cut_gzip",
    "drip",
    "encoded",
    "failed",
    "forever",
    "gadget",
    "is_resumed",
    "last_event",
    "line",
    "listed",
    "listed_with",
    "nested_items",
    "no_chunks",
    "no_content",
    "no_http",
    "old_server",
    "redirected",
    "refused",
    "replay_cut",
    "replay_of_one",
    "stream",
    "until_closed",
]

NEST = b"[" * 3000 + b"]" * 3000


def forever(fault: Fault) -> Fault:
    """Answer all requests, until the test clears the plan."""

    def answer(connection: Connection) -> None:
        connection.served.plan.appendleft(answer)
        fault(connection)

    return answer


def refused(code: int, reason: str, *, retry_after: str = "") -> Fault:
    return lambda connection: connection.refuse(code, reason, retry_after=retry_after)


def stream(*steps: Callable[[Connection], object]) -> Fault:
    """A watch that says this and ends."""

    def answer(connection: Connection) -> None:
        connection.start_stream()
        for step in steps:
            step(connection)
        connection.end_stream()

    return answer


def failed(error: dict[str, Any]) -> Fault:
    return stream(lambda connection: connection.event("ERROR", {"kind": "Status", **error}))


def line(data: bytes) -> Fault:
    return stream(lambda connection: connection.raw(data + b"\n"))


GONE = failed({"code": 410, "reason": "Expired"})


def is_resumed(connection: Connection) -> bool:
    return connection.is_watch and "sendInitialEvents" not in connection.query


def beyond(fault: Fault) -> Fault:
    """Watches from versions before what has happened by now fail for ever; lists are well."""
    end: list[int] = []

    def answer(connection: Connection) -> None:
        end[:] = end or [connection.served.version]
        version = int(connection.query.get("resourceVersion") or 0)
        if is_resumed(connection) and version < end[0]:
            fault(connection)
        else:
            connection.serve()

    return forever(answer)


def encoded(data: bytes) -> Fault:
    def answer(connection: Connection) -> None:
        connection.send_response(200)
        connection.send_header("Content-Encoding", "gzip")
        connection.send_header("Content-Length", str(len(data)))
        connection.end_headers()
        connection.wfile.write(data)

    return answer


def cut_gzip(connection: Connection) -> None:
    items = list(connection.served.objects.values())
    body = {"items": items, "metadata": {"resourceVersion": str(connection.served.version)}}
    encoded(gzip.compress(json.dumps(body).encode())[:-20])(connection)


def no_content(connection: Connection) -> None:
    connection.send_response(204)
    connection.end_headers()


def redirected(connection: Connection) -> None:
    connection.send_response(302)
    connection.send_header("Location", connection.path)
    connection.send_header("Content-Length", "0")
    connection.end_headers()


def no_http(connection: Connection) -> None:
    connection.wfile.write(b"\x16\x03\x01 hello\r\n\r\n")
    connection.close_connection = True


def no_chunks(connection: Connection) -> None:
    connection.start_stream()
    connection.wfile.write(b"zz\r\nfoo\r\n")


def until_closed(connection: Connection) -> None:
    """A watch in the manner of HTTP/1.0."""
    connection.send_response(200)
    connection.send_header("Connection", "close")
    connection.end_headers()
    connection.close_connection = True
    version = int(connection.query["resourceVersion"])
    for number, kind, obj in list(connection.served.history):
        if number > version:
            frame = json.dumps({"type": kind, "object": obj}).encode()
            connection.wfile.write(frame + b"\n")


def replay_cut(connection: Connection) -> None:
    """What happened first comes again, and then the connection breaks."""
    connection.start_stream()
    for _, kind, obj in list(connection.served.history)[:2]:
        connection.event(kind, obj)
    connection.reset()


def replay_of_one(connection: Connection) -> None:
    """An old state of an object comes again, and not what followed."""
    _, kind, obj = connection.served.history[0]
    stream(lambda c: c.event(kind, obj), last_event)(connection)


def drip(data: bytes) -> Fault:
    """A watch list that never comes to its end, and is never silent."""

    def answer(connection: Connection) -> None:
        if "sendInitialEvents" not in connection.query:
            connection.serve()
            return
        connection.start_stream()
        with suppress(OSError):
            while not connection.served.closing.wait(0.03):
                connection.raw(data)

    return forever(answer)


def old_server(connection: Connection) -> None:
    """It takes no notice of what it does not know."""
    if connection.query.pop("sendInitialEvents", None):
        connection.query["resourceVersion"] = "0"
    connection.serve()


def listed(**changes: Any) -> Fault:
    return lambda connection: connection.send_list(**changes)


def listed_with(item: object) -> Fault:
    return lambda c: c.send_list(items=[item, *c.served.objects.values()])


def nested_items(connection: Connection) -> None:
    connection.answer(200, b'{"kind":"Table","rows":[{"object":{"spec":{"items":[]}}}]}')


def gadget(connection: Connection) -> None:
    """An object of another kind, with all that names an object."""
    metadata = {"name": "g", "namespace": "shop", "uid": "g", "resourceVersion": "13"}
    connection.event("ADDED", {"kind": "Gadget", "metadata": metadata})


def bookmark(connection: Connection) -> None:
    connection.bookmark(connection.served.version)


def last_event(connection: Connection) -> None:
    _, kind, obj = connection.served.history[-1]
    connection.event(kind, obj)


def answered(body: bytes, *, length: int | None = None) -> Fault:
    return lambda connection: connection.answer(200, body, length=length)
