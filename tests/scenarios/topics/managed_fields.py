"""Managed fields of creates, updates and patches."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario
from tests.scenarios.objects import config_map, deployment, pod, widget


@scenario
def of_a_new_object(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("configmaps", config_map("a", labels={"x": "1"}), fieldManager="maker")
    s.post("configmaps", config_map("b"))


@scenario
def of_a_new_custom_object(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("widgets", widget("a", tags=["x"], ports=[{"name": "p"}], limits={"a": "1"}))


@scenario
def of_a_new_deployment(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("deployments", deployment("web"))


@scenario
def of_a_new_pod(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("pods", pod("a", nodeSelector={"a": "b"}, tolerations=[{"operator": "Exists"}]))


@scenario
def an_update_moves_ownership(s: Server) -> None:
    s.shows_managed_fields = True
    made = s.post("configmaps", config_map("a", {"a": "1", "b": "1"}), fieldManager="maker")
    s.put("configmaps/a", {**made, "data": {"a": "2", "b": "1"}}, fieldManager="changer")
    s.merge("configmaps/a", {"data": {"b": None}}, fieldManager="remover")


@scenario
def the_same_manager_has_one_entry(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("configmaps", config_map("a"), fieldManager="maker")
    s.merge("configmaps/a", {"data": {"b": "1"}}, fieldManager="maker")


@scenario
def the_status_has_an_entry_of_its_own(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("widgets", widget("a"), fieldManager="maker")
    s.merge("widgets/a/status", {"status": {"phase": "Good"}}, fieldManager="maker")


@scenario
def the_scale_has_an_entry_of_its_own(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("deployments", deployment("web"))
    s.merge("deployments/web/scale", {"spec": {"replicas": 3}}, fieldManager="scaler")
    s.get("deployments/web")


@scenario
def they_can_be_emptied(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("configmaps", config_map("a"))
    nothing: list[dict[str, str]] = [{}]
    s.merge("configmaps/a", {"metadata": {"managedFields": nothing}})
    s.merge("configmaps/a", {"data": {"b": "2"}})


@scenario
def lists_that_empty_them(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("configmaps", config_map("a"))
    made = s.made("widgets", widget("a"))
    s.json_patch("widgets/a", {"op": "replace", "path": "/metadata/managedFields", "value": []})
    s.merge("widgets/a", {"spec": {"size": 2}})
    made["metadata"]["managedFields"] = []
    made["metadata"].pop("resourceVersion")
    made["metadata"]["resourceVersion"] = s.given("GET", "widgets/a")["metadata"]["resourceVersion"]
    s.put("widgets/a", made)
    held = s.given("GET", "configmaps/a")
    held["metadata"]["managedFields"] = []
    s.put("configmaps/a", held)
    s.merge("configmaps/a", {"metadata": {"managedFields": None}})
    s.merge("configmaps/a", {"data": {"b": "2"}})
    s.post("configmaps", config_map("b", managedFields=[]))
    nothing: list[dict[str, Any]] = [{}]
    s.post("configmaps", config_map("c", managedFields=nothing))
    s.post("widgets", widget("d", meta={"managedFields": nothing}))
    s.put("configmaps/b", config_map("b", managedFields=nothing))
    s.strategic("configmaps/c", {"metadata": {"managedFields": []}})


@scenario
def an_empty_list_keeps_them(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("configmaps", config_map("a"))
    nothing: list[str] = []
    s.merge("configmaps/a", {"metadata": {"managedFields": nothing}})


@scenario
def a_replacement_without_them_keeps_them(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("configmaps", config_map("a"), fieldManager="maker")
    s.put("configmaps/a", config_map("a", {"b": "1"}), fieldManager="other")


@scenario
def wrong_ones_are_refused_or_dropped(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("configmaps", config_map("a"))
    entry = {"manager": "x", "operation": "Wrong", "apiVersion": "v1", "fieldsType": "FieldsV1"}
    s.merge("configmaps/a", {"metadata": {"managedFields": [entry]}})


@scenario
def labels_and_annotations_are_owned_by_key(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("configmaps", config_map("a", labels={"a": "1"}), fieldManager="maker")
    s.merge("configmaps/a", {"metadata": {"labels": {"b": "1"}}}, fieldManager="other")
    s.merge("configmaps/a", {"metadata": {"labels": None}}, fieldManager="third")


@scenario
def owners_and_finalizers(s: Server) -> None:
    s.shows_managed_fields = True
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}
    s.post("configmaps", config_map("a", ownerReferences=[owner], finalizers=["example.com/a"]))


@scenario
def a_change_back_is_a_change(s: Server) -> None:
    s.shows_managed_fields = True
    s.post("configmaps", config_map("a"), fieldManager="maker")
    s.merge("configmaps/a", {"data": {"a": "2"}}, fieldManager="other")
    s.merge("configmaps/a", {"data": {"a": "1"}}, fieldManager="maker")


@scenario
def a_scale_to_what_it_is(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("deployments", deployment("web"))
    s.merge("deployments/web/scale", {"spec": {"replicas": 2}})
    s.merge("deployments/web/scale", {"spec": {"replicas": 2}})
    s.merge("deployments/web/scale", {"spec": {"replicas": 2}}, fieldManager="scaler")
    s.get("deployments/web")
    s.merge("deployments/web/scale", {"spec": {"replicas": 0}})
    s.get("deployments/web")


@scenario
def a_scale_of_a_custom_object_to_what_it_is(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("widgets", widget("a", replicas=2))
    s.merge("widgets/a/scale", {"spec": {"replicas": 2}})
    s.merge("widgets/a/scale", {"spec": {"replicas": 2}}, fieldManager="scaler")
    s.get("widgets/a")
    s.merge("widgets/a/scale", {"spec": {"replicas": 0}})
    s.get("widgets/a")


@scenario
def an_empty_status(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("widgets", widget("a"))
    s.merge("widgets/a/status", {"status": {}}, fieldManager="first")
    s.merge("widgets/a/status", {"status": {"phase": "Good"}}, fieldManager="second")
    s.merge("widgets/a/status", {"status": {"phase": None}}, fieldManager="third")
    s.merge("widgets/a/status", {"status": {}}, fieldManager="third")
