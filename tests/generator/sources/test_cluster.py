"""A cluster as it answers: whole, old, half down, odd."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from kubewright.errors import (
    ForbiddenError,
    NotFoundError,
    ServiceUnavailableError,
    UnreachableError,
)
from kubewright.meta_v1 import Status
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersion
from kubewright_gen.errors import SourceError
from kubewright_gen.sources.cluster import fetch, read_cluster
from kubewright_gen.sources.openapi import read_saved

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POD = {"group": "", "version": "v1", "kind": "Pod"}
THING = {"group": "example.com", "version": "v1", "kind": "Thing"}
CRD_KIND = {"group": "apiextensions.k8s.io", "version": "v1", "kind": "CustomResourceDefinition"}
VERBS = ["get", "list"]


def resource(name: str, kind: Mapping[str, str], *, namespaced: bool = True) -> dict[str, Any]:
    return {
        "resource": name,
        "responseKind": kind,
        "scope": "Namespaced" if namespaced else "Cluster",
        "singularResource": kind["kind"].lower(),
        "verbs": VERBS,
    }


def group(name: str, *resources: Any, freshness: str = "Current") -> dict[str, Any]:
    version = {"version": "v1", "resources": list(resources), "freshness": freshness}
    return {"metadata": {"name": name, "creationTimestamp": None}, "versions": [version]}


def groups(*items: Any) -> dict[str, Any]:
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}


def openapi(name: str, kind: Mapping[str, str]) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-group-version-kind": [kind]}
    return {"openapi": "3.0.0", "components": {"schemas": {name: schema}}}


def index(*paths: str) -> dict[str, Any]:
    return {
        "paths": {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash=ABC%2B{number}"}
            for number, path in enumerate(paths)
        }
    }


def crd(plural: str) -> dict[str, Any]:
    column = {"name": "Age", "type": "date", "jsonPath": ".a"}
    version = {
        "name": "v1",
        "served": True,
        "schema": {"openAPIV3Schema": {"type": "object", "description": "x" * 100}},
        "additionalPrinterColumns": [column],
    }
    return {
        "metadata": {"name": f"{plural}.example.com", "uid": "u", "resourceVersion": "7"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": "Thing"},
            "versions": [version],
        },
        "status": {},
    }


class Cluster:
    """Answers from a table; what is not in it is not found."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, Any] = {
            "/version": {"gitVersion": "v1.37.2", "major": "1", "buildDate": "2026-01-01"},
            "/api": groups(group("", resource("pods", POD))),
            "/apis": groups(
                group("example.com", resource("things", THING)),
                group(
                    "apiextensions.k8s.io",
                    resource("customresourcedefinitions", CRD_KIND, namespaced=False),
                ),
            ),
            "/openapi/v3": index(
                "api", "api/v1", "apis/example.com/v1", "apis/apiextensions.k8s.io/v1", "version"
            ),
            "/openapi/v3/api/v1": openapi("io.k8s.api.core.v1.Pod", POD),
            "/openapi/v3/apis/example.com/v1": openapi("com.example.v1.Thing", THING),
            "/openapi/v3/apis/apiextensions.k8s.io/v1": openapi("CRD", CRD_KIND),
            DEFINITIONS: {"items": [crd("things")], "metadata": {"resourceVersion": "9"}},
        }

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        query = dict(request.query)
        path = f"{request.path}?{query['continue']}" if "continue" in query else request.path
        answer = self.answers.get(path, NotFoundError(Status(message="no such path")))
        if isinstance(answer, Exception):
            raise answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Response(200, {}, body)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def fetched(cluster: Cluster) -> tuple[dict[str, Any], tuple[str, ...]]:
    files: dict[str, bytes] = {}
    problems = fetch(cluster, files.__setitem__)
    return {name: json.loads(content) for name, content in files.items()}, problems


def names(cluster: Cluster) -> list[str]:
    return [
        f"{document.group_version}/{item.name}"
        for document in read_cluster(cluster).group_versions
        for item in document.resources
    ]


