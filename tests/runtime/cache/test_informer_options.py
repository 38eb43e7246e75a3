"""What an informer's options and its handlers' options do."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubewright.cache import (
    CacheSyncError,
    DeletedObject,
    HandlerOverflowError,
    HandlerRegistration,
    InformerOptions,
    QueueKind,
    SharedIndexInformer,
)
from kubewright.errors import KubeError, RefusedError
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName
from tests.support.patience import wait_until
from tests.support.scripted import WIDGET, WIDGETS, LiveSource, Widget, widget

WAIT = 10.0


class WidgetInformer(SharedIndexInformer[Widget]):
    info = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)
    model = Widget


@pytest.fixture
def source() -> LiveSource:
    return LiveSource(
        widget("a", 1, size=1, metadata={"labels": {"tier": "front"}}),
        widget("b", 2, size=2, metadata={"labels": {"tier": "back"}}),
        version=5,
    )


@pytest.fixture
def made(source: LiveSource) -> Iterator[Callable[..., WidgetInformer]]:
    informers: list[WidgetInformer] = []

    def make(**options: Any) -> WidgetInformer:
        informers.append(WidgetInformer(source, options=InformerOptions(**options)))
        return informers[-1]

    yield make
    for informer in informers:
        informer.stop()


class Heard:
    def __init__(self) -> None:
        self.words: queue.SimpleQueue[str] = queue.SimpleQueue()

    def register(self, informer: WidgetInformer, **options: Any) -> HandlerRegistration:
        return informer.add_event_handler(
            on_add=lambda obj: self.words.put(f"+{obj.metadata.name} {obj.size}"),
            on_update=lambda old, new: self.words.put(
                f"~{new.metadata.name} {old.size}>{new.size}"
            ),
            on_delete=self._deleted,
            **options,
        )

    def _deleted(self, gone: DeletedObject[Widget]) -> None:
        self.words.put(f"-{gone.name.name} {gone.last_known.size}")

    def next(self, count: int) -> list[str]:
        return [self.words.get(timeout=WAIT) for _ in range(count)]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="plain"),
        pytest.param({"compress": True}, id="compressed"),
        pytest.param({"queue": "by object"}, id="by object"),
        pytest.param({"watch_list": False}, id="lists"),
        pytest.param({"keep_managed_fields": True}, id="managed fields"),
    ],
)
def test_however_it_is_kept_the_same_is_heard(
    made: Callable[..., WidgetInformer], source: LiveSource, options: dict[str, Any]
) -> None:
    informer = made(**options)
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.send("MODIFIED", widget("a", 6, size=7))
    source.send("DELETED", widget("b", 7, size=2))

    assert heard.next(4) == ["+a 1", "+b 2", "~a 1>7", "-b 2"]
    assert [obj.size for obj in informer.indexer.values()] == [7]


def test_a_transform_is_seen_by_readers_and_handlers(made: Callable[..., WidgetInformer]) -> None:
    def shrink(obj: Widget) -> Widget:
        obj.size = -obj.size
        return obj

    informer = made(transform=shrink)
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)

    assert heard.next(2) == ["+a -1", "+b -2"]
    assert [obj.size for obj in informer.indexer.values()] == [-1, -2]


def is_small(obj: Widget) -> bool:
    return obj.size < 10


def test_a_filter_makes_objects_come_and_go(
    made: Callable[..., WidgetInformer], source: LiveSource
) -> None:
    informer = made()
    heard = Heard()
    heard.register(informer, where=is_small)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    for version, size in ((6, 3), (7, 30), (8, 40), (9, 4)):
        source.send("MODIFIED", widget("a", version, size=size))
    source.send("DELETED", widget("a", 10, size=4))

    assert heard.next(6) == ["+a 1", "+b 2", "~a 1>3", "-a 3", "+a 4", "-a 4"]


def test_a_filter_by_labels_serves_a_key_handler(made: Callable[..., WidgetInformer]) -> None:
    informer = made()
    names: list[ObjectName] = []
    informer.add_key_handler(names.append, label_selector="tier=front")
    informer.start()
    informer.wait_for_cache_sync(WAIT)

    assert names == [ObjectName("shop", "a")]


def test_a_resync_tells_everything_again_to_who_wants_it(
    made: Callable[..., WidgetInformer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubewright.cache.registration._SHORTEST_RESYNC", 0.01)
    informer = made(resync=0.01)
    heard, never = Heard(), Heard()
    heard.register(informer)
    never.register(informer, resync=0)
    informer.start()
    informer.wait_for_cache_sync(WAIT)

    assert heard.next(4) == ["+a 1", "+b 2", "~a 1>1", "~b 2>2"]
    assert never.next(2) == ["+a 1", "+b 2"]
    assert never.words.empty()


def test_a_resync_is_at_most_once_a_second(made: Callable[..., WidgetInformer]) -> None:
    registration = made(resync=0.01).add_key_handler(lambda _: None)

    assert registration.resync == 1.0


def test_own_writes_can_be_waited_for(
    made: Callable[..., WidgetInformer], source: LiveSource
) -> None:
    informer = made()
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    threading.Timer(0.01, source.send, ["MODIFIED", widget("a", 9, size=9)]).start()

    informer.wait_for("9", WAIT)

    obj = informer.indexer.get(ObjectName("shop", "a"))
    assert obj is not None
    assert obj.size == 9


def test_waiting_for_a_write_ends_with_the_informer(made: Callable[..., WidgetInformer]) -> None:
    informer = made()
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    threading.Timer(0.01, informer.stop).start()

    with pytest.raises(CacheSyncError):
        informer.wait_for("99")


def test_what_does_not_come_in_time_is_an_error(made: Callable[..., WidgetInformer]) -> None:
    informer = made()
    informer.start()
    informer.wait_for_cache_sync(WAIT)

    with pytest.raises(CacheSyncError, match="at version 5 and not at 99 after 0 s"):
        informer.wait_for("99", 0)


def test_failures_of_lists_are_told(
    made: Callable[..., WidgetInformer], source: LiveSource
) -> None:
    source.failure = RefusedError("nobody listens")
    errors: queue.SimpleQueue[KubeError] = queue.SimpleQueue()
    informer = made(on_error=errors.put, watch_list=False)
    informer.start()

    assert str(errors.get(timeout=WAIT)) == "nobody listens"


def test_a_slow_handler_that_is_to_fail_hears_no_more_and_is_named(
    made: Callable[..., WidgetInformer], source: LiveSource
) -> None:
    go = threading.Event()
    informer = made()
    slow = informer.add_event_handler(
        on_update=lambda _, __: go.wait(WAIT), backlog=1, when_full="fail"
    )
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    for version in range(6, 10):
        source.send("MODIFIED", widget("a", version, size=version))

    assert heard.next(6)[-1] == "~a 8>9"
    go.set()
    assert isinstance(slow.error, HandlerOverflowError)
    assert str(slow.error).startswith("handler 1 of widgets.v1.example.com is too slow")


def test_a_slow_handler_hears_the_outcome(
    made: Callable[..., WidgetInformer], source: LiveSource
) -> None:
    go, busy = threading.Event(), threading.Event()
    informer = made()
    told: queue.SimpleQueue[str] = queue.SimpleQueue()

    def hear(old: Widget, new: Widget) -> None:
        told.put(f"{old.size}>{new.size}")
        busy.set()
        go.wait(WAIT)

    slow = informer.add_event_handler(on_update=hear, backlog=1)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.send("MODIFIED", widget("a", 6, size=6))
    assert busy.wait(WAIT)
    for version in range(7, 20):
        source.send("MODIFIED", widget("a", version, size=version))
    informer.wait_for("19", WAIT)
    stats = slow.stats
    go.set()

    assert [told.get(timeout=WAIT) for _ in range(3)] == ["1>6", "6>7", "7>19"]
    assert (stats.pending, stats.coalesced) == (2, 11)


def test_a_handler_with_nothing_to_do_has_no_thread(
    made: Callable[..., WidgetInformer], source: LiveSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubewright.cache.registration._IDLE_SECONDS", 0.01)
    informer = made()
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("handler")])
    source.send("MODIFIED", widget("a", 6, size=6))

    assert heard.next(3)[-1] == "~a 1>6"


def test_several_namespaces_share_a_cache() -> None:
    shop = LiveSource(widget("a", 1), version=5)
    depot = LiveSource(widget("a", 2, namespace="depot"), version=5)
    with WidgetInformer({"shop": shop, "depot": depot}) as informer:
        heard: queue.SimpleQueue[ObjectName] = queue.SimpleQueue()
        informer.add_key_handler(heard.put)
        informer.wait_for_cache_sync(WAIT)
        shop.expire(("DELETED", widget("a", 6)))

        names = [heard.get(timeout=WAIT) for _ in range(3)]

    assert names[-1] == ObjectName("shop", "a")
    assert informer.indexer.names() == [ObjectName("depot", "a")]


def test_own_writes_are_waited_for_in_all_namespaces() -> None:
    shop, depot = LiveSource(version=5), LiveSource(version=5)
    with WidgetInformer({"shop": shop, "depot": depot}) as informer:
        informer.wait_for_cache_sync(WAIT)
        shop.send("ADDED", widget("a", 9))

        with pytest.raises(CacheSyncError):
            informer.wait_for("9", 0.05)
        depot.send("ADDED", widget("b", 10, namespace="depot"))
        informer.wait_for("9", WAIT)


@pytest.mark.parametrize("kind", ["in order", "by object"])
def test_own_writes_can_be_waited_for_with_both_queues(
    kind: QueueKind,
) -> None:
    # the last object of the list is the older one, and a list may be empty
    source = LiveSource(widget("a", 8), widget("b", 2), version=9)
    empty = LiveSource(version=9)
    for each in (source, empty):
        with WidgetInformer(each, options=InformerOptions(queue=kind)) as informer:
            informer.wait_for("9", WAIT)


def test_a_filtered_object_that_was_made_again_unseen_is_told_as_stale(
    made: Callable[..., WidgetInformer], source: LiveSource
) -> None:
    informer = made()
    gone: queue.SimpleQueue[DeletedObject[Widget]] = queue.SimpleQueue()
    informer.add_event_handler(on_delete=gone.put, where=is_small)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.expire(("MODIFIED", widget("a", 7, uid="another", size=50)))

    told = gone.get(timeout=WAIT)

    assert (told.name.name, told.last_known.size, told.is_stale) == ("a", 1, True)
