"""Queues, stores and backlogs against models of a few lines, over random histories."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kubewright.cache import Delta, DeltaFIFO, Deltas, Entry, Indexer
from kubewright.cache.backlog import Backlog
from kubewright.cache.changes import CacheChange
from kubewright.schema import ObjectName
from kubewright.workqueue import WorkQueue
from tests.support.scripted import Widget, entry_of, widget

_NAMES = st.sampled_from(["a", "b", "c"])
_SETTINGS = settings(max_examples=60, stateful_step_count=40)


class _Versions:
    """Makes states of objects, each newer than all before."""

    def __init__(self) -> None:
        self.last = 0

    def state(self, name: str, *, uid: str = "", size: int = 0) -> Entry:
        self.last += 1
        return entry_of(widget(name, self.last, uid=uid or f"uid-of-{name}", size=size))


class DeltaFIFOMachine(RuleBasedStateMachine):
    """What is popped leads the consumer to the source's state, whatever is queued in between."""

    def __init__(self) -> None:
        super().__init__()
        self.versions = _Versions()
        self.truth: dict[str, Entry] = {}
        self.consumer: Indexer[Widget] = Indexer(Widget)
        self.fifo = DeltaFIFO(self.consumer)
        self.waiting: set[str] = set()

    @rule(name=_NAMES)
    def put(self, name: str) -> None:
        is_new = name not in self.truth
        entry = self.truth[name] = self.versions.state(name)
        self.waiting.add(name)
        if is_new:
            self.fifo.add(entry)
        else:
            self.fifo.update(entry)

    @rule(name=_NAMES)
    def delete(self, name: str) -> None:
        if self.truth.pop(name, None) is not None:
            self.waiting.add(name)
            self.fifo.delete(self.versions.state(name))

    @rule(names=st.sets(_NAMES))
    def relist(self, names: set[str]) -> None:
        """Some changes are missed, and found by a list."""
        self.truth = {name: self.versions.state(name) for name in sorted(names)}
        known = {entry.name.name for entry in self.consumer.entries()}
        self.waiting |= names | known
        self.fifo.replace(self.truth.values())

    @rule()
    def resync(self) -> None:
        self.waiting |= {entry.name.name for entry in self.consumer.entries()}
        self.fifo.resync()

    @rule()
    def pop(self) -> None:
        expected = bool(self.waiting)
        assert self.fifo.pop(self._take, block=False) == expected

    @rule()
    def drain(self) -> None:
        while self.fifo.pop(self._take, block=False):
            pass
        assert {entry.name.name: entry for entry in self.consumer.entries()} == self.truth
        assert self.waiting == set()

    @invariant()
    def waits_what_changed(self) -> None:
        assert {name.name for name in self.fifo.names()} == self.waiting

    def _take(self, deltas: Deltas) -> None:
        names = {delta.entry.name.name for delta in deltas}
        assert len(names) == 1
        self.waiting -= names
        # two deletions in a row say the same
        kinds = [delta.type for delta in deltas]
        assert ("Deleted", "Deleted") not in list(pairwise(kinds))
        for delta in deltas:
            self._apply(delta)

    def _apply(self, delta: Delta) -> None:
        if delta.type == "Deleted":
            self.consumer.remove(delta.entry.name)
        else:
            self.consumer.put(delta.entry)


class IndexerMachine(RuleBasedStateMachine):
    """An index finds what a scan would find, also when it is added late."""

    def __init__(self) -> None:
        super().__init__()
        self.versions = _Versions()
        self.truth: dict[str, int] = {}
        self.indexer: Indexer[Widget] = Indexer(Widget, {"early": _sizes})
        self.indexes = ["early"]

    @rule(name=_NAMES, size=st.integers(0, 3))
    def put(self, name: str, size: int) -> None:
        self.truth[name] = size
        self.indexer.put(self.versions.state(name, size=size))

    @rule(name=_NAMES)
    def remove(self, name: str) -> None:
        gone = self.indexer.remove(ObjectName("shop", name))
        assert (gone is not None) == (self.truth.pop(name, None) is not None)

    @rule(sizes=st.dictionaries(_NAMES, st.integers(0, 3)))
    def replace(self, sizes: dict[str, int]) -> None:
        gone = self.indexer.replace(
            [self.versions.state(name, size=size) for name, size in sizes.items()]
        )
        assert {entry.name.name for entry in gone} == self.truth.keys() - sizes.keys()
        self.truth = dict(sizes)

    @rule()
    def add_late(self) -> None:
        name = f"late {len(self.indexes)}"
        self.indexer.add_indexers({name: _sizes})
        self.indexes.append(name)

    @invariant()
    def finds_what_a_scan_finds(self) -> None:
        expected = {
            value: {name for name, size in self.truth.items() if value in _values(size)}
            for value in ("1", "2", "even")
        }
        for index in self.indexes:
            found = {
                value: {name.name for name in self.indexer.names_by_index(index, value)}
                for value in expected
            }
            assert found == expected
            # values of which nothing is left are forgotten
            assert set(self.indexer.index_values(index)) == {v for v in found if found[v]} - {""}


