"""Pods under budgets and in new sizes, tokens, access and certificates that are asked for."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator

import pytest

from kubewright.errors import TooManyRequestsError
from kubewright.meta_v1 import DeleteOptions, LabelSelector, ObjectMeta
from kubewright_k8s import Clientset
from kubewright_k8s.authentication_v1 import (
    TokenRequest,
    TokenRequestSpec,
    TokenReview,
    TokenReviewSpec,
)
from kubewright_k8s.authorization_v1 import (
    LocalSubjectAccessReview,
    ResourceAttributes,
    SelfSubjectAccessReview,
    SelfSubjectAccessReviewSpec,
    SelfSubjectRulesReview,
    SelfSubjectRulesReviewSpec,
    SubjectAccessReview,
    SubjectAccessReviewSpec,
)
from kubewright_k8s.certificates_v1 import (
    CertificateSigningRequest,
    CertificateSigningRequestCondition,
    CertificateSigningRequestSpec,
)
from kubewright_k8s.core_v1 import (
    Binding,
    Container,
    EphemeralContainer,
    Node,
    ObjectReference,
    Pod,
    PodSpec,
    ServiceAccount,
)
from kubewright_k8s.core_v1.client import PodClient
from kubewright_k8s.policy_v1 import Eviction, PodDisruptionBudget, PodDisruptionBudgetSpec
from tests.support.apiserver import Endpoint
from tests.support.built_in import signing_request

pytestmark = pytest.mark.conformance


@pytest.fixture
def pods(clientset: Clientset, namespace: str) -> PodClient:
    client = clientset.core_v1.pods(namespace)
    container = Container(name="app", image="app:1")
    client.create(Pod(metadata=ObjectMeta(name="web"), spec=PodSpec(containers=[container])))
    return client


@pytest.fixture
def node(clientset: Clientset) -> Iterator[str]:
    name = f"node-{secrets.token_hex(4)}"
    clientset.core_v1.nodes.create(Node(metadata=ObjectMeta(name=name)))
    yield name
    clientset.core_v1.nodes.delete(name)


def test_a_binding_can_be_created_as_a_kind_of_its_own(
    clientset: Clientset, namespace: str, pods: PodClient, node: str
) -> None:
    target = ObjectReference(kind="Node", name=node)

    clientset.core_v1.bindings(namespace).create(
        Binding(metadata=ObjectMeta(name="web"), target=target)
    )

    assert pods.get("web").spec.node_name == node


def test_a_dry_eviction_leaves_the_pod(pods: PodClient) -> None:
    pods.create_eviction("web", Eviction(delete_options=DeleteOptions(dry_run=["All"])))

    assert pods.get("web").metadata.name == "web"


def test_a_disruption_budget_refuses_an_eviction(
    clientset: Clientset, namespace: str, pods: PodClient, node: str
) -> None:
    pods.create_binding("web", Binding(target=ObjectReference(kind="Node", name=node)))
    pod = pods.get("web")
    pod.metadata.labels["app"] = "web"
    pod = pods.update(pod)
    pod.status.phase = "Running"
    pods.update_status(pod)
    selector = LabelSelector(match_labels={"app": "web"})
    clientset.policy_v1.pod_disruption_budgets(namespace).create(
        PodDisruptionBudget(
            metadata=ObjectMeta(name="all"),
            spec=PodDisruptionBudgetSpec(min_available="100%", selector=selector),
        )
    )

    with pytest.raises(TooManyRequestsError) as caught:
        pods.create_eviction("web", Eviction(), timeout=1)

    assert [cause.reason for cause in caught.value.status.details.causes] == ["DisruptionBudget"]
    assert pods.get("web").metadata.name == "web"


def test_an_ephemeral_container_joins_a_pod(pods: PodClient) -> None:
    pod = pods.get("web")
    pod.spec.ephemeral_containers = [EphemeralContainer(name="debug", image="busybox")]

    answer = pods.update_ephemeralcontainers("web", pod)

    assert [c.name for c in answer.spec.ephemeral_containers] == ["debug"]


def test_a_pod_is_resized(pods: PodClient) -> None:
    patch = {"spec": {"containers": [{"name": "app", "resources": {"requests": {"cpu": "2"}}}]}}
    with_requests = {"cpu": "1"}
    pods.create(
        Pod.from_wire(
            {
                "metadata": {"name": "sized"},
                "spec": {
                    "containers": [
                        {"name": "app", "image": "a", "resources": {"requests": with_requests}}
                    ]
                },
            }
        )
    )

    answer = pods.patch_resize("sized", patch, type="strategic")

    assert answer.spec.containers[0].resources.to_wire() == {"requests": {"cpu": "2"}}
    assert pods.get_resize("sized").metadata.generation == 2


def test_a_service_account_gets_a_token(
    clientset: Clientset, namespace: str, api_server: Endpoint
) -> None:
    accounts = clientset.core_v1.service_accounts(namespace)
    accounts.create(ServiceAccount(metadata=ObjectMeta(name="robot")))
    spec = TokenRequestSpec(audiences=[], expiration_seconds=600)

    answer = accounts.create_token("robot", TokenRequest(spec=spec))

    whoami = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    user = api_server.call("POST", whoami, review, token=answer.status.token).json()
    assert user["status"]["userInfo"]["username"] == f"system:serviceaccount:{namespace}:robot"


def test_a_token_is_reviewed(clientset: Clientset, api_server: Endpoint) -> None:
    reviews = clientset.authentication_v1.token_reviews

    answer = reviews.create(TokenReview(spec=TokenReviewSpec(token=api_server.plain_token)))

    assert (answer.status.authenticated, answer.status.user.username) == (True, "plain")


@pytest.mark.parametrize(("user", "allowed"), [("admin", True), ("plain", False)])
def test_access_of_others_is_reviewed(
    clientset: Clientset, namespace: str, user: str, allowed: bool
) -> None:
    groups = ["system:masters"] if allowed else []
    attributes = ResourceAttributes(namespace=namespace, verb="get", resource="pods")
    spec = SubjectAccessReviewSpec(user=user, groups=groups, resource_attributes=attributes)

    anywhere = clientset.authorization_v1.subject_access_reviews.create(
        SubjectAccessReview(spec=spec)
    )
    here = clientset.authorization_v1.local_subject_access_reviews(namespace).create(
        LocalSubjectAccessReview(metadata=ObjectMeta(namespace=namespace), spec=spec)
    )

    assert (anywhere.status.allowed, here.status.allowed) == (allowed, allowed)


def test_own_access_is_reviewed(clientset: Clientset) -> None:
    attributes = ResourceAttributes(verb="delete", resource="nodes")
    reviews = clientset.authorization_v1.self_subject_access_reviews

    answer = reviews.create(
        SelfSubjectAccessReview(spec=SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    )

    assert answer.status.allowed


def test_own_rules_are_listed(clientset: Clientset, namespace: str) -> None:
    answer = clientset.authorization_v1.self_subject_rules_reviews.create(
        SelfSubjectRulesReview(spec=SelfSubjectRulesReviewSpec(namespace=namespace))
    )

    assert ["*"] in [rule.verbs for rule in answer.status.resource_rules]


def test_a_signing_request_is_approved(clientset: Clientset) -> None:
    requests = clientset.certificates_v1.certificate_signing_requests
    spec = CertificateSigningRequestSpec(
        request=signing_request("bob"), signer_name="example.com/signer", usages=["client auth"]
    )
    made = requests.create(
        CertificateSigningRequest(metadata=ObjectMeta(generate_name="csr-"), spec=spec)
    )
    made.status.conditions.append(
        CertificateSigningRequestCondition(type="Approved", status="True", reason="Test")
    )

    answer = requests.update_approval(made.metadata.name, made)

    assert [condition.type for condition in answer.status.conditions] == ["Approved"]
    assert requests.get_approval(made.metadata.name).to_wire() == answer.to_wire()
    assert base64.b64decode(made.to_wire()["spec"]["request"]) == made.spec.request
