"""Defaults of built-in kinds, and what else a plain server adds to a new object."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.parts import part_at
from tests.support.apiserver import Endpoint
from tests.support.built_in_objects import BUILT_IN_OBJECTS, path_of
from tests.support.fake_cluster import MERGE, call
from tests.support.same_answers import Send, normal, on_fake, on_server

# a real server gives any address
GIVEN = {"clusterIP": "IP", "clusterIPs": ["IP"]}
SERVICES = "/api/v1/namespaces/default/services"


def create_and_label(send: Send, namespace: str, name: str) -> Any:
    """Create an object and let another manager label it; return both answers."""
    group_version, plural, short = BUILT_IN_OBJECTS[name]
    path = path_of(group_version, plural, namespace)
    own = f"{namespace}-{name.replace(' ', '-')}".replace("'", "")
    obj = {**short, "metadata": {"name": own, **short.get("metadata", {})}}
    if plural == "events":
        obj["involvedObject"] = {**obj["involvedObject"], "namespace": namespace}
    made = send("POST", path, obj)
    if plural == "controllerrevisions":
        return [made, made.warnings]  # a server thinks that any update changes its data
    # entries of one second are in the order of their names
    patch = {"metadata": {"labels": {"x": "y"}}}
    labelled = send("PATCH", f"{path}/{own}", patch, content_type=MERGE, fieldManager="z")
    if f"/{namespace}/" not in path:
        send("DELETE", f"{path}/{own}")
    for _, body in (made, labelled):
        spec = part_at(body, "spec")
        if plural == "services" and spec.get("clusterIP") not in ("None", None):
            spec.update(GIVEN)
    return [made, made.warnings, labelled]


@pytest.mark.conformance
@pytest.mark.parametrize("name", list(BUILT_IN_OBJECTS))
def test_a_new_object_is_that_of_a_server(api_server: Endpoint, namespace: str, name: str) -> None:
    fake = create_and_label(on_fake(FakeCluster()), namespace, name)

    real = create_and_label(on_server(api_server), namespace, name)
    assert normal(fake, namespace) == normal(real, namespace)


def test_a_pod_is_complete() -> None:
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}

    _, made = call(FakeCluster(), "POST", "/api/v1/namespaces/default/pods", pod)

    spec = made["spec"]
    assert (spec["restartPolicy"], spec["schedulerName"]) == ("Always", "default-scheduler")
    assert spec["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


def test_what_is_empty_is_left_out() -> None:
    path = "/api/v1/namespaces/default/configmaps"
    obj: dict[str, Any] = {
        "metadata": {"name": "a", "labels": {}, "uid": None},
        "data": {},
        "immutable": False,
    }

    _, made = call(FakeCluster(), "POST", path, obj)

    assert made["immutable"] is False
    assert not {"data", "labels"} & (made.keys() | made["metadata"].keys())


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def test_services_get_the_lowest_free_addresses_and_ports() -> None:
    cluster = FakeCluster()
    for name in ("a", "b", "c"):
        call(cluster, "POST", SERVICES, service(name, type="NodePort"))
    call(cluster, "DELETE", f"{SERVICES}/b")

    _, made = call(cluster, "POST", SERVICES, service("d", type="LoadBalancer"))

    assert made["spec"]["clusterIP"] == "10.0.0.3"
    assert made["spec"]["ports"][0]["nodePort"] == 30001


def test_an_update_without_the_address_keeps_it() -> None:
    cluster = FakeCluster()
    call(cluster, "POST", SERVICES, service("a"))

    _, updated = call(cluster, "PUT", f"{SERVICES}/a", service("a", ports=[{"port": 81}]))

    assert (updated["spec"]["clusterIP"], updated["spec"]["clusterIPs"]) == (
        "10.0.0.2",
        ["10.0.0.2"],
    )


def test_objects_that_were_always_there_have_defaults_too() -> None:
    cluster = FakeCluster()
    spec = {"containers": [{"name": "a", "image": "a"}], "nodeName": "n"}
    cluster.add({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})

    _, pod = call(cluster, "GET", "/api/v1/namespaces/default/pods/a")

    assert pod["spec"]["containers"][0]["imagePullPolicy"] == "Always"


def test_an_object_of_wrong_types_is_not_added() -> None:
    wrong = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": 1}}

    with pytest.raises(
        ValueError, match=r"number into Go struct field ConfigMap\.data of type string"
    ):
        FakeCluster().add(wrong)
