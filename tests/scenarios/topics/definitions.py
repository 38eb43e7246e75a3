"""CustomResourceDefinitions: what they must say, and what is served when."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import CRDS, Server, scenario, scenarios
from tests.scenarios.objects import crd

ANY = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}


def version(name: str = "v1", **more: Any) -> dict[str, Any]:
    return {"name": name, "served": True, "storage": True, "schema": ANY, **more}


_WRONG: dict[str, dict[str, Any]] = {
    "no versions": {"versions": []},
    "no storage": {"versions": [version(storage=False)]},
    "two storages": {"versions": [version(), version("v2")]},
    "twice a version": {"versions": [version(), version(storage=False)]},
    "no schema": {"versions": [{"name": "v1", "served": True, "storage": True}]},
    "no scope": {"scope": ""},
    "odd scope": {"scope": "Everywhere"},
    "no kind": {"names": {"plural": "things"}},
    "no plural": {"names": {"kind": "Thing"}},
    "upper case plural": {"names": {"plural": "Things", "kind": "Thing"}},
    "bad version name": {"versions": [version("V1!")]},
    "preserve unknown": {"preserveUnknownFields": True},
    "not structural": {
        "versions": [version(schema={"openAPIV3Schema": {"properties": {"a": {"type": "string"}}}})]
    },
    "a property without a type": {
        "versions": [
            version(schema={"openAPIV3Schema": {"type": "object", "properties": {"a": {}}}})
        ]
    },
    "bad selectable field": {"versions": [version(selectableFields=[{"jsonPath": ".spec.a"}])]},
    "bad scale": {"versions": [version(subresources={"scale": {}})]},
    "bad column": {
        "versions": [
            version(additionalPrinterColumns=[{"name": "A", "type": "x", "jsonPath": "a"}])
        ]
    },
    "kind and list are one": {"names": {"plural": "things", "kind": "Thing", "listKind": "Thing"}},
    "bad short name": {"names": {"plural": "things", "kind": "Thing", "shortNames": ["A b"]}},
    "bad category": {"names": {"plural": "things", "kind": "Thing", "categories": ["all", "A"]}},
    "bad name of the second version": {"versions": [version(), version("V!", storage=False)]},
    "another schema in each": {
        "versions": [version(), version("v2", schema={"openAPIV3Schema": {"type": "object"}})]
    },
    "set of objects": {
        "versions": [
            version(
                schema={
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "a": {
                                "type": "array",
                                "x-kubernetes-list-type": "map",
                                "items": {"type": "string"},
                            }
                        },
                    }
                }
            )
        ]
    },
    "default of another type": {
        "versions": [
            version(
                schema={
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"a": {"type": "integer", "default": "x"}},
                    }
                }
            )
        ]
    },
}


def _of(**properties: Any) -> dict[str, Any]:
    return {"openAPIV3Schema": {"type": "object", "properties": properties}}


def _list(kind: str, items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"versions": [version(schema=_of(a=_listed(kind, items, **more)))]}


def _listed(kind: str, items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "x-kubernetes-list-type": kind, "items": items, **more}


_KEYS: dict[str, Any] = {"x-kubernetes-list-map-keys": ["k"]}
_TEXT = {"type": "string"}
_ITEM = {"type": "object", "properties": {"k": _TEXT}, "required": ["k"]}
_LISTS: dict[str, dict[str, Any]] = {
    "an unknown type": _list("bag", _TEXT),
    "keys without a type": {
        "versions": [version(schema=_of(a={"type": "array", "items": _ITEM, **_KEYS}))]
    },
    "keys of a set": _list("set", _TEXT, **_KEYS),
    "a type of what is no list": {
        "versions": [version(schema=_of(a={**_TEXT, "x-kubernetes-list-type": "set"}))]
    },
    "a set of objects": _list("set", {"type": "object"}),
    "a set of atomic objects": _list("set", {"type": "object", "x-kubernetes-map-type": "atomic"}),
    "a set of sets": _list("set", _listed("set", _TEXT)),
    "a set of lists": _list("set", {"type": "array", "items": _TEXT}),
    "a set of nothing": _list("set", {**_TEXT, "nullable": True}),
    "a map of nothing": _list("map", {**_ITEM, "nullable": True}, **_KEYS),
    "a map by a key that is not there": _list("map", {"type": "object"}, **_KEYS),
    "a map by an object": _list(
        "map",
        {"type": "object", "properties": {"k": {"type": "object"}}, "required": ["k"]},
        **_KEYS,
    ),
    "a map by a key twice": _list("map", _ITEM, **{"x-kubernetes-list-map-keys": ["k", "k"]}),
    "a map": _list("map", _ITEM, **_KEYS),
}


@scenarios(_LISTS)
def a_definition_of_a_list(s: Server, spec: dict[str, Any]) -> None:
    found = s.post(CRDS, crd(s.ns, "things", **spec))
    s.answers.pop()
    s.note(reason=found.get("reason"), details=found.get("details"))


_SELECTABLE: dict[str, list[str]] = {
    "fields": [".spec.a", ".spec.n", ".spec.b"],
    "no path": [""],
    "no dot": ["spec.a"],
    "twice": [".spec.a", ".spec.a"],
    "an object": [".spec"],
    "a fraction": [".spec.f"],
    "metadata": [".metadata.name"],
    "a list": [".spec.l"],
    "an item of a list": [".spec.l[0]"],
    "of a map": [".spec.m.x"],
    "nothing": [".spec.none"],
    "below a value": [".spec.a.b"],
    "too many": [f".spec.x{number}" for number in range(9)],
}


@scenarios(_SELECTABLE)
def a_definition_with_selectable_fields(s: Server, paths: list[str]) -> None:
    spec: dict[str, Any] = {
        "a": _TEXT,
        "n": {"type": "integer"},
        "b": {"type": "boolean"},
        "f": {"type": "number"},
        "l": {"type": "array", "items": _TEXT},
        "m": {"type": "object", "additionalProperties": _TEXT},
        **{f"x{number}": _TEXT for number in range(9)},
    }
    schema = _of(spec={"type": "object", "properties": spec})
    fields = [{"jsonPath": path} for path in paths]
    versions = [version(schema=schema, selectableFields=fields)]
    found = s.post(CRDS, crd(s.ns, "things", versions=versions))
    s.answers.pop()
    s.note(reason=found.get("reason"), details=found.get("details"))


_COLUMNS: dict[str, str] = {
    "a filter with spaces": '.status.conditions[?(@.type == "Ready")].status',
    "a filter": ".status.conditions[?(@.type=='Ready')].status",
    "an item": ".status.conditions[0].type",
    "nothing": "",
    "a dot": ".",
    "no dot": "status.word",
    "a dollar": "$.status.word",
    "braces": "{.status.word}",
    "a space in front": " .status.word",
    "spaces": ".status .word",
    "two dots": "..word",
    "two dots in the middle": ".status..word",
    "two lines": ".status\n.word",
    "no end": ".status.conditions[0",
    "quotes": ".status['word']",
}


@scenarios(_COLUMNS)
def a_column_of_a_definition(s: Server, path: str) -> None:
    column = {"name": "A", "type": "string", "jsonPath": path}
    body = crd(s.ns, "things", versions=[version(additionalPrinterColumns=[column])])
    made = s.post(CRDS, body)
    s.answers.pop()
    s.note(reason=made.get("reason"), details=made.get("details"))
    if made["kind"] == "Status":
        return
    path = f"/apis/{s.ns}.example.com/v1/namespaces/{s.ns}/things"
    s.until_served(path)
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    status = {"word": "w", "conditions": [{"type": "Ready", "status": "True"}]}
    s.made(path, {**head, "status": status})
    s.note(rows=[row["cells"] for row in s.table(path)["rows"]])


_SCALES: dict[str, dict[str, str]] = {
    "spaces": {"specReplicasPath": ".spec.a b"},
    "an item": {"specReplicasPath": ".spec.a[0]"},
    "no dot": {"specReplicasPath": "spec.replicas"},
    "a dot": {"specReplicasPath": "."},
    "elsewhere": {"specReplicasPath": ".status.replicas"},
    "all of it": {"specReplicasPath": ".spec"},
    "two dots": {"specReplicasPath": ".spec..replicas"},
    "a selector elsewhere": {"labelSelectorPath": ".metadata.labels"},
    "a selector of no path": {"labelSelectorPath": "selector"},
    "a selector in spec": {"labelSelectorPath": ".spec.selector"},
    "no status": {"statusReplicasPath": ""},
}


@scenarios(_SCALES)
def a_scale_of_a_definition(s: Server, paths: dict[str, str]) -> None:
    scale = {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        **paths,
    }
    body = crd(s.ns, "things", versions=[version(subresources={"scale": scale})])
    made = s.post(CRDS, body)
    s.answers.pop()
    s.note(reason=made.get("reason"), details=made.get("details"))


@scenario
def what_a_definition_may_not_become(s: Server) -> None:
    body = crd(s.ns, "things")
    s.served(body)
    path = f"{CRDS}/{body['metadata']['name']}"
    s.merge(path, {"spec": {"preserveUnknownFields": True}})
    s.merge(path, {"spec": {"versions": []}})
    s.merge(path, {"spec": {"versions": [version(storage=False)]}})
    s.merge(path, {"spec": {"versions": [version(), version("v2"), version("v3")]}})
    s.merge(path, {"spec": {"versions": [version(storage=False), version("v2")]}})
    s.merge(path, {"spec": {"versions": [version("v3")]}})
    s.merge(path, {"spec": {"names": {"listKind": "Thing"}}})


@scenarios(_WRONG)
def a_wrong_definition(s: Server, spec: dict[str, Any]) -> None:
    s.post(CRDS, crd(s.ns, "things", **spec))


@scenario
def the_name_is_plural_and_group(s: Server) -> None:
    body = crd(s.ns, "things")
    body["metadata"]["name"] = f"other.{s.ns}.example.com"
    s.post(CRDS, body)


@scenario
def a_definition_is_served(s: Server) -> None:
    path = s.served(crd(s.ns, "things"))
    name = f"things.{s.ns}.example.com"
    s.get(f"{CRDS}/{name}")
    s.get(path)
    s.post(CRDS, crd(s.ns, "things"))


@scenario
def objects_of_any_shape(s: Server) -> None:
    path = s.served(crd(s.ns, "things"))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "anything": {"goes": [1, {"a": None}]}})
    s.merge(f"{path}/a", {"anything": None, "more": 1.5})


@scenario
def the_names_of_a_definition(s: Server) -> None:
    names = {
        "plural": "things",
        "kind": "Thing",
        "singular": "stuff",
        "listKind": "Things",
        "shortNames": ["th"],
        "categories": ["all"],
    }
    path = s.served(crd(s.ns, "things", names=names))
    s.get(path)
    s.get(f"{CRDS}/things.{s.ns}.example.com")


@scenario
def two_versions_are_served_and_one_not(s: Server) -> None:
    versions = [
        version("v1"),
        version("v2", storage=False),
        version("v3", storage=False, served=False),
    ]
    path = s.served(crd(s.ns, "things", versions=versions))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.made(path, head)
    other = path.replace("/v1/", "/v2/")
    s.get(f"{other}/a")
    s.get(other)
    s.merge(f"{other}/a", {"x": 1})
    s.get(f"{path}/a")
    s.get(path.replace("/v1/", "/v3/"))
    s.put(f"{path}/a", {**head, "apiVersion": f"{s.ns}.example.com/v2"})


@scenario
def deprecated_versions_warn(s: Server) -> None:
    versions = [
        version("v1"),
        version("v1beta1", storage=False, deprecated=True),
        version("v1alpha1", storage=False, deprecated=True, deprecationWarning="do not use it"),
    ]
    path = s.served(crd(s.ns, "things", versions=versions))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.made(path, head)
    for name in ("v1beta1", "v1alpha1"):
        s.get(path.replace("/v1/", f"/{name}/"))
        s.get(path.replace("/v1/", f"/{name}/") + "/a")
        s.delete(path.replace("/v1/", f"/{name}/") + "/a", dryRun="All")


@scenario
def deleted_definitions_take_their_objects_along(s: Server) -> None:
    path = s.served(crd(s.ns, "things"))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.made(path, head)
    s.given("DELETE", f"{CRDS}/things.{s.ns}.example.com")
    s.until_gone(f"{CRDS}/things.{s.ns}.example.com")
    s.get(f"{CRDS}/things.{s.ns}.example.com")
    s.until_gone(path)
    s.get(path)


@scenario
def a_group_that_is_not_there(s: Server) -> None:
    s.get(f"/apis/{s.ns}.example.com")
    s.get(f"/apis/{s.ns}.example.com/v1")
    s.get(f"/apis/{s.ns}.example.com/v1/things")


@scenario
def a_definition_without_a_status_subresource(s: Server) -> None:
    path = s.served(crd(s.ns, "things"))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "status": {"a": 1}})
    s.merge(f"{path}/a", {"status": {"a": 2}})
    s.get(f"{path}/a/status")
    s.get(f"{path}/a/scale")
    s.merge(f"{path}/a/status", {"status": {"a": 3}})


@scenario
def the_scope_of_the_cluster(s: Server) -> None:
    path = s.served(crd(s.ns, "things", scope="Cluster"))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, head)
    s.get(path)
    s.get(path.replace("/v1/", f"/v1/namespaces/{s.ns}/"))


@scenario
def the_scope_cannot_be_changed(s: Server) -> None:
    s.served(crd(s.ns, "things"))
    s.merge(f"{CRDS}/things.{s.ns}.example.com", {"spec": {"scope": "Cluster"}})
    s.merge(f"{CRDS}/things.{s.ns}.example.com", {"spec": {"group": "other.example.com"}})


@scenario
def a_changed_schema_counts_from_then_on(s: Server) -> None:
    path = s.served(
        crd(
            s.ns,
            "things",
            versions=[
                version(
                    schema={
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"spec": {"type": "object", "properties": {}}},
                        }
                    }
                )
            ],
        )
    )
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "spec": {"size": 1}})
    s.get(f"{path}/a")


@scenario
def discovery_of_a_definition(s: Server) -> None:
    versions = [version("v1", subresources={"status": {}}), version("v1beta1", storage=False)]
    s.served(crd(s.ns, "things", versions=versions))
    s.get(f"/apis/{s.ns}.example.com")
    for name in ("v1", "v1beta1"):
        found = s.get(f"/apis/{s.ns}.example.com/{name}")
        for resource in found["resources"]:
            resource.pop("storageVersionHash", None)
            resource["verbs"].sort()


@scenario
def a_status_with_a_default(s: Server) -> None:
    waits = {"phase": "Waiting"}
    fields = {"type": "object", "properties": {"phase": _TEXT, "word": _TEXT}}
    schema = _of(spec={"type": "object"}, status={**fields, "default": waits})
    versions = [version(schema=schema, subresources={"status": {}})]
    path = s.served(crd(s.ns, "things", versions=versions))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "status": {"word": "of a client"}})
    s.post(path, {**head, "metadata": {"name": "b"}}, dryRun="All")
    s.merge(f"{path}/a/status", {"status": {"word": "of a controller"}})
    s.merge(f"{path}/a/status", {"status": None})
    s.get(f"{path}/a")


@scenario
def what_the_stored_version_does_not_have_is_lost(s: Server) -> None:
    versions = [
        version(storage=False, schema=_of(spec={"type": "object", "properties": {"old": _TEXT}})),
        version("v2", schema=_of(spec={"type": "object", "properties": {"new": _TEXT}})),
    ]
    path = s.served(crd(s.ns, "things", versions=versions))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "spec": {"old": "x"}})
    s.get(f"{path.replace('/v1/', '/v2/')}/a")


@scenario
def unknown_fields_in_a_list_where_none_is_wanted(s: Server) -> None:
    path = s.served(crd(s.ns, "things", versions=[version(schema=_of(word=_TEXT))]))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "word": [{"a": 1}, "b"]})


@scenario
def keys_of_lists_have_no_letters_of_html(s: Server) -> None:
    s.shows_managed_fields = True
    schema = _of(many=_listed("map", _ITEM, **_KEYS), all=_listed("set", _TEXT))
    path = s.served(crd(s.ns, "things", versions=[version(schema=schema)]))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "many": [{"k": "<&>"}], "all": ["a<b"]})


@scenario
def a_status_that_is_no_subresource(s: Server) -> None:
    s.shows_managed_fields = True
    status = {"type": "object", "properties": {"phase": _TEXT}}
    path = s.served(crd(s.ns, "things", versions=[version(schema=_of(status=status))]))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    s.post(path, {**head, "status": {"phase": "Good"}})
