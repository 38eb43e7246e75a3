"""Discovery, dynamic and metadata-only clients, and their informers, on a real API server."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubewright import GroupVersion, NotFoundError
from kubewright.discovery import (
    CachedDiscoveryClient,
    DiscoveryClient,
    NoMatchError,
    OpenAPIClient,
    RESTMapper,
    ServerAPIs,
)
from kubewright.dynamic import DynamicClient, DynamicSharedInformerFactory, MetadataClient
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.unstructured import Unstructured
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap, Namespace
from tests.support.patience import wait_until

pytestmark = pytest.mark.conformance

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "kites.toys.example"},
    "spec": {
        "group": "toys.example",
        "scope": "Namespaced",
        "names": {
            "plural": "kites",
            "kind": "Kite",
            "shortNames": ["ki"],
            "categories": ["flyers"],
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.replicas",
                        "statusReplicasPath": ".status.replicas",
                    },
                },
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
}


class Watching:
    """A transport that notes what is asked, and what the status of the answer is."""

    def __init__(self, rest: RESTClient) -> None:
        self._transport = rest.transport
        self._server = rest.server
        self.asked: list[str] = []

    def client(self) -> RESTClient:
        return RESTClient(self, server=self._server)

    def send(self, request: Request) -> Response:
        answer = self._transport.send(request)
        self.asked.append(f"{request.path} {answer.status}")
        return answer

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        return self._transport.stream(request, read_timeout=read_timeout)

    def close(self) -> None:
        pass


@pytest.fixture
def client(rest: RESTClient) -> DynamicClient:
    return DynamicClient(rest, mapper=RESTMapper(DiscoveryClient(rest)))


@pytest.fixture
def kites(client: DynamicClient) -> Iterator[Any]:
    definitions = client.resource("crd")
    definitions.create(Unstructured.from_wire(CRD))
    kites = None

    def is_served() -> bool:
        nonlocal kites
        try:
            kites = client.resource("ki")
            list(kites.list())
        except (NoMatchError, NotFoundError):
            return False
        return True

    wait_until(is_served)
    yield kites
    definitions.delete("kites.toys.example")
    # the next test makes it again
    definitions.wait_for("kites.toys.example", "delete", timeout=30)


def by_name(apis: ServerAPIs) -> dict[str, Any]:
    return {
        str(each.gvr): dataclasses.replace(
            each, subresources=tuple(sorted(each.subresources, key=lambda sub: sub.name))
        )
        for each in apis.resources
    }


def test_two_requests_tell_all_that_the_server_has(rest: RESTClient) -> None:
    watching = Watching(rest)
    apis = DiscoveryClient(watching.client()).apis()
    assert watching.asked == ["/api 200", "/apis 200"]
    assert len(apis.resources) > 60
    assert not apis.failures


def test_legacy_discovery_of_the_server_says_the_same(rest: RESTClient) -> None:
    class Plain(Watching):
        def send(self, request: Request) -> Response:
            return super().send(dataclasses.replace(request, accept="application/json"))

    plain = Plain(rest)
    old = DiscoveryClient(plain.client()).apis()
    assert by_name(old) == by_name(DiscoveryClient(rest).apis())
    assert len(plain.asked) > 10


def test_a_second_start_asks_nothing(rest: RESTClient, tmp_path: Path) -> None:
    def start() -> tuple[ServerAPIs, list[str]]:
        watching = Watching(rest)
        return CachedDiscoveryClient(watching.client(), folder=tmp_path).apis(), watching.asked

    first, asked = start()
    assert asked == ["/api 200", "/apis 200"]
    second, asked = start()
    assert asked == []
    assert second == first


def test_what_did_not_change_is_not_sent_again(rest: RESTClient, tmp_path: Path) -> None:
    watching = Watching(rest)
    cached = CachedDiscoveryClient(watching.client(), folder=tmp_path)
    before = cached.apis()
    assert cached.refresh() is before
    assert watching.asked == ["/api 200", "/apis 200", "/api 304", "/apis 304"]


def test_openapi_documents_are_kept_by_their_hash(rest: RESTClient, tmp_path: Path) -> None:
    client = OpenAPIClient(rest, folder=tmp_path)
    document = client.document(GroupVersion("apps", "v1"))
    assert "io.k8s.api.apps.v1.Deployment" in document["components"]["schemas"]
    (kept,) = tmp_path.glob("*/openapi-*.json")
    origin = kept.read_text().partition("\n")[0]
    kept.write_text(f"{origin}\n{{}}")
    assert OpenAPIClient(rest, folder=tmp_path).document(GroupVersion("apps", "v1")) == {}
    with pytest.raises(NoMatchError):
        client.document(GroupVersion("apps", "v9"))


@pytest.mark.usefixtures("kites")
def test_an_openapi_document_that_changed_since_is_the_one_of_now(
    rest: RESTClient, client: DynamicClient, tmp_path: Path
) -> None:
    path, group_version = "apis/toys.example/v1", GroupVersion("toys.example", "v1")
    wait_until(lambda: path in OpenAPIClient(rest).paths())
    documents = OpenAPIClient(rest, folder=tmp_path)
    before = documents.paths()[path]
    definitions = client.resource("crd")
    changed = definitions.get("kites.toys.example")
    schema = changed["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"] = {"spec": {"type": "object", "description": "how it flies"}}
    definitions.update(changed)
    wait_until(lambda: OpenAPIClient(rest).paths()[path] != before)

    assert "how it flies" in str(documents.document(group_version))
    assert list(tmp_path.glob("*/openapi-*.json")) == []
    documents.refresh()
    assert "how it flies" in str(documents.document(group_version))
    (kept,) = tmp_path.glob("*/openapi-*.json")
    stale, _, body = kept.read_bytes().partition(b"\n")
    kept.write_bytes(stale.replace(b"hash=", b"hash=0") + b"\n" + body)
    assert "how it flies" in str(documents.document(group_version))
    assert list(tmp_path.glob("*/openapi-*.json")) == [kept]
    assert kept.read_bytes().startswith(stale)


def test_a_new_kind_is_found_and_used_by_name(client: DynamicClient, kites: Any) -> None:
    assert [str(each.gvr) for each in client.mapper.in_category("flyers")] == [
        "kites.v1.toys.example"
    ]
    here = kites("default")
    wire = {
        "apiVersion": "toys.example/v1",
        "kind": "Kite",
        "metadata": {"name": "red"},
        "spec": {"replicas": 1, "tail": {"length": 2.5, "knots": 12}},
    }
    made = client.of(Unstructured.from_wire(wire)).create(Unstructured.from_wire(wire))
    assert made.nested(float, "spec", "tail", "length") == 2.5
    made["status"] = {"replicas": 1}
    assert here.update_status(made)["status"] == {"replicas": 1}
    assert here.scale("red", 3).spec.replicas == 3
    assert here.get("red")["spec"]["replicas"] == 3
    applied = {"metadata": {"name": "red"}, "spec": {"colour": "red"}}
    assert here.apply(applied, field_manager="painter")["spec"]["colour"] == "red"
    with here.watch(resource_version="0", timeout=10) as events:
        assert next(iter(events)).object.metadata.name == "red"
    here.delete_collection()
    assert list(here.list()) == []


def test_metadata_alone_come_over_the_wire(rest: RESTClient, clientset: Clientset) -> None:
    maps = clientset.core_v1.config_maps("default")
    maps.create(ConfigMap.from_wire({"metadata": {"name": "big"}, "data": {"x": "y" * 10_000}}))
    metadata = MetadataClient(rest).resource(ConfigMap)
    try:
        big = metadata("default").get("big")
        assert big.kind == "PartialObjectMetadata"
        assert len(big.to_json()) < 1500
        found = [each for each in metadata.list() if each.metadata.name == "big"]
        assert len(found) == 1
        assert len(found[0].to_json()) < 1500
        with metadata("default").watch(field_selector="metadata.name=big", timeout=10) as events:
            first = next(iter(events)).object
            assert first.kind == "PartialObjectMetadata"
        patch = {"metadata": {"labels": {"a": "b"}}}
        assert metadata("default").patch("big", patch).metadata.labels == {"a": "b"}
    finally:
        metadata("default").delete("big")
    with pytest.raises(NotFoundError):
        metadata("default").get("big")


def test_informers_of_any_kind_and_of_metadata(
    rest: RESTClient, client: DynamicClient, kites: Any
) -> None:
    here = kites("default")
    wire = {"apiVersion": "toys.example/v1", "kind": "Kite", "spec": {"tail": "x" * 1000}}
    here.create(Unstructured.from_wire({**wire, "metadata": {"name": "a"}}))
    whole = DynamicSharedInformerFactory(client)
    partial = DynamicSharedInformerFactory(MetadataClient(rest, mapper=client.mapper))
    objects, metadata = whole.for_resource("ki"), partial.for_metadata("ki")
    with whole, partial:
        whole.wait_for_cache_sync(timeout=20)
        partial.wait_for_cache_sync(timeout=20)
        here.create(Unstructured.from_wire({**wire, "metadata": {"name": "b"}}))
        wait_until(lambda: len(objects.lister.list()) == len(metadata.lister.list()) == 2)
        assert objects.lister("default").get("b")["spec"]["tail"] == "x" * 1000
        assert "tail" not in metadata.lister("default").get("b").to_json().decode()
        here.delete("a")
        wait_until(lambda: len(objects.lister.list()) == len(metadata.lister.list()) == 1)
    here.delete("b")


def test_models_and_names_meet_in_one_resource(clientset: Clientset, client: DynamicClient) -> None:
    assert clientset.resource(Namespace).get("default").metadata.name == "default"
    assert client.resource(Namespace).info.gvr == client.resource("ns").info.gvr
