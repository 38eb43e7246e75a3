"""Server-side apply and field ownership in the server in memory."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.rest.request import Request
from kubewright.testing import FakeCluster
from tests.support.fake_cluster import APPLY, MAPS, MERGE, WEBSITES, call, website_crd

HEAD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
}
BASE: dict[str, Any] = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "base", "image": "base"}]},
    },
}
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/web"


def apply(
    cluster: FakeCluster, manager: str, spec: dict[str, Any], **query: object
) -> tuple[int, Any]:
    config = {**HEAD, "spec": spec}
    return call(cluster, "PATCH", DEPLOYMENT, config, APPLY, fieldManager=manager, **query)


def cluster_with_deployment() -> FakeCluster:
    """A cluster with a deployment that has what it must have, owned by ``base``."""
    cluster = FakeCluster()
    status, answer = apply(cluster, "base", BASE)
    assert status == 201, answer
    return cluster


def owners(obj: Any) -> dict[str, Any]:
    entries = obj["metadata"]["managedFields"]
    return {e["manager"]: e["fieldsV1"] for e in entries if e["manager"] != "base"}


def chosen(obj: Any) -> dict[str, Any]:
    """What the appliers of a test set, without defaults."""
    return {key: obj["spec"][key] for key in ("replicas", "paused") if key in obj["spec"]}


def images(obj: Any) -> dict[str, str]:
    return {c["name"]: c["image"] for c in obj["spec"]["template"]["spec"]["containers"]}


def containers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"template": {"spec": {"containers": list(items)}}}


def test_the_first_apply_creates_and_owns() -> None:
    status, made = call(
        FakeCluster(),
        "PATCH",
        f"{MAPS}/a",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a"},
            "data": {"x": "1"},
        },
        APPLY,
        fieldManager="a",
    )

    assert (status, owners(made)) == (201, {"a": {"f:data": {"f:x": {}}}})


def test_the_fields_of_an_item_are_owned_with_its_key() -> None:
    _, obj = apply(cluster_with_deployment(), "a", containers({"name": "c", "image": "c"}))

    assert owners(obj)["a"]["f:spec"]["f:template"]["f:spec"] == {
        "f:containers": {'k:{"name":"c"}': {".": {}, "f:image": {}, "f:name": {}}}
    }


def test_a_value_of_another_manager_is_a_conflict_that_names_it() -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", {"replicas": 2, "paused": True})

    status, answer = apply(cluster, "b", {"replicas": 3, "paused": False})

    assert (status, answer["details"]) == (
        409,
        {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "a"',
                    "field": field,
                }
                for field in (".spec.paused", ".spec.replicas")
            ]
        },
    )


@pytest.mark.parametrize(
    ("replicas", "query", "expected"),
    [
        (2, {}, (2, ["a", "b"])),
        (3, {"force": "true"}, (3, ["b"])),
    ],
    ids=["the same value is shared", "force takes over"],
)
def test_who_owns_after_two_applies(
    replicas: int, query: dict[str, str], expected: tuple[int, list[str]]
) -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", {"replicas": 2})

    _, obj = apply(cluster, "b", {"replicas": replicas}, **query)

    assert (obj["spec"]["replicas"], sorted(owners(obj))) == expected


@pytest.mark.parametrize(
    ("shared", "expected"),
    [(False, {"replicas": 2}), (True, {"replicas": 2, "paused": True})],
    ids=["nobody else's goes", "somebody else's stays"],
)
def test_what_is_applied_no_more(shared: bool, expected: dict[str, Any]) -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", {"replicas": 2, "paused": True})
    if shared:
        apply(cluster, "b", {"paused": True})

    _, obj = apply(cluster, "a", {"replicas": 2})

    assert chosen(obj) == expected


def test_items_of_lists_by_key_have_owners_of_their_own() -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", containers({"name": "c", "image": "c:1"}))
    apply(cluster, "b", containers({"name": "d", "image": "d:1"}))
    both = apply(cluster, "a", containers({"name": "c", "image": "c:2"}))[1]

    fewer = apply(cluster, "b", {"replicas": 1})[1]

    assert images(both) == {"base": "base", "c": "c:2", "d": "d:1"}
    assert images(fewer) == {"base": "base", "c": "c:2"}


def test_applying_the_same_again_stores_nothing() -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", {"replicas": 2})
    apply(cluster, "b", {"paused": True})
    before = cluster.resource_version

    apply(cluster, "a", {"replicas": 2})

    assert cluster.resource_version == before


def test_who_patches_a_field_owns_it() -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", {"replicas": 2, "paused": True})

    _, obj = call(cluster, "PATCH", DEPLOYMENT, {"spec": {"replicas": 5}}, MERGE, fieldManager="b")

    assert owners(obj) == {
        "a": {"f:spec": {"f:paused": {}}},
        "b": {"f:spec": {"f:replicas": {}}},
    }


def test_the_status_has_its_own_entries() -> None:
    cluster = cluster_with_deployment()
    apply(cluster, "a", {"replicas": 2})
    config = {**HEAD, "spec": {"replicas": 9}, "status": {"replicas": 1}}

    _, obj = call(cluster, "PATCH", f"{DEPLOYMENT}/status", config, APPLY, fieldManager="a")

    entries = [(e["manager"], e.get("subresource")) for e in obj["metadata"]["managedFields"]]
    assert (chosen(obj), obj["status"], entries) == (
        {"replicas": 2},
        {"replicas": 1},
        [("a", None), ("a", "status"), ("base", None)],
    )


def test_lists_of_custom_resources_merge_as_their_schema_says() -> None:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())

    def route(manager: str, path: str) -> Any:
        routes = [{"path": path, "backends": [{"service": manager}], "headers": [["a", "b"]]}]
        spec = {"domain": "a.example.com", "image": "a", "routes": routes}
        head = {"apiVersion": "web.example.com/v1", "kind": "Website", "metadata": {"name": "a"}}
        return call(
            cluster, "PATCH", f"{WEBSITES}/a", {**head, "spec": spec}, APPLY, fieldManager=manager
        )[1]

    route("x", "/")
    obj = route("y", "/docs")

    assert [r["path"] for r in obj["spec"]["routes"]] == ["/", "/docs"]
    assert owners(obj)["y"]["f:spec"]["f:routes"] == {
        'k:{"path":"/docs"}': {".": {}, "f:backends": {}, "f:headers": {}, "f:path": {}}
    }


def test_yaml_is_taken_as_well() -> None:
    cluster = cluster_with_deployment()

    body = b"apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 2\n"
    answer = cluster.send(
        Request("PATCH", DEPLOYMENT, [("fieldManager", "a")], body, content_type=APPLY)
    )

    assert (answer.status, chosen(call(cluster, "GET", DEPLOYMENT)[1])) == (200, {"replicas": 2})


def test_what_has_no_place_in_the_schema_is_refused() -> None:
    status, refused = apply(cluster_with_deployment(), "a", {"sise": 1, "replicas": "x"})

    assert (status, refused["message"]) == (
        500,
        "failed to create typed patch object (/web; apps/v1, Kind=Deployment): errors:\n"
        "  .spec.replicas: expected numeric (int or float), got string\n"
        "  .spec.sise: field not declared in schema",
    )