def test_everything_is_saved_under_its_path(cluster: Cluster) -> None:
    files, problems = fetched(cluster)
    assert sorted(files) == [
        "crds.json",
        "discovery/api.json",
        "discovery/apis.json",
        "openapi/v3/api__v1.json",
        "openapi/v3/apis__apiextensions.k8s.io__v1.json",
        "openapi/v3/apis__example.com__v1.json",
        "version.json",
    ]
    assert problems == ()


def test_nothing_of_the_one_server_is_saved(cluster: Cluster) -> None:
    files, _ = fetched(cluster)
    assert files["version.json"] == {"gitVersion": "v1.37.2", "major": "1"}
    assert [item["metadata"] for item in files["discovery/apis.json"]["items"]] == [
        {"name": "apiextensions.k8s.io"},
        {"name": "example.com"},
    ]
    (definition,) = files["crds.json"]["items"]
    assert definition["metadata"] == {"name": "things.example.com"}
    assert "schema" not in definition["spec"]["versions"][0]


def test_saving_is_the_same_bytes_whatever_the_order(cluster: Cluster) -> None:
    other = Cluster()
    other.answers["/apis"]["items"] = other.answers["/apis"]["items"][::-1]
    other.answers["/api"] = dict(reversed(other.answers["/api"].items()))
    one: dict[str, bytes] = {}
    two: dict[str, bytes] = {}
    fetch(cluster, one.__setitem__)
    fetch(other, two.__setitem__)
    assert one == two


def test_reading_a_cluster_is_reading_what_would_be_saved(cluster: Cluster) -> None:
    files: dict[str, bytes] = {}
    fetch(cluster, files.__setitem__)
    assert read_cluster(cluster) == read_saved(files, "cluster")


def test_aggregated_discovery_is_asked_for_first(cluster: Cluster) -> None:
    fetched(cluster)
    (request,) = [request for request in cluster.requests if request.path == "/apis"]
    assert request.accept == (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
        "application/json"
    )


def test_openapi_is_asked_for_with_its_hash(cluster: Cluster) -> None:
    fetched(cluster)
    (request,) = [request for request in cluster.requests if request.path == "/openapi/v3/api/v1"]
    assert list(request.query) == [("hash", "ABC+1")]


def test_definitions_come_in_pages(cluster: Cluster) -> None:
    first = {"items": [crd("things")], "metadata": {"continue": "next"}}
    cluster.answers[DEFINITIONS] = first
    cluster.answers[f"{DEFINITIONS}?next"] = {"items": [crd("others")], "metadata": {}}
    files, _ = fetched(cluster)
    found = [item["metadata"]["name"] for item in files["crds.json"]["items"]]
    assert found == ["others.example.com", "things.example.com"]


def legacy(cluster: Cluster) -> None:
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}]
    cluster.answers["/api"] = {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": addresses,
    }
    version = {"groupVersion": "example.com/v1", "version": "v1"}
    cluster.answers["/apis"] = {
        "kind": "APIGroupList",
        "groups": [{"name": "example.com", "versions": [version]}],
    }
    pods = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod"}
    status = {"name": "pods/status", "namespaced": True, "kind": "Pod", "verbs": ["get"]}
    eviction = {
        "name": "pods/eviction",
        "namespaced": True,
        "group": "policy",
        "version": "v1",
        "kind": "Eviction",
        "verbs": ["create"],
    }
    core = [{**pods, "verbs": VERBS}, status, eviction]
    cluster.answers["/api/v1"] = {"kind": "APIResourceList", "resources": core}
    thing = {"name": "things", "singularName": "thing", "namespaced": True, "kind": "Thing"}
    cluster.answers["/apis/example.com/v1"] = {"resources": [{**thing, "verbs": VERBS}]}


def test_a_server_without_aggregated_discovery_says_the_same(cluster: Cluster) -> None:
    legacy(cluster)
    files, problems = fetched(cluster)
    assert problems == ()
    assert "serverAddress" not in json.dumps(files)
    pods = read_cluster(cluster).group_versions[0].resources[0]
    assert [(sub.name, sub.kind and sub.kind.api_version) for sub in pods.subresources] == [
        ("eviction", "policy/v1"),
        ("status", "v1"),
    ]


