"""Wrong paths, methods, content types and bodies."""

from __future__ import annotations

from typing import Any, cast

from kubewright.rest.request import Method
from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, widget

_PATHS = {
    "the root of nothing": "/nothing",
    "no version of the core": "/api/v2",
    "no resource of the core": "/api/v1/nothings",
    "no resource in a namespace": "/api/v1/namespaces/default/nothings",
    "no group": "/apis/none.example.com/v1",
    "no resource of a group": "/apis/apps/v1/nothings",
    "no version of a group": "/apis/apps/v2",
    "no version of a group with a resource": "/apis/apps/v2/deployments",
    "no resource of a custom group": "/apis/cases.example.com/v1/nothings",
    "no version of a custom group": "/apis/cases.example.com/v9/widgets",
    "a version that is not served": "/apis/cases.example.com/v1alpha1/gadgets",
    "too long": "/api/v1/namespaces/default/configmaps/a/b/c",
    "an object without its namespace": "/api/v1/configmaps/a",
    "a subresource of nothing": "/api/v1/namespaces/default/configmaps/a/log",
    "of the cluster in a namespace": "/api/v1/namespaces/default/persistentvolumes",
    "of a namespace in the cluster": "/apis/cases.example.com/v1/widgets/a",
    "trailing slash": "/api/v1/namespaces/default/configmaps/",
}


@scenarios(_PATHS)
def a_path_of_nothing(s: Server, path: str) -> None:
    s.get(path)


_METHODS = {
    "put a collection": ("PUT", "configmaps"),
    "patch a collection": ("PATCH", "configmaps"),
    "post an object": ("POST", "configmaps/a"),
    "put a custom collection": ("PUT", "widgets"),
    "post a custom object": ("POST", "widgets/a"),
    "post a custom object of the cluster": ("POST", "/apis/cases.example.com/v1/gadgets/a"),
    "post a deployment": ("POST", "deployments/a"),
    "get a review by its name": ("GET", "localsubjectaccessreviews/a"),
    "list reviews": ("GET", "localsubjectaccessreviews"),
    "put a review": ("PUT", "localsubjectaccessreviews/a"),
    "patch a review": ("PATCH", "localsubjectaccessreviews/a"),
    "delete a review": ("DELETE", "localsubjectaccessreviews/a"),
    "post a review to a name": ("POST", "localsubjectaccessreviews/a"),
    "read a binding": ("GET", "bindings/a"),
    "list bindings": ("GET", "bindings"),
    "delete bindings": ("DELETE", "bindings"),
    "delete a token": ("DELETE", "serviceaccounts/a/token"),
    "put a binding of a pod": ("PUT", "pods/a/binding"),
    "read an eviction": ("GET", "pods/a/eviction"),
    "patch an eviction": ("PATCH", "pods/a/eviction"),
    "post a scale": ("POST", "deployments/a/scale"),
    "delete an approval": (
        "DELETE",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval",
    ),
    "put a group": ("PUT", "/apis/apps/v1"),
    "delete all of the cluster": ("DELETE", "/api/v1/configmaps"),
    "read a review": ("GET", "/apis/authentication.k8s.io/v1/tokenreviews"),
    "delete component statuses": ("DELETE", "/api/v1/componentstatuses/a"),
}


@scenarios(_METHODS)
def a_method_that_is_not_allowed(s: Server, call: tuple[str, str]) -> None:
    method, path = call
    s.call(cast("Method", method), path, {})


_BODIES = {
    "no JSON": b"x",
    "half": b'{"metadata":',
    "a list": b"[]",
    "text": b'"x"',
    "null": b"null",
    "number": b"1",
    "empty": b"",
    "an empty object": b"{}",
    "not UTF-8": b'{"metadata":{"name":"\xff"}}',
    "more after it": b'{"metadata":{"name":"a"}} x',
}


@scenarios(_BODIES)
def a_body_that_is_none(s: Server, body: bytes) -> None:
    s.call("POST", "configmaps", body)


@scenario
def post_a_custom_object_to_its_name(s: Server) -> None:
    s.post("widgets/a", widget("a"))
    s.post("widgets/b", widget("a"))
    s.post("widgets/c", {**widget("a"), "kind": "Other"})
    s.post("widgets/c", {**widget("c", size=-1), "odd": 1})
    s.call("POST", "widgets/c", b"{")
    s.get("widgets")


@scenarios(_BODIES)
def a_custom_body_that_is_none(s: Server, body: bytes) -> None:
    s.call("POST", "widgets", body)


@scenario
def no_body_at_all(s: Server) -> None:
    s.call("POST", "configmaps")
    s.made("configmaps", config_map("a"))
    s.call("PUT", "configmaps/a")
    s.call("PATCH", "configmaps/a", content_type="application/merge-patch+json")
    s.call("PATCH", "configmaps/a", b"", content_type="application/merge-patch+json")
    s.call("PATCH", "configmaps/a", content_type="application/json-patch+json")
    s.call("PATCH", "configmaps/a", content_type="application/apply-patch+yaml")
    s.call("PATCH", "configmaps/none", content_type="application/merge-patch+json")
    s.made("widgets", widget("a"))
    s.call("PUT", "widgets/a")
    s.call("PATCH", "widgets/a", content_type="application/merge-patch+json")
    s.call("PATCH", "widgets/a", content_type="application/apply-patch+yaml")
    s.call("PATCH", "widgets/none", content_type="application/merge-patch+json")


