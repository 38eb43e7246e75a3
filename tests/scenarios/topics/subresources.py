"""Status and scale."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, widget


@scenario
def the_status_of_a_new_custom_object_is_dropped(s: Server) -> None:
    s.post("widgets", widget("a", status={"phase": "Good"}))


@scenario
def the_object_leaves_the_status_alone(s: Server) -> None:
    s.made("widgets", widget("a"))
    made = s.given("PATCH", "widgets/a/status", {"status": {"phase": "Good"}})
    made["status"] = {"phase": "Bad"}
    made["spec"]["size"] = 2
    s.put("widgets/a", made)
    s.merge("widgets/a", {"status": {"phase": "Bad"}})


@scenario
def the_status_leaves_the_object_alone(s: Server) -> None:
    made = s.made("widgets", widget("a"))
    made["status"] = {"phase": "Good"}
    made["spec"]["size"] = 2
    made["metadata"]["labels"] = {"a": "1"}
    s.put("widgets/a/status", made)
    s.get("widgets/a/status")


@scenario
def the_status_at_a_stale_version(s: Server) -> None:
    made = s.made("widgets", widget("a"))
    s.given("PATCH", "widgets/a", {"spec": {"size": 2}})
    s.put("widgets/a/status", {**made, "status": {"phase": "Good"}})


@scenario
def the_status_without_a_version(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.put("widgets/a/status", widget("a", status={"phase": "Good"}))
    s.made("deployments", deployment("web"))
    s.put("deployments/web/status", {**deployment("web"), "status": {"replicas": 1}})


@scenario
def the_status_can_be_emptied(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.given("PATCH", "widgets/a/status", {"status": {"phase": "Good"}})
    s.merge("widgets/a/status", {"status": None})


@scenario
def the_status_of_what_is_not_there(s: Server) -> None:
    s.get("widgets/none/status")
    s.put("widgets/none/status", widget("none"))
    s.merge("deployments/none/status", {})


@scenario
def the_status_is_neither_made_nor_deleted(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.post("widgets/a/status", widget("a"))
    s.delete("widgets/a/status")
    s.made("deployments", deployment("web"))
    s.delete("deployments/web/status")
    s.post("deployments/web/status", deployment("web"))


@scenario
def metadata_through_the_status(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a/status", {"metadata": {"labels": {"a": "1"}, "annotations": {"b": "2"}}})
    s.made("deployments", deployment("web"))
    s.merge("deployments/web/status", {"metadata": {"labels": {"a": "1"}}})


@scenario
def kinds_without_the_subresource(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.get("configmaps/a/status")
    s.get("configmaps/a/scale")
    s.get("configmaps/a/nothing")
    s.get("/apis/cases.example.com/v1/gadgets/a/status")
    s.get("widgets/a/nothing")


@scenario
def the_status_of_a_deployment(s: Server) -> None:
    s.made("deployments", deployment("web"))
    status: dict[str, Any] = {"replicas": 2, "readyReplicas": 1, "observedGeneration": 1}
    s.merge("deployments/web/status", {"status": status})
    s.merge("deployments/web", {"status": {"replicas": 9}})
    s.get("deployments/web/status")


# ---- scale


@scenarios({"text": "2", "fraction": 1.5, "list": [], "bool": True, "large": 2**31})
def replace_a_scale_by_a_wrong_number(s: Server, replicas: Any) -> None:
    for path, obj in (("widgets", widget("a")), ("deployments", deployment("a"))):
        s.made(path, obj)
        scale = s.given("GET", f"{path}/a/scale")
        s.put(f"{path}/a/scale", {**scale, "spec": {"replicas": replicas}})


@scenario
def a_scale_that_is_no_object(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a/scale", {"spec": []})
    s.merge("widgets/a/scale", {"spec": None})
    s.merge("widgets/a/scale", {"metadata": "x"})
    s.merge("widgets/a/scale", {"odd": 1, "status": {"replicas": 7}})
    s.json_patch("widgets/a/scale", {"op": "replace", "path": "/spec", "value": {}})


@scenario
def read_a_scale(s: Server) -> None:
    s.made("widgets", widget("a", replicas=3))
    s.get("widgets/a/scale")
    s.given("PATCH", "widgets/a/status", {"status": {"replicas": 2, "selector": "app=a"}})
    s.get("widgets/a/scale")
    s.get("widgets/none/scale")


@scenario
def read_the_scale_of_a_deployment(s: Server) -> None:
    s.made("deployments", deployment("web"))
    s.get("deployments/web/scale")
    s.get("deployments/none/scale")


@scenario
def write_a_scale(s: Server) -> None:
    s.made("widgets", widget("a"))
    scale = s.given("GET", "widgets/a/scale")
    s.put("widgets/a/scale", {**scale, "spec": {"replicas": 4}})
    s.put("widgets/a/scale", {**scale, "spec": {"replicas": 5}})
    s.get("widgets/a")


@scenario
def write_the_scale_of_a_deployment(s: Server) -> None:
    s.made("deployments", deployment("web"))
    scale = s.given("GET", "deployments/web/scale")
    s.put("deployments/web/scale", {**scale, "spec": {"replicas": 4}})
    s.put("deployments/web/scale", {**scale, "spec": {"replicas": 5}})
    s.put("deployments/web/scale", {"metadata": {"name": "web"}, "spec": {"replicas": 6}})
    s.get("deployments/web")


@scenario
def patch_a_scale(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a/scale", {"spec": {"replicas": 4}})
    s.json_patch("widgets/a/scale", {"op": "replace", "path": "/spec/replicas", "value": 5})
    s.merge("widgets/a/scale", {"spec": {"replicas": 5}})
    s.made("deployments", deployment("web"))
    s.merge("deployments/web/scale", {"spec": {"replicas": 4}})


@scenarios({"negative": -1, "text": "2", "fraction": 1.5, "null": None})
def a_wrong_number_of_replicas(s: Server, replicas: Any) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a/scale", {"spec": {"replicas": replicas}})
    s.made("deployments", deployment("web"))
    s.merge("deployments/web/scale", {"spec": {"replicas": replicas}})


@scenario
def a_scale_of_another_kind_or_name(s: Server) -> None:
    s.made("deployments", deployment("web"))
    s.put("deployments/web/scale", {"metadata": {"name": "other"}, "spec": {"replicas": 1}})
    s.put("deployments/web/scale", deployment("web"))
    s.made("widgets", widget("a"))
    s.put("widgets/a/scale", widget("a"))


@scenario
def a_scale_is_neither_made_nor_deleted(s: Server) -> None:
    s.made("deployments", deployment("web"))
    s.delete("deployments/web/scale")
    s.post("deployments/web/scale", {})


@scenario
def a_scale_of_more_than_one_selector(s: Server) -> None:
    selector = {"matchLabels": {"app": "web"}}
    selector_more: Any = {
        **selector,
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["b", "a"]}],
    }
    body = deployment("web", selector=selector_more)
    body["spec"]["template"]["metadata"]["labels"]["tier"] = "a"
    s.made("deployments", body)
    s.get("deployments/web/scale")
