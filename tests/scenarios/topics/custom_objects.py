"""Custom objects: defaults, pruning, and what the schema refuses."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import widget

_REFUSED: dict[str, dict[str, Any]] = {
    "too small": {"size": -1},
    "too large": {"size": 101},
    "text for a number": {"size": "1"},
    "fraction for an integer": {"size": 1.5},
    "number for text": {"color": 1},
    "null for a number": {"size": None},
    "not in the enum": {"color": "yellow"},
    "pattern": {"code": "AB"},
    "too short": {"code": "a"},
    "too long": {"code": "abcde"},
    "not above": {"ratio": 0},
    "no multiple": {"ratio": 0.7},
    "a whole number of a fraction": {"ratio": 2},
    "an embedded value of another type": {
        "embedded": {"apiVersion": "v1", "kind": "X", "metadata": {"labels": {"a": 1}}}
    },
    "embedded metadata that is text": {
        "embedded": {"apiVersion": "v1", "kind": "X", "metadata": "x"}
    },
    "an embedded kind that is a number": {"embedded": {"apiVersion": "v1", "kind": 1}},
    "an embedded name": {"embedded": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "A"}}},
    "a number that is too large": {"size": 12345678901234567890},
    "no date": {"when": "yesterday"},
    "bool for int or string": {"port": True},
    "object for text": {"note": {}},
    "text for an object": {"deep": "x"},
    "too many properties": {"labels": {"a": "1", "b": "2", "c": "3", "d": "4"}},
    "value of a map": {"labels": {"a": 1}},
    "too many items": {"steps": ["a", "b", "c", "d"]},
    "too few items": {"steps": []},
    "text for a list": {"steps": "a"},
    "item of another type": {"steps": ["a", 1]},
    "twice in a set": {"tags": ["a", "a"]},
    "twice a key": {"ports": [{"name": "a"}, {"name": "a"}]},
    "no key": {"ports": [{"number": 1}]},
    "embedded without kind": {"embedded": {"apiVersion": "v1"}},
    "several": {"size": -1, "color": "yellow"},
}


@scenarios(_REFUSED)
def a_wrong_value(s: Server, spec: dict[str, Any]) -> None:
    s.post("widgets", widget("a", **spec))


_TAKEN: dict[str, dict[str, Any]] = {
    "nothing": {},
    "int or string": {"port": "http"},
    "int": {"port": 80},
    "null that may be": {"note": None, "fallback": None},
    "null that is dropped": {"color": None, "deep": None},
    "unknown is dropped": {"extra": {"a": 1}, "deep": {"more": 1}},
    "unknown is kept": {"free": {"a": {"b": [1]}}},
    "key default": {"ports": [{"name": "a"}, {"name": "a", "protocol": "UDP"}]},
    "deep default": {"deep": {"name": "x"}},
    "embedded": {
        "embedded": {
            "apiVersion": "v1",
            "kind": "X",
            "metadata": {"name": "x", "odd": 1},
            "spec": {"a": 1},
        }
    },
    "date": {"when": "2001-01-01T00:00:00Z"},
    "zero and false": {"size": 0, "on": False, "replicas": 0},
    "whole fraction": {"size": 1.0, "ratio": 1.5},
    "large number": {"free": {"n": 12345678901234567890}},
    "large numbers": {
        "free": {
            "a": [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**20 + 1, 10**21, -(10**25)],
            "b": {"c": 12345678901234567890},
        }
    },
    "embedded metadata of the server": {
        "embedded": {
            "apiVersion": "v1",
            "kind": "X",
            "metadata": {
                "creationTimestamp": None,
                "uid": "u",
                "generation": 3,
                "labels": {},
                "annotations": None,
                "managedFields": [],
                "ownerReferences": [
                    {"odd": 1, "uid": "u", "name": "n", "kind": "K", "apiVersion": "v1"}
                ],
            },
        }
    },
}


@scenarios(_TAKEN)
def a_value_that_is_taken(s: Server, spec: dict[str, Any]) -> None:
    s.post("widgets", widget("a", **spec))
    s.get("widgets/a")


@scenario
def a_required_field_is_missing(s: Server) -> None:
    body = widget("a")
    s.post("widgets", {**body, "spec": {}})
    s.post("widgets", {k: v for k, v in body.items() if k != "spec"})
    s.post("widgets", {**body, "spec": None})
    s.post("widgets", {**body, "spec": []})


_UNSCALED: dict[str, Any] = {
    "a list": {"spec": []},
    "text": {"spec": "x"},
    "a number": {"spec": 1},
    "nothing": {"spec": None},
    "text for the number": {"spec": {"size": 1, "replicas": "1"}},
    "a fraction for the number": {"spec": {"size": 1, "replicas": 1.5}},
    "an object for the number": {"spec": {"size": 1, "replicas": {}}},
}


@scenarios(_UNSCALED)
def a_path_of_the_scale_that_leads_nowhere(s: Server, wrong: dict[str, Any]) -> None:
    s.post("widgets", {**widget("a"), **wrong})
    s.made("widgets", widget("a"))
    s.merge("widgets/a", wrong)
    s.merge("widgets/a/status", {"status": wrong["spec"]})


@scenario
def numbers_in_patches(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a", {"spec": {"free": {"n": 2**64}}})
    s.json_patch("widgets/a", {"op": "add", "path": "/spec/free/m", "value": 10**20 + 1})
    s.apply("widgets/a", widget("a", free={"k": 12345678901234567890}), force="true")
    s.merge("widgets/a", {"spec": {"ratio": 2**64}})
    made = s.given("GET", "widgets/a")
    made["spec"]["free"] = {"n": 2**65}
    s.put("widgets/a", made)


@scenario
def unknown_metadata_of_embedded_objects(s: Server) -> None:
    embedded = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x", "odd": 1}}
    s.post("widgets", widget("a", embedded=embedded), fieldValidation="Strict")
    s.made("widgets", widget("a"))
    s.merge("widgets/a", {"spec": {"embedded": embedded}})
    s.apply("widgets/a", widget("a", embedded=embedded), force="true")
    s.merge("widgets/a", {"spec": {"embedded": {"metadata": {"labels": {"a": 1}}}}})
    s.merge("widgets/a", {"spec": {"embedded": {"metadata": None}}})


@scenario
def updates_are_validated(s: Server) -> None:
    made = s.made("widgets", widget("a"))
    made["spec"]["size"] = 1000
    s.put("widgets/a", made)
    s.merge("widgets/a", {"spec": {"color": "yellow"}})
    s.merge("widgets/a", {"spec": {"size": None}})
    s.json_patch("widgets/a", {"op": "add", "path": "/spec/code", "value": "A"})
    s.apply("widgets/a", widget("a", size=-5), force="true")


@scenario
def the_status_is_validated(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a/status", {"status": {"phase": "Unknown"}})
    s.merge("widgets/a/status", {"status": {"conditions": [{"type": "A"}]}})
    twice = [{"type": "A", "status": "1"}, {"type": "A", "status": "2"}]
    s.merge("widgets/a/status", {"status": {"conditions": twice}})


@scenario
def defaults_come_back_when_removed(s: Server) -> None:
    s.made("widgets", widget("a", color="blue", replicas=3))
    s.merge("widgets/a", {"spec": {"color": None, "replicas": None}})


@scenario
def unknown_fields_at_the_top(s: Server) -> None:
    s.post("widgets", {**widget("a"), "extra": 1, "data": {}})


@scenario
def metadata_of_another_type(s: Server) -> None:
    s.post("widgets", {**widget("a"), "metadata": {"name": 5}})
    s.post("widgets", {**widget("a"), "metadata": {"name": "a", "labels": {"a": 1}}})
    s.post("widgets", {**widget("a"), "metadata": {"name": "a", "finalizers": "x"}})
    s.post("widgets", {**widget("a"), "metadata": "a"})


@scenario
def an_object_in_each_version(s: Server) -> None:
    name = f"{s.ns}-a"
    head = {"kind": "Gadget", "metadata": {"name": name}, "spec": {"size": 1}}
    root = "/apis/cases.example.com"
    s.post(f"{root}/v1beta1/gadgets", {**head, "apiVersion": "cases.example.com/v1beta1"})
    s.get(f"{root}/v1/gadgets/{name}")
    s.get(f"{root}/v1alpha1/gadgets/{name}")
    s.merge(f"{root}/v1/gadgets/{name}", {"spec": {"size": 2}})
    s.get(f"{root}/v1beta1/gadgets/{name}")
