"""The same objects are shown as the same tables, whichever server shows them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubewright import connect
from kubewright._json import is_array, is_object
from kubewright.discovery import CachedDiscoveryClient, RESTMapper
from kubewright.rest.request import resource_path
from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MERGE, website_crd
from tests.support.generating import install_crds
from tests.support.same_answers import Send, is_age, on_fake, on_server

pytestmark = pytest.mark.conformance

_OBJECTS = Path(__file__).with_name("table_objects.yaml")
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@pytest.fixture(scope="module")
def servers(api_server: Endpoint) -> tuple[FakeCluster, Endpoint, list[tuple[str, str]]]:
    """Two servers with the same objects, and where these are: collection and name."""
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    places: list[tuple[str, str]] = []
    send = on_server(api_server)
    with connect(kubeconfig=yaml.safe_load(api_server.kubeconfig_text())) as rest:
        install_crds(rest, [website_crd()])
        mapper = RESTMapper(CachedDiscoveryClient(rest))
        namespace = "tables"
        send("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        for manifest in yaml.safe_load_all(_OBJECTS.read_text(encoding="utf-8")):
            group, _, version = manifest["apiVersion"].rpartition("/")
            info = mapper.resource_of(manifest["kind"], group, version).info
            at = resource_path(info.gvr, namespace=namespace if info.namespaced else None)
            place = at, manifest["metadata"]["name"]
            cluster.add(_created(send, *place, manifest))
            places.append(place)
    return cluster, api_server, places


def _created(send: Send, collection: str, name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    at = f"{collection}/{name}"
    status, made = send("POST", collection, manifest)
    assert status in (201, 409), made
    if "status" in manifest:
        change = {"status": manifest["status"]}
        status, made = send("PATCH", f"{at}/status", change, content_type=MERGE)
        assert status == 200, made
    if "finalizers" in manifest["metadata"]:
        send("DELETE", at)
    whole: dict[str, Any] = send("GET", at)[1]
    return whole


def comparable(value: Any) -> Any:
    """Leave out what is no matter of the table, and ages."""
    if is_object(value):
        skipped = ("description", "resourceVersion")
        return {k: comparable(v) for k, v in value.items() if k not in skipped}
    if is_array(value):
        return [comparable(item) for item in value]
    return "AGE" if is_age(value) else value


Servers = tuple[FakeCluster, Endpoint, list[tuple[str, str]]]


def _both(servers: Servers, path: str, accept: str, **query: str) -> tuple[Any, Any]:
    cluster, server, _ = servers
    fake = on_fake(cluster)("GET", path, accept=accept, **query)
    real = on_server(server)("GET", path, accept=accept, **query)
    return comparable(list(fake)), comparable(list(real))


def test_every_object_is_shown_alike(servers: Servers) -> None:
    shown: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for collection, name in servers[2]:
        path = f"{collection}/{name}"
        fake, real = _both(servers, path, TABLE, includeObject="None")
        shown[path], expected[path] = cells_by_column(fake), cells_by_column(real)
    assert shown == expected


def cells_by_column(answer: Any) -> Any:
    code, table = answer
    if code != 200:
        return answer
    columns = [tuple(sorted(column.items())) for column in table["columnDefinitions"]]
    (row,) = table["rows"]
    rest: Mapping[str, Any] = {**table, "columnDefinitions": None, "rows": None}
    return [*zip(columns, row["cells"], strict=True)], row.get("conditions"), rest


@pytest.mark.parametrize("accept", [TABLE, PARTIAL_LIST, PARTIAL])
@pytest.mark.parametrize("include", ["", "Metadata", "Object", "None", "All"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/tables/configmaps",
        "/api/v1/namespaces/tables/configmaps/a",
        "/api/v1/namespaces/tables/replicasets",
        "/api/v1/namespaces/none/configmaps",
        "/apis/web.example.com/v1/namespaces/tables/websites",
        "/apis/web.example.com/v1/namespaces/tables/websites/shop",
        "/apis/web.example.com/v1/namespaces/none/websites",
    ],
)
def test_forms(servers: Servers, path: str, include: str, accept: str) -> None:
    fake, real = _both(servers, path, accept, includeObject=include)
    if real[0] == fake[0] == 406:
        return  # the words name Go's type, which is not known here
    assert fake == real


def test_a_version_without_columns_has_the_age(servers: Servers) -> None:
    path = "/apis/web.example.com/v1beta1/namespaces/tables/websites"
    fake, real = _both(servers, path, TABLE)
    assert fake == real


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "text/html, */*;q=0.1",
        "application/json;as=Table;v=v7;g=meta.k8s.io, application/json",
        f"application/json;q=0.5, {TABLE}",
        TABLE.replace("v=v1", "v=v1beta1"),
        "application/json;as=Something;v=v1;g=meta.k8s.io",
    ],
)
def test_negotiation(servers: Servers, accept: str) -> None:
    fake, real = _both(servers, "/api/v1/namespaces/tables/configmaps", accept)
    assert fake[0] == real[0]
    if real[0] == 200:
        assert fake == real


@pytest.mark.parametrize("name", ["a", "none"])
def test_yaml(servers: Servers, name: str) -> None:
    path = f"/api/v1/namespaces/tables/configmaps/{name}"
    fake, real = _both(servers, path, "application/yaml")
    assert fake[0] == real[0]
    assert comparable(yaml.safe_load(fake[1])) == comparable(yaml.safe_load(real[1]))


@pytest.mark.parametrize("accept", [TABLE, PARTIAL])
@pytest.mark.parametrize(
    "path",
    ["/api/v1/namespaces/tables/configmaps", "/apis/web.example.com/v1/namespaces/tables/websites"],
)
def test_watches(servers: Servers, path: str, accept: str) -> None:
    options = {
        "watch": "true",
        "timeoutSeconds": "2",
        "allowWatchBookmarks": "true",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
    }
    (fake_status, fake), (real_status, real) = _both(servers, path, accept, **options)
    # a real server may tell the version once more before it ends a watch
    assert (fake_status, _up_to_bookmark(fake)) == (real_status, _up_to_bookmark(real))


def _up_to_bookmark(events: list[Any]) -> list[Any]:
    ends = next(at for at, event in enumerate(events, 1) if event["type"] == "BOOKMARK")
    return events[:ends]
