"""CustomResourceDefinitions in the server in memory, and what it serves without them."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import pytest

import kubewright_k8s
from kubewright.errors import AlreadyExistsError
from kubewright.resource import ResourceInfo, ScalePaths
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.builtin import builtin_resources
from tests.support.fake_cluster import MERGE, WEBSITES, call, frames, website_crd

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    return cluster


def site(name: str = "a", version: str = "v1", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"web.example.com/{version}",
        "kind": "Website",
        "metadata": {"name": name},
        "spec": {"domain": "a.example.com", "image": "a:1", **spec},
    }


def test_resources_are_served_from_the_definition_on_and_as_long_as_it_is_there() -> None:
    cluster = FakeCluster()
    statuses = [call(cluster, "GET", WEBSITES)[0]]
    cluster.add_crd(website_crd())
    call(cluster, "POST", WEBSITES, site())
    statuses.append(call(cluster, "GET", WEBSITES)[0])
    call(cluster, "DELETE", f"{CRDS}/websites.web.example.com")
    statuses.append(call(cluster, "GET", WEBSITES)[0])
    cluster.add_crd(website_crd())

    assert (statuses, call(cluster, "GET", WEBSITES)[1]["items"]) == ([404, 200, 404], [])


def test_a_definition_that_is_there_is_an_error(cluster: FakeCluster) -> None:
    with pytest.raises(AlreadyExistsError):
        cluster.add_crd(website_crd())


def test_a_version_that_is_no_longer_served_is_not_found(cluster: FakeCluster) -> None:
    crd = website_crd()
    crd["spec"]["versions"][1]["served"] = False
    patch = {"spec": {"versions": crd["spec"]["versions"]}}

    call(cluster, "PATCH", f"{CRDS}/websites.web.example.com", patch, MERGE)

    old = WEBSITES.replace("v1/", "v1beta1/")
    assert (call(cluster, "GET", WEBSITES)[0], call(cluster, "GET", old)[0]) == (200, 404)


def test_defaults_are_filled_and_unknown_fields_dropped(cluster: FakeCluster) -> None:
    backends = [{"service": "s", "unknown": 1}]
    routes = [{"path": "/", "backends": backends}]

    _, made = call(cluster, "POST", WEBSITES, site(unknown=1, routes=routes))

    assert made["spec"] == {
        "domain": "a.example.com",
        "image": "a:1",
        "routes": [{"path": "/", "backends": [{"service": "s", "weight": 100}]}],
        "replicas": 1,
        "tier": "standard",
        "port": 8080,
    }


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        ("Strict", (400, None)),
        ("Warn", (201, '299 - "unknown field \\"spec.x\\""')),
        ("Ignore", (201, None)),
    ],
)
def test_unknown_fields_are_refused_told_or_ignored(
    cluster: FakeCluster, validation: str, expected: tuple[int, str | None]
) -> None:
    from msgspec import json

    from kubewright.rest.request import Request

    body = json.encode(site(x=1))
    answer = cluster.send(Request("POST", WEBSITES, [("fieldValidation", validation)], body))

    assert (answer.status, answer.headers.get("warning")) == expected


def test_the_object_is_one_in_all_versions_and_watches(cluster: FakeCluster) -> None:
    old = WEBSITES.replace("v1/", "v1beta1/")
    call(cluster, "POST", old, site(version="v1beta1"))

    _, obj = call(cluster, "GET", f"{WEBSITES}/a")

    assert obj["apiVersion"] == "web.example.com/v1"
    assert frames(cluster, old, 1) == frames(cluster, WEBSITES, 1) == [("ADDED", "a")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{WEBSITES}/a", (7, "", 2)),
        (f"{WEBSITES}/a/status", (1, "Ready", 1)),
    ],
    ids=["the object", "its status"],
)
def test_each_path_writes_its_own_part(
    cluster: FakeCluster, path: str, expected: tuple[int, str, int]
) -> None:
    call(cluster, "POST", WEBSITES, {**site(), "status": {"phase": "Degraded"}})
    patch = {"spec": {"replicas": 7}, "status": {"phase": "Ready"}}

    _, obj = call(cluster, "PATCH", path, patch, MERGE)

    phase = obj.get("status", {}).get("phase", "")
    assert (obj["spec"]["replicas"], phase, obj["metadata"]["generation"]) == expected


def test_the_scale_is_at_the_paths_of_the_definition(cluster: FakeCluster) -> None:
    call(cluster, "POST", WEBSITES, site())
    status = {"status": {"readyReplicas": 1, "selector": "app=a"}}
    call(cluster, "PATCH", f"{WEBSITES}/a/status", status, MERGE)

    _, scale = call(cluster, "PATCH", f"{WEBSITES}/a/scale", {"spec": {"replicas": 4}}, MERGE)

    assert (scale["spec"], scale["status"]) == (
        {"replicas": 4},
        {"replicas": 1, "selector": "app=a"},
    )
    assert call(cluster, "GET", f"{WEBSITES}/a")[1]["spec"]["replicas"] == 4


def test_fields_of_the_definition_can_be_selected_by(cluster: FakeCluster) -> None:
    call(cluster, "POST", WEBSITES, site("a"))
    call(cluster, "POST", WEBSITES, site("b", tier="free"))

    _, found = call(cluster, "GET", WEBSITES, fieldSelector="spec.tier=free")

    assert [item["metadata"]["name"] for item in found["items"]] == ["b"]


def test_a_registered_resource_is_served_with_what_its_client_knows() -> None:
    info = ResourceInfo(
        GroupVersionResource("metrics.example.com", "v1", "rings"),
        kind=GroupVersionKind("metrics.example.com", "v1", "Ring"),
        namespaced=False,
        scale_paths=ScalePaths(spec_replicas=".spec.n", status_replicas=".status.n"),
    )
    cluster = FakeCluster(resources=[info])
    rings = "/apis/metrics.example.com/v1/rings"
    ring = {"apiVersion": "metrics.example.com/v1", "kind": "Ring", "metadata": {"name": "a"}}

    call(cluster, "POST", rings, {**ring, "spec": {"n": 2}, "status": {"n": 1}})

    scale = call(cluster, "GET", f"{rings}/a/scale")[1]
    assert (scale["spec"], scale["status"]) == ({"replicas": 2}, {"replicas": 0})


def test_the_built_in_resources_are_those_of_the_shipped_package() -> None:
    shipped = {
        info
        for module in pkgutil.iter_modules(kubewright_k8s.__path__)
        if module.ispkg
        for info in vars(import_module(f"kubewright_k8s.{module.name}.client")).values()
        if isinstance(info, ResourceInfo)
    }

    served = {
        ResourceInfo(
            GroupVersionResource(r.group, version, r.plural),
            kind=GroupVersionKind(r.group, version, r.kind),
            namespaced=r.namespaced,
            singular=r.singular,
            verbs=r.verbs,
            short_names=r.short_names,
            categories=r.categories,
        )
        for r in builtin_resources()
        for version in r.versions
    }

    assert served == shipped


def test_what_a_test_adds_gets_the_defaults_of_its_schema(cluster: FakeCluster) -> None:
    added = site()
    created = site("b")
    call(cluster, "POST", WEBSITES, created)
    cluster.add(added)

    specs = [item["spec"] for item in call(cluster, "GET", WEBSITES)[1]["items"]]
    assert specs[0] == specs[1] != added["spec"]
