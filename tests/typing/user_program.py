"""What editors and checkers know: checked by mypy --strict and pyright strict, never run.

Each line with an ignore is an error that users are to get; an ignore that is not needed is one too.
"""

from datetime import datetime
from typing import Any, assert_type

from kubewright import ObjectList, ObjectMeta, Quantity, WatchEvent, connect
from kubewright.autoscaling_v1 import Scale
from kubewright.cache import DeletedObject, NamespaceLister
from kubewright.dynamic import DynamicClient, DynamicSharedInformerFactory, MetadataClient
from kubewright.meta_v1 import Status
from kubewright.unstructured import PartialObjectMetadata, Unstructured
from kubewright.watch import Watch
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.apps_v1 import Deployment, DeploymentSpec
from kubewright_k8s.apps_v1.applyconfigurations import DeploymentSpecApplyConfiguration
from kubewright_k8s.apps_v1.client import DeploymentClient
from kubewright_k8s.authentication_v1 import TokenRequest, TokenReview
from kubewright_k8s.core_v1 import Container, Namespace, Node, Pod, PodSpec, PodStatus
from kubewright_k8s.core_v1.applyconfigurations import PodTemplateSpecApplyConfiguration
from kubewright_k8s.policy_v1 import Eviction


def clients() -> None:
    cs = Clientset(connect())
    deployments = cs.apps_v1.deployments("prod")
    assert_type(deployments, DeploymentClient)
    assert_type(deployments.get("web"), Deployment)
    assert_type(deployments.list(), ObjectList[Deployment])
    assert_type(cs.apps_v1.deployments.list()[0], Deployment)
    assert_type(cs.apps_v1.deployments.watch(), Watch[Deployment])
    assert_type(deployments.update_status(deployments.get("web")), Deployment)
    assert_type(deployments.scale("web", replicas=3), Scale)
    assert_type(cs.core_v1.nodes.get("n1"), Node)
    for pod in cs.core_v1.pods("default").list(label_selector={"app": "web"}):
        assert_type(pod, Pod)
        assert_type(pod.spec.node_name, str | None)
    with cs.core_v1.pods("default").watch() as events:
        for event in events:
            assert_type(event, WatchEvent[Pod])
    eviction = Eviction(metadata=ObjectMeta(name="web-0"))
    assert_type(cs.core_v1.pods("default").create_eviction("web-0", eviction), Status)
    token = cs.core_v1.service_accounts("default").create_token
    assert_type(token("default", TokenRequest.from_wire({})), TokenRequest)
    assert_type(cs.authentication_v1.token_reviews.create(TokenReview.from_wire({})), TokenReview)
    assert_type(cs.core_v1.namespaces.update_finalize("n", Namespace()), Namespace)


def refused_calls(cs: Clientset) -> None:
    cs.apps_v1.deployments.get("web")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    cs.apps_v1.deployments.delete("web")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    cs.core_v1.nodes("prod")  # type: ignore[operator]  # pyright: ignore[reportCallIssue]
    cs.authentication_v1.token_reviews.list()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    print(cs.core_v1.config_maps("prod").update_status)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    cs.apps_v1.deployments("prod").list(selector="a=b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    cs.apps_v1.deployments("prod").create(Pod.from_wire({}))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def applied(cs: Clientset) -> None:
    deployments = cs.apps_v1.deployments("prod")
    spec: DeploymentSpecApplyConfiguration = {"replicas": 3}
    assert_type(
        deployments.apply({"metadata": {"name": "web"}, "spec": spec}, field_manager="me"),
        Deployment,
    )
    template: PodTemplateSpecApplyConfiguration = {
        "spec": {"containers": [{"name": "web", "resources": {"limits": {"cpu": 2}}}]}
    }
    deployments.apply({"spec": {"template": template, "paused": True}}, field_manager="me")
    mine = deployments.extract(deployments.get("web"), "me")
    if mine is not None:
        mine["spec"] = {"replicas": 2}
        deployments.apply(mine, field_manager="me")
    deployments.apply_status({"status": {"replicas": 1}}, field_manager="me")
    deployments.apply(deployments.get("web"), field_manager="me")
    deployments.apply({"spec": {"replica": 3}}, field_manager="me")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    deployments.apply({"spec": {"replicas": "3"}}, field_manager="me")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    deployments.apply_status({"status": {"replica": 3}}, field_manager="me")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    template["spec"]["containers"][0]["nome"] = ""  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportGeneralTypeIssues]


def waited(cs: Clientset) -> None:
    deployments = cs.apps_v1.deployments("prod")
    assert_type(deployments.wait_for("web", lambda d: d.status.ready_replicas == 3), Deployment)
    assert_type(deployments.wait_for("web", "condition=Available"), Deployment | None)
    deployments.wait_for("web", "delete")


def dynamic(cs: Clientset) -> None:
    client = DynamicClient(cs.rest)
    assert_type(client.resource("deploy")("prod").get("web"), Unstructured)
    assert_type(client.resource(Deployment)("prod").list(), ObjectList[Deployment])
    assert_type(client.resource("deploy", model=Deployment).list()[0], Deployment)
    assert_type(cs.resource(Node).get("n1"), Node)
    assert_type(
        client.resource("deploy")("prod").get("web").nested(int, "spec", "replicas"), int | None
    )
    metadata = MetadataClient(cs.rest).resource("pods")("prod")
    assert_type(metadata.get("web"), PartialObjectMetadata)
    factory = DynamicSharedInformerFactory(client)
    assert_type(factory.for_resource("deploy").lister("prod").get("web"), Unstructured)
    assert_type(factory.for_resource(Deployment).lister.list(), list[Deployment])


def models(pod: Pod) -> None:
    assert_type(pod.metadata.labels, dict[str, str])
    assert_type(pod.metadata.creation_timestamp, datetime | None)
    assert_type(pod.spec, PodSpec)
    assert_type(pod.status, PodStatus)
    assert_type(pod.spec.containers, list[Container])
    assert_type(pod.spec.host_pid, bool | None)
    assert_type(pod.to_wire(), dict[str, Any])
    Container(name="web", image="nginx", image_pull_policy="Always")
    Container(name="web", image_pull_policy="WhateverComesNext")
    limits = pod.spec.containers[0].resources.limits
    assert_type(limits, dict[str, Quantity])
    DeploymentSpec(replicas=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Container(nome="web")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    print(pod.spec.hostPID)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    pod.spec.host_pid = "yes"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


def informers(factory: SharedInformerFactory) -> None:
    deployments = factory.apps_v1.deployments

    def rolled_out(old: Deployment, new: Deployment) -> None:
        print(old.status.updated_replicas, new.status.updated_replicas)

    def gone(deleted: DeletedObject[Deployment]) -> None:
        print(deleted.name)

    deployments.add_event_handler(on_update=rolled_out, on_delete=gone)
    assert_type(deployments.lister("prod"), NamespaceLister[Deployment])
    assert_type(deployments.lister("prod").get("web"), Deployment)
    assert_type(deployments.lister.list(label_selector="tier=front"), list[Deployment])
    assert_type(factory.core_v1.nodes.lister.get("n1"), Node)
