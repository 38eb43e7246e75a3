"""A list keeps its items as bytes until somebody looks, and then as the same objects."""

from __future__ import annotations

import pytest

from kubewright.errors import DecodeError
from kubewright.meta_v1 import KubernetesObject, ListMeta, ObjectList

WIRE = (
    b'{"kind": "List", "metadata": {"resourceVersion": "7", "continue": "t"}, "items": '
    b'[{"metadata": {"name": "a"}, "x": 1}, {"metadata": {"name": "b"}}]}'
)


def names(objects: ObjectList[KubernetesObject]) -> list[str]:
    return [obj.metadata.name for obj in objects]


def test_items_and_metadata_are_read() -> None:
    objects = ObjectList.from_json(KubernetesObject, WIRE)

    assert names(objects) == ["a", "b"]
    assert objects.metadata == ListMeta(resource_version="7", continue_="t")
    assert len(objects) == 2
    assert [obj.metadata.name for obj in objects[-1:]] == ["b"]
    assert objects[0].to_wire() == {"metadata": {"name": "a"}, "x": 1}


def test_an_item_is_the_same_object_each_time() -> None:
    objects = ObjectList.from_json(KubernetesObject, WIRE)
    for obj in objects:
        obj.metadata.labels["seen"] = "yes"

    assert [obj.metadata.labels for obj in objects] == [{"seen": "yes"}] * 2
    assert objects[0] is objects.items[0]


def test_an_item_does_not_hold_the_memory_of_the_whole_list() -> None:
    first = ObjectList.from_json(KubernetesObject, WIRE)[0]

    assert first.to_json() == b'{"metadata":{"name": "a"},"x":1}'
    assert len(first.__reduce__()[1][0]) < len(WIRE)


@pytest.mark.parametrize(
    "data",
    [b"{}", b'{"items": null, "metadata": null}', b'{"items": [], "metadata": {}}'],
    ids=["nothing", "null", "empty"],
)
def test_a_list_without_items_is_empty(data: bytes) -> None:
    assert names(ObjectList.from_json(KubernetesObject, data)) == []


@pytest.mark.parametrize("data", [b"", b"[]", b'{"items": {}}', b'{"items": ['], ids=repr)
def test_what_is_no_list_is_a_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError, match="no list of objects"):
        ObjectList.from_json(KubernetesObject, data)


def test_one_item_too_deep_for_python_does_not_hide_the_others() -> None:
    deep = b'{"a, ]}":' * 9_000 + b'"\\"}"' + b"}" * 9_000
    data = b'{"items": [ {"metadata":{"name":"a"},"x":' + deep + b'} , {"metadata":{"name":"b"}}]}'
    objects = ObjectList.from_json(KubernetesObject, data)

    assert names(objects) == ["a", "b"]
    assert deep in objects[0].to_json()
