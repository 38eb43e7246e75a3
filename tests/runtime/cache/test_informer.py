"""An informer's cache equals the collection, and each handler hears why."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator

import pytest

from kubewright.cache import CacheSyncError, DeletedObject, SharedIndexInformer
from kubewright.cache.registration import HandlerRegistration
from kubewright.errors import RefusedError
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName
from tests.support.patience import wait_until
from tests.support.scripted import WIDGET, WIDGETS, LiveSource, Widget, widget

WAIT = 10.0  # seconds; the limit of a hang, not of a wait


class WidgetInformer(SharedIndexInformer[Widget]):
    info = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)
    model = Widget


class Heard:
    """A handler that keeps what it hears in words."""

    def __init__(self) -> None:
        self._words: queue.SimpleQueue[str] = queue.SimpleQueue()

    def register(self, informer: WidgetInformer) -> HandlerRegistration:
        return informer.add_event_handler(
            on_add=self._added, on_update=self._updated, on_delete=self._deleted
        )

    def next(self, count: int) -> list[str]:
        return [self._words.get(timeout=WAIT) for _ in range(count)]

    def rest(self) -> list[str]:
        words: list[str] = []
        while not self._words.empty():
            words.append(self._words.get())
        return words

    def _added(self, obj: Widget) -> None:
        self._words.put(f"+{obj.metadata.name} {obj.metadata.resource_version}")

    def _updated(self, old: Widget, new: Widget) -> None:
        versions = f"{old.metadata.resource_version}>{new.metadata.resource_version}"
        self._words.put(f"~{new.metadata.name} {versions}")

    def _deleted(self, gone: DeletedObject[Widget]) -> None:
        stale = " stale" if gone.is_stale else ""
        version = gone.last_known.metadata.resource_version
        self._words.put(f"-{gone.name.name} {version}{stale}")


@pytest.fixture
def source() -> LiveSource:
    return LiveSource(widget("a", 1), widget("b", 2), version=5)


@pytest.fixture
def informer(source: LiveSource) -> Iterator[WidgetInformer]:
    informer = WidgetInformer(source, rand=lambda: 0.0)
    yield informer
    informer.stop()
    # a thread that outlives its informer is a leak; that of a removed handler is not waited for
    wait_until(lambda: not [t for t in threading.enumerate() if "widgets" in t.name])


def test_the_first_list_is_heard_as_added(informer: WidgetInformer) -> None:
    heard = Heard()
    heard.register(informer)
    informer.start()

    informer.wait_for_cache_sync(WAIT)

    assert heard.rest() == ["+a 1", "+b 2"]


def test_changes_are_heard_in_order(informer: WidgetInformer, source: LiveSource) -> None:
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.send("ADDED", widget("c", 6))
    source.send("MODIFIED", widget("a", 7))
    source.send("DELETED", widget("b", 8))

    assert heard.next(5)[2:] == ["+c 6", "~a 1>7", "-b 8"]


def test_what_a_gap_hid_is_heard(informer: WidgetInformer, source: LiveSource) -> None:
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.expire(
        ("DELETED", widget("a", 6)),
        ("MODIFIED", widget("b", 7, uid="another")),
        ("ADDED", widget("c", 8)),
    )

    told = heard.next(6)[2:]

    assert sorted(told) == sorted(["-a 1 stale", "-b 2 stale", "+b 7", "+c 8"])
    assert told.index("-b 2 stale") < told.index("+b 7")
    assert sorted(informer.indexer.names()) == [ObjectName("shop", "b"), ObjectName("shop", "c")]


def test_a_list_that_says_nothing_new_is_not_heard(
    informer: WidgetInformer, source: LiveSource
) -> None:
    heard = Heard()
    heard.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.expire(("ADDED", widget("c", 6)))

    assert heard.next(3) == ["+a 1", "+b 2", "+c 6"]


def test_a_late_handler_hears_what_is_there_and_then_changes(
    informer: WidgetInformer, source: LiveSource
) -> None:
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    heard = Heard()
    registration = heard.register(informer)
    assert registration.wait(WAIT)

    source.send("MODIFIED", widget("a", 6))

    assert heard.next(3) == ["+a 1", "+b 2", "~a 1>6"]


def test_an_empty_collection_syncs() -> None:
    with WidgetInformer(LiveSource()) as informer:
        informer.wait_for_cache_sync(WAIT)

        assert informer.indexer.values() == []


def test_a_handler_that_raises_hears_the_next_change_and_syncs(
    informer: WidgetInformer, caplog: pytest.LogCaptureFixture
) -> None:
    names: list[str] = []

    def fail(obj: Widget) -> None:
        names.append(obj.metadata.name)
        raise ValueError("handlers have bugs")

    registration = informer.add_event_handler(on_add=fail)
    informer.start()
    informer.wait_for_cache_sync(WAIT)

    assert registration.has_synced
    assert names == ["a", "b"]
    handler = "handler 1 of widgets.v1.example.com"
    assert caplog.messages == [f"{handler} failed for shop/a", f"{handler} failed for shop/b"]
    assert registration.stats.failed == 2


def test_a_slow_handler_delays_no_other(informer: WidgetInformer) -> None:
    go = threading.Event()
    slow = informer.add_event_handler(on_add=lambda _: go.wait(WAIT))
    heard = Heard()
    heard.register(informer)
    informer.start()

    assert heard.next(2) == ["+a 1", "+b 2"]
    assert not slow.has_synced
    go.set()


def test_a_handler_may_read_the_cache(informer: WidgetInformer) -> None:
    sizes: queue.SimpleQueue[int] = queue.SimpleQueue()
    informer.add_event_handler(on_add=lambda _: sizes.put(len(informer.indexer.values())))
    informer.start()

    assert sizes.get(timeout=WAIT) > 0


def test_a_key_handler_gets_names_alone(informer: WidgetInformer, source: LiveSource) -> None:
    names: queue.SimpleQueue[ObjectName] = queue.SimpleQueue()
    informer.add_key_handler(names.put)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    source.send("DELETED", widget("a", 6))

    a, b = ObjectName("shop", "a"), ObjectName("shop", "b")
    assert [names.get(timeout=WAIT) for _ in range(3)] == [a, b, a]


def test_changing_an_object_does_not_change_the_cache(informer: WidgetInformer) -> None:
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    name = ObjectName("shop", "a")
    mine = informer.indexer.get(name)
    assert mine is not None
    mine.metadata.labels["mine"] = "yes"

    again = informer.indexer.get(name)

    assert again is not None
    assert again.metadata.labels == {}


def test_a_removed_handler_hears_no_more(informer: WidgetInformer, source: LiveSource) -> None:
    gone, stays = Heard(), Heard()
    registration = gone.register(informer)
    stays.register(informer)
    informer.start()
    informer.wait_for_cache_sync(WAIT)
    informer.remove_event_handler(registration)
    informer.remove_event_handler(registration)
    source.send("ADDED", widget("c", 6))

    assert stays.next(3)[-1] == "+c 6"
    assert gone.rest() == ["+a 1", "+b 2"]


def test_a_handler_may_stop_its_informer(informer: WidgetInformer) -> None:
    stopped = threading.Event()

    def stop(_: Widget) -> None:
        informer.stop()
        stopped.set()

    informer.add_event_handler(on_add=stop)
    informer.start()

    assert stopped.wait(WAIT)


def test_after_stop_it_cannot_be_used_again(informer: WidgetInformer) -> None:
    informer.stop()

    with pytest.raises(RuntimeError, match="was stopped; make another one"):
        informer.start()


def test_waiting_ends_when_it_is_stopped(source: LiveSource) -> None:
    source.failure = RefusedError("nobody listens")
    informer = WidgetInformer(source)
    informer.start()
    threading.Timer(0.0, informer.stop).start()

    with pytest.raises(CacheSyncError, match="was stopped before"):
        informer.wait_for_cache_sync(WAIT)


def test_a_sync_that_comes_too_late_tells_what_went_wrong(
    source: LiveSource, caplog: pytest.LogCaptureFixture
) -> None:
    source.failure = RefusedError("nobody listens on port 6443")
    informer = WidgetInformer(source)
    with caplog.at_level(logging.CRITICAL), informer, pytest.raises(CacheSyncError) as caught:
        informer.wait_for_cache_sync(0.2)

    assert str(caught.value) == (
        "the cache of widgets.v1.example.com does not have everything after 0.2 s: "
        "nobody listens on port 6443"
    )
