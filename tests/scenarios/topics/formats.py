"""Formats in schemas: which mean something, where, and what a text must be to have one."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import CRDS, Server, scenario, scenarios
from tests.scenarios.objects import crd

TEXT = {"type": "string"}
EITHER = {"x-kubernetes-int-or-string": True}


def things(s: Server, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    version = {"served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return crd(s.ns, "things", versions=[{"name": "v1", **version}])


def keep_the_warning(s: Server) -> None:
    """Compare nothing else of the last answer, which is a definition."""
    answer = s.answers.pop()
    s.note(status=answer["status"], warning=answer.get("warning"))


_TEXTS: dict[str, tuple[str, ...]] = {
    "bsonobjectid": ("507f1f77bcf86cd799439011", "507f1f77bcf86cd79943901"),
    "byte": ("AQI=", "AQ_-", ""),
    "cidr": ("010.0.0.0/08", "10.0.0.0/33"),
    "creditcard": ("4220-8554-2622-2389", "4220855426213389"),
    "date": ("0000-02-29", "2023-02-29"),
    "date-time": ("2026-01-02t03:04:05,1z", "2026-01-02 03:04:05Z"),
    "duration": ("about 5min", "1 month"),
    "email": ("A <a@[::1]>", "a@b c"),
    "hexcolor": ("aBc", "#abcd"),
    "hostname": ("a-b", "ab-c"),
    "ipv4": ("::ffff:010.0.0.1", "1.2.3"),
    "ipv6": ("::ffff:10.0.0.1", "fe80::1%eth0"),
    "isbn": ("978-4-87311-368-5", "9784873113686"),
    "isbn10": ("3 401 01319 X", "3401013190"),
    "isbn13": ("978 3401013190", "3401013190"),
    "k8s-long-name": ("a.b", "a..b"),
    "k8s-short-name": ("a-b", "a.b"),
    "mac": ("0a0b.0c0d.0e0f", "0a0b0c0d0e0f", "0a:0b:0c:0d:0e"),
    "password": ("", "\u0000"),
    "rgbcolor": ("rgb( 0,1,255)", "rgb(0,1,256)"),
    "ssn": ("123-45 6789", "123456789"),
    "uri": ("http://[::1%25a]:1/%20", "http://a:b"),
    "uuid": ("0B54D6F04B1C4C0A9F5E0D3F0A7F9D11", "x"),
    "uuid3": ("0b54d6f0-4b1c-3c0a-9f5e-0d3f0a7f9d11", "0b54d6f0-4b1c-4c0a-9f5e-0d3f0a7f9d11"),
    "uuid4": ("0b54d6f0-4b1c-4c0a-9f5e-0d3f0a7f9d11", "0b54d6f0-4b1c-4c0a-0f5e-0d3f0a7f9d11"),
    "uuid5": ("0b54d6f0-4b1c-5c0a-bf5e-0d3f0a7f9d11", "0b54d6f0-4b1c-4c0a-9f5e-0d3f0a7f9d11"),
}


@scenario
def texts_have_the_formats_that_they_have_in_go(s: Server) -> None:
    path = s.served(things(s, **{name: {**TEXT, "format": name} for name in _TEXTS}))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    for name, texts in _TEXTS.items():
        for text in texts:
            s.post(path, {**head, name: text}, dryRun="All")


_PLACES: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "dashes elsewhere": ({**TEXT, "format": "-i-pv4"}, ("x",)),
    "other values": ({**TEXT, "format": "date"}, (1, 1.5, True, {}, None, [], [1])),
    "other values, unknown": ({**TEXT, "format": "strange"}, (1, [1])),
    "password": ({**TEXT, "format": "password"}, (1, [1])),
    "dashes left out": ({**TEXT, "format": "k8sshortname"}, ("A",)),
    "unknown": ({**TEXT, "format": "strange"}, ("x",)),
    "upper case": ({**TEXT, "format": "IPv4"}, ("x",)),
    "of numbers": ({**TEXT, "format": "int32"}, ("x",)),
    "either": ({**EITHER, "format": "ipv4"}, ("x", 1, 1.5, True, [1])),
    "either, of numbers": ({**EITHER, "format": "int32"}, ("x", 1 << 40)),
    "no type": (
        {"x-kubernetes-preserve-unknown-fields": True, "format": "ipv4"},
        ("x", 1, 1.5, True, [1], {"a": 1}),
    ),
    "another type": ({"type": "boolean", "format": "ipv4"}, ("x", 1, [1])),
    "integer": ({"type": "integer", "format": "int64"}, (1, 1.0, 1.5, "x", True, [1], {}, 1 << 63)),
    "integer of 32 bits": ({"type": "integer", "format": "int32"}, (1 << 31, -1 << 31, 1.5)),
    "integer of no size": ({"type": "integer", "format": "int16"}, (1 << 31, 1 << 63)),
    "integer with a fraction": ({"type": "integer", "format": "float"}, (1, 1.5)),
    "number": ({"type": "number", "format": "float"}, (1, 1.5, 1e300, "x", True, [1])),
    "number of no format": ({"type": "number"}, (1e300, True)),
    "number of an integer": ({"type": "number", "format": "int32"}, (1.5, 1 << 40)),
    "junctor": ({**TEXT, "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}, ("::1", "x")),
    "either in a junctor": ({**EITHER, "allOf": [{"format": "ipv4"}]}, ("x", 1, [1])),
    "unknown in a junctor": ({**TEXT, "not": {"format": "strange"}}, ("x",)),
    "items": ({"type": "array", "items": {**TEXT, "format": "date"}}, (["x", "2026-01-02", "y"],)),
}


@scenarios(_PLACES)
def a_format_somewhere(s: Server, case: tuple[dict[str, Any], tuple[Any, ...]]) -> None:
    schema, values = case
    s.post(CRDS, things(s, value=schema), dryRun="All")
    keep_the_warning(s)
    path = s.served(things(s, value=schema))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    for value in values:
        s.post(path, {**head, "value": value}, dryRun="All")


@scenario
def only_a_new_unknown_format_is_warned_of(s: Server) -> None:
    strange, odd = {**TEXT, "format": "strange"}, {**TEXT, "format": "odd"}
    made = s.given("POST", CRDS, things(s, a=strange, b=strange))
    path = f"{CRDS}/{made['metadata']['name']}"
    schema = "/spec/versions/0/schema/openAPIV3Schema/properties"
    for name, added in {"c": strange, "d": odd}.items():
        s.json_patch(path, {"op": "add", "path": f"{schema}/{name}", "value": added}, dryRun="All")
        keep_the_warning(s)
    s.merge(path, {"spec": {"names": {"categories": ["x"]}}}, dryRun="All")
    keep_the_warning(s)
    others: dict[str, Any] = {
        **things(s, a=strange),
        "metadata": {"name": f"others.{s.ns}.example.com"},
    }
    others["spec"]["names"] = {"plural": "others", "kind": "Other"}
    s.post(CRDS, others, dryRun="All", fieldValidation="Ignore")
    keep_the_warning(s)
    s.post(CRDS, {**others, "unknown": 1}, dryRun="All")
    keep_the_warning(s)
    s.apply(f"{CRDS}/others.{s.ns}.example.com", others, dryRun="All")
    keep_the_warning(s)


@scenario
def what_is_refused_is_warned_of_as_well(s: Server) -> None:
    body = things(s, a={**TEXT, "format": "strange"})
    s.given("POST", CRDS, body)
    s.post(CRDS, body)
