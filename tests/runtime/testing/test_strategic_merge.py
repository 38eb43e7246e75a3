"""Strategic merge patches on the server in memory, and the same ones on a real server."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import WEBSITES, call, website_crd
from tests.support.same_answers import normal, on_fake, on_server

STRATEGIC = "application/strategic-merge-patch+json"

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"


def pod(**spec: Any) -> dict[str, Any]:
    containers = [
        {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}], "args": ["x", "y"]},
        {"name": "b", "image": "b:1", "ports": [{"containerPort": 80}]},
    ]
    return {
        "metadata": {"name": "web", "finalizers": ["x.io/a", "x.io/b"], "labels": {"a": "1"}},
        "spec": {"containers": containers, **spec},
    }


DEPLOYMENT: dict[str, Any] = {
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]},
    },
}


def in_template(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


PATCHES: dict[str, dict[str, Any]] = {
    "an item is merged by its key": in_template(containers=[{"name": "b", "image": "b:2"}]),
    "an item is added in front": in_template(containers=[{"name": "c", "image": "c:1"}]),
    "an item is deleted": in_template(containers=[{"name": "a", "$patch": "delete"}]),
    "a list is replaced": in_template(
        containers=[{"$patch": "replace"}, {"name": "d", "image": "d:1"}]
    ),
    "an object is replaced": {"spec": {"strategy": {"$patch": "replace", "type": "Recreate"}}},
    "keys are retained": {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
    "keys that are set are not retained": {
        "spec": {"strategy": {"$retainKeys": ["rollingUpdate"], "type": "Recreate"}}
    },
    "values are deleted and added": {
        "metadata": {
            "$deleteFromPrimitiveList/finalizers": ["x.io/a"],
            "finalizers": ["x.io/c"],
        }
    },
    "values are put in order": {
        "metadata": {
            "$setElementOrder/finalizers": ["x.io/c", "x.io/b", "x.io/a"],
            "finalizers": ["x.io/c"],
        }
    },
    "items are put in order": in_template(
        **{
            "$setElementOrder/containers": [{"name": "b"}, {"name": "c"}, {"name": "a"}],
            "containers": [{"name": "c", "image": "c:1"}],
        }
    ),
    "items that are not named stay in their place": in_template(
        **{
            "$setElementOrder/containers": [{"name": "b"}, {"name": "c"}],
            "containers": [{"name": "c", "image": "c:1"}],
        }
    ),
    "the order does not match": in_template(
        **{
            "$setElementOrder/containers": [{"name": "b"}],
            "containers": [{"name": "c", "image": "c:1"}],
        }
    ),
    "a null removes": {"metadata": {"labels": {"a": None}, "annotations": {"b": None}}},
    "a map is emptied": {"metadata": {"labels": {"$patch": "delete"}}},
    "a list without keys is replaced": in_template(containers=[{"name": "a", "args": ["z"]}]),
    "an item without its key": in_template(containers=[{"image": "b:2"}]),
    "an unknown directive": {"spec": {"$patch": "melt"}},
    "an unknown directive in a list": in_template(containers=[{"name": "a", "$patch": "melt"}]),
    "no list of keys": {"spec": {"strategy": {"$retainKeys": "type"}}},
    "a name of a list is missing": {"metadata": {"$setElementOrder": ["x"]}},
    "another list's version": {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 2}},
    "an atomic map is replaced only on demand": {"spec": {"selector": {"matchLabels": {}}}},
}


@pytest.mark.conformance
@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_a_patch_does_what_it_does_on_a_server(
    api_server: Endpoint, namespace: str, patch: dict[str, Any]
) -> None:
    answers: list[Any] = []
    for send in (on_fake(FakeCluster()), on_server(api_server)):
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        body = {**DEPLOYMENT, "metadata": {**pod()["metadata"], **DEPLOYMENT["metadata"]}}
        assert send("POST", path, body)[0] == 201
        answer = send("PATCH", f"{path}/web", patch, content_type=STRATEGIC)
        answers.append(normal(answer, namespace))

    assert answers[0] == answers[1]


def test_lists_are_merged_by_the_keys_of_the_schema() -> None:
    cluster = FakeCluster()
    body = {**DEPLOYMENT, "metadata": {**DEPLOYMENT["metadata"], "finalizers": ["x.io/a"]}}
    call(cluster, "POST", DEPLOYMENTS, body)
    containers = [{"name": "b", "image": "b:2"}, {"name": "a", "$patch": "delete"}]
    patch = {"metadata": {"finalizers": ["x.io/c"]}, **in_template(containers=containers)}

    status, patched = call(cluster, "PATCH", f"{DEPLOYMENTS}/web", patch, STRATEGIC)

    assert status == 200
    assert patched["metadata"]["finalizers"] == ["x.io/c", "x.io/a"]
    [container] = patched["spec"]["template"]["spec"]["containers"]
    assert (container["name"], container["image"]) == ("b", "b:2")


def test_an_item_without_its_key_is_refused() -> None:
    cluster = FakeCluster()
    call(cluster, "POST", PODS, pod())
    patch = {"spec": {"containers": [{"image": "b:2"}]}}

    status, refused = call(cluster, "PATCH", f"{PODS}/web", patch, STRATEGIC)

    assert status == 500
    assert refused["message"] == "map: map[image:b:2] does not contain declared merge key: name"


def test_custom_resources_take_no_strategic_merge_patches() -> None:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())

    status, refused = call(cluster, "PATCH", f"{WEBSITES}/a", {}, STRATEGIC)

    assert (status, refused["reason"]) == (415, "UnsupportedMediaType")
    assert STRATEGIC not in refused["message"]
