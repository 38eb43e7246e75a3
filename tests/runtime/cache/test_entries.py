"""What the cache keeps of an object, and what it costs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubewright._errors import DecodeError
from kubewright.cache import EntryCodec
from kubewright.schema import ObjectName
from kubewright.watch.lister_watcher import Parts, parts_of
from tests.support.scripted import Widget, widget

MANAGED: list[dict[str, Any]] = [{"manager": "kubelet", "fieldsV1": {"f:size": {}}}]


def parts(wire: dict[str, Any]) -> Parts:
    return parts_of(json.dumps(wire).encode())


def managed(name: str = "a", **more: Any) -> dict[str, Any]:
    return widget(name, 1, metadata={"managedFields": MANAGED, "labels": {"app": "x"}}, **more)


def test_the_head_is_read() -> None:
    entry = EntryCodec(Widget).entry_of(parts(managed()))

    assert (entry.name, entry.uid, entry.resource_version, entry.labels) == (
        ObjectName("shop", "a"),
        "uid-of-a",
        "1",
        {"app": "x"},
    )


def test_managed_fields_are_cut_and_all_else_is_kept() -> None:
    wire = managed(size=3, spec={"managedFields": 1, "text": 'é "managedFields":[]'})
    codec = EntryCodec(Widget)

    kept = json.loads(codec.json_of(codec.entry_of(parts(wire))))

    del wire["metadata"]["managedFields"]
    assert kept == wire


def test_managed_fields_are_kept_where_somebody_wants_them() -> None:
    codec = EntryCodec(Widget, keep_managed_fields=True)

    assert json.loads(codec.json_of(codec.entry_of(parts(managed())))) == managed()


def test_numbers_stay_as_they_came() -> None:
    data = b'{"metadata":{"name":"a","managedFields":[]},"size":1.50e2,"big":12345678901234567890}'
    codec = EntryCodec(Widget)

    assert codec.json_of(codec.entry_of(parts_of(data))) == (
        b'{"metadata":{"name":"a"},"size":1.50e2,"big":12345678901234567890}'
    )


def test_compressed_objects_come_back_and_are_a_fraction() -> None:
    codec = EntryCodec(Widget, compress=True)
    wires = [widget(f"w{i}", i, spec={"text": "the quick brown fox " * 50}) for i in range(1, 5)]

    entries = [codec.entry_of(parts(wire)) for wire in wires]

    assert [json.loads(codec.json_of(entry)) for entry in entries] == wires
    assert all(len(entry.data) < 100 for entry in entries[1:])


def test_a_transform_changes_what_is_kept() -> None:
    def shrink(obj: Widget) -> Widget:
        obj.size = 0
        return obj

    codec = EntryCodec(Widget, transform=shrink)

    assert codec.read(codec.entry_of(parts(widget("a", 1, size=9)))).size == 0


def fail(obj: Widget) -> Widget:
    raise ValueError("no")


def rename(obj: Widget) -> Widget:
    obj.metadata.name = "another"
    return obj


@pytest.mark.parametrize("transform", [fail, rename])
def test_an_object_for_which_the_transform_fails_is_kept_as_it_came(
    transform: Any, caplog: pytest.LogCaptureFixture
) -> None:
    codec = EntryCodec(Widget, transform=transform)

    assert codec.read(codec.entry_of(parts(widget("a", 1, size=9)))).size == 9
    assert codec.failed_transforms == 1
    assert "shop/a" in caplog.messages[0]


@pytest.mark.parametrize("metadata", [7, [], {"name": 7}, "text"])
def test_what_has_no_metadata_is_a_decode_error(metadata: Any) -> None:
    with pytest.raises(DecodeError, match="no Kubernetes object"):
        EntryCodec(Widget).entry_of(parts({"metadata": metadata}))


def test_an_object_of_another_kind_is_refused() -> None:
    codec = EntryCodec(Widget, kind="Widget")

    assert codec.entry_of(parts({"metadata": {"name": "a"}})).name.name == "a"
    with pytest.raises(DecodeError, match="Gadget"):
        codec.entry_of(parts({"kind": "Gadget", "metadata": {"name": "a"}}))


def test_metadata_too_deep_for_a_parser_are_read_as_far_as_they_are_known() -> None:
    deep = b'{"f:a":' * 5000 + b"{}" + b"}" * 5000
    data = b'{"metadata":{"name":"a","managedFields":[' + deep + b"]}}"

    entry = EntryCodec(Widget).entry_of(parts_of(data))

    assert (entry.name.name, entry.data) == ("a", b'{"metadata":{"name":"a"}}')
