"""Any resource by name, kind or model, read and written in the scope that it has."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from kubewright import GroupVersionKind, GroupVersionResource, NotFoundError, ObjectMeta
from kubewright.discovery import NoMatchError
from kubewright.dynamic import (
    DynamicClient,
    DynamicSharedInformerFactory,
    MetadataClient,
)
from kubewright.errors import RequestError
from kubewright.meta_v1 import KubernetesObject
from kubewright.testing import FakeCluster
from kubewright.unstructured import Unstructured
from kubewright_k8s import Clientset
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.core_v1 import ConfigMap, Namespace
from tests.support.fake_cluster import website_crd
from tests.support.patience import wait_until

MAPS = GroupVersionResource("", "v1", "configmaps")
MAP = GroupVersionKind("", "v1", "ConfigMap")


def config_map(name: str, **data: str) -> Unstructured:
    wire = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return Unstructured.from_wire(wire)


WORKLOAD: dict[str, Any] = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web"}]},
    },
}


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def client(cluster: FakeCluster) -> DynamicClient:
    return DynamicClient(cluster.rest)


@pytest.mark.parametrize("what", ["cm", "configmaps", "ConfigMap", MAPS, MAP])
def test_a_resource_by_any_name(client: DynamicClient, what: Any) -> None:
    assert client.resource(what).info.gvr == MAPS


def test_every_verb(client: DynamicClient) -> None:
    maps = client.resource("cm")("shop")
    made = maps.create(config_map("a", x="1"))
    made["data"]["y"] = "2"
    assert maps.update(made)["data"] == {"x": "1", "y": "2"}
    assert maps.patch("a", {"data": {"x": None}})["data"] == {"y": "2"}
    applied = {"metadata": {"name": "b"}, "data": {"z": "3"}}
    assert maps.apply(applied, field_manager="test")["data"] == {"z": "3"}
    assert [each.metadata.name for each in maps.list()] == ["a", "b"]
    assert [each.object_name.name for each in client.resource("cm").list()] == ["a", "b"]
    with maps.watch(timeout=5) as events:
        assert next(iter(events)).type == "ADDED"
    maps.delete("a")
    with pytest.raises(NotFoundError):
        maps.get("a")
    maps.delete_collection()
    assert list(maps.list()) == []


def test_status_and_scale(client: DynamicClient) -> None:
    web = Unstructured.from_wire(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"replicas": 1, **WORKLOAD},
        }
    )
    deployments = client.resource("deploy")("prod")
    made = deployments.create(web)
    assert deployments.scale("web", 4).spec.replicas == 4
    made = deployments.get("web")
    made["status"] = {"replicas": 4}
    deployments.update_status(made)
    assert deployments.get_scale("web").status.replicas == 4


def test_the_client_of_an_object(cluster: FakeCluster, client: DynamicClient) -> None:
    obj = config_map("a")
    assert client.of(obj).namespace == "default"
    obj.metadata.namespace = "shop"
    assert client.of(obj).create(obj).metadata.namespace == "shop"
    namespace = Unstructured.from_wire({"apiVersion": "v1", "kind": "Namespace"})
    assert client.of(namespace).namespace is None
    with pytest.raises(RequestError, match="no apiVersion and kind"):
        client.of(Unstructured())
    with pytest.raises(RequestError, match="apiVersion"):
        client.of(Unstructured(api_version="a/b/c", kind="X"))


def test_a_model_is_read_and_nothing_is_asked(cluster: FakeCluster) -> None:
    cs = Clientset(cluster.rest)
    deployments = cs.resource(Deployment)("prod")
    deployments.create(Deployment(metadata=ObjectMeta(name="web"), spec=spec()))
    assert deployments.get("web").spec.replicas == 2
    assert cs.resource(Namespace).get("default").metadata.name == "default"
    assert [request.method for request in cluster.requests] == ["POST", "GET", "GET"]


def spec() -> Any:
    from kubewright_k8s.apps_v1 import DeploymentSpec

    return DeploymentSpec.from_wire({"replicas": 2, **WORKLOAD})


def test_a_model_of_ones_own(cluster: FakeCluster, client: DynamicClient) -> None:
    class Site(KubernetesObject):
        api_version: str = "web.example.com/v1"
        kind: str = "Website"

    with pytest.raises(NoMatchError):
        client.resource(Site)
    client.resource("crd").create(Unstructured.from_wire(website_crd()))
    sites = client.resource(Site)("default")
    sites.create(
        Site.from_wire({"metadata": {"name": "a"}, "spec": {"domain": "a.example", "image": "a"}})
    )
    assert isinstance(sites.get("a"), Site)

    class Nothing(KubernetesObject):
        pass

    with pytest.raises(RequestError, match="no api_version and kind"):
        client.resource(Nothing)


def test_a_namespace_is_asked_for_where_one_is_needed(
    cluster: FakeCluster, client: DynamicClient
) -> None:
    maps = client.resource("cm")
    for call in (
        lambda: maps.get("a"),
        lambda: maps.create(config_map("a")),
        lambda: maps.delete("a"),
        lambda: MetadataClient(cluster.rest).resource("cm").get("a"),
    ):
        with pytest.raises(RequestError, match="in namespaces: say which"):
            call()
    with pytest.raises(RequestError, match="not in namespaces"):
        client.resource("ns")("default")
    with pytest.raises(RequestError, match="empty"):
        maps("")


def test_metadata_alone(cluster: FakeCluster, client: DynamicClient) -> None:
    client.resource("cm")("shop").create(config_map("a", secret="x"))
    maps = MetadataClient(cluster.rest).resource(ConfigMap)
    assert maps("shop").get("a").metadata.name == "a"
    (found,) = maps.list()
    assert "data" not in found.to_wire()
    patched = maps("shop").patch("a", {"metadata": {"labels": {"x": "y"}}})
    assert patched.metadata.labels == {"x": "y"}
    maps("shop").delete("a")
    asked = [request.accept.partition(";g=")[0] for request in cluster.requests if request.query]
    assert asked == ["application/json;as=PartialObjectMetadataList"]
    assert cluster.requests[-2].accept.startswith("application/json;as=PartialObjectMetadata;")


def test_informers_of_any_resource(client: DynamicClient) -> None:
    maps = client.resource("cm")("shop")
    maps.create(config_map("a", x="1"))
    factory = DynamicSharedInformerFactory(client)
    informer = factory.for_resource("cm")
    assert factory.for_resource(MAPS) is informer
    typed = factory.for_resource(ConfigMap)
    seen: list[str] = []
    informer.add_event_handler(on_add=lambda obj: seen.append(obj.metadata.name))
    with factory:
        factory.wait_for_cache_sync(timeout=10)
        maps.create(config_map("b", x="2"))
        wait_until(lambda: len(seen) == 2)
        wait_until(lambda: len(typed.lister("shop").list()) == 2)
        assert informer.lister("shop").get("b")["data"] == {"x": "2"}
        assert typed.lister("shop").get("b").data == {"x": "2"}
        assert len(informer.lister.list()) == 2
        namespaces = factory.for_resource("ns")
        namespaces.wait_for_cache_sync(timeout=10)
        assert namespaces.lister.get("default").kind == "Namespace"


def test_informers_of_metadata(cluster: FakeCluster, client: DynamicClient) -> None:
    client.resource("cm")("shop").create(config_map("a", x="1"))
    factory = DynamicSharedInformerFactory(MetadataClient(cluster.rest), namespace="shop")
    informer = factory.for_metadata("cm")
    with factory:
        factory.wait_for_cache_sync(timeout=10)
        (found,) = informer.lister.list()
        assert found.metadata.name == "a"
        assert "data" not in found.to_wire()
    with pytest.raises(TypeError):
        DynamicSharedInformerFactory(client).for_metadata("cm")


@pytest.mark.parametrize("package", ["", "theirs."])
def test_a_module_that_only_looks_generated_is_not_run(
    client: DynamicClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    folder = tmp_path / package.strip(".")
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "client.py").write_text("raise SystemExit('run by mistake')")
    (folder / "models.py").write_text(
        "from kubewright.meta_v1 import KubernetesObject\n\n\n"
        "class Map(KubernetesObject):\n"
        "    api_version: str = 'v1'\n"
        "    kind: str = 'ConfigMap'\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in ("models", "theirs", "theirs.models"):
        monkeypatch.setitem(sys.modules, name, None)  # so that it is taken out again afterwards
        del sys.modules[name]
    model = importlib.import_module(f"{package}models").Map
    assert client.resource(model).info.gvr == MAPS
