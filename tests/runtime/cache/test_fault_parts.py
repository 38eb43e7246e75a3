"""What faults of a server lead to, each shown in the part that has to bear it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubewright.cache.deltas import Delta, SyncAll
from kubewright.cache.entries import Entry, EntryCodec
from kubewright.cache.indexer import Indexer
from kubewright.cache.shared_processor import SharedProcessor
from kubewright.schema import ObjectName
from kubewright.watch.errors import error_in
from kubewright.watch.lister_watcher import decode_frame, parts_of
from tests.support.faulty_server import FaultyServer
from tests.support.following import (
    Following,
)
from tests.support.odd_answers import NEST
from tests.support.scripted import Widget

LIMIT = 5.0


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        for name in ("a", "b", "c"):
            server.put(name, size=1)
        yield server


class TestErrorsOfOtherTypes:
    """What a Status says of itself may be of any type; it stays an error of ours."""

    @pytest.mark.parametrize(
        "status",
        [
            {"reason": 7},
            {"message": ["x"]},
            {"code": []},
        ],
        ids=["reason", "message", "code"],
    )
    def test_status(self, status: dict[str, Any]) -> None:
        frame = decode_frame(json.dumps({"type": "ERROR", "object": status}).encode())

        assert str(error_in(frame.object))

    def test_deep_frame_without_an_object(self) -> None:
        with pytest.raises(ValueError, match="no watch event"):
            decode_frame(b'{"type":"ADDED","x":' + NEST + b"}")


def test_a_namespace_is_not_as_new_as_another_because_of_a_resync() -> None:
    processor = SharedProcessor(Indexer(Widget), ["a", "b"])
    entry = Entry(ObjectName("a", "x"), "u", "100", {}, b"{}")
    processor.process([Delta("Added", entry)], "a")
    processor.process([SyncAll()], "b")

    assert not processor.wait_until_newer(100, 0)


class PausingCodec(EntryCodec[Widget]):
    """Lets a test come in between the look at the dictionary and its choice."""

    between: Callable[[], object] | None = None

    @property
    def _dictionary(self) -> bytes | None:
        found = self.__dict__.get("dictionary")
        between, self.between = self.between, None
        if found is None and between is not None:
            between()
        return found

    @_dictionary.setter
    def _dictionary(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, value: bytes | None
    ) -> None:
        self.__dict__["dictionary"] = value


def test_what_threads_compress_at_the_beginning_can_be_read() -> None:
    codec = PausingCodec(Widget, compress=True)
    entries: list[Entry] = []

    def keep(name: str) -> None:
        wire = {"metadata": {"name": name}, "text": name * 50}
        entries.append(codec.entry_of(parts_of(json.dumps(wire).encode())))

    def other_thread() -> None:
        keep("first")
        keep("first-2")

    codec.between = other_thread
    keep("second")

    assert [codec.read(entry).metadata.name for entry in entries] == ["first", "first-2", "second"]


def test_a_handler_that_wants_to_exit_is_told_of_what_follows(server: FaultyServer) -> None:
    told: list[ObjectName] = []

    def leave(name: ObjectName) -> None:
        told.append(name)
        if len(told) == 1:
            raise SystemExit(1)

    with Following(server) as following:
        following.informer.add_key_handler(leave)
        server.put("d", size=4)
        following.until_true(LIMIT)
        deadline = time.monotonic() + 1.0
        while len(told) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)

        assert len(told) == 4
