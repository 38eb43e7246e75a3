"""Objects and watches in protobuf: what is read, what is written, and what only JSON carries."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewright.errors import DecodeError
from kubewright.protobuf import JsonOnlyError, to_json, to_protobuf, watch_lines
from kubewright.protobuf.reading import reader_of
from kubewright.protobuf.wire import chunk, number

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
EVENT = {
    "apiVersion": "events.k8s.io/v1",
    "kind": "Event",
    "metadata": {"name": "e", "creationTimestamp": "2026-11-24T09:30:00Z"},
    "eventTime": "1969-12-31T23:59:59.000001Z",
    "deprecatedFirstTimestamp": None,
    "deprecatedLastTimestamp": "1970-01-01T00:00:00Z",
    "deprecatedSource": {},
    "regarding": {},
}


def _encoded(obj: dict[str, Any]) -> bytes:
    return to_protobuf(json.dumps(obj).encode())


def _enveloped(version: str, kind: str, message: bytes, more: bytes = b"") -> bytes:
    names = chunk(1, version.encode()) + chunk(2, kind.encode())
    return b"k8s\x00" + chunk(1, names) + chunk(2, message) + more


def _deep_schema(depth: int) -> bytes:
    """The fields of a CRD with a schema in which each is the ``not`` of the one around it."""
    schema = b""
    for _ in range(depth):
        schema = chunk(28, schema)
    version = chunk(4, chunk(1, schema))
    return chunk(2, chunk(7, version))


def test_a_small_object_is_these_bytes() -> None:
    assert _encoded(MAP) == (
        b"k8s\x00"
        b"\x0a\x0f\x0a\x02v1\x12\x09ConfigMap"  # the envelope: apiVersion and kind
        b"\x12\x0d"  # and the message
        b"\x0a\x03\x0a\x01a"  # metadata, with a name
        b"\x12\x06\x0a\x01k\x12\x01v"  # a member of data
    )


@pytest.mark.parametrize("obj", [MAP, EVENT], ids=["texts", "times"])
def test_an_object_comes_back(obj: dict[str, Any]) -> None:
    assert json.loads(to_json(_encoded(obj))) == obj


def test_a_type_without_members_of_its_own_keeps_its_spelling() -> None:
    text = (
        b'{"apiVersion":"apps/v1","kind":"ControllerRevision","revision":7,'
        b'"data":{"a": 1.10, "b": 12345678901234567890123}}'
    )
    assert b'"data":{"a": 1.10, "b": 12345678901234567890123}' in to_json(to_protobuf(text))


def test_null_is_written_as_nothing() -> None:
    assert _encoded({**MAP, "immutable": None, "binaryData": None}) == _encoded(MAP)


@pytest.mark.parametrize(
    "more",
    [
        {"newer": 1},
        {"metadata": {"newer": 1}},
        {"immutable": "yes"},
        {"data": {"k": 1}},
        {"binaryData": {"k": "?"}},
        {"metadata": {"creationTimestamp": "yesterday"}},
        {"metadata": {"generation": 2**64}},
        {"kind": "Website"},
        {"apiVersion": 1},
    ],
    ids=["name", "deep name", "bool", "text", "bytes", "time", "number", "kind", "version"],
)
def test_what_has_no_form_is_left_to_json(more: dict[str, Any]) -> None:
    with pytest.raises(JsonOnlyError):
        _encoded({**MAP, **more})


def test_a_schema_that_is_too_deep_is_left_to_json() -> None:
    schema = '{"not":' * 3000 + "{}" + "}" * 3000
    spec = f'{{"versions":[{{"name":"v1","schema":{{"openAPIV3Schema":{schema}}}}}]}}'
    kind = '"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"'
    with pytest.raises(JsonOnlyError):
        to_protobuf(f'{{{kind},"spec":{spec}}}'.encode())


def test_a_schema_of_some_depth_is_read() -> None:
    data = _enveloped("apiextensions.k8s.io/v1", "CustomResourceDefinition", _deep_schema(50))
    assert to_json(data).count(b'"not"') == 50


def test_threads_that_read_a_kind_first_find_it_whole() -> None:
    data = _encoded(EVENT)
    for _ in range(20):
        reader_of.cache_clear()
        with ThreadPoolExecutor(8) as threads:
            assert {bytes(text) for text in threads.map(to_json, [data] * 8)} == {to_json(data)}


def test_text_that_is_no_object_is_left_to_json() -> None:
    with pytest.raises(JsonOnlyError):
        to_protobuf(b"[]")


def test_a_field_of_a_newer_version_is_not_left_out() -> None:
    with pytest.raises(JsonOnlyError, match=r"core\.v1\.ConfigMap .* number 99"):
        to_json(_enveloped("v1", "ConfigMap", number(99, 1)))


@pytest.mark.parametrize(
    "data",
    [
        _enveloped("shop.example/v1", "Website", b""),
        _enveloped("v1", "ConfigMap", b"", chunk(3, b"gzip")),
        _enveloped("v1", "ConfigMap", chunk(1, chunk(1, b"\xff"))),
        _enveloped("v1", "ConfigMap", chunk(1, chunk(8, number(1, 2**60)))),
        _enveloped("v1", "ConfigMap", chunk(1, chunk(8, number(1, -(2**40))))),
        _enveloped("apiextensions.k8s.io/v1", "CustomResourceDefinition", _deep_schema(3000)),
    ],
    ids=["a custom kind", "compressed", "no UTF-8", "year 30 billion", "before Christ", "deep"],
)
def test_what_json_tells_better_is_left_to_it(data: bytes) -> None:
    with pytest.raises(JsonOnlyError):
        to_json(data)


def test_json_in_an_envelope_is_taken_out() -> None:
    data = _enveloped("shop.example/v1", "Website", b'{"a":1}', chunk(4, b"application/json"))
    assert to_json(data) == b'{"a":1}'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"k8s\x00\xff",
        _encoded(MAP)[:-1],
        _enveloped("v1", "ConfigMap", b"\x0a\x7f"),
        _enveloped("apps/v1", "ControllerRevision", chunk(2, chunk(1, b"{"))),
    ],
    ids=["nothing", "JSON", "no field", "cut off", "too long", "raw JSON"],
)
def test_what_is_no_object_is_an_error_of_this_package(data: bytes) -> None:
    with pytest.raises(DecodeError, match="no Kubernetes object in protobuf"):
        to_json(data)


@given(data=st.data())
def test_bytes_that_were_changed_are_read_or_refused(data: st.DataObject) -> None:
    changed = bytearray(_encoded(EVENT))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    try:
        text = to_json(bytes(changed))
    except (DecodeError, JsonOnlyError):
        return
    assert isinstance(json.loads(text), dict)


def _frame(kind: str, obj: bytes) -> bytes:
    event = chunk(1, kind.encode()) + chunk(2, chunk(1, obj))
    return len(event).to_bytes(4) + event


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_the_frames_of_a_watch_are_lines_wherever_they_are_cut(size: int) -> None:
    wire = _frame("ADDED", _encoded(MAP)) + _frame("DELETED", _encoded(EVENT))
    chunks = (wire[at : at + size] for at in range(0, len(wire), size))
    lines = [json.loads(line) for line in watch_lines(chunks)]
    assert lines == [{"type": "ADDED", "object": MAP}, {"type": "DELETED", "object": EVENT}]


def test_a_frame_is_handed_on_before_the_next_one_comes() -> None:
    def chunks() -> Any:
        yield _frame("ADDED", _encoded(MAP))
        raise AssertionError("it waits for more")

    assert json.loads(next(watch_lines(chunks())))["type"] == "ADDED"


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (_frame("ADDED", _encoded(MAP))[:-1], "cut off"),
        (b"\x00\x00", "cut off"),
        (b"\x00\x00\x00\x01\xff", "no watch event in protobuf"),
        (_frame("ADDED", b"{}"), "no Kubernetes object in protobuf"),
    ],
    ids=["frame", "length", "event", "object"],
)
def test_a_watch_that_is_none_is_an_error(wire: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        list(watch_lines(iter([wire])))
