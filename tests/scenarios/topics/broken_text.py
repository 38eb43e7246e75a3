"""Text that is none in Unicode: half a pair of surrogates, and bytes that are no UTF-8."""

from __future__ import annotations

from tests.scenarios.harness import APPLY_TYPE, STRATEGIC, Server, scenario, scenarios
from tests.scenarios.objects import config_map, widget
from tests.support.fake_cluster import JSON_PATCH, MERGE

_BROKEN: dict[str, bytes] = {
    "high": rb"a\ud800b",
    "low": rb"a\udc00b",
    "the wrong way round": rb"\ude00\ud83d",
    "high twice": rb"\ud83d\ud83d\ude00",
    "high before a letter": rb"\ud83d\u0041\n",
    "at the end": rb"a\uD800",
    "a pair": rb"\ud83d\ude00",
    "null": rb"a\u0000b",
    "the last of Unicode": rb"\udbff\udfff\uffff",
    "bytes": b"a\xffb",
    "bytes cut off": b"a\xe6\x97b\xf0\x9f\x98",
    "too long": b"\xc0\xaf\xe0\x80\xaf",
    "a surrogate in bytes": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "bytes and an escape": b"\xff\\ud800\xe9",
}


def _config_map(text: bytes, *, key: bytes = b"a") -> bytes:
    head = b'{"metadata":{"name":"a","annotations":{"n":"1"}}'
    return head + b',"data":{"%s":"%s"}}' % (key, text)


def _widget(text: bytes, *, key: bytes = b"note", version: bytes = b"") -> bytes:
    head = b'{"apiVersion":"cases.example.com/v1","kind":"Widget"'
    return head + b',"metadata":{"name":"a"%s,"annotations":{"%s":"%s"}},"spec":{"size":1}}' % (
        version,
        key,
        text,
    )


@scenarios(_BROKEN)
def in_a_value(s: Server, text: bytes) -> None:
    s.post("configmaps", _config_map(text))
    s.get("configmaps/a")
    s.post("widgets", _widget(text))
    s.get("widgets/a")


@scenarios(_BROKEN)
def in_a_key(s: Server, text: bytes) -> None:
    s.post("configmaps", _config_map(b"1", key=text))
    s.post("widgets", _widget(b"1", key=text))
    s.post("widgets", _widget(b"1", key=text), fieldValidation="Strict")


@scenarios(_BROKEN)
def in_an_update(s: Server, text: bytes) -> None:
    s.made("configmaps", config_map("a"))
    s.put("configmaps/a", _config_map(text))
    made = s.made("widgets", widget("a"))
    version = b',"resourceVersion":"%s"' % made["metadata"]["resourceVersion"].encode()
    s.put("widgets/a", _widget(text, version=version))


@scenarios(_BROKEN)
def in_a_patch(s: Server, text: bytes) -> None:
    s.made("configmaps", config_map("a"))
    s.made("widgets", widget("a"))
    merge = b'{"metadata":{"annotations":{"n":"%s"}}}' % text
    operation = b'[{"op":"add","path":"/metadata/labels","value":{}},'
    operation += b'{"op":"add","path":"/metadata/annotations","value":{"n":"%s"}}]' % text
    for path in ("configmaps/a", "widgets/a"):
        s.call("PATCH", path, merge, content_type=MERGE)
        s.call("PATCH", path, operation, content_type=JSON_PATCH)
        s.get(path)
    s.call("PATCH", "configmaps/a", merge, content_type=STRATEGIC)


@scenarios({name: _BROKEN[name] for name in ("high", "a pair", "bytes", "null")})
def in_what_is_applied(s: Server, text: bytes) -> None:
    config = b'{"apiVersion":"v1","kind":"ConfigMap",' + _config_map(text)[1:]
    for path, body in (("configmaps/a", config), ("widgets/a", _widget(text))):
        s.call("PATCH", path, body, content_type=APPLY_TYPE, fieldManager="x")


@scenarios(
    {
        "delete": b"\x7f",
        "next line": b"\xc2\x85",
        "a control of Latin 1": b"\xc2\x81",
        "a byte order mark": b"\xef\xbb\xbf",
        "no character": b"\xef\xbf\xbf",
        "beyond 16 bits": b"\xf0\x9f\x98\x80",
        "a backslash before": rb"\\ud800",
        "in YAML": b"\\uD83D",
    }
)
def in_what_is_applied_and_is_odd(s: Server, text: bytes) -> None:
    config = b'{"apiVersion":"v1","kind":"ConfigMap",' + _config_map(text)[1:]
    s.call("PATCH", "configmaps/a", config, content_type=APPLY_TYPE, fieldManager="x")
    plain = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n  a: %s\n"
    for body in (plain % text, plain % (b'"%s"' % text)):
        options = {"fieldManager": "x", "dryRun": "All"}
        s.call("PATCH", "configmaps/b", body, content_type=APPLY_TYPE, **options)
        s.call("POST", "configmaps", body, content_type="application/yaml", dryRun="All")


@scenario
def where_no_text_is_expected(s: Server) -> None:
    s.post("configmaps", b'{"metadata":{"name":"a"}}\xff')
    s.post("configmaps", b'\xff{"metadata":{"name":"a"}}')
    s.post("configmaps", b'{"metadata":{"name":"a\\ud800"}}')
    s.post("configmaps", b'{"kind":"Config\xff","metadata":{"name":"a"}}')
    s.post("widgets", b'{"kind":"Widget\xff","metadata":{"name":"a"}}')
    s.post("widgets", b'{"metadata":{"name":"a\xff"}}')
    s.post("configmaps", b'{"metadata":{"name":"c"},"a\\ud800":1}')
    s.post("widgets", _widget(b"1")[:-1] + b',"a\\ud800":1,"a\\ud801":2}')
    s.post("configmaps", b'{"metadata":{"name":"a"},"\\ud800":1}', fieldValidation="Strict")
    s.made("configmaps", config_map("b"))
    s.delete("configmaps/b", b'{"preconditions":{"uid":"\xff\\ud800"}}')
