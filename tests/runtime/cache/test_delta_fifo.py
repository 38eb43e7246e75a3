"""The queue keeps one place for each object, and a list deletes what it does not contain."""

from __future__ import annotations

import threading

import pytest

from kubewright.cache import Delta, DeltaFIFO, Deltas, Entry, Store
from tests.support.scripted import Widget, entry_of, widget


def entry(name: str, version: int) -> Entry:
    return entry_of(widget(name, version))


def words(delta: Delta) -> str:
    stale = " stale" if delta.is_stale else ""
    return f"{delta.type} {delta.entry.name.name} {delta.entry.resource_version}{stale}"


class Consumer:
    def __init__(self, *known: Entry) -> None:
        self.store = Store(Widget)
        self.store.replace(known)
        self.fifo = DeltaFIFO(self.store)
        self.popped: list[list[str]] = []

    def pop(self, count: int = 1) -> list[list[str]]:
        for _ in range(count):
            self.fifo.pop(self._take)
        return self.popped

    def _take(self, deltas: Deltas) -> None:
        self.popped.append([words(delta) for delta in deltas])
        last = deltas[-1]
        if last.type == "Deleted":
            self.store.remove(last.entry.name)
        else:
            self.store.put(last.entry)


def test_changes_of_one_object_come_together_and_objects_in_order() -> None:
    consumer = Consumer()
    consumer.fifo.add(entry("a", 1))
    consumer.fifo.add(entry("b", 2))
    consumer.fifo.update(entry("a", 3))

    assert consumer.pop(2) == [["Added a 1", "Updated a 3"], ["Added b 2"]]


def test_a_list_deletes_what_it_does_not_contain() -> None:
    consumer = Consumer(entry("known", 1), entry("stays", 2))
    consumer.fifo.add(entry("queued", 3))
    consumer.fifo.replace([entry("stays", 4)])

    assert consumer.pop(3) == [
        ["Added queued 3", "Deleted queued 3 stale"],
        ["Replaced stays 4"],
        ["Deleted known 1 stale"],
    ]


def test_two_deletions_are_one_that_knows_the_last_state() -> None:
    consumer = Consumer(entry("a", 1))
    consumer.fifo.replace([])
    consumer.fifo.delete(entry("a", 5))

    assert consumer.pop() == [["Deleted a 5"]]


def test_the_deletion_of_an_unknown_object_is_dropped() -> None:
    consumer = Consumer()
    consumer.fifo.delete(entry("a", 1))
    consumer.fifo.add(entry("b", 2))

    assert consumer.pop() == [["Added b 2"]]


def test_it_has_synced_when_the_first_list_is_popped() -> None:
    consumer = Consumer()
    consumer.fifo.replace([entry("a", 1), entry("b", 2)])
    synced = [consumer.fifo.has_synced]
    for _ in range(2):
        consumer.pop()
        synced.append(consumer.fifo.has_synced)

    assert synced == [False, False, True]


def test_it_has_synced_with_an_empty_list() -> None:
    consumer = Consumer()
    before = consumer.fifo.has_synced
    consumer.fifo.replace([])

    assert (before, consumer.fifo.has_synced) == (False, True)


@pytest.mark.parametrize("waits_first", [True, False])
def test_closing_ends_pop(waits_first: bool) -> None:
    consumer = Consumer()
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(consumer.fifo.pop(lambda _: None)))
    if waits_first:
        thread.start()
    consumer.fifo.close()
    if not waits_first:
        thread.start()
    thread.join(10)

    assert results == [False]