@scenarios(
    {
        "text": "text/plain",
        "unknown": "application/x-nothing",
        "a patch": "application/merge-patch+json",
        "with a charset": "application/json; charset=utf-8",
        "malformed": "///",
    }
)
def a_content_type(s: Server, content_type: str) -> None:
    s.call("POST", "configmaps", config_map("a"), content_type=content_type)
    s.call("POST", "widgets", widget("a"), content_type=content_type)


@scenario
def bodies_in_yaml(s: Server) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {a: 'x'}\n"
    s.call("POST", "configmaps", body, content_type="application/yaml")


_QUERIES: dict[str, dict[str, Any]] = {
    "an unknown parameter": {"nothing": 1},
    "a bad bool": {"pretty": "maybe"},
    "a bad timeout": {"timeoutSeconds": "x"},
    "a timeout": {"timeoutSeconds": 5},
    "a bad watch": {"watch": "maybe", "timeoutSeconds": 1},
    "a bad number": {"limit": "1.5"},
}


@scenarios(_QUERIES)
def a_parameter(s: Server, query: dict[str, Any]) -> None:
    s.get("configmaps", **query)


@scenarios({"healthz": "/healthz", "livez": "/livez", "readyz": "/readyz"})
def health(s: Server, path: str) -> None:
    s.get(path)


@scenario
def a_field_manager_that_is_too_long(s: Server) -> None:
    s.post("configmaps", config_map("a"), fieldManager="x" * 129)


@scenario
def an_object_that_is_too_large(s: Server) -> None:
    s.post("configmaps", config_map("a", {"a": "x" * (1024 * 1024)}))
    s.get("configmaps/a")


@scenarios(
    {
        "not a number": b"NaN",
        "infinite": b"-Infinity",
        "an exponent that is too large": b"1e400",
        "too many digits": b"1" + b"0" * 400,
    }
)
def what_is_no_number(s: Server, number: bytes) -> None:
    free = (
        b'{"apiVersion":"cases.example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":%s}'
    )
    s.post("widgets", free % (b'{"size":1,"free":{"n":%s}}' % number))
    s.post("widgets", free % (b'{"size":%s}' % number))
    s.made("widgets", widget("a"))
    s.merge("widgets/a", b'{"spec":{"free":{"n":%s}}}' % number)
    s.json_patch("widgets/a", {"op": "test", "path": "/spec/size", "value": 2})
    s.post("configmaps", b'{"metadata":{"name":"b"},"unknown":%s}' % number)


@scenarios({"two slashes": "a/b/c", "a slash": "/", "no group": "/v1", "no version": "apps/"})
def what_is_no_version(s: Server, version: str) -> None:
    s.post("configmaps", {"apiVersion": version, "kind": "ConfigMap", "metadata": {"name": "a"}})
    s.post("widgets", {**widget("a"), "apiVersion": version})
    s.made("configmaps", config_map("b"))
    s.made("widgets", widget("b"))
    s.put("configmaps/b", {"apiVersion": version, "kind": "ConfigMap", "metadata": {"name": "b"}})
    s.put("widgets/b", {**widget("b"), "apiVersion": version})
    if version != "/":
        s.merge("configmaps/b", {"apiVersion": version})
        s.merge("widgets/b", {"apiVersion": version})
    s.apply("configmaps/b", {"apiVersion": version, "kind": "ConfigMap", "metadata": {"name": "b"}})
    s.apply("widgets/b", {**widget("b"), "apiVersion": version})
    owner = {"apiVersion": version, "kind": "ConfigMap", "name": "a", "uid": "1"}
    s.post("configmaps", {"metadata": {"name": "c", "ownerReferences": [owner]}})


@scenarios(
    {
        "a date": b"2020-01-01",
        "a time": b"2001-12-14 21:59:43.10 -5",
        "a day that is none": b"2020-13-45",
        "not a number": b".nan",
        "an odd escape": b'"\\UFFFFFFFF"',
        "a number without digits": b"!!int ''",
        "a set": b"!!set {a}",
        "numbers as keys": b"{1: a, 2.5: b}",
        "words as keys": b"{true: a, off: b}",
        "null as a key": b"{null: a}",
        "a list as a key": b"{? [a] : b}",
        "a number that is too large": b"0x" + b"f" * 300,
        "of base 60": b"12:30:45",
    }
)
def odd_values_in_yaml(s: Server, value: bytes) -> None:
    head = b"apiVersion: cases.example.com/v1\nkind: Widget\nmetadata: {name: %s}\n"
    body = head + b"spec:\n  size: 1\n  free:\n    a: " + value + b"\n"
    s.call("POST", "widgets", body % b"a", content_type="application/yaml")
    s.call(
        "PATCH",
        "widgets/b",
        body % b"b",
        content_type="application/apply-patch+yaml",
        fieldManager="m",
    )
