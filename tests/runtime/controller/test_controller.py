"""A controller looks at what changed, at owners of what changed, and again at what failed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from kubewright import ObjectMeta, ObjectName, OwnerReference
from kubewright._clock import StopToken
from kubewright.cache import CacheSyncError
from kubewright.controller import Controller, Requeue
from kubewright.testing import FakeCluster
from kubewright.workqueue import ExponentialLimiter, RateLimitingQueue
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.core_v1 import ConfigMap, Secret
from tests.support.patience import wait_until

WAIT = 10.0
A, B = ObjectName("shop", "a"), ObjectName("shop", "b")


class Shop:
    """A cluster, informers, and a function that notes what it is called with."""

    def __init__(self) -> None:
        self.cs = Clientset(FakeCluster().rest)
        self.factory = SharedInformerFactory(self.cs)
        self.seen: queue.SimpleQueue[ObjectName] = queue.SimpleQueue()
        self.answer: Callable[[ObjectName], Requeue | None] = lambda _: None
        self.stop = StopToken()

    def reconcile(self, name: ObjectName) -> Requeue | None:
        self.seen.put(name)
        return self.answer(name)

    def controller(self, workers: int = 1) -> Controller:
        limiter = ExponentialLimiter[ObjectName](0.001, 0.01)
        return Controller("shop", self.reconcile, workers=workers, queue=RateLimitingQueue(limiter))

    def put(self, name: str, **data: str) -> None:
        self.cs.core_v1.config_maps("shop").create(
            ConfigMap(metadata=ObjectMeta(name=name), data=data)
        )

    def next(self, count: int = 1) -> list[ObjectName]:
        return [self.seen.get(timeout=WAIT) for _ in range(count)]

    @contextmanager
    def running(self, controller: Controller) -> Generator[None]:
        thread = threading.Thread(target=controller.run, args=[self.stop])
        with self.factory:
            thread.start()
            yield
            self.stop.stop()
            thread.join(WAIT)
        assert not thread.is_alive()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_what_is_there_and_what_changes_is_looked_at(shop: Shop) -> None:
    shop.put("a")
    controller = shop.controller().watches(shop.factory.core_v1.config_maps)
    with shop.running(controller):
        first = shop.next()
        shop.put("b")
        second = shop.next()
        shop.cs.core_v1.config_maps("shop").delete("a")

        assert [*first, *second, *shop.next()] == [A, B, A]


def test_the_owner_of_what_changes_is_looked_at(shop: Shop) -> None:
    config_maps = shop.factory.core_v1.config_maps
    controller = shop.controller().owns(shop.factory.core_v1.secrets, config_maps.info)
    secrets = shop.cs.core_v1.secrets("shop")

    def owner(name: str, **more: object) -> OwnerReference:
        wire = {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": "1", **more}
        return OwnerReference.from_wire(wire)

    with shop.running(controller):
        for name, reference in (
            ("other-kind", owner("x", kind="Deployment", controller=True)),
            ("other-group", owner("x", apiVersion="example.com/v1", controller=True)),
            ("no-controller", owner("x")),
            ("mine", owner("a", controller=True)),
        ):
            metadata = ObjectMeta(name=name, owner_references=[reference])
            secrets.create(Secret(metadata=metadata))
        made = shop.next()
        secrets.patch(
            "mine", {"metadata": {"ownerReferences": [owner("b", controller=True).to_wire()]}}
        )
        # who owned it before has to know as well
        moved = shop.next(2)
        secrets.delete("mine")

        assert (made, sorted(moved), shop.next()) == ([A], [A, B], [B])


def test_labels_may_name_who_is_looked_at(shop: Shop) -> None:
    controller = shop.controller().watches(
        shop.factory.core_v1.config_maps,
        lambda obj: [ObjectName(obj.metadata.namespace, obj.metadata.labels["of"])],
        label_selector="of",
    )
    with shop.running(controller):
        shop.put("plain")
        shop.cs.core_v1.config_maps("shop").create(
            ConfigMap(metadata=ObjectMeta(name="x", labels={"of": "a"}))
        )

        assert shop.next() == [A]


def test_what_fails_is_looked_at_again(shop: Shop) -> None:
    failures = iter([ValueError("no"), ValueError("no")])

    def answer(_: ObjectName) -> None:
        for failure in failures:
            raise failure

    shop.answer = answer
    shop.put("a")
    controller = shop.controller().watches(shop.factory.core_v1.config_maps)
    with shop.running(controller):
        assert shop.next(3) == [A, A, A]
        wait_until(lambda: controller.stats.succeeded == 1)

        assert controller.queue.num_requeues(A) == 0
    assert controller.stats.failed == 2
    assert controller.stats.last_failure is not None
    assert controller.stats.last_failure[0] == A


@pytest.mark.parametrize("again", [Requeue(), Requeue(after=0.001)], ids=["at once", "after"])
def test_it_may_ask_to_be_called_again(shop: Shop, again: Requeue) -> None:
    answers = iter([again, None])
    shop.answer = lambda _: next(answers)
    shop.put("a")
    controller = shop.controller().watches(shop.factory.core_v1.config_maps)
    with shop.running(controller):
        assert shop.next(2) == [A, A]
        wait_until(lambda: controller.stats.succeeded == 2)
    assert controller.stats.requeued == 1


def test_no_name_is_with_two_workers(shop: Shop) -> None:
    working: set[ObjectName] = set()
    clashes: list[ObjectName] = []

    def answer(name: ObjectName) -> None:
        if name in working:
            clashes.append(name)
        working.add(name)
        threading.Event().wait(0.001)
        working.discard(name)

    shop.answer = answer
    controller = shop.controller(workers=4)
    with shop.running(controller):
        for _ in range(200):
            controller.queue.add(A)
            controller.queue.add(B)
        wait_until(lambda: not len(controller.queue) and not controller.queue.processing)

    assert clashes == []


def test_what_was_begun_is_ended_and_nothing_is_begun_after_the_stop(shop: Shop) -> None:
    go, began = threading.Event(), threading.Event()
    ended: list[ObjectName] = []

    def answer(name: ObjectName) -> None:
        began.set()
        go.wait(WAIT)
        ended.append(name)

    shop.answer = answer
    shop.put("a")
    controller = shop.controller().watches(shop.factory.core_v1.config_maps)
    with shop.running(controller):
        assert began.wait(WAIT)
        shop.stop.stop()
        controller.queue.add(B)
        go.set()

    assert ended == [A]
    assert not controller.is_ready


def test_a_cache_that_does_not_come_is_an_error(shop: Shop) -> None:
    controller = shop.controller().watches(shop.factory.core_v1.config_maps)

    with pytest.raises(CacheSyncError):
        controller.run(shop.stop, sync_timeout=0.01)


def test_it_ends_when_it_is_stopped_before_the_caches_have_everything(shop: Shop) -> None:
    controller = shop.controller().watches(shop.factory.core_v1.config_maps)

    def end() -> None:
        shop.stop.stop()
        shop.factory.stop()

    threading.Timer(0.01, end).start()

    controller.run(shop.stop)


def test_a_worker_is_needed(shop: Shop) -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        shop.controller(workers=0)
