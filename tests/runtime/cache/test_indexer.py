"""Indexes follow every change of the store."""

from __future__ import annotations

import logging

import pytest

from kubewright.cache import Entry, Indexer
from kubewright.schema import ObjectName
from tests.support.scripted import Widget, entry_of, widget


def entry(name: str, size: int = 0, namespace: str = "shop", **labels: str) -> Entry:
    wire = widget(name, 1, namespace=namespace, size=size, metadata={"labels": labels})
    return entry_of(wire)


def by_size(obj: Widget) -> list[str]:
    return ["big", "large"] if obj.size > 10 else ["small", "small"]


def names(indexer: Indexer[Widget], index: str, value: str) -> list[str]:
    return [name.name for name in indexer.names_by_index(index, value)]


def test_objects_are_found_by_each_value() -> None:
    indexer = Indexer(Widget, {"size": by_size})
    indexer.replace([entry("a", 1), entry("b", 20), entry("c", 2)])

    found = {value: names(indexer, "size", value) for value in indexer.index_values("size")}

    assert found == {"small": ["a", "c"], "big": ["b"], "large": ["b"]}


def test_a_changed_object_leaves_its_old_values() -> None:
    indexer = Indexer(Widget, {"size": by_size})
    indexer.put(entry("a", 1))
    indexer.put(entry("a", 20))

    assert indexer.index_values("size") == ["big", "large"]


def test_a_removed_object_leaves_nothing() -> None:
    indexer = Indexer(Widget, {"size": by_size})
    indexer.put(entry("a", 1))
    indexer.remove(ObjectName("shop", "a"))

    assert (indexer.index_values("size"), indexer.index_values("namespace")) == ([], [])


def test_an_index_that_is_added_later_has_what_is_there() -> None:
    indexer = Indexer(Widget)
    indexer.put(entry("a", 20))
    indexer.add_indexers({"size": by_size})

    assert [obj.size for obj in indexer.by_index("size", "big")] == [20]


def test_two_indexes_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="namespace"):
        Indexer(Widget, {"namespace": by_size})


def test_an_unknown_index_is_an_error() -> None:
    with pytest.raises(KeyError, match="no index 'colour'; there are: namespace"):
        Indexer(Widget).by_index("colour", "red")


def test_an_object_that_an_index_cannot_read_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Widget) -> list[str]:
        raise ValueError("odd")

    indexer = Indexer(Widget, {"odd": fail})
    with caplog.at_level(logging.ERROR):
        indexer.put(entry("a"))

    assert (len(indexer), indexer.index_values("odd")) == (1, [])
