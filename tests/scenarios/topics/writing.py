"""Create, read and replace; optimistic locking; what counts as a change."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, widget


@scenario
def create_and_read(s: Server) -> None:
    s.post("configmaps", config_map("a", labels={"x": "1"}, annotations={"n": "1"}))
    s.get("configmaps/a")
    s.get("configmaps")


@scenario
def what_is_there_is_not_created_again(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.post("configmaps", config_map("a", {"b": "2"}))
    s.get("configmaps/a")


@scenario
def what_is_not_there_is_not_found(s: Server) -> None:
    s.get("configmaps/none")
    s.put("configmaps/none", config_map("none"))
    s.merge("configmaps/none", {"data": {}})
    s.delete("configmaps/none")
    s.get("widgets/none")
    s.put("widgets/none", widget("none"))
    s.merge("widgets/none", {"spec": {}})
    s.delete("widgets/none")


@scenario
def replace_at_the_present_version(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.put("configmaps/a", {**made, "data": {"b": "2"}})
    s.get("configmaps/a")


@scenario
def replace_at_a_stale_version(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.given("PATCH", "configmaps/a", {"data": {"b": "2"}})
    s.put("configmaps/a", {**made, "data": {"c": "3"}})
    s.get("configmaps/a")


@scenario
def replace_without_a_version(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.put("configmaps/a", config_map("a", {"b": "2"}))


@scenario
def custom_objects_are_not_replaced_without_a_version(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.put("widgets/a", widget("a", size=2))


@scenario
def replace_custom_objects_at_a_stale_version(s: Server) -> None:
    made = s.made("widgets", widget("a"))
    s.given("PATCH", "widgets/a", {"spec": {"size": 2}})
    s.put("widgets/a", made)


@scenario
def replace_with_the_same_changes_no_version(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.put("configmaps/a", made)
    custom = s.made("widgets", widget("a"))
    s.put("widgets/a", custom)


@scenario
def replace_with_another_uid(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    made["metadata"]["uid"] = "another"
    s.put("configmaps/a", made)
    custom = s.made("widgets", widget("a"))
    custom["metadata"]["uid"] = "another"
    s.put("widgets/a", custom)


@scenario
def replace_under_another_name(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.put("configmaps/a", config_map("b"))
    s.put("configmaps/a", {"data": {"b": "2"}})


@scenarios({"number": "1", "zero": "0", "word": "x"})
def create_with_a_version(s: Server, version: str) -> None:
    s.post("configmaps", config_map("a", resourceVersion=version))
    s.post("widgets", widget("a", meta={"resourceVersion": version}))


@scenarios({"word": "x", "zero": "0", "old": "1"})
def replace_at_an_odd_version(s: Server, version: str) -> None:
    s.made("configmaps", config_map("a"))
    s.put("configmaps/a", config_map("a", {"b": "2"}, resourceVersion=version))


@scenario
def system_fields_of_a_new_object_are_the_servers(s: Server) -> None:
    s.post(
        "configmaps",
        config_map(
            "a",
            uid="mine",
            creationTimestamp="2001-01-01T00:00:00Z",
            generation=7,
            selfLink="/mine",
            deletionGracePeriodSeconds=5,
        ),
    )
    s.post("widgets", widget("a", meta={"uid": "mine", "generation": 7}))


@scenario
def a_new_object_is_not_being_deleted(s: Server) -> None:
    s.post("configmaps", config_map("a", deletionTimestamp="2001-01-01T00:00:00Z"))


@scenario
def system_fields_stay_on_replace(s: Server) -> None:
    made = s.made("widgets", widget("a"))
    made["metadata"] |= {"creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7}
    made["metadata"] |= {"deletionTimestamp": "2001-01-01T00:00:00Z", "selfLink": "/mine"}
    s.put("widgets/a", made)


@scenario
def replace_that_leaves_system_fields_out(s: Server) -> None:
    made = s.made("configmaps", config_map("a", labels={"a": "1"}))
    s.put(
        "configmaps/a",
        {"metadata": {"name": "a", "resourceVersion": made["metadata"]["resourceVersion"]}},
    )


@scenario
def generation_counts_changes_of_the_spec(s: Server) -> None:
    s.post("deployments", deployment("web"))
    s.merge("deployments/web", {"spec": {"replicas": 3}})
    s.merge("deployments/web", {"metadata": {"labels": {"a": "1"}}})
    s.merge("deployments/web/status", {"status": {"replicas": 1}})
    s.merge("deployments/web", {"metadata": {"annotations": {"a": "1"}}})


@scenario
def generation_of_custom_objects(s: Server) -> None:
    s.post("widgets", widget("a"))
    s.merge("widgets/a", {"spec": {"size": 2}})
    s.merge("widgets/a", {"metadata": {"labels": {"a": "1"}}})
    s.merge("widgets/a/status", {"status": {"phase": "Good"}})


@scenario
def config_maps_have_no_generation(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.merge("configmaps/a", {"data": {"b": "2"}})


@scenario
def immutable_config_maps(s: Server) -> None:
    s.made("configmaps", {**config_map("a"), "immutable": True})
    s.merge("configmaps/a", {"data": {"a": "2"}})
    s.merge("configmaps/a", {"immutable": False})
    s.merge("configmaps/a", {"metadata": {"labels": {"a": "1"}}})


@scenario
def kind_and_version_may_be_left_out_of_built_in_kinds(s: Server) -> None:
    s.post("configmaps", {"metadata": {"name": "a"}})
    s.post("deployments", {k: v for k, v in deployment("web").items() if k != "kind"})


@scenarios({"kind": "kind", "version": "apiVersion"})
def kind_and_version_must_be_in_custom_objects(s: Server, field: str) -> None:
    s.post("widgets", {k: v for k, v in widget("a").items() if k != field})


_WRONG_HEADS: dict[str, dict[str, Any]] = {
    "another kind": {"apiVersion": "v1", "kind": "Secret"},
    "no such kind": {"apiVersion": "v1", "kind": "Nothing"},
    "another version": {"apiVersion": "v2", "kind": "ConfigMap"},
    "another group": {"apiVersion": "apps/v1", "kind": "ConfigMap"},
    "a list": {"apiVersion": "v1", "kind": "ConfigMapList"},
    "a kind of the core": {"apiVersion": "v1", "kind": "Endpoints"},
    "a kind of another group": {"apiVersion": "apps/v1", "kind": "Deployment"},
    "a role": {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"},
    "a definition": {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"},
    "a custom object": {"apiVersion": "cases.example.com/v1", "kind": "Widget"},
    "options": {"apiVersion": "v1", "kind": "DeleteOptions"},
    "an event": {"apiVersion": "events.k8s.io/v1", "kind": "Event"},
}


@scenarios(_WRONG_HEADS)
def create_something_else(s: Server, head: dict[str, Any]) -> None:
    s.post("configmaps", {**config_map("a"), "data": {"a": "MTIz"}, **head})
    s.post("configmaps", {**config_map("a"), **head, "metadata": {"name": 1}})
    s.made("configmaps", config_map("a"))
    s.merge("configmaps/a", head)
    s.post("deployments", {**deployment("a"), **head})


_WRONG_WIDGETS = {
    "another kind": {"kind": "Gadget"},
    "no such kind": {"kind": "Nothing"},
    "another version": {"apiVersion": "cases.example.com/v2"},
    "another group": {"apiVersion": "v1"},
    "another custom group": {"apiVersion": "other.example.com/v1"},
    "another version of another kind": {"apiVersion": "cases.example.com/v2", "kind": "Gadget"},
    "a version of a kind": {"apiVersion": "cases.example.com/v1beta1", "kind": "Gadget"},
    "a pod": {"apiVersion": "v1", "kind": "Pod"},
}


@scenarios(_WRONG_WIDGETS)
def create_another_custom_object(s: Server, head: dict[str, Any]) -> None:
    s.post("widgets", {**widget("a"), **head})
    s.post("widgets", {**widget("a"), **head, "odd": 1, "metadata": {"name": "a", "odd": 1}})
    s.post("widgets", {**widget("a"), **head}, fieldValidation="Strict")
    made = s.made("widgets", widget("a"))
    s.put("widgets/a", {**made, **head})
    s.merge("widgets/a", head)
    s.merge("widgets/a", {**head, "odd": 1})
    s.merge("widgets/a", head, fieldValidation="Ignore")
    name = f"{s.ns}-a"
    gadget = {**widget(name), "kind": "Gadget", **head}
    s.post("/apis/cases.example.com/v1/gadgets", gadget)


@scenario
def null_and_empty_values(s: Server) -> None:
    s.post("configmaps", {"metadata": {"name": "a", "labels": None}, "data": None})
    s.post("configmaps", {"metadata": {"name": "b", "labels": {}, "annotations": {}}, "data": {}})
    s.post("configmaps", {"metadata": {"name": "c", "finalizers": [], "ownerReferences": []}})


@scenario
def replace_makes_no_object(s: Server) -> None:
    s.put("configmaps/a", config_map("a"))
    s.put("leases/a", {"metadata": {"name": "a"}})
    s.get("leases/a")


@scenario
def binary_and_text_data(s: Server) -> None:
    s.post("configmaps", {"metadata": {"name": "a"}, "binaryData": {"b": "AAE="}})
    s.post("configmaps", {"metadata": {"name": "b"}, "binaryData": {"b": "not base64!"}})
    s.post("configmaps", config_map("c", {"k": "é€😀\n\u2028"}))
