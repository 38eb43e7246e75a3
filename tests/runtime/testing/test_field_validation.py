"""Unknown and doubled fields and wrong types, in all modes: as a real server answers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubewright._json import is_object
from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import APPLY, JSON_PATCH, MAPS, MERGE, call, config_map
from tests.support.same_answers import Send, normal, on_fake, on_server

STRATEGIC = "application/strategic-merge-patch+json"
MODES = ("", "Strict", "Warn", "Ignore", "Loud")
SELECTOR = {"matchLabels": {"a": "b"}}


def deployment(**spec: Any) -> dict[str, Any]:
    containers = [{"name": "c", "image": "x"}]
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}
    whole = {"selector": SELECTOR, "template": template, **spec}
    return {"metadata": {"name": "web"}, "spec": whole}


def with_container(**fields: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "x", **fields}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}
    return deployment(template=template)


def rolling(**fields: Any) -> dict[str, Any]:
    return deployment(strategy={"rollingUpdate": fields})


DOUBLED = msgspec.json.encode(deployment()).replace(b'"name":"c"', b'"name":"d","name":"c","zz":1')
BODIES: dict[str, Any] = {
    "unknown": deployment(foo=1),
    "unknown below": with_container(foo=1, ports=[{"containerPort": 1, "x": 1}]),
    "another case": deployment(Replicas=1),
    "in metadata": {**deployment(), "metadata": {"name": "web", "foo": 1}},
    "doubled": DOUBLED,
    "text for a number": deployment(replicas="1"),
    "a fraction": deployment(replicas=1.5),
    "too large": deployment(replicas=2**40),
    "a boolean for a number": deployment(replicas=True),
    "text for a boolean": deployment(paused="x"),
    "a number for text": with_container(image=1),
    "text for a list": with_container(args="x"),
    "numbers for text": with_container(args=[1]),
    "an object for a list": with_container(ports={}),
    "text for an object": {"metadata": {"name": "web"}, "spec": "x"},
    "a list for an object": {"metadata": {"name": "web"}, "spec": []},
    "text for an item": deployment(template={"spec": {"containers": ["x"]}}),
    "labels": {"metadata": {"name": "web", "labels": {"a": 1}}},
    "a list of labels": {"metadata": {"name": "web", "labels": []}},
    "a time": {"metadata": {"name": "web", "creationTimestamp": "x"}},
    "no quantity": with_container(resources={"limits": {"cpu": "x"}}),
    "numbers as quantities": with_container(resources={"limits": {"cpu": 1}}),
    "a boolean for either": rolling(maxSurge=True),
    "either": rolling(maxSurge="30%", maxUnavailable=0),
    "another kind": {"kind": "Foo", "apiVersion": "apps/v1"},
    "no JSON": b'{"a"',
    "a list": b"[]",
    "nothing": b"",
}
PATCHES: dict[str, tuple[str, Any]] = {
    "merge": (MERGE, {"spec": {"foo": 1}}),
    "merge, doubled": (MERGE, b'{"spec":{"foo":1,"replicas":1,"replicas":2}}'),
    "strategic": (STRATEGIC, {"spec": {"foo": 1}}),
    "strategic, doubled": (STRATEGIC, b'{"spec":{"foo":1,"replicas":1,"replicas":2}}'),
    "strategic, wrong": (STRATEGIC, {"spec": {"replicas": "x"}}),
    "json": (JSON_PATCH, [{"op": "add", "path": "/spec/foo", "value": 1}]),
    "merge, wrong": (MERGE, {"spec": {"replicas": "x"}}),
    "apply": (APPLY, {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"foo": 1}}),
    "apply, wrong": (
        APPLY,
        {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": "x"}},
    ),
    "apply, no kind": (APPLY, {"spec": {}}),
    "apply, keys": (
        APPLY,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"finalizers": ["a.b/c", "a.b/c"]},
            "spec": {
                "template": {"spec": {"containers": [{"name": "a"}, {"name": "a"}, {"image": "x"}]}}
            },
        },
    ),
}


def told(answer: Any) -> Any:
    """The status, the words and the warnings; the patched object in them is in another order."""
    status, body = answer
    message: str = body.get("message", "") if is_object(body) else str(body)
    if 'patch: Invalid value: "{' in message:
        message = "PATCHED" + message.rpartition('}"')[2]
    return [status, message, answer.warnings]


def both(api_server: Endpoint, namespace: str, ask: Any) -> list[Any]:
    sends = (on_fake(FakeCluster()), on_server(api_server))
    return [normal(ask(send), namespace) for send in sends]


def deployments(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


@pytest.mark.conformance
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies(api_server: Endpoint, namespace: str, body: Any) -> None:
    def ask(send: Send) -> Any:
        return told(send("POST", deployments(namespace), body))

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize("mode", MODES)
def test_modes(api_server: Endpoint, namespace: str, mode: str) -> None:
    def ask(send: Send) -> Any:
        path = deployments(namespace)
        query = {"fieldValidation": mode} if mode else {}
        created = send("POST", path, DOUBLED, **query)
        send("POST", path, deployment())
        return [told(created), told(send("PUT", f"{path}/web", deployment(foo=1), **query))]

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize("mode", ["Strict", "Warn"])
@pytest.mark.parametrize("name", list(PATCHES))
def test_patches(api_server: Endpoint, namespace: str, name: str, mode: str) -> None:
    content_type, patch = PATCHES[name]

    def ask(send: Send) -> Any:
        path = deployments(namespace)
        send("POST", path, deployment())
        more = {"fieldManager": "m"} if content_type == APPLY else {}
        query = {"fieldValidation": mode, **more}
        return told(send("PATCH", f"{path}/web", patch, content_type=content_type, **query))

    fake, real = both(api_server, namespace, ask)
    assert fake == real


def test_what_is_unknown_is_dropped_and_warned_of() -> None:
    send = on_fake(FakeCluster())

    answer = send("POST", MAPS, {**config_map("a"), "foo": 1})

    assert answer.warnings == ['299 - "unknown field \\"foo\\""']
    assert "foo" not in answer[1]


def test_strict_refuses_it() -> None:
    body = {**config_map("a"), "foo": 1}

    status, answer = call(FakeCluster(), "POST", MAPS, body, fieldValidation="Strict")

    assert (status, answer["message"]) == (
        400,
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown '
        'field "foo"',
    )
