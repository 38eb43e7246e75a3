"""A client with protobuf on a real server: the verbs, errors, informers, and kinds that have none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from kubewright.config.loader import load_config
from kubewright.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConflictError,
    InvalidError,
    NotFoundError,
)
from kubewright.meta_v1 import ObjectMeta
from kubewright.rest.client import RESTClient
from kubewright.rest.transport import RequestsTransport
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.core_v1 import ConfigMap
from kubewright_k8s.core_v1.client import ConfigMapClient
from tests.support.apiserver import Endpoint
from tests.support.patience import wait_until
from tests.support.recording import RecordingTransport

pytestmark = pytest.mark.conformance

LIMIT = 20.0  # seconds until a watch counts as hung


class Client(NamedTuple):
    """A client with protobuf, and what it said and heard."""

    rest: RESTClient
    forms: list[str]

    def config_maps(self, namespace: str) -> ConfigMapClient:
        return Clientset(self.rest).core_v1.config_maps(namespace)


@pytest.fixture
def client(api_server: Endpoint) -> Iterator[Client]:
    config = load_config(json.loads(api_server.kubeconfig_text()))
    transport = RecordingTransport(RequestsTransport(config))
    with RESTClient(transport, protobuf=True) as rest:
        yield Client(rest, transport.forms)


def config_map(name: str, **data: str) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name=name), data=data)


def test_objects_are_written_and_read_in_protobuf(client: Client, namespace: str) -> None:
    config_maps = client.config_maps(namespace)
    made = config_maps.create(config_map("a", k="1"))
    made.data["k"] = "é"
    changed = config_maps.update(made)

    assert config_maps.get("a") == changed
    assert [obj.data for obj in config_maps.list()] == [{"k": "é"}]
    patched = config_maps.patch("a", {"data": {"k": None, "m": "2"}})
    assert patched.data == {"m": "2"}
    config_maps.delete("a")

    assert client.forms == [
        "POST protobuf -> json",
        "PUT protobuf -> json",
        "GET -> protobuf",
        "GET -> protobuf",
        "PATCH merge-patch+json -> json",
        "DELETE -> json",
    ]


def test_errors_are_those_of_json(client: Client, namespace: str) -> None:
    config_maps = client.config_maps(namespace)
    with pytest.raises(NotFoundError, match='configmaps "a" not found') as missing:
        config_maps.get("a")
    assert missing.value.status.details.name == "a"
    old = config_maps.create(config_map("a"))
    config_maps.update(config_map("a", k="1"))
    with pytest.raises(AlreadyExistsError):
        config_maps.create(config_map("a"))
    with pytest.raises(ConflictError):
        config_maps.update(old)
    with pytest.raises(InvalidError) as invalid:
        config_maps.create(config_map("_"))
    assert [cause.field for cause in invalid.value.status.details.causes] == ["metadata.name"]
    assert client.forms[0] == "GET -> protobuf"


def test_a_field_that_no_version_knows_is_told_to_the_server(
    client: Client, namespace: str
) -> None:
    wire = {"metadata": {"name": "a"}, "newer": 1}
    config_maps = client.config_maps(namespace)
    with pytest.raises(BadRequestError, match='unknown field "newer"'):
        config_maps.create(ConfigMap.from_wire(wire), field_validation="Strict")
    assert client.forms == ["POST json -> json"]


def test_a_watch_tells_what_happens(client: Client, namespace: str) -> None:
    config_maps = client.config_maps(namespace)
    config_maps.create(config_map("a", k="1"))
    told: list[tuple[str, dict[str, str]]] = []
    with config_maps.watch(timeout=LIMIT) as events:
        for event in events:
            told.append((event.type, event.object.data))
            if len(told) == 1:
                config_maps.update(config_map("a", k="2"))
            elif len(told) == 2:
                config_maps.delete("a")
            else:
                break
    assert told == [("ADDED", {"k": "1"}), ("MODIFIED", {"k": "2"}), ("DELETED", {"k": "2"})]
    assert "GET -> protobuf;stream=watch" in client.forms


def test_informers_follow_in_protobuf(client: Client, namespace: str) -> None:
    config_maps = client.config_maps(namespace)
    for name in "abc":
        config_maps.create(config_map(name))
    factory = SharedInformerFactory(Clientset(client.rest), namespace=namespace)
    lister = factory.core_v1.config_maps.lister(namespace)
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        assert {obj.metadata.name for obj in lister.list()} >= set("abc")

        config_maps.update(config_map("a", k="2"))
        wait_until(lambda: lister.get("a").data == {"k": "2"})
    read = {form for form in client.forms if form.startswith("GET")}
    assert read <= {"GET -> protobuf", "GET -> protobuf;stream=watch"}


def test_scale_and_status_go_through(client: Client, namespace: str) -> None:
    deployments = Clientset(client.rest).apps_v1.deployments(namespace)
    template = {
        "metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "a"}}, "template": template}
    wire: dict[str, Any] = {"metadata": {"name": "a"}, "spec": spec}
    made = deployments.create(deployments.model.from_wire(wire))
    assert made.spec.replicas == 0  # a zero that is set is not lost

    scale = deployments.get_scale("a")
    scale.spec.replicas = 2
    deployments.update_scale("a", scale)
    current = deployments.get("a")
    current.status.ready_replicas = 1
    current.status.replicas = 2
    deployments.update_status(current)

    assert deployments.get("a").status.ready_replicas == 1
    assert deployments.get("a").spec.replicas == 2
    assert not [form for form in client.forms if form.startswith("PUT json")]


def test_custom_resources_stay_in_json(client: Client, shop: Any, namespace: str) -> None:
    widgets = type(shop)(client.rest).shop_example_v1.widgets(namespace)
    made = widgets.create(
        widgets.model.from_wire({"metadata": {"name": "a"}, "spec": {"size": "M", "replicas": 1}})
    )

    assert widgets.get("a") == made
    assert client.forms == ["POST json -> json", "GET -> json"]
