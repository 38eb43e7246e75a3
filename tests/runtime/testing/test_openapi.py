"""What the cluster in memory says of its types."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import yaml

from kubewright import connect
from kubewright._json import is_array, is_object
from kubewright.discovery import OpenAPIClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersion
from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.documents.archive import openapi_v3
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import call, website_crd
from tests.support.generating import install_crds
from tests.support.same_answers import on_fake, on_server

WEB = "/openapi/v3/apis/web.example.com/v1"


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    return cluster


def get(cluster: FakeCluster, target: str, **headers: str) -> Response:
    path, _, query = target.partition("?")
    options = [cast("tuple[str, str]", tuple(query.split("=")))] if query else []
    return cluster.send(Request("GET", path, options, headers=headers))


def test_the_index_leads_to_every_document(cluster: FakeCluster) -> None:
    paths = call(cluster, "GET", "/openapi/v3")[1]["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/autoscaling/v2"} <= set(paths)
    assert {"apis/web.example.com/v1", "apis/web.example.com/v1beta1"} <= set(paths)
    for entry in paths.values():
        assert get(cluster, entry["serverRelativeURL"]).status == 200


def test_built_in_documents_are_those_that_are_shipped(cluster: FakeCluster) -> None:
    body = get(cluster, "/openapi/v3/apis/apps/v1").body
    assert body == openapi_v3(GroupVersion("apps", "v1"))


def test_a_document_that_has_not_changed_is_not_sent_again(cluster: FakeCluster) -> None:
    first = get(cluster, WEB)
    again = get(cluster, WEB, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_another_hash_leads_to_the_present_document(cluster: FakeCluster) -> None:
    before = call(cluster, "GET", "/openapi/v3")[1]["paths"]["apis/web.example.com/v1"]
    crd = website_crd()
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = "New."
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/websites.web.example.com"
    change = {"spec": {"versions": crd["spec"]["versions"]}}
    assert call(cluster, "PATCH", path, change, "application/merge-patch+json")[0] == 200
    moved = get(cluster, before["serverRelativeURL"])
    assert moved.status == 301
    now = msgspec.json.decode(get(cluster, moved.headers["Location"]).body)
    assert now["components"]["schemas"]["com.example.web.v1.Website"]["description"] == "New."


def test_a_document_that_is_not_there(cluster: FakeCluster) -> None:
    assert get(cluster, "/openapi/v3/apis/no.example.com/v1").status == 404
    assert get(cluster, "/openapi/v4").status == 404


def test_every_reference_leads_somewhere(cluster: FakeCluster) -> None:
    document = msgspec.json.decode(get(cluster, WEB).body)
    schemas = document["components"]["schemas"]
    assert {name.rpartition("/")[2] for name in references(document)} <= set(schemas)


def references(value: Any) -> set[str]:
    if is_object(value):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set[str]()
        return own.union(*map(references, value.values()))
    return set[str]().union(*map(references, value)) if is_array(value) else set()


def test_everything_in_one_document_of_v2(cluster: FakeCluster) -> None:
    answer = cluster.send(Request("GET", "/openapi/v2", accept="application/json, */*"))
    document = msgspec.json.decode(answer.body)
    definitions = document["definitions"]
    assert {name.rpartition("/")[2] for name in references(document)} <= set(definitions)
    assert {name.rpartition("/")[0] for name in references(document)} == {"#/definitions"}
    spec = definitions["com.example.web.v1.Website"]["properties"]["spec"]["properties"]
    assert spec["port"] == {
        "description": "The port of the container, by number or by name.",
        "default": 8080,
        "x-kubernetes-int-or-string": True,
    }
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    (body,) = [each for each in patch["parameters"] if each["in"] == "body"]
    reference = "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"
    assert body == {"name": "body", "in": "body", "required": True, "schema": {"$ref": reference}}
    assert {"name", "in", "type"} <= set(patch["parameters"][1])


def test_v2_comes_in_json_alone(cluster: FakeCluster) -> None:
    protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    assert cluster.send(Request("GET", "/openapi/v2", accept=protobuf)).status == 406


def test_a_definition_without_namespaces(cluster: FakeCluster) -> None:
    crd = website_crd()
    crd["spec"]["scope"] = "Cluster"
    cluster = FakeCluster()
    cluster.add_crd(crd)
    document = msgspec.json.decode(get(cluster, WEB).body)
    root = "/apis/web.example.com/v1/websites"
    below = ["", "/{name}", "/{name}/scale", "/{name}/status"]
    assert list(document["paths"]) == [f"{root}{place}" for place in below]
    whole = document["paths"][f"{root}/{{name}}"]
    assert whole["get"]["operationId"] == "readWebExampleComV1Website"
    assert [parameter["name"] for parameter in whole["parameters"]] == ["name", "pretty"]


def test_the_client_of_documents_reads_them(cluster: FakeCluster, tmp_path: Path) -> None:
    with cluster.serve() as server, connect(server.config) as rest:
        document = OpenAPIClient(rest, folder=tmp_path).document(
            GroupVersion("web.example.com", "v1")
        )
    assert "com.example.web.v1.Website" in document["components"]["schemas"]


@pytest.mark.conformance
def test_a_definition_is_published_as_a_server_does(
    cluster: FakeCluster, api_server: Endpoint
) -> None:
    with connect(kubeconfig=yaml.safe_load(api_server.kubeconfig_text())) as rest:
        install_crds(rest, [website_crd()])
    for version in ("v1", "v1beta1"):
        path = f"/openapi/v3/apis/web.example.com/{version}"
        fake, real = on_fake(cluster)("GET", path)[1], on_server(api_server)("GET", path)[1]
        for document in (fake, real):
            # of all kinds that can be deleted; a shipped document names its own
            schemas = document["components"]["schemas"]
            del schemas["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
        assert fake["components"] == real["components"]
        assert operations(fake) == operations(real)


def operations(document: Any) -> Any:
    """What of each operation a client looks at."""
    kept = ("operationId", "tags", "description", "x-kubernetes-action")
    return {
        (path, method): {
            **{key: operation.get(key) for key in kept},
            "kind": operation["x-kubernetes-group-version-kind"],
            "body": method in ("put", "patch", "post") and operation["requestBody"],
            "answer": operation["responses"]["200"],
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }
