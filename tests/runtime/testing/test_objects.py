"""What the server in memory does to objects that are written, beside what a real one shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from kubewright import ConflictError, NotFoundError, ObjectMeta
from kubewright._clock import StopToken
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap, Pod
from tests.support.fake_cluster import APPLY, JSON_PATCH, MAPS, MERGE, call, config_map

CONTAINER = {"name": "a", "image": "a"}

HEAD = {"apiVersion": "v1", "kind": "ConfigMap"}


class FixedClock:
    def monotonic(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, 678, UTC)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        del seconds
        return stop is not None and stop.is_stopped


def test_a_new_object_gets_what_the_server_gives() -> None:
    cluster = FakeCluster(clock=FixedClock(), rand=lambda: 0.0, new_uid=lambda: "uid-1")

    status, made = call(cluster, "POST", MAPS, {"metadata": {"generateName": "a-"}})

    assert (status, made) == (
        201,
        {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {
                "generateName": "a-",
                "name": "a-bbbbb",
                "namespace": "default",
                "uid": "uid-1",
                "creationTimestamp": "2026-01-02T03:04:05Z",
                "resourceVersion": cluster.resource_version,
                "managedFields": [
                    {
                        "manager": "kubewright",
                        "operation": "Update",
                        "apiVersion": "v1",
                        "time": "2026-01-02T03:04:05Z",
                        "fieldsType": "FieldsV1",
                        "fieldsV1": {"f:metadata": {"f:generateName": {}}},
                    }
                ],
            },
        },
    )


def test_versions_are_one_sequence_over_all_kinds() -> None:
    cs = Clientset(FakeCluster().rest)

    a = cs.core_v1.config_maps("default").create(ConfigMap(metadata=ObjectMeta(name="a")))
    b = cs.core_v1.services("x").apply(
        {"metadata": {"name": "b"}, "spec": {"ports": [{"port": 80}]}}, field_manager="m"
    )

    assert int(b.metadata.resource_version) == int(a.metadata.resource_version) + 1


@pytest.mark.parametrize(
    ("required", "expected"), [(False, 201), (True, 404)], ids=["lenient", "strict"]
)
def test_namespaces_have_to_exist_only_when_asked_for(required: bool, expected: int) -> None:
    cluster = FakeCluster(require_namespaces=required)

    status, _ = call(cluster, "POST", "/api/v1/namespaces/new/configmaps", config_map("a"))

    assert status == expected


def test_an_ending_namespace_takes_its_objects_along_and_waits_for_finalizers() -> None:
    cluster = FakeCluster()
    at = "/api/v1/namespaces/x"
    call(cluster, "POST", "/api/v1/namespaces", {"metadata": {"name": "x"}})
    call(cluster, "POST", f"{at}/configmaps", config_map("a"))
    call(cluster, "POST", f"{at}/configmaps", config_map("b", finalizers=["x.io/y"]))

    _, ending = call(cluster, "DELETE", at)

    left = [o["metadata"]["name"] for o in call(cluster, "GET", f"{at}/configmaps")[1]["items"]]
    refused, _ = call(cluster, "POST", f"{at}/configmaps", config_map("c"))
    call(cluster, "PATCH", f"{at}/configmaps/b", {"metadata": {"finalizers": None}}, MERGE)
    after, _ = call(cluster, "GET", at)
    assert (ending["status"]["phase"], left, refused, after) == ("Terminating", ["b"], 403, 404)


def test_what_is_added_keeps_its_status() -> None:
    cluster = FakeCluster()
    pod = Pod.from_wire(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a"},
            "status": {"phase": "Running"},
        }
    )

    cluster.add(pod)

    assert Clientset(cluster.rest).core_v1.pods("default").get("a").status.phase == "Running"


@pytest.mark.parametrize(
    "obj",
    [{"apiVersion": "v1", "kind": "Nothing", "metadata": {"name": "a"}}, {"kind": "Pod"}],
    ids=["unknown kind", "no apiVersion"],
)
def test_what_cannot_be_added_is_a_value_error(obj: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"kind|apiVersion"):
        FakeCluster().add(obj)


def test_the_caller_s_objects_are_not_the_cluster_s() -> None:
    cluster = FakeCluster()
    wire: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", **config_map("a")}
    cluster.add(wire)

    wire["data"]["a"] = "changed"

    assert call(cluster, "GET", f"{MAPS}/a")[1]["data"] == {"a": "1"}


def test_an_update_that_changes_nothing_stores_nothing() -> None:
    cluster = FakeCluster()
    _, made = call(cluster, "POST", MAPS, config_map("a"))

    call(cluster, "PUT", f"{MAPS}/a", made)
    call(cluster, "PATCH", f"{MAPS}/a", {"data": {"a": "1"}}, MERGE)

    assert cluster.resource_version == made["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type"),
    [
        ("POST", MAPS, config_map("b"), "application/json"),
        ("PUT", f"{MAPS}/a", {**config_map("a"), "data": {}}, "application/json"),
        ("PATCH", f"{MAPS}/a", {"data": {"b": "2"}}, MERGE),
        ("PATCH", f"{MAPS}/a", [{"op": "add", "path": "/data/b", "value": "2"}], JSON_PATCH),
        ("PATCH", f"{MAPS}/b", {**HEAD, "metadata": {"name": "b"}}, APPLY),
        ("DELETE", f"{MAPS}/a", None, "application/json"),
        ("DELETE", MAPS, None, "application/json"),
    ],
    ids=["create", "update", "merge", "json", "apply", "delete", "delete all"],
)
def test_a_dry_run_answers_and_stores_nothing(
    method: Any, path: str, body: object, content_type: str
) -> None:
    cluster = FakeCluster()
    call(cluster, "POST", MAPS, config_map("a"))
    before = call(cluster, "GET", MAPS)

    status, _ = call(cluster, method, path, body, content_type, dryRun="All", fieldManager="m")

    assert (status < 300, call(cluster, "GET", MAPS)) == (True, before)


def test_an_eviction_deletes_the_pod_and_a_binding_gives_it_a_node() -> None:
    cluster = FakeCluster()
    pods = "/api/v1/namespaces/default/pods"
    call(cluster, "POST", pods, {"metadata": {"name": "a"}, "spec": {"containers": [CONTAINER]}})

    binding = {"metadata": {"name": "a"}, "target": {"name": "n1"}}
    bound = call(cluster, "POST", f"{pods}/a/binding", binding)[0]
    node = call(cluster, "GET", f"{pods}/a")[1]["spec"]["nodeName"]
    again = call(cluster, "POST", f"{pods}/a/binding", binding)[0]
    evicted = call(cluster, "POST", f"{pods}/a/eviction", {"metadata": {"name": "a"}})[0]
    ending = call(cluster, "GET", f"{pods}/a")[1]["metadata"]["deletionGracePeriodSeconds"]

    assert (bound, node, again, evicted, ending) == (201, "n1", 409, 201, 30)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v1/namespaces/default/pods/a/log", 501),
        ("PATCH", MAPS, 405),
        ("DELETE", "/api/v1/namespaces", 405),
        ("GET", "/apis/apps/v1/namespaces/default/nothings", 404),
        ("GET", "/apis/example.com/v1/things", 404),
        ("GET", "/api/v1/namespaces/default/nodes", 404),
        ("GET", "/nothing", 404),
    ],
)
def test_what_is_not_done_is_refused(method: Any, path: str, expected: int) -> None:
    assert call(FakeCluster(), method, path, {})[0] == expected


def test_errors_arrive_as_the_client_s_classes() -> None:
    maps = Clientset(FakeCluster().rest).core_v1.config_maps("default")
    made = maps.create(ConfigMap(metadata=ObjectMeta(name="a")))
    maps.patch("a", {"data": {"b": "1"}})
    made.data["c"] = "2"

    with pytest.raises(NotFoundError, match=r'^configmaps "b" not found$'):
        maps.get("b")
    with pytest.raises(ConflictError, match="the object has been modified"):
        maps.update(made)


def test_of_many_writers_each_loses_nothing() -> None:
    cluster = FakeCluster()
    maps = Clientset(cluster.rest).core_v1.config_maps("default")
    maps.create(ConfigMap(metadata=ObjectMeta(name="a"), data={"n": "0"}))

    def count(_: int) -> None:
        while True:
            found = maps.get("a")
            found.data["n"] = str(int(found.data["n"]) + 1)
            try:
                maps.update(found)
            except ConflictError:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(40)))

    assert maps.get("a").data == {"n": "40"}


def test_requests_are_recorded() -> None:
    cluster = FakeCluster()

    Clientset(cluster.rest).core_v1.nodes.list(label_selector="a=b", page_size=0)

    (request,) = cluster.requests
    assert (request.method, request.target) == ("GET", "/api/v1/nodes?labelSelector=a%3Db")


def test_what_is_no_object_is_not_added() -> None:
    items: Any = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]
    with pytest.raises(TypeError, match="neither a model nor a mapping"):
        FakeCluster().add(items)
