"""Which events are about an object, on a server in memory."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.errors import RequestError
from kubewright.events import ObjectReference, events_about
from kubewright.testing import FakeCluster
from kubewright.unstructured import Unstructured


def event(called: str, time: str, where: str = "shop", **about: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": called, "namespace": where},
        "involvedObject": about,
        "lastTimestamp": time,
    }


def names(cluster: FakeCluster, obj: Unstructured | ObjectReference) -> list[str]:
    return [found.metadata.name for found in events_about(cluster.rest, obj)]


def test_the_events_of_an_object_come_in_order_without_those_of_others() -> None:
    web = {"kind": "Pod", "name": "web", "namespace": "shop", "uid": "1"}
    cluster = FakeCluster()
    cluster.add(
        event("late", "2026-01-02T00:00:00Z", **web),
        event("early", "2026-01-01T00:00:00Z", **web),
        event("of-another-kind", "2026-01-01T00:00:00Z", **{**web, "kind": "Job"}),
        event("of-an-earlier-pod", "2026-01-01T00:00:00Z", **{**web, "uid": "0"}),
        event("elsewhere", "2026-01-01T00:00:00Z", "bank", **{**web, "namespace": "bank"}),
    )
    metadata = {"name": "web", "namespace": "shop", "uid": "1"}
    pod = Unstructured.from_wire({"apiVersion": "v1", "kind": "Pod", "metadata": metadata})

    assert names(cluster, pod) == ["early", "late"]
    assert names(cluster, ObjectReference(kind="Job", name="web")) == ["of-another-kind"]


def test_the_events_of_a_node_have_its_name_as_uid() -> None:
    cluster = FakeCluster()
    cluster.add(event("e", "2026-01-01T00:00:00Z", "default", kind="Node", name="n1", uid="n1"))
    metadata = {"name": "n1", "uid": "a-real-one"}
    node = Unstructured.from_wire({"apiVersion": "v1", "kind": "Node", "metadata": metadata})

    assert names(cluster, node) == ["e"]


def test_an_object_must_say_what_it_is() -> None:
    with pytest.raises(RequestError, match="has no kind"):
        events_about(FakeCluster().rest, Unstructured.from_wire({"metadata": {"name": "a"}}))
