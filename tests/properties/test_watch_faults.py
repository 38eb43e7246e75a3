"""Whatever happens between a watch and its server, what it tells explains the final state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from kubewright._clock import StopToken
from kubewright._errors import DecodeError
from kubewright.cache import DeltaFIFO, Deltas, EntryCodec, Indexer, Reflector
from kubewright.errors import ConnectionLostError, RefusedError, RequestTimeoutError
from kubewright.watch import Watch
from kubewright.watch.lister_watcher import Page, RawEvent, decode_frame
from tests.support.scripted import (
    FakeClock,
    Frame,
    Widget,
    bookmark,
    error,
    event,
    page,
    status,
    widget,
)

Change = tuple[Literal["put", "delete", "remake"], str]
Fault = Literal[
    "end",
    "lost",
    "silent",
    "garbage",
    "bookmark",
    "again",
    "busy",
    "410 event",
    "410 answer",
    "500 event",
    "refused",
]
NAMES = st.sampled_from(["a", "b", "c", "d"])
CHANGES = st.lists(st.tuples(st.sampled_from(["put", "delete", "remake"]), NAMES), max_size=6)
# what happens before a fault while the watch is open, the fault, and what happens before the next
ROUNDS = st.lists(
    st.tuples(CHANGES, st.sampled_from(Fault.__args__), CHANGES),  # type: ignore[attr-defined]
    max_size=8,
)


class FaultyServer:
    """A `ListerWatcher` with a history, each of whose connections ends in a fault."""

    def __init__(self, rounds: Sequence[tuple[list[Change], Fault, list[Change]]]) -> None:
        self.objects: dict[str, Frame] = {}
        self.stop = StopToken()
        self.connections = 0
        self.on_connect: Callable[[int], object] = lambda _: None
        self._version = 1
        self._history: list[Frame] = []
        self._forgotten = 0
        self._rounds = list(rounds)

    def change(self, changes: Sequence[Change]) -> None:
        for kind, name in changes:
            if kind != "put" and name in self.objects:
                self._version += 1
                gone = self.objects.pop(name)
                gone["metadata"]["resourceVersion"] = str(self._version)
                self._history.append(event("DELETED", gone))
            if kind != "delete":
                self._put(name)

    def _put(self, name: str) -> None:
        self._version += 1
        old = self.objects.get(name)
        uid = old["metadata"]["uid"] if old else f"uid-{self._version}"
        self.objects[name] = widget(name, self._version, uid=uid)
        told = event("MODIFIED" if old else "ADDED", widget(name, self._version, uid=uid))
        self._history.append(told)

    def list(self, **_: Any) -> Page:
        return page(self._version, *self.objects.values())

    def watch(self, *, resource_version: str, **_: Any) -> FaultyEvents:
        self.connections += 1
        self.on_connect(self.connections)
        if not self._rounds:
            return FaultyEvents(self, int(resource_version), [], "done")
        before, fault, after = self._rounds.pop(0)
        if fault == "410 answer":
            self.change([*before, *after])
            raise error(410, "Expired")
        if fault == "refused":
            self.change([*before, *after])
            raise RefusedError("nobody listens")
        return FaultyEvents(self, int(resource_version), [before, after], fault)

    def newer_than(self, version: int) -> Sequence[Frame]:
        return [
            f for f in self._history if int(f["object"]["metadata"]["resourceVersion"]) > version
        ]

    def bookmark(self) -> Frame:
        return bookmark(self._version)


class FaultyEvents:
    def __init__(
        self, server: FaultyServer, version: int, changes: list[list[Change]], fault: str
    ) -> None:
        self._server = server
        self._version = version
        self._changes = changes
        self._fault = fault

    def __iter__(self) -> Iterator[RawEvent]:
        for frame in self._frames():
            yield decode_frame(json.dumps(frame).encode())

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        del seconds, before_read

    def _frames(self) -> Iterator[Frame]:
        if self._changes:
            self._server.change(self._changes[0])
        missed = self._server.newer_than(self._version)
        yield from missed
        if self._fault == "bookmark":
            yield self._server.bookmark()
        if self._fault == "again" and missed and missed[-1]["type"] != "DELETED":
            yield missed[-1]
        if self._changes:
            self._server.change(self._changes[1])
        match self._fault:
            case "done":
                self._server.stop.stop()
            case "lost":
                raise ConnectionLostError("reset")
            case "silent":
                raise RequestTimeoutError("silence")
            case "garbage":
                raise DecodeError("half a frame")
            case "busy":
                yield event("ERROR", status(429, "TooManyRequests"))
            case "410 event":
                yield event("ERROR", status(410, "Expired"))
            case "500 event":
                yield event("ERROR", status(500, "InternalError"))
            case _:
                pass

    def close(self) -> None:
        pass


@given(CHANGES, ROUNDS)
def test_what_a_watch_tells_adds_up_to_the_state_of_the_server(
    first: list[Change], rounds: list[tuple[list[Change], Fault, list[Change]]]
) -> None:
    server = FaultyServer(rounds)
    server.change(first)
    clock = FakeClock()
    watch = Watch(server, Widget, clock=clock, rand=lambda: 0.5)
    server.stop.on_stop(watch.stop)

    present: dict[tuple[str, str], str] = {}
    for told in watch:
        meta = told.object.metadata
        identity = (meta.name, meta.uid)
        if told.type == "DELETED":
            assert identity in present  # nothing is deleted that was never told
            del present[identity]
        else:
            assert (told.type == "ADDED") == (identity not in present)
            assert present.get(identity) != meta.resource_version  # nothing is told twice
            present[identity] = meta.resource_version

    assert present == {
        (name, obj["metadata"]["uid"]): obj["metadata"]["resourceVersion"]
        for name, obj in server.objects.items()
    }


@given(CHANGES, ROUNDS)
def test_a_watch_never_asks_in_a_hot_loop(
    first: list[Change], rounds: list[tuple[list[Change], Fault, list[Change]]]
) -> None:
    server = FaultyServer(rounds)
    server.change(first)
    clock = FakeClock()
    watch = Watch(server, Widget, clock=clock, rand=lambda: 0.0)
    server.stop.on_stop(watch.stop)
    for _ in watch:
        pass

    # a watch follows the list after a gap at once; between any others there is time
    gaps = sum("410" in fault for _, fault, _ in rounds)
    assert clock.time - 1000.0 >= 0.8 * (server.connections - 1 - gaps)


@given(CHANGES, ROUNDS)
def test_a_cache_ends_in_the_state_of_the_server(
    first: list[Change], rounds: list[tuple[list[Change], Fault, list[Change]]]
) -> None:
    server = FaultyServer(rounds)
    server.change(first)
    indexer = Indexer(Widget)
    queue = DeltaFIFO(indexer)

    def process(deltas: Deltas) -> None:
        last = deltas[-1]
        if last.type == "Deleted":
            indexer.remove(last.entry.name)
        else:
            indexer.put(last.entry)

    def drain(connection: int) -> None:
        while connection % 2 and len(queue):
            queue.pop(process)

    server.on_connect = drain
    reflector = Reflector(
        server,
        queue,
        EntryCodec(Widget).entry_of,
        stop=server.stop,
        watch_list=False,
        clock=FakeClock(),
        rand=lambda: 0.0,
    )
    reflector.run()
    drain(1)

    assert {entry.name.name: entry.resource_version for entry in indexer.entries()} == {
        name: obj["metadata"]["resourceVersion"] for name, obj in server.objects.items()
    }
