"""Listers have the shape of the clients and read the cache."""

from __future__ import annotations

import pytest

from kubewright.cache import ClusterLister, Indexer, Lister
from kubewright.errors import NotFoundError
from kubewright.resource import ResourceInfo
from kubewright.selectors import Selector
from tests.support.scripted import WIDGET, WIDGETS, Widget, entry_of, widget

INFO = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)


@pytest.fixture
def indexer() -> Indexer[Widget]:
    indexer = Indexer(Widget)
    for name, namespace, tier in [("a", "shop", "front"), ("b", "shop", "back"), ("a", "bank", "")]:
        wire = widget(name, 1, namespace=namespace, metadata={"labels": {"tier": tier}})
        indexer.put(entry_of(wire))
    return indexer


@pytest.mark.parametrize(
    ("namespace", "selector", "expected"),
    [
        (None, None, ["shop/a", "shop/b", "bank/a"]),
        (None, {"tier": "front"}, ["shop/a"]),
        ("shop", None, ["shop/a", "shop/b"]),
        ("shop", "tier!=front", ["shop/b"]),
        ("none", None, []),
    ],
)
def test_list(
    indexer: Indexer[Widget], namespace: str | None, selector: Selector | None, expected: list[str]
) -> None:
    lister = Lister(indexer, INFO)
    scope = lister if namespace is None else lister(namespace)

    assert [str(obj.object_name) for obj in scope.list(label_selector=selector)] == expected


def test_get(indexer: Indexer[Widget]) -> None:
    assert Lister(indexer, INFO)("bank").get("a").metadata.namespace == "bank"


def test_what_is_not_there_is_the_servers_error(indexer: Indexer[Widget]) -> None:
    with pytest.raises(NotFoundError, match=r'widgets\.example\.com "b" not found'):
        Lister(indexer, INFO)("bank").get("b")


def test_an_empty_namespace_is_an_error(indexer: Indexer[Widget]) -> None:
    with pytest.raises(ValueError, match="the namespace is empty"):
        Lister(indexer, INFO)("")


def test_get_in_the_cluster() -> None:
    indexer = Indexer(Widget)
    indexer.put(entry_of(widget("a", 1, namespace="")))

    assert ClusterLister(indexer, INFO).get("a").metadata.name == "a"
