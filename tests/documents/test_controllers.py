"""The examples of the documents about informers and controllers are run, on a cluster in memory."""

from __future__ import annotations

import os
import signal
from types import ModuleType
from typing import Any

from kubewright import KubernetesObject
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset, SharedInformerFactory
from tests.support.examples import Example, example_of

SITE = {
    "apiVersion": "web.example.com/v1",
    "kind": "Website",
    "metadata": {"name": "shop", "namespace": "prod", "uid": "1"},
    "spec": {"domain": "shop.example", "image": "shop:1"},
}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "a", "namespace": "prod", "labels": {"website": "shop"}},
}


@example_of("README.md", "Informers", 1)
def test_an_informer(example: Example, cs: Clientset) -> None:
    example.run(cs=cs)

    assert example.printed == ["hello prod/web"]
    assert example.names["web"].spec.replicas == 1
    assert [each.metadata.name for each in example.names["front"]] == ["web"]
    assert example.names["deployments"].lister("prod").get("web").spec.replicas == 3


@example_of("README.md", "Informers", 2)
def test_options_of_informers(example: Example, cs: Clientset) -> None:
    def without_secrets(obj: KubernetesObject) -> KubernetesObject:
        obj.metadata.labels.clear()
        return obj

    example.run(cs=cs, without_secrets=without_secrets, SharedInformerFactory=SharedInformerFactory)

    (first,) = example.names["first"]
    assert (first.metadata.name, first.metadata.labels) == ("web", {})
    assert example.printed == []


@example_of("README.md", "Controllers")
def test_a_controller(
    example: Example, cluster: FakeCluster, cs: Clientset, acme: ModuleType, signals: None
) -> None:
    cluster.add(SITE)
    factory = SharedInformerFactory(cs)
    deployed: list[str] = []

    def deploy(site: Any) -> None:  # of a package that is generated for this run
        deployed.append(site.metadata.name)

    def own() -> None:
        owner = {"apiVersion": SITE["apiVersion"], "kind": "Website", "name": "shop", "uid": "1"}
        metadata = {"ownerReferences": [{**owner, "controller": True}]}
        cs.apps_v1.deployments("prod").patch("web", {"metadata": metadata})

    example.other("port=8080", "port=0")
    with (
        example.meanwhile(own, when=lambda: len(deployed) == 1),
        example.meanwhile(lambda: cluster.add(SECRET), when=lambda: len(deployed) == 2),
        example.meanwhile(
            lambda: os.kill(os.getpid(), signal.SIGTERM), when=lambda: len(deployed) == 3
        ),
    ):
        example.run(
            cs=cs,
            deploy=deploy,
            deployments=factory.apps_v1.deployments,
            factory=factory,
            pod_name="operator-0",
        )

    assert deployed == ["shop"] * 3
    assert example.names["controller"].stats.failed == 0
    assert cs.coordination_v1.leases("web").get("operator").spec.holder_identity == ""
