"""The queue hands out every notification in order, and a list as one."""

from __future__ import annotations

import pytest

from kubewright.cache import (
    Bookmark,
    Delta,
    Notification,
    Notifications,
    RealFIFO,
    ReplacedAll,
    Store,
)
from tests.support.scripted import Widget, entry_of, widget


def words(notification: Notification) -> str:
    if isinstance(notification, Delta):
        stale = " stale" if notification.is_stale else ""
        entry = notification.entry
        return f"{notification.type} {entry.name.name} {entry.resource_version}{stale}"
    if isinstance(notification, ReplacedAll):
        return "ReplacedAll " + ",".join(entry.name.name for entry in notification.entries)
    if isinstance(notification, Bookmark):
        return f"Bookmark {notification.resource_version}"
    return "SyncAll"


class Consumer:
    def __init__(self, *known: str, atomic: bool = True, largest_batch: int = 1000) -> None:
        self.store = Store(Widget)
        self.store.replace([entry_of(widget(name, 1)) for name in known])
        self.fifo = RealFIFO(self.store, atomic=atomic, largest_batch=largest_batch)
        self.popped: list[list[str]] = []

    def add(self, name: str, version: int) -> None:
        self.fifo.add(entry_of(widget(name, version)))

    def update(self, name: str, version: int) -> None:
        self.fifo.update(entry_of(widget(name, version)))

    def delete(self, name: str, version: int) -> None:
        self.fifo.delete(entry_of(widget(name, version)))

    def replace(self, *names: str) -> None:
        self.fifo.replace([entry_of(widget(name, 9)) for name in names], "9")

    def pop_all(self) -> list[list[str]]:
        while self.fifo.pop(self._take, block=False):
            pass
        return self.popped

    def pop_batches(self) -> list[list[str]]:
        while self.fifo.pop_batch(self._take, block=False):
            pass
        return self.popped

    def _take(self, notifications: Notifications) -> None:
        self.popped.append([words(each) for each in notifications])


def test_nothing_is_merged_and_the_order_is_kept() -> None:
    consumer = Consumer()
    consumer.add("a", 1)
    consumer.add("b", 2)
    consumer.update("a", 3)
    consumer.delete("c", 4)
    consumer.fifo.bookmark("5")

    assert consumer.pop_all() == [
        ["Added a 1"],
        ["Added b 2"],
        ["Updated a 3"],
        ["Deleted c 4"],
        ["Bookmark 5"],
    ]


def test_a_list_is_one_notification() -> None:
    consumer = Consumer("known")
    consumer.replace("a", "b")

    assert consumer.pop_all() == [["ReplacedAll a,b"]]


def test_not_atomic_what_is_gone_comes_before_what_is_there() -> None:
    consumer = Consumer("known", "stays", atomic=False)
    consumer.add("queued", 2)
    consumer.delete("deleted", 3)
    consumer.replace("stays", "new")

    assert [word for batch in consumer.pop_all() for word in batch] == [
        "Added queued 2",
        "Deleted deleted 3",
        "Deleted queued 2 stale",
        "Deleted known 1 stale",
        "Replaced stays 9",
        "Replaced new 9",
    ]


def test_not_atomic_a_resync_leaves_what_waits_alone() -> None:
    consumer = Consumer("a", "b", atomic=False)
    consumer.update("a", 2)
    consumer.fifo.resync()

    assert consumer.pop_all() == [["Updated a 2"], ["Sync b 1"]]


def test_a_batch_has_each_object_once() -> None:
    consumer = Consumer()
    for name, version in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        consumer.update(name, version)

    assert consumer.pop_batches() == [
        ["Updated a 1", "Updated b 2"],
        ["Updated a 3", "Updated c 4"],
    ]


def test_what_concerns_all_objects_is_a_batch_of_its_own() -> None:
    consumer = Consumer()
    consumer.add("a", 1)
    consumer.replace("b")
    consumer.add("c", 2)
    consumer.fifo.bookmark("3")
    consumer.add("d", 4)

    assert consumer.pop_batches() == [
        ["Added a 1"],
        ["ReplacedAll b"],
        ["Added c 2"],
        ["Bookmark 3"],
        ["Added d 4"],
    ]


def test_a_batch_ends_with_the_first_list_and_at_its_largest_size() -> None:
    consumer = Consumer(atomic=False, largest_batch=2)
    consumer.replace("a", "b", "c")
    consumer.add("d", 10)

    assert consumer.pop_batches() == [
        ["Replaced a 9", "Replaced b 9"],
        ["Replaced c 9"],
        ["Added d 10"],
    ]


class TestHasSynced:
    def test_not_before_the_first_list(self) -> None:
        fifo = Consumer().fifo
        fifo.bookmark("3")

        assert not fifo.has_synced

    def test_after_an_empty_list_at_once_when_it_is_not_atomic(self) -> None:
        consumer = Consumer(atomic=False)
        consumer.replace()

        assert consumer.fifo.has_synced

    def test_when_the_list_was_processed_and_not_while_it_is(self) -> None:
        fifo = Consumer().fifo
        fifo.replace([entry_of(widget("a", 1))])
        seen: list[bool] = []
        fifo.pop(lambda _: seen.append(fifo.has_synced))

        assert (seen, fifo.has_synced) == ([False], True)

    def test_at_once_when_something_was_added_before(self) -> None:
        consumer = Consumer()
        consumer.add("a", 1)

        assert consumer.fifo.has_synced


def test_what_is_left_can_be_popped_after_the_close() -> None:
    consumer = Consumer()
    consumer.add("a", 1)
    consumer.fifo.close()

    assert consumer.fifo.pop(lambda _: None)
    assert not consumer.fifo.pop(lambda _: None)


def test_what_processing_raises_reaches_the_caller_and_the_notification_is_gone() -> None:
    consumer = Consumer()
    consumer.add("a", 1)

    def fail(_: Notifications) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        consumer.fifo.pop(fail)
    assert len(consumer.fifo) == 0
