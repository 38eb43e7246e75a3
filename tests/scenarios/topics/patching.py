"""JSON, merge and strategic merge patches."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, pod, widget

_MERGES: dict[str, Any] = {
    "add": {"data": {"b": "2"}},
    "change": {"data": {"a": "2"}},
    "remove": {"data": {"a": None}},
    "remove all": {"data": None},
    "remove what is not there": {"data": {"x": None}},
    "nothing": {},
    "labels": {"metadata": {"labels": {"x": "1"}}},
    "another name": {"metadata": {"name": "b"}},
    "another namespace": {"metadata": {"namespace": "other"}},
    "a stale version": {"metadata": {"resourceVersion": "1"}},
    "another uid": {"metadata": {"uid": "another"}},
    "another kind": {"kind": "Secret"},
    "another version": {"apiVersion": "v2"},
    "no kind": {"kind": None},
    "no metadata": {"metadata": None},
    "no name": {"metadata": {"name": None}},
    "a list": [],
    "text": "x",
    "null": None,
    "a wrong type": {"data": {"a": 1}},
}


@scenarios(_MERGES)
def merge(s: Server, patch: Any) -> None:
    s.made("configmaps", config_map("a"))
    s.call(
        "PATCH",
        "configmaps/a",
        b"null" if patch is None else patch,
        content_type="application/merge-patch+json",
    )


_CUSTOM: dict[str, Any] = {
    "change": {"spec": {"size": 2}},
    "a stale version": {"metadata": {"resourceVersion": "1"}},
    "another uid": {"metadata": {"uid": "another"}},
    "another name": {"metadata": {"name": "b"}},
    "another kind": {"kind": "Gadget"},
    "another version": {"apiVersion": "cases.example.com/v2"},
    "no kind": {"kind": None},
    "no spec": {"spec": None},
    "lists are replaced": {"spec": {"tags": ["b"]}},
    "nothing": {},
}


@scenarios(_CUSTOM)
def merge_into_a_custom_object(s: Server, patch: Any) -> None:
    s.made("widgets", widget("a", tags=["a"]))
    s.merge("widgets/a", patch)


@scenario
def merge_at_the_present_version(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    version = made["metadata"]["resourceVersion"]
    s.merge("configmaps/a", {"metadata": {"resourceVersion": version}, "data": {"b": "2"}})
    s.merge("configmaps/a", {"metadata": {"resourceVersion": version}, "data": {"c": "3"}})


_OPERATIONS: dict[str, list[Any]] = {
    "add": [{"op": "add", "path": "/data/b", "value": "2"}],
    "replace": [{"op": "replace", "path": "/data/a", "value": "2"}],
    "remove": [{"op": "remove", "path": "/data/a"}],
    "move": [{"op": "move", "from": "/data/a", "path": "/data/b"}],
    "copy": [{"op": "copy", "from": "/data/a", "path": "/data/b"}],
    "test that holds": [
        {"op": "test", "path": "/data/a", "value": "1"},
        {"op": "add", "path": "/data/b", "value": "2"},
    ],
    "test that fails": [{"op": "test", "path": "/data/a", "value": "0"}],
    "test of nothing": [{"op": "test", "path": "/data/x", "value": "0"}],
    "replace nothing": [{"op": "replace", "path": "/data/x", "value": "2"}],
    "remove nothing": [{"op": "remove", "path": "/data/x"}],
    "add below nothing": [{"op": "add", "path": "/x/y", "value": "2"}],
    "escaped": [
        {"op": "add", "path": "/metadata/annotations", "value": {"e.com/a~b": "1"}},
        {"op": "replace", "path": "/metadata/annotations/e.com~1a~0b", "value": "2"},
    ],
    "unknown operation": [{"op": "multiply", "path": "/data/a", "value": 2}],
    "no path": [{"op": "remove"}],
    "no operation": [{"path": "/data/a"}],
    "no value": [{"op": "add", "path": "/data/b"}],
    "the whole": [{"op": "replace", "path": "", "value": {}}],
    "none": [],
    "a wrong type": [{"op": "replace", "path": "/data/a", "value": 1}],
    "no slash": [{"op": "remove", "path": "data/a"}],
}


@scenarios(_OPERATIONS)
def json_patch(s: Server, operations: list[Any]) -> None:
    s.made("configmaps", config_map("a"))
    s.json_patch("configmaps/a", *operations)


_ENDS: dict[str, dict[str, Any]] = {
    "add at the end": {"op": "add", "path": "/spec/steps/-1", "value": "x"},
    "add before the last": {"op": "add", "path": "/spec/steps/-2", "value": "x"},
    "add at the beginning": {"op": "add", "path": "/spec/steps/-3", "value": "x"},
    "add before the beginning": {"op": "add", "path": "/spec/steps/-4", "value": "x"},
    "remove the last": {"op": "remove", "path": "/spec/steps/-1"},
    "remove before the first": {"op": "remove", "path": "/spec/steps/-3"},
    "replace the last": {"op": "replace", "path": "/spec/steps/-1", "value": "x"},
    "test the last": {"op": "test", "path": "/spec/steps/-1", "value": "b"},
    "test the last for another": {"op": "test", "path": "/spec/steps/-1", "value": "a"},
    "move the last": {"op": "move", "from": "/spec/steps/-1", "path": "/spec/steps/0"},
    "copy the last": {"op": "copy", "from": "/spec/steps/-1", "path": "/spec/note"},
    "in the last": {"op": "replace", "path": "/spec/ports/-1/number", "value": 7},
    "a name": {"op": "add", "path": "/spec/labels/-1", "value": "x"},
    "another zero": {"op": "remove", "path": "/spec/steps/-0"},
}


@scenarios(_ENDS)
def json_patch_from_the_end_of_a_list(s: Server, operation: dict[str, Any]) -> None:
    ports = [{"name": "p", "number": 1}, {"name": "q", "number": 2}]
    s.made("widgets", widget("a", steps=["a", "b"], ports=ports, labels={"a": "b"}))
    s.json_patch("widgets/a", operation)


_ITEMS: dict[str, list[Any]] = {
    "append": [{"op": "add", "path": "/spec/steps/-", "value": "c"}],
    "insert": [{"op": "add", "path": "/spec/steps/0", "value": "c"}],
    "replace": [{"op": "replace", "path": "/spec/steps/1", "value": "c"}],
    "remove": [{"op": "remove", "path": "/spec/steps/0"}],
    "beyond": [{"op": "replace", "path": "/spec/steps/5", "value": "c"}],
    "negative": [{"op": "remove", "path": "/spec/steps/-1"}],
    "no number": [{"op": "remove", "path": "/spec/steps/x"}],
}


@scenarios(_ITEMS)
def json_patch_of_a_list(s: Server, operations: list[Any]) -> None:
    s.made("widgets", widget("a", steps=["a", "b"]))
    s.json_patch("widgets/a", *operations)


_BODIES = {"an object": b"{}", "text": b'"x"', "null": b"null", "no JSON": b"x", "empty": b""}


@scenarios(_BODIES)
def json_patch_that_is_none(s: Server, body: bytes) -> None:
    s.made("configmaps", config_map("a"))
    s.call("PATCH", "configmaps/a", body, content_type="application/json-patch+json")


@scenarios({"text": b'"x"', "no JSON": b"x", "empty": b"", "number": b"1"})
def merge_patch_that_is_none(s: Server, body: bytes) -> None:
    s.made("configmaps", config_map("a"))
    s.call("PATCH", "configmaps/a", body, content_type="application/merge-patch+json")


def _spec(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


_STRATEGIC: dict[str, dict[str, Any]] = {
    "a container by name": _spec(containers=[{"name": "web", "image": "web:2"}]),
    "a new container": _spec(containers=[{"name": "side", "image": "side:1"}]),
    "delete a container": _spec(containers=[{"name": "web", "$patch": "delete"}]),
    "replace containers": _spec(
        containers=[{"$patch": "replace"}, {"name": "other", "image": "other:1"}]
    ),
    "order of containers": _spec(
        **{
            "$setElementOrder/containers": [{"name": "side"}, {"name": "web"}],
            "containers": [{"name": "side", "image": "side:1"}],
        }
    ),
    "env by name": _spec(containers=[{"name": "web", "env": [{"name": "A", "value": "1"}]}]),
    "ports by number": _spec(containers=[{"name": "web", "ports": [{"containerPort": 80}]}]),
    "no name": _spec(containers=[{"image": "web:2"}]),
    "a map": {"metadata": {"labels": {"a": "1", "b": None}}},
    "replace a map": {
        "spec": {"template": {"metadata": {"labels": {"$patch": "replace", "app": "web"}}}}
    },
    "delete a map": {"metadata": {"labels": {"$patch": "delete"}}},
    "null": {"spec": {"replicas": None}},
    "retain keys": {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
    "a list from primitives": {
        "metadata": {"finalizers": ["example.com/b"]},
    },
    "delete from primitives": {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"]}
    },
    "an unknown directive": {"metadata": {"labels": {"$patch": "add"}}},
    "an unknown field": {"spec": {"nothing": 1}},
    "a stale version": {"metadata": {"resourceVersion": "1"}},
}


@scenarios(_STRATEGIC)
def strategic_merge(s: Server, patch: dict[str, Any]) -> None:
    body = deployment("web")
    body["metadata"] |= {"labels": {"b": "2"}, "finalizers": ["example.com/a"]}
    s.made("deployments", body)
    found = s.strategic("deployments/web", patch)
    if "spec" in found:
        s.answers.pop()
        template = found["spec"]["template"]
        containers = [
            {k: c[k] for k in ("name", "image", "env", "ports") if k in c}
            for c in template["spec"]["containers"]
        ]
        metadata = {k: found["metadata"].get(k) for k in ("labels", "finalizers", "generation")}
        s.note(
            containers=containers,
            metadata=metadata,
            labels=template["metadata"]["labels"],
            replicas=found["spec"]["replicas"],
            strategy=found["spec"]["strategy"],
        )


@scenario
def strategic_merge_of_a_config_map(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.strategic("configmaps/a", {"data": {"b": "2", "a": None}})


@scenario
def strategic_merge_is_not_for_custom_objects(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.strategic("widgets/a", {"spec": {"size": 2}})


@scenarios(
    {"JSON": "application/json", "text": "text/plain", "YAML": "application/yaml", "none": ""}
)
def a_patch_of_another_type(s: Server, content_type: str) -> None:
    s.made("configmaps", config_map("a"))
    s.call("PATCH", "configmaps/a", {"data": {"b": "2"}}, content_type=content_type)
    s.made("widgets", widget("a"))
    s.call("PATCH", "widgets/a", {"spec": {"size": 2}}, content_type=content_type)


@scenario
def a_patch_with_parameters_in_its_type(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    content_type = "application/merge-patch+json; charset=utf-8"
    s.call("PATCH", "configmaps/a", {"data": {"b": "2"}}, content_type=content_type)


@scenario
def a_pod_can_hardly_be_changed(s: Server) -> None:
    s.made("pods", pod("a"))
    s.merge("pods/a", {"spec": {"nodeName": "n"}})
    s.strategic("pods/a", {"spec": {"containers": [{"name": "web", "image": "web:2"}]}})


@scenario
def force_is_for_apply(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.merge("configmaps/a", {"data": {"b": "2"}}, force="true")
