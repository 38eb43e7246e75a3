"""Names, generated names, labels, annotations, owners and finalizers as they must be."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import GADGETS, config_map, deployment, widget

_NAMES = {
    "upper case": "Upper",
    "underscore": "a_b",
    "dot": "a.b",
    "dots": "a..b",
    "begins with a dash": "-a",
    "ends with a dash": "a-",
    "digits": "123",
    "longest": "a" * 253,
    "too long": "a" * 254,
    "space": "a b",
    "slash": "a/b",
    "percent": "a%b",
    "not ASCII": "é",
}


@scenarios(_NAMES)
def create_under_a_name(s: Server, name: str) -> None:
    s.post("configmaps", config_map(name))


_CUSTOM_NAMES = {
    "upper case": "Upper",
    "dot": "a.b",
    "underscore": "a_b",
    "too long": "a" * 254,
    "slash": "a/b",
}


@scenarios(_CUSTOM_NAMES)
def create_a_custom_object_under_a_name(s: Server, name: str) -> None:
    s.post("widgets", widget(name))


_LABELS = {"dot": "a.b", "upper case": "Upper", "digit first": "1a", "too long": "a" * 64}


@scenarios(_LABELS)
def create_a_service_under_a_name(s: Server, name: str) -> None:
    s.post("services", {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}})


@scenarios(_LABELS)
def create_a_namespace_under_a_name(s: Server, name: str) -> None:
    s.post("/api/v1/namespaces", {"metadata": {"name": f"{name}.{s.ns}"}})


@scenarios({"colon": "system:reader", "upper case": "Upper", "slash": "a/b", "dot dot": ".."})
def create_a_role_under_a_name(s: Server, name: str) -> None:
    s.post("roles", {"metadata": {"name": name}, "rules": []})


@scenario
def lists_that_a_kind_must_have(s: Server) -> None:
    s.post("roles", {"metadata": {"name": "a"}, "rules": []}, dryRun="All")
    s.post("roles", {"metadata": {"name": "a"}})
    s.post("roles", {"metadata": {"name": "b"}, "rules": []})
    s.merge("roles/b", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
    s.merge("roles/b", {"rules": []}, dryRun="All")
    s.merge("roles/b", {"rules": []})
    s.merge("roles/b", {"rules": None})
    s.apply("roles/c", {**_ROLE, "metadata": {"name": "c"}, "rules": []})
    s.get("roles")
    s.watch("roles", events=3)
    selector: dict[str, Any] = {"matchExpressions": []}
    s.post("poddisruptionbudgets", {"metadata": {"name": "a"}, "spec": {"selector": selector}})


_ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}


@scenario
def no_name_at_all(s: Server) -> None:
    s.post("configmaps", {"metadata": {}})
    s.post("configmaps", {"data": {"a": "1"}})
    s.post("configmaps", {"metadata": {"name": ""}})
    s.post("widgets", {**widget("a"), "metadata": {}})


@scenario
def a_generated_name(s: Server) -> None:
    made = s.post("configmaps", {"metadata": {"generateName": "made-"}})
    s.get("configmaps")
    s.note(length=len(made["metadata"]["name"]))


@scenario
def a_name_goes_before_a_generated_one(s: Server) -> None:
    s.post("configmaps", {"metadata": {"name": "a", "generateName": "made-"}})


@scenario
def a_generated_name_of_a_long_prefix(s: Server) -> None:
    made = s.given("POST", "configmaps", {"metadata": {"generateName": "a" * 70}})
    s.note(length=len(made["metadata"]["name"]))


@scenarios({"upper case": "Made-", "underscore": "made_", "dot": "made."})
def a_generated_name_that_is_not_valid(s: Server, prefix: str) -> None:
    status = s.post("configmaps", {"metadata": {"generateName": prefix}})
    s.answers.pop()
    causes = status["details"]["causes"]
    s.note(reason=status["reason"], fields=[cause["field"] for cause in causes])


@scenario
def generate_name_stays_on_replace(s: Server) -> None:
    made = s.made("configmaps", {"metadata": {"name": "a", "generateName": "made-"}})
    made["metadata"]["generateName"] = "other-"
    s.put("configmaps/a", made)


_LABEL_CASES: dict[str, dict[str, Any]] = {
    "value with a space": {"a": "b c"},
    "value too long": {"a": "b" * 64},
    "empty value": {"a": ""},
    "key with a space": {"a b": "c"},
    "empty key": {"": "c"},
    "key with a prefix": {"example.com/a": "b"},
    "empty prefix": {"/a": "b"},
    "upper case prefix": {"Example.com/a": "b"},
    "two slashes": {"a/b/c": "d"},
    "several wrong": {"a b": "c d"},
}


@scenarios(_LABEL_CASES)
def create_with_labels(s: Server, labels: dict[str, Any]) -> None:
    s.post("configmaps", config_map("a", labels=labels))


@scenarios({k: _LABEL_CASES[k] for k in ("value with a space", "key with a space")})
def create_a_custom_object_with_labels(s: Server, labels: dict[str, Any]) -> None:
    s.post("widgets", widget("a", meta={"labels": labels}))


_NO_DOMAINS = {"bare": "hold", "dots": "a.b", "of the server": "orphan", "a domain": "a.b/c"}


@scenarios(_NO_DOMAINS)
def finalizers_without_a_domain(s: Server, finalizer: str) -> None:
    metadata = {"name": f"{s.ns}-a", "finalizers": [finalizer]}
    s.post("widgets", {**widget("a"), "metadata": metadata})
    s.merge(f"widgets/{s.ns}-a", {"metadata": {"labels": {"a": "b"}}})
    s.merge(f"widgets/{s.ns}-a", {"metadata": {"finalizers": [finalizer, "more"]}})
    s.merge(f"widgets/{s.ns}-a", {"metadata": {"finalizers": None}})
    s.post("deployments", {**deployment("a"), "metadata": metadata}, dryRun="All")
    role = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    for path in ("leases", "roles", role, "poddisruptionbudgets", "serviceaccounts"):
        s.post(path, {"metadata": metadata}, dryRun="All")
    s.post("jobs", {"metadata": metadata, "spec": {"template": {}}}, dryRun="All")


_WRONG_METADATA: dict[str, dict[str, Any]] = {
    "labels": {"labels": {"a b": "c d"}},
    "annotations": {"annotations": {"a b": "c"}},
    "owners": {"ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "n", "uid": ""}]},
    "finalizers": {"finalizers": ["a b/c"]},
    "a finalizer without a domain": {"finalizers": ["hold"]},
}


@scenarios(_WRONG_METADATA)
def change_metadata_to_what_it_may_not_be(s: Server, metadata: dict[str, Any]) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a", {"metadata": metadata})
    s.merge("widgets/a/status", {"metadata": metadata})
    s.made("configmaps", config_map("a"))
    s.merge("configmaps/a", {"metadata": metadata})
    s.made("deployments", deployment("a"))
    s.merge("deployments/a", {"metadata": metadata})


_WRONG_LABELS: dict[str, dict[str, Any]] = {
    "number": {"a": 1},
    "list": {"a": ["b"]},
    "null": {"a": None},
}


@scenarios(_WRONG_LABELS)
def create_with_labels_of_another_type(s: Server, labels: dict[str, Any]) -> None:
    s.post("configmaps", config_map("a", labels=labels))


_ANNOTATIONS: dict[str, dict[str, Any]] = {
    "any text": {"a": "any text\n"},
    "key with a space": {"a b": "c"},
    "upper case key": {"Example.com/A": "c"},
}


@scenarios(_ANNOTATIONS)
def create_with_annotations(s: Server, annotations: dict[str, Any]) -> None:
    s.post("configmaps", config_map("a", annotations=annotations))


@scenario
def annotations_of_more_than_they_may_be(s: Server) -> None:
    s.post("configmaps", config_map("a", annotations={"a": "x" * (256 * 1024)}))


_OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "u"}
_OWNERS: dict[str, list[dict[str, Any]]] = {
    "valid": [_OWNER],
    "no uid": [{**_OWNER, "uid": ""}],
    "no kind": [{**_OWNER, "kind": ""}],
    "no name": [{**_OWNER, "name": ""}],
    "no version": [{**_OWNER, "apiVersion": ""}],
    "an event": [{**_OWNER, "kind": "Event"}],
    "two controllers": [
        {**_OWNER, "controller": True},
        {**_OWNER, "uid": "v", "name": "other", "controller": True},
    ],
    "twice the same": [_OWNER, _OWNER],
    "twice two": [_OWNER, {**_OWNER, "uid": "v"}, _OWNER, {**_OWNER, "uid": "v"}, _OWNER],
    "one uid under two names": [_OWNER, {**_OWNER, "name": "other"}],
}


@scenarios(_OWNERS)
def create_with_owners(s: Server, owners: list[dict[str, Any]]) -> None:
    s.post("configmaps", config_map("a", ownerReferences=owners))


@scenario
def owners_come_twice_in_an_update(s: Server) -> None:
    twins = [_OWNER, _OWNER]
    made = s.made("configmaps", config_map("a"))
    made["metadata"]["ownerReferences"] = twins
    s.put("configmaps/a", made)
    s.json_patch("configmaps/a", {"op": "add", "path": "/metadata/ownerReferences", "value": twins})
    s.post("widgets", widget("a", meta={"ownerReferences": twins}))
    s.merge("widgets/a", {"metadata": {"ownerReferences": [*twins, {**_OWNER, "uid": "v"}]}})


@scenarios({"valid": "example.com/hold", "bare": "hold", "of the server": "orphan", "bad": "a b/c"})
def create_with_a_finalizer(s: Server, finalizer: str) -> None:
    s.post("configmaps", config_map("a", finalizers=[finalizer]))


@scenario
def names_that_need_escaping(s: Server) -> None:
    s.made("roles", {"metadata": {"name": "system:a"}, "rules": []})
    s.get("roles/system:a")
    s.get("roles/system%3Aa")
    s.get("configmaps/%C3%A9")
    s.get("configmaps/a%20b")


@scenario
def the_namespace_in_the_body(s: Server) -> None:
    s.post("configmaps", config_map("a", namespace=s.ns))
    s.post("configmaps", config_map("b", namespace="other"))
    s.put("configmaps/a", config_map("a", namespace="other"))
    s.post(GADGETS, _gadget(f"{s.ns}-a", namespace="other"))
    s.post("widgets", widget("a", meta={"namespace": "other"}))


@scenario
def create_in_no_namespace(s: Server) -> None:
    s.post("/api/v1/configmaps", config_map("a"))
    s.post("/api/v1/configmaps", config_map("a", namespace=s.ns))
    s.put("/api/v1/configmaps/a", config_map("a"))
    s.get("/api/v1/configmaps/a")


@scenario
def cluster_scoped_objects_have_no_namespace(s: Server) -> None:
    s.post(GADGETS, _gadget(f"{s.ns}-a"))
    s.get(f"{GADGETS}/{s.ns}-a")
    s.get(GADGETS.replace("/gadgets", f"/namespaces/{s.ns}/gadgets"))
    s.get(f"/api/v1/namespaces/{s.ns}/nodes")


@scenario
def create_at_the_path_of_an_object(s: Server) -> None:
    s.post("configmaps/a", config_map("a"))
    s.put("configmaps", config_map("a"))
    s.merge("configmaps", {})


def _gadget(name: str, **metadata: object) -> dict[str, Any]:
    return {
        "apiVersion": "cases.example.com/v1",
        "kind": "Gadget",
        "metadata": {"name": name, **metadata},
        "spec": {"size": 1},
    }
