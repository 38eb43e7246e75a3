"""Delete: finalizers, preconditions, options, and collections."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import GADGETS, config_map, deployment, pod, widget

HOLD = "example.com/hold"


def options(**more: Any) -> dict[str, Any]:
    return {"kind": "DeleteOptions", "apiVersion": "v1", **more}


@scenario
def delete_answers_with_a_status(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a")
    s.get("configmaps/a")
    s.delete("configmaps/a")


@scenario
def delete_a_custom_object(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.delete("widgets/a")
    s.delete("widgets/a")


@scenario
def delete_an_object_of_the_cluster(s: Server) -> None:
    name = f"{s.ns}-a"
    body = {"apiVersion": "cases.example.com/v1", "kind": "Gadget", "metadata": {"name": name}}
    s.made(GADGETS, body)
    s.delete(f"{GADGETS}/{name}")


@scenario
def a_finalizer_holds_the_object(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    s.delete("configmaps/a")
    s.get("configmaps/a")
    s.merge("configmaps/a", {"metadata": {"finalizers": None}})
    s.get("configmaps/a")


@scenario
def a_finalizer_holds_a_custom_object(s: Server) -> None:
    s.made("widgets", widget("a", meta={"finalizers": [HOLD]}))
    s.delete("widgets/a")
    s.get("widgets/a")
    s.merge("widgets/a", {"metadata": {"finalizers": None}})
    s.get("widgets/a")


@scenario
def delete_again_what_is_being_deleted(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    s.given("DELETE", "configmaps/a")
    s.delete("configmaps/a")


@scenario
def create_again_what_is_being_deleted(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    s.given("DELETE", "configmaps/a")
    s.post("configmaps", config_map("a"))


@scenario
def finalizers_are_not_added_during_deletion(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD, "example.com/more"]))
    s.given("DELETE", "configmaps/a")
    s.merge("configmaps/a", {"metadata": {"finalizers": [HOLD, "example.com/new"]}})
    s.merge("configmaps/a", {"metadata": {"finalizers": [HOLD]}})
    s.merge("configmaps/a", {"metadata": {"finalizers": ["example.com/x", "example.com/y"]}})


@scenario
def objects_can_be_changed_during_deletion(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    s.given("DELETE", "configmaps/a")
    s.merge("configmaps/a", {"data": {"b": "2"}, "metadata": {"labels": {"a": "1"}}})


@scenario
def the_last_finalizer_goes_by_replace(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    held = s.given("DELETE", "configmaps/a")
    held["metadata"].pop("finalizers")
    s.put("configmaps/a", held)
    s.get("configmaps/a")


@scenario
def the_deletion_time_stays(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    held = s.given("DELETE", "configmaps/a")
    held["metadata"].pop("deletionTimestamp")
    held["metadata"].pop("deletionGracePeriodSeconds")
    s.put("configmaps/a", held)


_PRECONDITIONS: dict[str, dict[str, Any]] = {
    "another uid": {"uid": "another"},
    "another version": {"resourceVersion": "1"},
    "both": {"uid": "another", "resourceVersion": "1"},
    "none": {},
}


@scenarios(_PRECONDITIONS)
def delete_on_conditions(s: Server, preconditions: dict[str, Any]) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", options(preconditions=preconditions))


@scenarios(_PRECONDITIONS)
def delete_a_custom_object_on_conditions(s: Server, preconditions: dict[str, Any]) -> None:
    s.made("widgets", widget("a"))
    s.delete("widgets/a", options(preconditions=preconditions))


@scenario
def delete_on_conditions_that_hold(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))["metadata"]
    held = {"uid": made["uid"], "resourceVersion": made["resourceVersion"]}
    s.delete("configmaps/a", options(preconditions=held))


@scenarios({"background": "Background", "foreground": "Foreground", "orphan": "Orphan", "x": "X"})
def delete_with_propagation(s: Server, policy: str) -> None:
    s.made("deployments", deployment("web"))
    s.delete("deployments/web", options(propagationPolicy=policy))
    s.get("deployments/web")


@scenarios({"background": "Background", "foreground": "Foreground", "orphan": "Orphan", "x": "X"})
def delete_with_propagation_in_the_query(s: Server, policy: str) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", propagationPolicy=policy)
    s.get("configmaps/a")


@scenario
def propagation_of_what_has_a_finalizer(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]))
    s.delete("configmaps/a", options(propagationPolicy="Foreground"))
    s.delete("configmaps/a", options(propagationPolicy="Orphan"))
    s.delete("configmaps/a", options(propagationPolicy="Background"))


@scenario
def propagation_finalizers_can_be_taken_away(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.given("DELETE", "configmaps/a", options(propagationPolicy="Foreground"))
    s.merge("configmaps/a", {"metadata": {"finalizers": None}})
    s.get("configmaps/a")


@scenarios({"true": True, "false": False})
def orphan_dependents(s: Server, value: bool) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", options(orphanDependents=value))
    s.get("configmaps/a")


@scenario
def two_ways_to_say_what_becomes_of_dependents(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", options(orphanDependents=True, propagationPolicy="Orphan"))


@scenarios({"zero": 0, "some": 5, "negative": -1})
def delete_with_a_grace_period(s: Server, seconds: int) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", options(gracePeriodSeconds=seconds))


@scenario
def delete_a_pod_that_is_on_no_node(s: Server) -> None:
    s.made("pods", pod("a"))
    s.delete("pods/a")
    s.get("pods/a")


@scenario
def a_pod_on_a_node_goes_when_its_kubelet_says_so(s: Server) -> None:
    s.made("pods", pod("a", nodeName="n"))
    s.delete("pods/a")
    s.get("pods/a")
    s.delete("pods/a", options(gracePeriodSeconds=0))
    s.get("pods/a")


@scenario
def a_pod_with_a_grace_period(s: Server) -> None:
    s.made("pods", pod("a", nodeName="n", terminationGracePeriodSeconds=7))
    s.delete("pods/a")
    s.delete("pods/a", gracePeriodSeconds=3)


_ODD_BODIES: dict[str, dict[str, Any]] = {
    "an object of another kind": {"kind": "Pod", "apiVersion": "v1"},
    "another version": {"kind": "DeleteOptions", "apiVersion": "v2"},
    "a policy of another type": {"propagationPolicy": 1},
    "seconds of another type": {"gracePeriodSeconds": "1"},
    "a fraction of seconds": {"gracePeriodSeconds": 1.5},
    "conditions of another type": {"preconditions": []},
    "a condition of another type": {"preconditions": {"uid": 1}},
    "orphans of another type": {"orphanDependents": "true"},
    "a dry run of another type": {"dryRun": "All"},
    "an unknown field": {"nothing": 1},
    "no kind": {"propagationPolicy": "Background"},
}


@scenarios(_ODD_BODIES)
def delete_with_an_odd_body(s: Server, body: dict[str, Any]) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", body)
    s.delete("widgets/none", body)
    s.delete("configmaps", body)


@scenario
def delete_a_collection(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"x": "1"}), config_map("b"))
    s.delete("configmaps", labelSelector="x=1")
    s.get("configmaps")
    s.delete("configmaps")
    s.get("configmaps")


@scenario
def delete_a_collection_of_custom_objects(s: Server) -> None:
    s.made("widgets", widget("a"), widget("b", meta={"finalizers": [HOLD]}), widget("c", size=2))
    s.delete("widgets", fieldSelector="spec.size=2")
    s.delete("widgets")
    s.get("widgets")


@scenario
def delete_a_collection_by_name(s: Server) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    s.delete("configmaps", fieldSelector="metadata.name=b")
    s.get("configmaps")


@scenario
def delete_a_collection_with_finalizers(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=[HOLD]), config_map("b"))
    s.delete("configmaps")
    s.get("configmaps")


@scenario
def delete_a_collection_in_a_dry_run(s: Server) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    s.delete("configmaps", dryRun="All")
    s.get("configmaps")


@scenario
def delete_an_empty_collection(s: Server) -> None:
    s.delete("configmaps")
    s.delete("widgets")


@scenario
def delete_a_part_of_a_collection(s: Server) -> None:
    s.made("configmaps", config_map("a"), config_map("b"), config_map("c"))
    s.delete("configmaps", limit=2)
    s.get("configmaps")


@scenario
def delete_a_collection_on_conditions(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps", options(preconditions={"uid": "another"}))
    s.get("configmaps")


@scenario
def delete_a_collection_with_propagation(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps", options(propagationPolicy="Foreground"))
    s.get("configmaps")


@scenario
def delete_in_all_namespaces(s: Server) -> None:
    s.delete("/api/v1/configmaps")
    s.delete("/api/v1/namespaces")


@scenario
def delete_leaves_dependents_without_a_collector(s: Server) -> None:
    owner = s.made("configmaps", config_map("a"))
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}
    reference["uid"] = owner["metadata"]["uid"]
    s.made("configmaps", config_map("b", ownerReferences=[reference]))
    s.delete("configmaps/a")
    s.get("configmaps/b")


@scenario
def a_pod_disappears_with_its_last_finalizer(s: Server) -> None:
    s.made("pods", pod("a", meta={"finalizers": [HOLD]}))
    s.delete("pods/a")
    s.merge("pods/a", {"metadata": {"finalizers": None}})
    s.get("pods/a")
