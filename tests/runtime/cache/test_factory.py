"""A factory shares informers, starts and stops them together, and names those that are late."""

from __future__ import annotations

import logging

import pytest

from kubewright.cache import CacheSyncError, InformerFactory, ListerWatcher, SharedIndexInformer
from kubewright.errors import RefusedError
from kubewright.resource import ResourceInfo
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.selectors import FieldSelector, Selector
from tests.support.scripted import WIDGET, WIDGETS, LiveSource, Widget, widget


class WidgetInformer(SharedIndexInformer[Widget]):
    info = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)
    model = Widget


class GadgetInformer(SharedIndexInformer[Widget]):
    info = ResourceInfo(
        GroupVersionResource("example.com", "v1", "gadgets"),
        kind=GroupVersionKind("example.com", "v1", "Gadget"),
        namespaced=True,
    )
    model = Widget


class Client:
    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self.asked: list[object] = []

    def lister_watcher(
        self,
        *,
        namespace: str | None = None,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
    ) -> ListerWatcher:
        self.asked.append((namespace, label_selector, field_selector))
        return self.source


def test_an_informer_is_made_once_with_the_factorys_options() -> None:
    client = Client(LiveSource())
    factory = InformerFactory(namespace="shop", label_selector={"tier": "front"})

    first = factory.informer_for(WidgetInformer, client)
    second = factory.informer_for(WidgetInformer, client)

    assert first is second
    assert client.asked == [("shop", {"tier": "front"}, None)]


def test_within_the_factory_caches_are_filled() -> None:
    factory = InformerFactory()
    widgets = factory.informer_for(WidgetInformer, Client(LiveSource(widget("a", 1))))
    with factory:
        factory.wait_for_cache_sync(10)

        assert [obj.metadata.name for obj in widgets.indexer.values()] == ["a"]


def test_an_informer_that_is_asked_for_within_starts_at_once() -> None:
    with InformerFactory() as factory:
        widgets = factory.informer_for(WidgetInformer, Client(LiveSource(widget("a", 1))))
        widgets.wait_for_cache_sync(10)

        assert len(widgets.indexer) == 1


def test_an_error_names_all_that_are_late(caplog: pytest.LogCaptureFixture) -> None:
    source = LiveSource()
    source.failure = RefusedError("nobody listens")
    factory = InformerFactory()
    factory.informer_for(WidgetInformer, Client(source))
    factory.informer_for(GadgetInformer, Client(source))
    with caplog.at_level(logging.CRITICAL), factory, pytest.raises(CacheSyncError) as caught:
        factory.wait_for_cache_sync(0.1)

    assert "widgets.v1.example.com" in str(caught.value)
    assert "gadgets.v1.example.com" in str(caught.value)