def test_a_group_version_that_is_down_is_told_in_legacy_discovery(cluster: Cluster) -> None:
    legacy(cluster)
    cluster.answers["/apis/example.com/v1"] = ServiceUnavailableError(Status(message="try later"))
    documents = read_cluster(cluster)
    assert documents.problems == ("example.com/v1: try later",)
    assert [document.group_version for document in documents.group_versions] == [
        GroupVersion("", "v1")
    ]


def test_a_server_without_openapi_v3_is_read_by_v2(cluster: Cluster) -> None:
    del cluster.answers["/openapi/v3"]
    v3 = [openapi("io.k8s.api.core.v1.Pod", POD), openapi("com.example.v1.Thing", THING)]
    definitions = {key: value for v in v3 for key, value in v["components"]["schemas"].items()}
    cluster.answers["/openapi/v2"] = {"swagger": "2.0", "paths": {}, "definitions": definitions}
    found = read_cluster(cluster).group_versions
    assert [list(document.schemas) for document in found] == [
        ["io.k8s.api.core.v1.Pod"],
        [],
        ["com.example.v1.Thing"],
    ]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (ServiceUnavailableError(Status(message="down")), "example.com/v1: down"),
        (
            b"<html>",
            "example.com/v1: cluster/openapi/v3/apis/example.com/v1: the answer is no JSON",
        ),
        (b"[1]", "example.com/v1: cluster/openapi/v3/apis/example.com/v1: expected an object"),
    ],
    ids=["503", "html", "list"],
)
def test_an_api_whose_server_is_down_is_told_and_the_rest_goes_on(
    cluster: Cluster, answer: object, problem: str
) -> None:
    cluster.answers["/openapi/v3/apis/example.com/v1"] = answer
    documents = read_cluster(cluster)
    assert documents.problems[0].startswith(problem)
    assert documents.problems[1:] == (
        "example.com/v1: left out: there is no OpenAPI document of it",
    )
    assert len(documents.group_versions) == 2


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/openapi/v3/x", "//127.0.0.1:1/openapi/v3/x", "/api/v1/secrets", ""],
)
def test_hashed_urls_lead_nowhere_else(cluster: Cluster, url: str) -> None:
    cluster.answers["/openapi/v3"]["paths"]["apis/example.com/v1"]["serverRelativeURL"] = url
    _, problems = fetched(cluster)
    assert len(problems) == 1
    assert problems[0].startswith("example.com/v1: ")
    assert {request.path for request in cluster.requests} <= cluster.answers.keys()


def test_definitions_that_may_not_be_read_are_told(cluster: Cluster) -> None:
    cluster.answers[DEFINITIONS] = ForbiddenError(Status(message="not yours"))
    documents = read_cluster(cluster)
    assert documents.problems == (
        "custom resources have no printer columns and scale paths: not yours",
    )
    assert len(documents.group_versions) == 3


@pytest.mark.parametrize("name", ["../../etc", "a/b", "x\ny", "UPPER"])
def test_odd_groups_are_errors_and_no_paths(cluster: Cluster, name: str) -> None:
    cluster.answers["/apis"] = groups(group(name))
    with pytest.raises(SourceError, match="cannot be a group"):
        read_cluster(cluster)
    files, _ = fetched(cluster)
    assert {name for name in files if name.startswith("openapi/")} == {"openapi/v3/api__v1.json"}


def test_a_cluster_that_does_not_answer_is_one_line(cluster: Cluster) -> None:
    cluster.answers["/version"] = UnreachableError("https://127.0.0.1:1: connection refused")
    with pytest.raises(SourceError) as caught:
        read_cluster(cluster, label="context dev")
    assert str(caught.value) == "context dev: https://127.0.0.1:1: connection refused"


def test_progress_is_told(cluster: Cluster) -> None:
    told: list[tuple[str, int, int]] = []
    read_cluster(cluster, progress=lambda name, done, of: told.append((name, done, of)))
    assert told == [
        *(("Fetching OpenAPI", done, 3) for done in (1, 2, 3)),
        *(("Reading schemas", done, 3) for done in (1, 2, 3)),
    ]