def _values(size: int) -> list[str]:
    # none, one, two, and a function that fails
    return {0: [], 1: ["1"], 2: ["2", "even", "2"]}.get(size, [])


def _sizes(obj: Widget) -> list[str]:
    if obj.size == 3:
        raise ValueError("an odd object")
    return _values(obj.size)


class BacklogMachine(RuleBasedStateMachine):
    """However slow its reader, what it is told ends in the truth, and memory has a bound."""

    LIMIT = 4

    def __init__(self) -> None:
        super().__init__()
        self.versions = _Versions()
        self.truth: dict[str, Entry] = {}
        self.told: dict[str, Entry] = {}
        self.backlog = Backlog(limit=self.LIMIT, policy="coalesce", patience=0.0)

    @rule(name=_NAMES, is_another=st.booleans())
    def put(self, name: str, is_another: bool) -> None:
        old = self.truth.get(name)
        uid = str(self.versions.last) if is_another or old is None else old.uid
        new = self.truth[name] = self.versions.state(name, uid=uid)
        self.backlog.put(CacheChange(new.name, old, new))

    @rule(name=_NAMES)
    def delete(self, name: str) -> None:
        old = self.truth.pop(name, None)
        if old is not None:
            last = self.versions.state(name, uid=old.uid)
            self.backlog.put(CacheChange(last.name, last, None))

    @rule()
    def resync(self) -> None:
        self.backlog.put_all(
            [CacheChange(e.name, e, e, is_resync=True) for e in self.truth.values()]
        )

    @rule()
    def take(self) -> None:
        change = self.backlog.take(0.0)
        if isinstance(change, CacheChange):
            self._hear(change)

    @rule()
    def drain(self) -> None:
        while len(self.backlog):
            self.take()
        assert self.told == self.truth

    @invariant()
    def has_a_bound(self) -> None:
        # a list of all objects may come when there is room for one change
        assert len(self.backlog) <= self.LIMIT + 2 * 3

    def _hear(self, change: CacheChange) -> None:
        name = change.name.name
        known = self.told.pop(name, None)
        # what it says was before is what was told before, in a deletion perhaps a later state
        assert (change.old is None) == (known is None)
        if change.old is not None and known is not None:
            assert change.old.uid == known.uid
        if change.new is not None:
            self.told[name] = change.new


class WorkQueueMachine(RuleBasedStateMachine):
    """Each item waits once, is with one worker, and is not lost."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = WorkQueue[str]()
        self.waiting: list[str] = []
        self.working: list[str] = []
        self.again: list[str] = []
        self.seen: Counter[str] = Counter()

    @rule(name=_NAMES)
    def add(self, name: str) -> None:
        self.queue.add(name)
        if name in self.working:
            if name not in self.again:
                self.again.append(name)
        elif name not in self.waiting:
            self.waiting.append(name)

    @rule()
    def get(self) -> None:
        if self.waiting:
            name = self.queue.get(0)
            assert name == self.waiting.pop(0)
            assert name not in self.working
            self.working.append(name)

    @rule(name=_NAMES)
    def done(self, name: str) -> None:
        self.queue.done(name)
        if name in self.working:
            self.working.remove(name)
        if name in self.again:
            self.again.remove(name)
            self.waiting.append(name)

    @invariant()
    def counts(self) -> None:
        assert (len(self.queue), self.queue.processing) == (len(self.waiting), len(self.working))


TestDeltaFIFO = DeltaFIFOMachine.TestCase
TestIndexer = IndexerMachine.TestCase
TestBacklog = BacklogMachine.TestCase
TestWorkQueue = WorkQueueMachine.TestCase
for _each in (TestDeltaFIFO, TestIndexer, TestBacklog, TestWorkQueue):
    _each.settings = _SETTINGS
del _each
