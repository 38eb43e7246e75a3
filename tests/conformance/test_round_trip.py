"""Every kind that a real server can be made to hold comes back from a model as it came."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from kubewright.model import Model
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Method, Request
from kubewright_k8s import Clientset
from tests.support.apiserver import Endpoint
from tests.support.built_in import BuiltIn, built_in_resources, load_documents

pytestmark = pytest.mark.conformance

OBJECTS = [
    document
    for path in sorted((Path(__file__).parent / "objects").glob("*.yaml"))
    for document in load_documents(path)
]
BY_KIND = {(document["apiVersion"], document["kind"]): document for document in OBJECTS}

# The condition that the server itself sets last, of the few kinds that it looks after.
OWN_CONDITIONS = {
    "APIService": ("Available", "False"),
    "CustomResourceDefinition": ("Established", "True"),
    "FlowSchema": ("Dangling", "True"),
}
# A new kind of a new server version is in neither table, and fails the test of them.
NOT_STORED = {
    ("authentication.k8s.io/v1", "SelfSubjectReview"): "answered, not stored",
    ("authentication.k8s.io/v1", "TokenReview"): "answered, not stored",
    ("authorization.k8s.io/v1", "LocalSubjectAccessReview"): "answered, not stored",
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview"): "answered, not stored",
    ("authorization.k8s.io/v1", "SelfSubjectRulesReview"): "answered, not stored",
    ("authorization.k8s.io/v1", "SubjectAccessReview"): "answered, not stored",
    ("v1", "Binding"): "an order to bind a pod, not stored",
    ("v1", "ComponentStatus"): "made up by the server when it is read",
}


def kind_of(resource: BuiltIn) -> tuple[str, str]:
    return resource.info.kind.api_version, resource.info.kind.kind


RESOURCES = built_in_resources()
STORED = [resource for resource in RESOURCES if kind_of(resource) in BY_KIND]


def path_of(resource: BuiltIn, namespace: str, name: str = "") -> str:
    gvr = resource.gvr
    root = f"/apis/{gvr.group}/{gvr.version}" if gvr.group else f"/api/{gvr.version}"
    place = f"/namespaces/{namespace}" if resource.info.namespaced else ""
    return f"{root}{place}/{gvr.resource}{f'/{name}' if name else ''}"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as the server stores it, made and read without any model.

    Attributes:
        resource: what it is.
        namespace: one of its own.
        wire: the answer to a raw GET.
    """

    resource: BuiltIn
    namespace: str
    wire: bytes

    @property
    def name(self) -> str:
        return str(json.loads(self.wire)["metadata"]["name"])

    def client(self, clientset: Clientset) -> Any:
        return self.resource.client(clientset, self.namespace)


# Compact, as every client sends it: the server keeps the bytes of a RawExtension as they came.
def send(rest: RESTClient, method: Method, path: str, body: object = None) -> bytes:
    sent = None if body is None else json.dumps(body, separators=(",", ":")).encode()
    return rest.send(Request(method, path, (), sent)).body


def wait_for_server(resource: BuiltIn, clientset: Clientset, name: str) -> None:
    condition = OWN_CONDITIONS.get(resource.info.kind.kind)
    if condition is None:
        return
    with resource.client(clientset, "").watch(timeout=20) as events:
        for event in events:
            if event.object.metadata.name == name and condition in [
                (each.type, each.status) for each in event.object.status.conditions
            ]:
                return
    raise AssertionError(f"the server did not set {condition} of {resource}")


