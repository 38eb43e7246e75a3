"""A backlog keeps order while there is room, outcomes when there is none, and never more."""

from __future__ import annotations

import threading

import pytest

from kubewright.cache.backlog import Backlog, OverflowPolicy, SyncMark
from kubewright.cache.changes import CacheChange, merged
from kubewright.cache.entries import Entry
from tests.support.scripted import entry_of, widget

WAIT = 10.0


def state(version: int, *, name: str = "a", uid: str = "1") -> Entry:
    return entry_of(widget(name, version, uid=uid))


def change(old: Entry | None, new: Entry | None, *, is_stale: bool = False) -> CacheChange:
    entry = new or old
    assert entry is not None
    return CacheChange(entry.name, old, new, is_stale)


def words(taken: CacheChange | SyncMark | None) -> str:
    if not isinstance(taken, CacheChange):
        return "end" if taken is None else "mark"
    old = "-" if taken.old is None else taken.old.resource_version
    new = "-" if taken.new is None else taken.new.resource_version
    return f"{taken.name.name} {old}>{new}"


def backlog(policy: OverflowPolicy = "coalesce", limit: int = 2) -> Backlog:
    return Backlog(limit=limit, policy=policy, patience=0.01)


def taken(queue: Backlog) -> list[str]:
    return [words(queue.take(0.0)) for _ in range(len(queue))]


A1, A2, A3, A4 = (state(version) for version in (1, 2, 3, 4))
B2, B3 = (state(version, uid="2") for version in (2, 3))


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        pytest.param(change(A1, A2), change(A2, A3), change(A1, A3), id="two updates"),
        pytest.param(change(None, A1), change(A1, A2), change(None, A2), id="added, updated"),
        pytest.param(change(None, A1), change(A2, None), None, id="come and gone"),
        pytest.param(change(A1, A2), change(A3, None), change(A3, None), id="last state counts"),
        pytest.param(
            change(A1, A2),
            change(A2, None, is_stale=True),
            change(A2, None, is_stale=True),
            id="gone unseen",
        ),
        pytest.param(change(A2, None), change(None, B2), change(A2, B2), id="made again"),
        pytest.param(
            change(A2, B2), change(B3, None), change(A2, None, is_stale=True), id="and gone again"
        ),
        pytest.param(
            change(A1, A2),
            CacheChange(A2.name, A2, A2, is_resync=True),
            change(A1, A2),
            id="resync adds nothing",
        ),
    ],
)
def test_two_changes_become_one(
    first: CacheChange, second: CacheChange, outcome: CacheChange | None
) -> None:
    assert merged(first, second) == outcome


def test_within_the_limit_every_change_is_kept() -> None:
    queue = backlog()
    queue.put(change(A1, A2))
    queue.put(change(A2, A3))

    assert taken(queue) == ["a 1>2", "a 2>3"]


def test_beyond_the_limit_only_outcomes_are_kept() -> None:
    queue = backlog()
    for version in range(1, 1000):
        queue.put(change(state(version), state(version + 1)))

    assert len(queue) == 3
    assert taken(queue) == ["a 1>2", "a 2>3", "a 3>1000"]
    assert queue.coalesced == 996


def test_outcomes_come_after_what_was_kept_until_all_is_read() -> None:
    queue = backlog(limit=1)
    queue.put(change(None, A1))
    queue.put(change(None, state(1, name="b")))
    first = words(queue.take(0.0))
    queue.put(change(A1, A2))

    assert [first, *taken(queue)] == ["a ->1", "b ->1", "a 1>2"]


def test_what_came_and_went_unheard_leaves_nothing() -> None:
    queue = backlog(limit=1)
    queue.put(change(A1, A2))
    queue.put(change(None, state(5, name="b")))
    queue.put(change(state(6, name="b"), None))

    assert taken(queue) == ["a 1>2"]


def test_a_first_list_does_not_count() -> None:
    queue = backlog()
    queue.put_all([change(None, state(1, name=f"w{i}")) for i in range(5)])
    queue.mark()

    assert taken(queue) == ["w0 ->1", "w1 ->1", "w2 ->1", "w3 ->1", "w4 ->1", "mark"]


def test_a_mark_stands_behind_outcomes_too() -> None:
    queue = backlog(limit=1)
    queue.put(change(None, A1))
    queue.put(change(None, state(1, name="b")))
    queue.mark()
    queue.put(change(None, state(1, name="c")))

    assert taken(queue) == ["a ->1", "b ->1", "mark", "c ->1"]


def test_failing_says_so_and_keeps_what_it_had() -> None:
    queue = backlog("fail", limit=1)

    assert [queue.put(change(A1, A2)), queue.put(change(A2, A3))] == [True, False]
    assert not queue.put_all([change(A2, A3)])
    assert taken(queue) == ["a 1>2"]


def test_blocking_waits_for_the_reader() -> None:
    queue = Backlog(limit=1, policy="block", patience=WAIT)
    queue.put(change(A1, A2))
    writer = threading.Thread(target=queue.put, args=[change(A2, A3)])
    writer.start()

    heard = [words(queue.take(WAIT)), words(queue.take(WAIT))]
    writer.join(WAIT)

    assert (heard, queue.coalesced) == (["a 1>2", "a 2>3"], 0)


def test_blocking_has_an_end_and_is_not_tried_again_before_all_is_read() -> None:
    queue = backlog("block", limit=1)
    for version in range(1, 100):
        queue.put(change(state(version), state(version + 1)))

    assert taken(queue) == ["a 1>2", "a 2>100"]


def test_a_closed_one_drops_everything_and_wakes_the_reader() -> None:
    queue = backlog()
    queue.put(change(A1, A2))
    queue.close()
    queue.put(change(A2, A3))

    assert (queue.take(WAIT), len(queue)) == (None, 0)
