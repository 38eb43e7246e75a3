"""Objects come in JSON, YAML or protobuf."""

from __future__ import annotations

import msgspec
import pytest

from kubewright.protobuf import to_protobuf
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster
from tests.support.fake_cluster import MAPS, WEBSITES, website_crd

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"b": "1"}}
YAML = b"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: '1'}}"
KEEP = "x-kubernetes-preserve-unknown-fields"
BOMB = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 10)
)
DEEP = b'{"x":' * 3000 + b"1" + b"}" * 3000


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
        ("application/yaml", BOMB, 400),
        ("application/yaml", b"a: &a [*a]", 400),
        ("application/vnd.kubernetes.protobuf", b"{}", 400),
    ],
)
def test_what_is_not_what_it_says(content_type: str, body: bytes, status: int) -> None:
    cluster = FakeCluster()
    assert cluster.send(Request("POST", MAPS, (), body, content_type)).status == status


def test_what_is_nested_too_deeply_is_refused() -> None:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    query = [("fieldManager", "test")]
    request = Request("PATCH", f"{WEBSITES}/a", query, DEEP, "application/apply-patch+yaml")
    assert cluster.send(request).status == 400


def test_patches_that_nest_deeper_and_deeper_are_refused() -> None:
    cluster = FakeCluster()
    crd = website_crd()
    for version in crd["spec"]["versions"]:
        version["schema"] = {"openAPIV3Schema": {"type": "object", KEEP: True}}
        version.pop("subresources", None)
        version.pop("selectableFields", None)
    cluster.add_crd(crd)
    site = {"apiVersion": "web.example.com/v1", "kind": "Website", "metadata": {"name": "a"}}
    body = msgspec.json.encode(site)[:-1] + b',"x":' + DEEP[: 5 * 800] + b"1" + b"}" * 801
    query = [("fieldManager", "test")]
    request = Request("PATCH", f"{WEBSITES}/a", query, body, "application/apply-patch+yaml")

    answer = cluster.send(request)

    assert answer.status == 400
    assert b"nested too deeply" in answer.body
