"""The queue in order against a model: a list of what waits, and the state that it leads to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kubewright.cache import (
    Bookmark,
    Delta,
    Entry,
    Indexer,
    Notification,
    Notifications,
    RealFIFO,
    ReplacedAll,
    SyncAll,
)
from kubewright.schema import ObjectName
from tests.support.scripted import Widget, entry_of, widget

_NAMES = st.sampled_from(["a", "b", "c", "d"])
_LARGEST = 3
_SETTINGS = settings(max_examples=80, stateful_step_count=30)
_State = dict[ObjectName, Entry]


class RealFIFOMachine(RuleBasedStateMachine):
    """Everything is popped once and in order, and leads the consumer to the source's state."""

    atomic = True

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        self.consumer: Indexer[Widget] = Indexer(Widget)
        self.fifo = RealFIFO(self.consumer, atomic=self.atomic, largest_batch=_LARGEST)
        self.waiting: list[Notification] = []
        self.initial: int | None = None  # what waits of the first list

    @rule(name=_NAMES, delta=st.sampled_from(["Added", "Updated"]))
    def put(self, name: str, delta: str) -> None:
        entry = self._state(name)
        if delta == "Added":
            self.fifo.add(entry)
            self._queued(Delta("Added", entry))
        else:
            self.fifo.update(entry)
            self._queued(Delta("Updated", entry))

    @rule(name=_NAMES, is_stale=st.booleans())
    def delete(self, name: str, is_stale: bool) -> None:
        entry = self._state(name)
        self.fifo.delete(entry, is_stale=is_stale)
        self._queued(Delta("Deleted", entry, is_stale))

    @rule(names=st.lists(_NAMES, unique=True))
    def relist(self, names: list[str]) -> None:
        entries = [self._state(name) for name in names]
        version = str(self.version)
        self.waiting += self._listed(entries, version)
        if self.initial is None:
            self.initial = len(self.waiting)
        self.fifo.replace(entries, version)

    @rule()
    def resync(self) -> None:
        if self.atomic:
            self.waiting.append(SyncAll())
        else:
            known = self.consumer.entries()
            waiting = {delta.entry.name for delta in self._deltas()}
            self.waiting += [Delta("Sync", e) for e in known if e.name not in waiting]
        self.fifo.resync()

    @rule()
    def bookmark(self) -> None:
        self.version += 1
        self.waiting.append(Bookmark(str(self.version)))
        self.fifo.bookmark(str(self.version))

    @rule(is_batch=st.booleans())
    def pop(self, is_batch: bool) -> None:
        self._pop(is_batch=is_batch)

    @rule(is_batch=st.booleans())
    def drain(self, is_batch: bool) -> None:
        truth = self._outcome()
        while self._pop(is_batch=is_batch):
            pass
        assert {entry.name: entry for entry in self.consumer.entries()} == truth

    @invariant()
    def knows_what_waits(self) -> None:
        assert len(self.fifo) == len(self.waiting)
        assert self.fifo.has_synced == (self.initial == 0)

    def _pop(self, *, is_batch: bool) -> bool:
        popped: list[Notification] = []

        def process(batch: Notifications) -> None:
            popped.extend(batch)
            for notification in batch:
                self._apply(notification)

        pop: Callable[..., bool] = self.fifo.pop_batch if is_batch else self.fifo.pop
        expected = self.waiting[: self._size_of_batch() if is_batch else 1]
        assert pop(process, block=False) == bool(expected)
        assert popped == expected
        del self.waiting[: len(expected)]
        if self.initial:
            self.initial -= len(expected)
        return bool(expected)

    def _size_of_batch(self) -> int:
        """The longest beginning of what waits that has each object once and nothing else."""
        most = min(_LARGEST, self.initial or _LARGEST, len(self.waiting))
        return max(
            (n for n in range(most + 1) if n < 2 or _are_others(self.waiting[:n])), default=0
        )

    def _listed(self, entries: list[Entry], version: str) -> list[Notification]:
        if self.atomic:
            return [ReplacedAll(entries, version)]
        names = {entry.name for entry in entries}
        order = [delta.entry.name for delta in self._deltas()]
        order += [entry.name for entry in self.consumer.entries()]
        then = self._outcome()
        gone = [then[n] for n in dict.fromkeys(order) if n in then and n not in names]
        return [
            *(Delta("Deleted", entry, is_stale=True) for entry in gone),
            *(Delta("Replaced", entry) for entry in entries),
        ]

    def _outcome(self) -> _State:
        """What the consumer has when it has taken all that waits."""
        state = {entry.name: entry for entry in self.consumer.entries()}
        for notification in self.waiting:
            if isinstance(notification, ReplacedAll):
                state = {entry.name: entry for entry in notification.entries}
            elif isinstance(notification, Delta) and notification.type == "Deleted":
                state.pop(notification.entry.name, None)
            elif isinstance(notification, Delta):
                state[notification.entry.name] = notification.entry
        return state

    def _apply(self, notification: Notification) -> None:
        if isinstance(notification, ReplacedAll):
            self.consumer.replace(notification.entries, notification.resource_version)
        elif isinstance(notification, Delta) and notification.type == "Deleted":
            self.consumer.remove(notification.entry.name)
        elif isinstance(notification, Delta):
            self.consumer.put(notification.entry)

    def _queued(self, delta: Delta) -> None:
        self.waiting.append(delta)
        # who changes an object directly has no first list
        self.initial = self.initial or 0

    def _deltas(self) -> list[Delta]:
        return [each for each in self.waiting if isinstance(each, Delta)]

    def _state(self, name: str) -> Entry:
        self.version += 1
        return entry_of(widget(name, self.version))


def _are_others(notifications: list[Notification]) -> bool:
    names = [each.entry.name for each in notifications if isinstance(each, Delta)]
    return len(set(names)) == len(notifications)


class OneByOneMachine(RealFIFOMachine):
    """The same where a list is queued object by object."""

    atomic = False


@pytest.mark.parametrize(
    "machine",
    [
        pytest.param(RealFIFOMachine, id="a list as one notification"),
        pytest.param(OneByOneMachine, id="a list object by object"),
    ],
)
def test_the_queue_in_order_is_its_model(machine: type[RealFIFOMachine]) -> None:
    run_state_machine_as_test(machine, settings=_SETTINGS)
