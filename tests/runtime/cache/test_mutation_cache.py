"""Own writes are seen before they come back, and no longer than they are newer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubewright.cache import Indexer, MutationCache
from kubewright.schema import ObjectName
from tests.support.scripted import FakeClock, Widget, widget

A = ObjectName("shop", "a")


def obj(name: str, version: int, size: int = 0) -> Widget:
    return Widget.from_json(json.dumps(widget(name, version, size=size)).encode())


def by_size(each: Widget) -> list[str]:
    return [str(each.size)]


class Setup:
    def __init__(self, **options: Any) -> None:
        self.indexer = Indexer(Widget, {"size": by_size})
        self.clock = FakeClock()
        self.cache = MutationCache(self.indexer, clock=self.clock, **options)

    def size(self, name: ObjectName = A) -> int | None:
        found = self.cache.get(name)
        return None if found is None else found.size


def test_a_newer_write_is_seen() -> None:
    setup = Setup()
    setup.indexer.add(obj("a", 9, size=1))
    setup.cache.mutated(obj("a", 10, size=2))

    assert setup.size() == 2


def test_the_cache_is_seen_as_soon_as_it_is_as_new() -> None:
    setup = Setup()
    setup.cache.mutated(obj("a", 10, size=2))
    setup.indexer.add(obj("a", 11, size=3))

    assert setup.size() == 3


def test_a_write_is_forgotten_in_time() -> None:
    setup = Setup(seconds=10.0)
    setup.indexer.add(obj("a", 9, size=1))
    setup.cache.mutated(obj("a", 10, size=2))
    setup.clock.advance(10)()

    assert setup.size() == 1


def test_the_oldest_writes_are_forgotten_first() -> None:
    setup = Setup(capacity=2, include_adds=True)
    for name in ("a", "b", "c"):
        setup.cache.mutated(obj(name, 10, size=2))

    assert [setup.size(ObjectName("shop", name)) for name in ("a", "b", "c")] == [None, 2, 2]


@pytest.mark.parametrize(("include_adds", "expected"), [(False, None), (True, 2)])
def test_what_is_not_in_the_cache_is_seen_only_on_demand(
    include_adds: bool, expected: int | None
) -> None:
    setup = Setup(include_adds=include_adds)
    setup.cache.mutated(obj("a", 10, size=2))

    assert setup.size() == expected


def test_an_index_finds_the_newest_states() -> None:
    setup = Setup(include_adds=True)
    setup.indexer.add(obj("a", 1, size=1))
    setup.indexer.add(obj("b", 2, size=1))
    setup.indexer.add(obj("c", 3, size=5))
    setup.cache.mutated(obj("a", 10, size=5))
    setup.cache.mutated(obj("d", 11, size=5))

    def found(size: str) -> list[str]:
        return sorted(each.metadata.name for each in setup.cache.by_index("size", size))

    assert (found("1"), found("5")) == (["b"], ["a", "c", "d"])


def test_versions_that_are_no_numbers_cannot_be_compared() -> None:
    setup = Setup()
    setup.indexer.add(obj("a", 9))
    write = obj("a", 10)
    write.metadata.resource_version = "ten"
    setup.cache.mutated(write)

    with pytest.raises(ValueError, match="'ten' is no resource version"):
        setup.cache.get(A)
