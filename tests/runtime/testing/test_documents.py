"""The schemas of built-in kinds as the cluster in memory uses them."""

from __future__ import annotations

from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.documents.archive import kind_schema, openapi_v3, packed_document

APPS = GroupVersion("apps", "v1")


def test_a_kind_is_one_tree_without_references() -> None:
    schema = kind_schema(APPS, "Deployment")

    assert schema is not None
    pod = schema["properties"]["spec"]["properties"]["template"]["properties"]["spec"]
    containers = pod["properties"]["containers"]
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    protocol = containers["items"]["properties"]["ports"]["items"]["properties"]["protocol"]
    assert (protocol["type"], protocol["default"]) == ("string", "TCP")


def test_what_is_said_beside_a_reference_counts() -> None:
    schema = kind_schema(APPS, "Deployment")

    assert schema is not None
    status = schema["properties"]["status"]
    assert "properties" in status
    assert "description" in status


def test_a_schema_may_contain_itself() -> None:
    schema = kind_schema(GroupVersion("apiextensions.k8s.io", "v1"), "CustomResourceDefinition")

    assert schema is not None
    version = schema["properties"]["spec"]["properties"]["versions"]["items"]
    props = version["properties"]["schema"]["properties"]["openAPIV3Schema"]
    assert props["properties"]["not"]["properties"]["not"] is props["properties"]["not"]


def test_what_is_not_built_in_is_none() -> None:
    assert kind_schema(GroupVersion("example.com", "v1"), "Widget") is None
    assert kind_schema(APPS, "Widget") is None
    assert openapi_v3(GroupVersion("example.com", "v1")) is None
    assert packed_document("nothing.json") is None
