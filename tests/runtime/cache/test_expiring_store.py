"""An expiring store keeps each object for its time."""

from __future__ import annotations

import json

from kubewright.cache import ExpiringStore
from kubewright.schema import ObjectName
from tests.support.scripted import FakeClock, Widget, widget


def obj(name: str, size: int = 0) -> Widget:
    return Widget.from_json(json.dumps(widget(name, 1, size=size)).encode())


A, B = ObjectName("shop", "a"), ObjectName("shop", "b")


def test_an_object_is_there_for_its_time() -> None:
    clock = FakeClock()
    store = ExpiringStore(Widget, seconds=10.0, clock=clock)
    store.add(obj("a"))
    clock.advance(9.9)()
    before = store.get(A)
    clock.advance(0.1)()

    assert before == obj("a")
    assert store.get(A) is None


def test_adding_it_again_keeps_it_for_longer() -> None:
    clock = FakeClock()
    store = ExpiringStore(Widget, seconds=10.0, clock=clock)
    store.add(obj("a"))
    store.add(obj("b"))
    clock.advance(6)()
    store.add(obj("a"))
    clock.advance(6)()

    assert store.names() == [A]
    assert store.values() == [obj("a")]
    assert len(store) == 1


def test_the_time_may_depend_on_the_object() -> None:
    clock = FakeClock()
    store = ExpiringStore(Widget, seconds=lambda each: float(each.size), clock=clock)
    store.add(obj("a", size=1))
    store.add(obj("b", size=5))
    clock.advance(3)()

    assert store.names() == [B]


def test_what_is_removed_is_gone() -> None:
    store = ExpiringStore(Widget, seconds=10.0, clock=FakeClock())
    store.add(obj("a"))
    store.remove(A)
    store.remove(A)

    assert store.names() == []
