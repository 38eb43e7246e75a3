"""Subresources and create-only kinds against a real API server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubewright.errors import NotFoundError
from kubewright.meta_v1 import ObjectMeta
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright_k8s import Clientset
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.authentication_v1 import SelfSubjectReview, TokenRequest
from kubewright_k8s.authorization_v1 import LocalSubjectAccessReview
from kubewright_k8s.core_v1 import Binding, Container, Namespace, Pod, PodSpec, ServiceAccount
from kubewright_k8s.core_v1.client import PodClient
from kubewright_k8s.policy_v1 import Eviction
from tests.support.apiserver import Endpoint

pytestmark = pytest.mark.conformance


@pytest.fixture
def clientset(api_server: Endpoint) -> Iterator[Clientset]:
    credentials = StaticCredentials(Credentials(token=api_server.token))
    config = Config(host=api_server.url, ca_data=api_server.ca_data, credentials=credentials)
    with RESTClient.for_config(config) as rest:
        yield Clientset(rest)


@pytest.fixture
def pods(clientset: Clientset, namespace: str) -> PodClient:
    pods = clientset.core_v1.pods(namespace)
    spec = PodSpec(containers=[Container(name="web", image="nginx")])
    pods.create(Pod(metadata=ObjectMeta(name="web"), spec=spec))
    return pods


def test_an_eviction_deletes_the_pod(pods: PodClient) -> None:
    answer = pods.create_eviction("web", Eviction())

    assert answer.status == "Success"
    with pytest.raises(NotFoundError):
        pods.get("web")


def test_a_binding_puts_the_pod_on_a_node(pods: PodClient) -> None:
    target = Binding.from_wire({"target": {"kind": "Node", "name": "n1"}})

    answer = pods.create_binding("web", target)

    assert (answer.status, pods.get("web").spec.node_name) == ("Success", "n1")


def test_ephemeral_containers_are_patched_strategically(pods: PodClient) -> None:
    added = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "busybox"}]}}

    pod = pods.patch_ephemeralcontainers("web", added, type="strategic")

    assert [container.name for container in pod.spec.ephemeral_containers] == ["debug"]


def test_a_status_is_updated_apart(pods: PodClient) -> None:
    pod = pods.get("web")
    pod.status.phase = "Running"
    pod.metadata.labels["ignored"] = "yes"

    after = pods.update_status(pod)

    assert after.status.phase == "Running"


def test_a_service_account_gets_a_token(clientset: Clientset, namespace: str) -> None:
    accounts = clientset.core_v1.service_accounts(namespace)
    accounts.create(ServiceAccount(metadata=ObjectMeta(name="robot")))

    answer = accounts.create_token("robot", TokenRequest.from_wire({"spec": {"audiences": []}}))

    assert answer.status.token.count(".") == 2


def test_a_deployment_is_scaled(clientset: Clientset, namespace: str) -> None:
    deployments = clientset.apps_v1.deployments(namespace)
    labels = {"app": "web"}
    deployments.create(
        Deployment.from_wire(
            {
                "metadata": {"name": "web"},
                "spec": {
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"containers": [{"name": "web", "image": "nginx"}]},
                    },
                },
            }
        )
    )

    deployments.scale("web", 3)
    scale = deployments.get_scale("web")
    scale.spec.replicas += 1
    deployments.update_scale("web", scale)

    assert deployments.get("web").spec.replicas == 4


def test_a_namespace_is_finalized(clientset: Clientset) -> None:
    namespaces = clientset.core_v1.namespaces
    made = namespaces.create(Namespace(metadata=ObjectMeta(generate_name="final-")))
    name = made.metadata.name
    namespaces.delete(name)
    ending = namespaces.get(name)
    ending.spec.finalizers = []

    namespaces.update_finalize(name, ending)

    with pytest.raises(NotFoundError):
        namespaces.get(name)


def test_a_review_tells_who_asks(clientset: Clientset) -> None:
    review = clientset.authentication_v1.self_subject_reviews.create(SelfSubjectReview())

    assert review.status.user_info.username == "admin"


def test_a_namespaced_review_is_asked_in_its_namespace(
    clientset: Clientset, namespace: str
) -> None:
    reviews = clientset.authorization_v1.local_subject_access_reviews(namespace)
    attributes = {"verb": "get", "resource": "pods", "namespace": namespace}
    question = {"user": "plain", "resourceAttributes": attributes}

    review = reviews.create(
        LocalSubjectAccessReview.from_wire({"metadata": {"namespace": namespace}, "spec": question})
    )

    assert review.status.allowed is False
