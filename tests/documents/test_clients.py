"""The examples of the documents that use clients are run, on a cluster in memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from kubewright.testing import FakeCluster, controllers
from kubewright_k8s import Clientset
from tests.support.examples import Example, example_of

CERTIFICATE = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Certificate",
    "metadata": {"name": "shop", "namespace": "prod"},
    "spec": {"dnsNames": ["shop.example"], "secretName": "shop", "issuerRef": {"name": "a"}},
    "status": {"notAfter": "2030-01-02T03:04:05Z"},
}
BARE = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Certificate",
    "metadata": {"name": "bare", "namespace": "prod"},
}


@example_of("README.md", "Read, watch, write")
def test_reading_and_watching(example: Example, cluster: FakeCluster, home: Path) -> None:
    pods = Clientset(cluster.rest).core_v1.pods("default")

    def change() -> None:
        pods.patch("web-0", {"metadata": {"labels": {"a": "b"}}})

    def stop() -> None:
        example.names["events"].stop()

    with (
        example.meanwhile(change, when=lambda: len(example.printed) == 2),
        example.meanwhile(stop, when=lambda: len(example.printed) == 3),
    ):
        example.run()

    assert example.printed == ["web-0 Running", "ADDED web-0", "MODIFIED web-0"]


@example_of("README.md", "Create, change, apply", 1)
def test_writing(example: Example, cluster: FakeCluster, cs: Clientset) -> None:
    with controllers.deployments(cluster):
        example.run(cs=cs)

    maps = [each for each in cluster.actions if each.gvr.resource == "configmaps"]
    assert [each.verb for each in maps] == ["create", "get", "update", "patch", "patch"]
    assert maps[2].body["data"] == {"color": "green", "size": "L"}
    assert cs.core_v1.config_maps("prod").get("web").data == {}
    assert cs.apps_v1.deployments("prod").get("web").status.ready_replicas == 5


@example_of("README.md", "Create, change, apply", 2)
def test_applying(example: Example, cluster: FakeCluster, cs: Clientset) -> None:
    apps = cs.apps_v1.deployments("prod")
    apps.apply(
        {"metadata": {"name": "web"}, "spec": {"replicas": 2}}, field_manager="deployer", force=True
    )

    example.run(apps=apps)

    assert example.printed == [".spec.replicas belongs to deployer"]
    assert apps.get("web").spec.replicas == 3
    assert example.names["again"]["spec"] == {"replicas": 3}


@example_of("README.md", "What is absent, null, or new")
def test_absent_and_null(example: Example, cs: Clientset) -> None:
    cs.core_v1.pods("default").patch("web-0", {"metadata": {"labels": None}})

    example.run(cs=cs)

    wire = example.names["pod"].to_wire()
    assert wire["metadata"]["labels"] == {"a": "b"}
    assert "nodeName" not in wire["spec"]


@example_of("README.md", "Any resource")
def test_any_resource(example: Example, cluster: FakeCluster, cs: Clientset) -> None:
    cluster.add(CERTIFICATE)

    example.run(cs=cs)

    assert example.printed == ["shop 2030-01-02T03:04:05Z", "web-tls None"]


@example_of("README.md", "Generate clients for your CRDs")
def test_a_generated_client(
    example: Example, cluster: FakeCluster, cs: Clientset, acme: ModuleType
) -> None:
    cluster.add(CERTIFICATE, BARE)

    example.run(cs=cs)

    assert example.printed == ["['shop.example']"]


@example_of("README.md", "Connect", 1)
def test_connecting(example: Example, home: Path) -> None:
    shutil.copy(home / "config", "admin.conf")

    example.run()


@example_of("README.md", "Connect", 2)
def test_editing_kubeconfigs(example: Example, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = home / "first"
    first.write_text("{apiVersion: v1, kind: Config, current-context: test}")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (first, home / "config"))))

    example.run()

    assert yaml.safe_load(first.read_bytes())["current-context"] == "prod"
    contexts = yaml.safe_load((home / "config").read_bytes())["contexts"]
    assert {each["name"]: each["context"]["namespace"] for each in contexts}["prod"] == "shop"
