"""Objects come in JSON, YAML or protobuf."""

from __future__ import annotations

import msgspec
import pytest

from kubewright.protobuf import to_protobuf
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster
from tests.support.fake_cluster import MAPS

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"b": "1"}}
YAML = b"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: '1'}}"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json; charset=utf-8", msgspec.json.encode(MAP)),
        ("application/yaml", YAML),
        ("application/vnd.kubernetes.protobuf", to_protobuf(msgspec.json.encode(MAP))),
    ],
)
def test_an_object_is_the_same_in_every_form(content_type: str, body: bytes) -> None:
    cluster = FakeCluster()
    assert cluster.send(Request("POST", MAPS, (), body, content_type)).status == 201
    stored = msgspec.json.decode(cluster.send(Request("GET", f"{MAPS}/a")).body)
    assert stored["data"] == {"b": "1"}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"{}", 415),
        ("application/yaml", b"{", 400),
        ("application/vnd.kubernetes.protobuf", b"{}", 400),
    ],
)
def test_what_is_not_what_it_says(content_type: str, body: bytes, status: int) -> None:
    cluster = FakeCluster()
    assert cluster.send(Request("POST", MAPS, (), body, content_type)).status == status