@pytest.fixture(scope="module", params=STORED, ids=str)
def stored(request: pytest.FixtureRequest, rest: RESTClient) -> Iterator[Stored]:
    resource: BuiltIn = request.param
    namespace = f"round-{secrets.token_hex(4)}"
    send(rest, "POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    text = json.dumps(BY_KIND[kind_of(resource)]).replace("$NAMESPACE", namespace)
    document = json.loads(text)
    path = path_of(resource, namespace, document["metadata"]["name"])
    status = document.pop("status", None)
    send(rest, "POST", path_of(resource, namespace), document)
    if status is not None:
        current = json.loads(send(rest, "GET", path))
        send(rest, "PUT", f"{path}/status", {**current, "status": status})
    wait_for_server(resource, Clientset(rest), document["metadata"]["name"])
    yield Stored(resource, namespace, send(rest, "GET", path))
    send(rest, "DELETE", path)  # an APIService of nobody would trouble other tests


def canonical(data: bytes) -> str:
    # Text, because Python takes 1, 1.0 and True for equal.
    return json.dumps(json.loads(data), sort_keys=True, ensure_ascii=False)


def touch(value: object) -> int:
    """Look at every field; return how many there were."""
    if isinstance(value, Model):
        return sum(1 + touch(getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, list):
        return sum(map(touch, cast("list[object]", value)))
    if isinstance(value, dict):
        return sum(map(touch, cast("dict[str, object]", value).values()))
    return 0


def test_every_kind_of_the_package_has_an_object_or_a_reason() -> None:
    assert {kind_of(resource) for resource in RESOURCES} == BY_KIND.keys() | NOT_STORED.keys()


def test_every_kind_that_a_server_serves_is_in_the_package(api_server: Endpoint) -> None:
    # Only groups of the package: other tests put CRDs on this server.
    groups = {resource.gvr.group_version for resource in RESOURCES}
    served: set[tuple[str, str]] = set()
    for group_version in groups:
        prefix = "/apis" if group_version.group else "/api"
        answer = api_server.call("GET", f"{prefix}/{group_version}").json()
        served |= {
            (str(group_version), each["kind"])
            for each in answer["resources"]
            if "/" not in each["name"]
        }

    assert served == BY_KIND.keys() | NOT_STORED.keys()


def test_what_was_read_is_what_was_stored(stored: Stored, clientset: Clientset) -> None:
    obj = stored.client(clientset).get(stored.name)

    assert obj.to_json() == stored.wire.strip()
    assert touch(obj) > 20
    assert canonical(obj.to_json()) == canonical(stored.wire)


def test_a_change_of_one_field_changes_nothing_else(stored: Stored, clientset: Clientset) -> None:
    wire: dict[str, Any] = json.loads(stored.wire)
    model: type[Any] = stored.client(clientset).model
    obj = model.from_json(stored.wire)
    touch(obj)

    obj.metadata.labels["touched"] = "yes"

    wire["metadata"].setdefault("labels", {})["touched"] = "yes"
    assert canonical(obj.to_json()) == canonical(json.dumps(wire).encode())


def test_putting_back_what_was_read_changes_nothing(stored: Stored, clientset: Clientset) -> None:
    client = stored.client(clientset)
    obj = client.get(stored.name)
    touch(obj)

    answer = client.update(obj, field_validation="Strict")

    assert answer.metadata.resource_version == obj.metadata.resource_version


def test_a_list_holds_what_a_get_returns(stored: Stored, clientset: Clientset) -> None:
    wire = json.loads(stored.wire)
    client = stored.client(clientset)

    (found,) = client.list(field_selector={"metadata.name": stored.name})

    # The items of a list come without their kind.
    assert {**found.to_wire(), "apiVersion": wire["apiVersion"], "kind": wire["kind"]} == wire


def test_protobuf_holds_what_json_does(stored: Stored, in_protobuf: Clientset) -> None:
    client = stored.client(in_protobuf)
    wire = json.loads(stored.wire)
    for template in wire.get("spec", {}).get("volumeClaimTemplates", []):
        # Protobuf names the kind of the whole object only.
        del template["kind"], template["apiVersion"]

    obj = client.get(stored.name)
    (listed,) = client.list(field_selector={"metadata.name": stored.name})

    assert obj.to_wire() == wire
    assert {**listed.to_wire(), "apiVersion": wire["apiVersion"], "kind": wire["kind"]} == wire


def test_putting_back_in_protobuf_changes_nothing(stored: Stored, in_protobuf: Clientset) -> None:
    client = stored.client(in_protobuf)
    obj = client.get(stored.name)

    answer = client.update(obj, field_validation="Strict")

    assert answer.metadata.resource_version == obj.metadata.resource_version
