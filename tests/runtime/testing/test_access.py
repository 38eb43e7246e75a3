"""Reviews, tokens and the hook that denies, on the server in memory and on a real one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kubewright import ForbiddenError
from kubewright.rest.request import Request
from kubewright.testing import AccessAttributes, FakeCluster
from kubewright_k8s import Clientset
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MAPS, call
from tests.support.same_answers import Send, normal, on_fake, on_server

AUTHENTICATION = "/apis/authentication.k8s.io/v1"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"
ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
GET_PODS = {"verb": "get", "resource": "pods"}

REVIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    "oneself": (f"{AUTHENTICATION}/selfsubjectreviews", {}),
    "a token of nobody": (f"{AUTHENTICATION}/tokenreviews", {"spec": {"token": "x"}}),
    "no token": (f"{AUTHENTICATION}/tokenreviews", {"spec": {}}),
    "nothing": (f"{AUTHORIZATION}/subjectaccessreviews", {"spec": {}}),
    "own access": (
        f"{AUTHORIZATION}/selfsubjectaccessreviews",
        {"spec": {"resourceAttributes": GET_PODS}},
    ),
    "own access to nothing": (f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": {}}),
    "another's access": (
        f"{AUTHORIZATION}/subjectaccessreviews",
        {"spec": {"user": "a", "groups": ["system:masters"], "resourceAttributes": GET_PODS}},
    ),
    "access elsewhere": (
        f"{AUTHORIZATION}/namespaces/NS/localsubjectaccessreviews",
        {"spec": {"user": "a", "resourceAttributes": GET_PODS}},
    ),
    "rules of nowhere": (f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {}}),
}
TOKENS: dict[str, dict[str, Any]] = {
    "plain": {"spec": {}},
    "for an audience": {"spec": {"audiences": ["a"], "expirationSeconds": 600}},
    "too short": {"spec": {"expirationSeconds": 5}},
    "bound to nothing": {
        "spec": {"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "x"}}
    },
}


def both(api_server: Endpoint, namespace: str, ask: Any) -> list[Any]:
    sends = (on_fake(FakeCluster()), on_server(api_server))
    return [normal(ask(send), namespace) for send in sends]


@pytest.mark.conformance
@pytest.mark.parametrize("name", list(REVIEWS))
def test_reviews(api_server: Endpoint, namespace: str, name: str) -> None:
    path, body = REVIEWS[name]

    def ask(send: Send) -> Any:
        return send("POST", path.replace("NS", namespace), body)

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize("body", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize("account", ["a", "none"])
def test_token_requests(
    api_server: Endpoint, namespace: str, body: dict[str, Any], account: str
) -> None:
    def ask(send: Send) -> Any:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        send("POST", path, {"metadata": {"name": "a"}})
        status, answer = send("POST", f"{path}/{account}/token", body)
        if status == 201:
            parts = answer["status"].pop("token").split(".")
            answer["status"]["parts"] = len(parts)
            answer["status"]["expirationTimestamp"] = re.sub(
                r".*Z", "TIME", answer["status"]["expirationTimestamp"]
            )
        return [status, answer]

    fake, real = both(api_server, namespace, ask)
    assert fake == real


def test_a_token_is_that_of_its_account_until_its_end() -> None:
    cluster = FakeCluster()
    call(cluster, "POST", ACCOUNTS, {"metadata": {"name": "a"}})
    token = call(cluster, "POST", f"{ACCOUNTS}/a/token", {"spec": {}})[1]["status"]["token"]

    def ask() -> Any:
        path = f"{AUTHENTICATION}/tokenreviews"
        return call(cluster, "POST", path, {"spec": {"token": token}})[1]["status"]

    present = ask()
    call(cluster, "DELETE", f"{ACCOUNTS}/a")

    assert (present["authenticated"], present["user"]["username"]) == (
        True,
        "system:serviceaccount:default:a",
    )
    assert ask() == {"user": {}, "error": "invalid bearer token"}


def test_a_hook_denies_in_the_server_s_words() -> None:
    cluster = FakeCluster()
    asked: list[AccessAttributes] = []

    def authorize(attributes: AccessAttributes) -> bool:
        asked.append(attributes)
        return attributes.verb != "list"

    cluster.authorize = authorize

    with pytest.raises(ForbiddenError) as refused:
        Clientset(cluster.rest).apps_v1.deployments("shop").list()

    assert str(refused.value) == (
        'deployments.apps is forbidden: User "admin" cannot list resource "deployments" in API '
        'group "apps" in the namespace "shop"'
    )
    assert asked == [
        AccessAttributes(
            user="admin",
            groups=("system:masters", "system:authenticated"),
            verb="list",
            group="apps",
            version="v1",
            resource="deployments",
            namespace="shop",
        )
    ]


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", f"{MAPS}/a", 'configmaps "a" is forbidden: User "jane" cannot get'),
        ("DELETE", MAPS, 'configmaps is forbidden: User "jane" cannot deletecollection'),
        ("PATCH", "/api/v1/nodes/n/status", 'cannot patch resource "nodes/status"'),
        ("GET", "/api/v1/nodes", 'API group "" at the cluster scope: not today'),
        ("GET", "/api/v1/namespaces/n", 'in the namespace "n"'),
    ],
)
def test_a_refusal_says_who_and_what(method: Any, path: str, words: str) -> None:
    cluster = FakeCluster()
    cluster.authorize = lambda attributes: "not today" if attributes.user == "jane" else True

    refused = cluster.send(Request(method, path, headers={"Impersonate-User": "jane"}))

    assert refused.status == 403
    assert words in refused.body.decode().replace('\\"', '"')


def test_a_review_asks_the_hook() -> None:
    cluster = FakeCluster()
    cluster.authorize = lambda a: a.resource != "pods" or a.user == "jane"
    path = f"{AUTHORIZATION}/subjectaccessreviews"

    answers = [
        call(cluster, "POST", path, {"spec": {"user": user, "resourceAttributes": GET_PODS}})[1]
        for user in ("jane", "joe")
    ]

    assert [answer["status"] for answer in answers] == [{"allowed": True}, {"allowed": False}]
