"""Server-side apply: who owns what, conflicts, and what nobody applies any more."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import APPLY_TYPE, Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, widget

HEAD = {"apiVersion": "v1", "kind": "ConfigMap"}


def cm(data: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    obj: dict[str, Any] = {**HEAD, "metadata": {"name": "a", **metadata}}
    return obj if data is None else {**obj, "data": data}


@scenario
def apply_creates(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1"}, labels={"x": "1"}))
    s.get("configmaps/a")


@scenario
def apply_again_changes_nothing(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1"}))
    s.apply("configmaps/a", cm({"a": "1"}))


@scenario
def apply_changes_what_it_owns(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1"}))
    s.apply("configmaps/a", cm({"a": "2", "b": "1"}))


@scenario
def what_is_applied_no_more_is_removed(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1", "b": "2"}, labels={"x": "1"}))
    s.apply("configmaps/a", cm({"a": "1"}))
    s.apply("configmaps/a", cm())


@scenario
def two_appliers_conflict(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1"}), "first")
    s.apply("configmaps/a", cm({"a": "2"}), "second")
    s.apply("configmaps/a", cm({"a": "2"}), "second", force="true")
    s.apply("configmaps/a", cm({"a": "1"}), "first")


@scenario
def two_appliers_agree(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1"}), "first")
    s.apply("configmaps/a", cm({"a": "1", "b": "2"}), "second")
    s.apply("configmaps/a", cm(), "first")
    s.apply("configmaps/a", cm(), "second")


@scenario
def several_conflicts(s: Server) -> None:
    s.apply("configmaps/a", cm({"a": "1", "b": "1"}), "first")
    s.apply("configmaps/a", cm({"c": "1"}), "third")
    s.apply("configmaps/a", cm({"a": "2", "b": "2", "c": "2"}), "second")


@scenario
def conflict_with_an_update(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm({"a": "1"}))
    s.merge("configmaps/a", {"data": {"a": "2"}}, fieldManager="patcher")
    s.apply("configmaps/a", cm({"a": "1"}))
    s.apply("configmaps/a", cm({"a": "1"}), force="true")


@scenario
def apply_to_what_was_created(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("configmaps", config_map("a"))
    s.apply("configmaps/a", cm({"a": "1"}))
    s.apply("configmaps/a", cm({"a": "2"}))
    s.apply("configmaps/a", cm({"b": "1"}))


@scenario
def an_update_takes_fields_away(s: Server) -> None:
    s.shows_managed_fields = True
    made = s.apply("configmaps/a", cm({"a": "1", "b": "1"}))
    s.put("configmaps/a", {**made, "data": {"a": "2"}})
    s.apply("configmaps/a", cm({"b": "1"}))


@scenarios({"none": None, "empty": "", "long": "x" * 129, "odd": "a\tb"})
def a_manager_must_be_named(s: Server, manager: str | None) -> None:
    query = {} if manager is None else {"fieldManager": manager}
    s.call("PATCH", "configmaps/a", cm({"a": "1"}), content_type=APPLY_TYPE, **query)


_BODIES: dict[str, dict[str, Any]] = {
    "no kind": {"apiVersion": "v1", "metadata": {"name": "a"}},
    "no version": {"kind": "ConfigMap", "metadata": {"name": "a"}},
    "no metadata": HEAD,
    "another name": {**HEAD, "metadata": {"name": "b"}},
    "another namespace": {**HEAD, "metadata": {"name": "a", "namespace": "other"}},
    "another kind": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}},
    "another group": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}},
    "managed fields": {**HEAD, "metadata": {"name": "a", "managedFields": []}},
    "some managed fields": {**HEAD, "metadata": {"name": "a", "managedFields": [{"manager": "x"}]}},
    "a wrong type": {**HEAD, "metadata": {"name": "a"}, "data": {"a": 1}},
    "a version": {**HEAD, "metadata": {"name": "a", "resourceVersion": "1"}},
    "a uid": {**HEAD, "metadata": {"name": "a", "uid": "another"}},
    "an invalid name of a label": {**HEAD, "metadata": {"name": "a", "labels": {"a b": "c"}}},
    "null values": {**HEAD, "metadata": {"name": "a", "labels": None}, "data": {"a": None}},
}


@scenarios(_BODIES)
def apply_an_odd_body(s: Server, body: dict[str, Any]) -> None:
    s.apply("configmaps/a", body)


@scenarios({k: _BODIES[k] for k in ("a version", "a uid", "managed fields", "no kind")})
def apply_an_odd_body_to_what_is_there(s: Server, body: dict[str, Any]) -> None:
    s.made("configmaps", config_map("a"))
    s.apply("configmaps/a", body)


@scenarios(
    {
        "no YAML": b"a: [",
        "text": b"text",
        "empty": b"",
        "a list": b"[]",
        "null": b"null",
        "a number": b"1",
        "true": b"true",
    }
)
def apply_what_is_no_object(s: Server, body: bytes) -> None:
    s.call("PATCH", "configmaps/a", body, content_type=APPLY_TYPE, fieldManager="applier")


@scenario
def apply_yaml(s: Server) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: 'yes'\n"
    s.call("PATCH", "configmaps/a", body, content_type=APPLY_TYPE, fieldManager="applier")


@scenario
def apply_at_the_present_version(s: Server) -> None:
    made = s.apply("configmaps/a", cm({"a": "1"}))
    version = made["metadata"]["resourceVersion"]
    s.apply("configmaps/a", cm({"a": "2"}, resourceVersion=version))
    s.apply("configmaps/a", cm({"a": "3"}, resourceVersion=version))


@scenario
def apply_a_deployment(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("deployments/web", deployment("web"))
    s.apply("deployments/web", deployment("web", replicas=3), "scaler")
    s.merge("deployments/web/scale", {"spec": {"replicas": 5}}, fieldManager="hpa")
    s.apply("deployments/web", deployment("web"))


@scenario
def a_field_can_be_given_up(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("deployments/web", deployment("web"))
    s.merge("deployments/web", {"spec": {"replicas": 5}}, fieldManager="hpa")
    body = deployment("web")
    body["spec"].pop("replicas")
    s.apply("deployments/web", body)


@scenario
def containers_by_name(s: Server) -> None:
    s.shows_managed_fields = True
    body = deployment("web")
    s.apply("deployments/web", body)
    more = {"name": "side", "image": "side:1"}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [more]}}
    second = {**deployment("web"), "spec": {"template": {"spec": template["spec"]}}}
    found = s.apply("deployments/web", second, "injector")
    s.note(names=[c["name"] for c in found["spec"]["template"]["spec"]["containers"]])
    s.apply("deployments/web", {**deployment("web"), "spec": {}}, "injector")


@scenario
def lists_by_key(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a", ports=[{"name": "x", "number": 1}]))
    other = widget("a", ports=[{"name": "y", "number": 2}, {"name": "x", "protocol": "UDP"}])
    other["spec"].pop("size")
    s.apply("widgets/a", other, "second")
    s.apply("widgets/a", widget("a", ports=[]), "applier")
    changed = widget("a", ports=[{"name": "y", "number": 3}])
    s.apply("widgets/a", changed, "third")


@scenario
def lists_that_are_sets(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a", tags=["x", "y"]))
    s.apply("widgets/a", widget("a", tags=["y", "z"]), "second")
    s.apply("widgets/a", widget("a", tags=["x"]))
    s.apply("widgets/a", widget("a"), "second")


@scenario
def lists_that_are_one_value(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a", steps=["x", "y"]))
    s.apply("widgets/a", widget("a", steps=["y"]), "second")
    s.apply("widgets/a", widget("a", steps=["y"]), "second", force="true")


@scenario
def maps_that_are_one_value(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a", limits={"x": "1"}))
    s.apply("widgets/a", widget("a", limits={"y": "1"}), "second")
    s.apply("widgets/a", widget("a", limits={"y": "1"}), "second", force="true")


@scenario
def maps_by_key(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a", labels={"x": "1"}))
    s.apply("widgets/a", widget("a", labels={"y": "1"}), "second")
    s.apply("widgets/a", widget("a"))


@scenario
def defaults_are_nobodys(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a"))
    s.apply("widgets/a", widget("a", color="blue"), "second")
    s.apply("widgets/a", widget("a", color="green"))


@scenario
def twice_the_same_item(s: Server) -> None:
    s.apply("widgets/a", widget("a", tags=["x", "x"]))
    s.apply("widgets/a", widget("a", ports=[{"name": "x"}, {"name": "x"}]))
    body = deployment("web")
    body["spec"]["template"]["spec"]["containers"] *= 2
    s.apply("deployments/web", body)


@scenario
def apply_a_status(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a/status", widget("a", status={"phase": "Good"}))
    s.apply("widgets/a", widget("a"))
    condition = {"type": "Ready", "status": "True"}
    status = {**widget("a"), "status": {"conditions": [condition]}}
    status.pop("spec")
    s.apply("widgets/a/status", status, "controller")
    more = {**status, "status": {"conditions": [{"type": "Fine", "status": "True"}]}}
    s.apply("widgets/a/status", more, "other")
    s.apply("widgets/a/status", {**status, "status": {}}, "controller")


@scenario
def status_and_object_are_owned_apart(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("widgets/a", widget("a", status={"phase": "Good"}))
    s.apply("widgets/a/status", widget("a", size=2, status={"phase": "Good"}))


@scenario
def apply_a_scale(s: Server) -> None:
    s.made("deployments", deployment("web"))
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}}
    s.apply("deployments/web/scale", {**scale, "spec": {"replicas": 7}})
    s.apply("deployments/web/scale", {**scale, "spec": {"replicas": 7}}, force="true")


_SCALE = {"apiVersion": "autoscaling/v1", "kind": "Scale"}


@scenario
def the_replicas_belong_to_who_applied_the_scale(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("deployments", deployment("web"))
    path = "deployments/web/scale"
    scale = {**_SCALE, "metadata": {"name": "web"}}
    s.apply(path, {**scale, "spec": {"replicas": 2}})
    s.get("deployments/web")
    s.apply(path, {**scale, "spec": {"replicas": 3}}, force="true")
    s.get("deployments/web")
    s.apply(path, {**scale, "spec": {"replicas": 4}}, "second")
    s.apply(path, {**scale, "spec": {"replicas": 3}}, "second")
    s.get("deployments/web")
    s.apply(path, scale, "second")
    s.get("deployments/web")
    s.merge(path, {"spec": {"replicas": 5}})
    s.get("deployments/web")
    s.apply(path, scale)
    s.get("deployments/web")


@scenario
def apply_the_scale_of_a_custom_object(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("widgets", widget("a"))
    scale = {**_SCALE, "metadata": {"name": "a"}}
    s.apply("widgets/a/scale", {**scale, "spec": {"replicas": 3}})
    s.apply("widgets/a/scale", {**scale, "spec": {"replicas": 3}}, force="true")
    s.get("widgets/a")
    s.apply("widgets/a/scale", scale)
    s.get("widgets/a")
    s.apply("widgets/a/scale", {**scale, "spec": {"replicas": 1}})
    s.apply("widgets/a/scale", {**scale, "spec": {}})
    s.get("widgets/a")


@scenario
def apply_what_is_no_scale(s: Server) -> None:
    s.made("deployments", deployment("web"))
    path, scale = "deployments/web/scale", {**_SCALE, "metadata": {"name": "web"}}
    s.apply("deployments/none/scale", {**_SCALE, "metadata": {"name": "none"}})
    s.apply(path, deployment("web"))
    s.apply(path, {**_SCALE, "metadata": {"name": "other"}, "spec": {"replicas": 2}})
    s.apply(path, {**_SCALE, "spec": {"replicas": 2}})
    s.apply(path, {**scale, "odd": 1, "spec": {"replicas": 2}})
    s.apply(path, {**scale, "spec": {"replicas": -1}}, force="true")
    s.apply(path, {**scale, "spec": {"replicas": "2"}}, force="true")
    s.apply(path, scale, manager="")
    version = {"name": "web", "resourceVersion": "1"}
    s.apply(path, {**scale, "metadata": version, "spec": {"replicas": 2}})
    s.apply(path, {**scale, "spec": {"replicas": 9}}, force="true", dryRun="All")
    s.get(path)
    s.made("widgets", widget("a"))
    s.apply("widgets/a/scale", {**_SCALE, "metadata": {"name": "other"}, "spec": {"replicas": 2}})
    s.apply("widgets/a/scale", widget("a"))
    s.call("PATCH", "widgets/a/scale", content_type="text/plain")
    s.call("PATCH", "widgets/a/scale", content_type="application/merge-patch+json")


@scenario
def apply_finalizers(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("configmaps/a", cm(finalizers=["example.com/a"]))
    s.apply("configmaps/a", cm(finalizers=["example.com/b"]), "second")
    s.apply("configmaps/a", cm())


@scenario
def apply_owners(s: Server) -> None:
    s.shows_managed_fields = True
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}
    s.apply("configmaps/a", cm(ownerReferences=[owner]))
    s.apply("configmaps/a", cm(ownerReferences=[{**owner, "uid": "v"}]), "second")


@scenario
def apply_to_what_is_being_deleted(s: Server) -> None:
    s.apply("configmaps/a", cm({"a": "1"}, finalizers=["example.com/a"]))
    s.given("DELETE", "configmaps/a")
    s.apply("configmaps/a", cm({"a": "2"}))
    s.get("configmaps/a")


@scenario
def a_subset_for_one_kind_of_port(s: Server) -> None:
    s.shows_managed_fields = True
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}
    s.apply("services/a", {**service, "spec": {"clusterIP": "None", "ports": [{"port": 80}]}})
    s.apply("services/a", {**service, "spec": {"ports": [{"port": 81, "name": "b"}]}}, "second")


@scenario
def apply_in_another_version(s: Server) -> None:
    s.shows_managed_fields = True
    name = f"{s.ns}-a"
    root = "/apis/cases.example.com"
    body = {"kind": "Gadget", "metadata": {"name": name}, "spec": {"size": 1}}
    s.apply(f"{root}/v1/gadgets/{name}", {**body, "apiVersion": "cases.example.com/v1"})
    s.apply(f"{root}/v1beta1/gadgets/{name}", {**body, "apiVersion": "cases.example.com/v1beta1"})
    s.apply(f"{root}/v1beta1/gadgets/{name}", {**body, "apiVersion": "cases.example.com/v1"})


@scenario
def a_number_that_is_zero_belongs_to_nobody_else(s: Server) -> None:
    s.shows_managed_fields = True
    s.made("deployments", deployment("web", minReadySeconds=1))
    head = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    s.apply("deployments/web", {**head, "spec": {"minReadySeconds": 0}}, "first")
    s.apply("deployments/web", {**head, "spec": {"minReadySeconds": 0}}, "first", force="true")
    s.apply("deployments/web", {**head, "spec": {"minReadySeconds": 0}}, "second", force="true")
    s.merge("deployments/web", {"spec": {"minReadySeconds": 2}}, fieldManager="third")
    s.apply("deployments/web", {**head, "spec": {"paused": False}}, "second", force="true")


@scenario
def items_are_in_the_order_of_the_last_applier(s: Server) -> None:
    head = {"apiVersion": "cases.example.com/v1", "kind": "Widget", "metadata": {"name": "a"}}
    s.made("widgets", widget("a", tags=["s", "t", "u"]))
    s.apply("widgets/a", {**head, "spec": {"tags": ["u", "v", "s"]}})
    s.apply("widgets/a", {**head, "spec": {"tags": ["v", "t", "s"]}})


@scenario
def conflicts_are_told_by_manager(s: Server) -> None:
    s.apply("configmaps/a", cm({"b": "1"}), "two")
    s.merge("configmaps/a", {"data": {"a": "1"}}, fieldManager="scenario")
    s.apply("configmaps/a", cm({"a": "2", "b": "2"}), "three")


@scenario
def a_scale_of_what_was_applied(s: Server) -> None:
    s.shows_managed_fields = True
    s.apply("deployments/web", deployment("web"), "one", force="true")
    s.merge("deployments/web/scale", {"spec": {"replicas": 0}})
    s.get("deployments/web")
