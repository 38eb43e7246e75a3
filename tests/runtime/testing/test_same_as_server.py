"""The server in memory answers as a real one does: the same calls to both, word for word."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.same_answers import Send, normal, on_fake, on_server

pytestmark = pytest.mark.conformance

CRD: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[3] / "examples" / "website-crd.yaml").read_text()
)
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


@pytest.fixture(scope="module")
def with_crd(api_server: Endpoint) -> Endpoint:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    answer = api_server.call("POST", path, CRD)
    assert answer.status in (201, 409), answer.body
    for _ in range(1000):
        served = api_server.call("GET", "/apis/web.example.com/v1/websites")
        if served.status == 200:
            return api_server
    raise AssertionError("the CRD is not served")


Scenario = Callable[[Send, str], Any]
SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    SCENARIOS[function.__name__] = function
    return function


def maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


def sites(namespace: str) -> str:
    return f"/apis/web.example.com/v1/namespaces/{namespace}/websites"


def config_map(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **more}, "data": {"a": "1"}}


def site(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "web.example.com/v1",
        "kind": "Website",
        "metadata": {"name": name},
        "spec": {"domain": "a.example.com", "image": "a:1", **spec},
    }


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    },
}


@scenario
def create_and_read(send: Send, ns: str) -> Any:
    at = maps(ns)
    return [
        send("POST", at, config_map("a", labels={"x": "1"}, annotations={"n": "1"})),
        send("GET", f"{at}/a"),
        send("POST", at, config_map("a")),
        send("GET", f"{at}/b"),
        send("GET", at),
    ]


@scenario
def refused_creates(send: Send, ns: str) -> Any:
    at = maps(ns)
    return [
        send("POST", at, {"metadata": {}}),
        send("POST", at, config_map("Not_A_Name")),
        send("POST", at, config_map("a", namespace="other")),
        send("POST", at, config_map("a", resourceVersion="1")),
        send("POST", at, {**config_map("a"), "apiVersion": "v2", "kind": "ConfigMap"})[0],
        send("POST", "/api/v1/configmaps", config_map("a")),
        send("POST", "/api/v1/nothings", config_map("a")),
        send("POST", "/apis/no.example.com/v1/nothings", config_map("a")),
        send("POST", maps("not-there"), config_map("a")),
    ]


@scenario
def updates(send: Send, ns: str) -> Any:
    at = maps(ns)
    _, made = send("POST", at, config_map("a"))
    stale = {**made, "metadata": {**made["metadata"], "resourceVersion": "1"}}
    foreign = {**made, "metadata": {**made["metadata"], "uid": "another"}}
    same = send("PUT", f"{at}/a", made)
    return [
        same,
        same[1]["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"],
        send("PUT", f"{at}/a", stale),
        send("PUT", f"{at}/a", foreign),
        send("PUT", f"{at}/b", config_map("b")),
        send("PUT", f"{at}/a", config_map("b")),
        send("PUT", f"{at}/a", {**made, "data": {"b": "2"}}),
        send("PUT", f"{at}/a", {"metadata": {"name": "a"}, "data": {"c": "3"}}),
    ]


@scenario
def patches(send: Send, ns: str) -> Any:
    at = maps(ns)
    send("POST", at, config_map("a"))
    return [
        send("PATCH", f"{at}/a", {"data": {"b": "2", "a": None}}, content_type=MERGE),
        send(
            "PATCH",
            f"{at}/a",
            [{"op": "replace", "path": "/data/b", "value": "3"}],
            content_type=JSON_PATCH,
        ),
        send("PATCH", f"{at}/b", {"data": {}}, content_type=MERGE),
        send("PATCH", f"{at}/a", {"metadata": {"resourceVersion": "1"}}, content_type=MERGE)[0],
        send(
            "PATCH",
            f"{at}/a",
            [{"op": "test", "path": "/data/b", "value": "0"}],
            content_type=JSON_PATCH,
        )[0],
        send("PATCH", f"{at}/a", {}, content_type="text/plain")[0],
    ]


@scenario
def deletes(send: Send, ns: str) -> Any:
    at = maps(ns)
    send("POST", at, config_map("a"))
    _, kept = send("POST", at, config_map("b", finalizers=["example.com/hold"]))
    send("POST", at, config_map("c", labels={"app": "c"}))
    wrong = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "another"}}
    old = {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "preconditions": {"resourceVersion": "1"},
    }
    return [
        send("DELETE", f"{at}/a", wrong),
        send("DELETE", f"{at}/a", old),
        send("DELETE", f"{at}/a", dryRun="All"),
        send("DELETE", f"{at}/a"),
        send("DELETE", f"{at}/a"),
        send("DELETE", f"{at}/b"),
        send("DELETE", f"{at}/b"),
        send("PATCH", f"{at}/b", {"metadata": {"finalizers": ["x.io/y"]}}, content_type=MERGE),
        send("PATCH", f"{at}/b", {"metadata": {"finalizers": None}}, content_type=MERGE),
        send("GET", f"{at}/b"),
        send("DELETE", at, labelSelector="app=c")[0],
        [item["metadata"]["name"] for item in send("GET", at)[1]["items"]],
        kept["metadata"]["finalizers"],
    ]


@scenario
def lists(send: Send, ns: str) -> Any:
    at = maps(ns)
    for name in ("a", "b", "c"):
        send("POST", at, config_map(name, labels={"x": name}))
    _, first = send("GET", at, limit=2)
    token = first["metadata"]["continue"]
    names = "metadata.name=b"
    return [
        first,
        send("GET", at, limit=2, **{"continue": token}),
        send("GET", at, limit=2, resourceVersion="5", **{"continue": token}),
        send("GET", at, labelSelector="x in (a,c)", limit=1),
        send("GET", at, fieldSelector=names),
        send("GET", at, fieldSelector="data.a=1"),
        send("GET", at, resourceVersionMatch="Exact")[0],
        send("GET", at, resourceVersion="x")[0],
        send("GET", at, sendInitialEvents="true", watch="true"),
    ]


@scenario
def server_side_apply(send: Send, ns: str) -> Any:
    at = f"/apis/apps/v1/namespaces/{ns}/deployments/web"
    other = {**DEPLOYMENT, "spec": {"replicas": 3}}
    bare = {**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], "replicas": 5}}
    labelled = {**DEPLOYMENT, "metadata": {"name": "web", "labels": {"a": "1", "b": "2"}}}
    fewer = {**DEPLOYMENT, "metadata": {"name": "web", "labels": {"a": "1"}}}

    def apply(body: Any, manager: str, **more: Any) -> Any:
        status, answer = send("PATCH", at, body, content_type=APPLY, fieldManager=manager, **more)
        if status >= 400:
            return status, answer
        managed = answer["metadata"]["managedFields"]
        return status, answer["spec"]["replicas"], answer["metadata"].get("labels"), managed

    return [
        send("PATCH", at, DEPLOYMENT, content_type=APPLY),
        apply(labelled, "a"),
        apply(fewer, "a"),
        apply(other, "b"),
        apply(bare, "b"),
        apply(other, "b", force="true"),
        apply(DEPLOYMENT, "a", force="true"),
        send(
            "PATCH", f"{at}/status", {**DEPLOYMENT, "status": {"replicas": 1}}, content_type=MERGE
        )[0],
        apply({**DEPLOYMENT, "metadata": {"name": "web", "managedFields": [{}]}}, "a"),
        apply({**DEPLOYMENT, "metadata": {"name": "other"}}, "a"),
    ]


@scenario
def updates_and_applies_clash(send: Send, ns: str) -> Any:
    at = f"{sites(ns)}/a"
    send("PATCH", at, site("a"), content_type=APPLY, fieldManager="applier")
    send("PATCH", at, {"spec": {"image": "b:1"}}, content_type=MERGE, fieldManager="patcher")
    return [
        send("PATCH", at, site("a"), content_type=APPLY, fieldManager="applier"),
        send("PATCH", at, site("a"), content_type=APPLY, fieldManager="applier", force="true"),
    ]


@scenario
def custom_resources(send: Send, ns: str) -> Any:
    at = sites(ns)
    _, made = send("POST", at, {**site("a", extra=1), "status": {"phase": "Ready"}})
    unversioned = {**made, "metadata": {"name": "a", "namespace": ns}}
    wanted = {**made, "spec": {**made["spec"], "image": "b:1"}, "status": {"phase": "Ready"}}
    _, changed = send("PUT", f"{at}/a", wanted)
    told = {**changed, "spec": {}, "status": {"phase": "Ready", "readyReplicas": 1}}
    told["spec"] = {**changed["spec"], "image": "c:1"}
    return [
        made,
        send("PUT", f"{at}/a", unversioned),
        changed,
        send("PUT", f"{at}/a/status", told),
        send("GET", f"{at}/a/status"),
        send("POST", at, site("b", extra=1), fieldValidation="Strict"),
        send("POST", at, {"metadata": {"name": "b"}})[0],
        send("GET", at, fieldSelector="spec.tier=standard"),
        send("GET", at, fieldSelector="spec.image=c:1"),
        send("DELETE", f"{at}/a"),
    ]


@scenario
def scales(send: Send, ns: str) -> Any:
    at = f"{sites(ns)}/a"
    send("POST", sites(ns), site("a", replicas=2))
    _, scale = send("GET", f"{at}/scale")
    more = {**scale, "spec": {"replicas": 4}}
    return [
        scale,
        send("PUT", f"{at}/scale", more),
        send("PUT", f"{at}/scale", more),
        send("PATCH", f"{at}/scale", {"spec": {"replicas": 5}}, content_type=MERGE),
        send("PATCH", f"{at}/scale", {"spec": {"replicas": -1}}, content_type=MERGE)[0],
        send("GET", at)[1]["metadata"]["managedFields"],
        send("GET", f"{sites(ns)}/none/scale"),
    ]


@scenario
def scales_of_deployments(send: Send, ns: str) -> Any:
    at = f"/apis/apps/v1/namespaces/{ns}/deployments"
    send("POST", at, DEPLOYMENT)
    _, scale = send("GET", f"{at}/web/scale")
    negative = {**scale, "spec": {"replicas": -1}}
    stale = {**scale, "metadata": {**scale["metadata"], "resourceVersion": "1"}}
    return [
        scale,
        send("PUT", f"{at}/web/scale", {**scale, "spec": {"replicas": 4}}),
        send("PUT", f"{at}/web/scale", negative),
        send("PUT", f"{at}/web/scale", stale),
        send("GET", f"{at}/web")[1]["metadata"]["generation"],
        [
            (entry["manager"], entry.get("subresource"), "time" in entry)
            for entry in send("GET", f"{at}/web")[1]["metadata"]["managedFields"]
        ],
    ]


@scenario
def namespaces(send: Send, ns: str) -> Any:
    name = f"{ns}-more"
    return [
        send("POST", "/api/v1/namespaces", {"metadata": {"name": name}}),
        send("GET", f"/api/v1/namespaces/{name}/status"),
        send("DELETE", f"/api/v1/namespaces/{name}")[0],
    ]


@scenario
def definitions(send: Send, ns: str) -> Any:
    at = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object"}},
    }
    spec: dict[str, Any] = {
        "group": "web.example.com",
        "scope": "Namespaced",
        "names": {"plural": "things", "kind": "Thing"},
    }
    bare = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "wrong.web.example.com"},
        "spec": spec,
    }
    _, present = send("GET", f"{at}/websites.web.example.com")
    return [
        send("POST", at, {**bare, "spec": {**spec, "versions": [version]}}),
        send("POST", at, bare)[0],
        send("POST", at, CRD),
        [condition["type"] for condition in present["status"]["conditions"]],
        present["status"]["acceptedNames"],
        present["status"]["storedVersions"],
    ]


@scenario
def legacy_discovery(send: Send, ns: str) -> Any:
    _, resources = send("GET", "/apis/web.example.com/v1")
    for resource in resources["resources"]:
        resource.pop("storageVersionHash", None)
        resource["verbs"] = sorted(resource["verbs"])
    _, apps = send("GET", "/apis/apps/v1")
    _, core = send("GET", "/api/v1")
    return [
        resources,
        send("GET", "/apis/web.example.com"),
        send("GET", "/apis/none.example.com"),
        *map(_in_order, (apps, core)),
        [group["name"] for group in send("GET", "/apis")[1]["groups"]],
    ]


def _in_order(resources: Any) -> Any:
    """Leave out what depends on how a server stores, and the order of what has none."""
    entries = [
        {key: value for key, value in entry.items() if key != "storageVersionHash"}
        | {"verbs": sorted(entry["verbs"])}
        for entry in resources["resources"]
    ]
    return {**resources, "resources": sorted(entries, key=lambda entry: str(entry["name"]))}


@scenario
def aggregated_discovery(send: Send, ns: str) -> Any:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    _, groups = send("GET", "/apis", accept=accept)
    _, core = send("GET", "/api", accept=accept)
    for group in (*groups["items"], *core["items"]):
        group["metadata"].pop("creationTimestamp", None)
        for version in group["versions"]:
            version["resources"].sort(key=itemgetter("resource"))
            for resource in version["resources"]:
                resource["verbs"].sort()
    return [groups, core]


@scenario
def watches(send: Send, ns: str) -> Any:
    at = maps(ns)
    send("POST", at, config_map("a", labels={"x": "1"}))
    _, last = send("POST", at, config_map("b", labels={"x": "2"}))
    for name, label in (("a", "2"), ("b", "1")):
        patch = {"metadata": {"labels": {"x": label}}}
        send("PATCH", f"{at}/{name}", patch, content_type=MERGE)
    send("DELETE", f"{at}/a")
    options = {"watch": "true", "timeoutSeconds": 1, "labelSelector": "x=1"}
    version = last["metadata"]["resourceVersion"]
    initial = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    return [
        send("GET", at, resourceVersion=version, **options),
        send("GET", at, allowWatchBookmarks="true", **initial, **options),
    ]


@scenario
def dry_runs(send: Send, ns: str) -> Any:
    at = maps(ns)
    _, made = send("POST", at, config_map("a"), dryRun="All")
    made["metadata"].pop("resourceVersion", None)
    return [made, send("GET", f"{at}/a")]


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_answers_are_those_of_a_server(with_crd: Endpoint, namespace: str, name: str) -> None:
    cluster = FakeCluster(require_namespaces=True)
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.add_crd(CRD)

    fake = SCENARIOS[name](on_fake(cluster), namespace)

    real = SCENARIOS[name](on_server(with_crd), namespace)
    assert normal(fake, namespace) == normal(real, namespace)
