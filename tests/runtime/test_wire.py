"""JSON is split without being parsed, even where it is deeper than Python can hold."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewright._wire import (
    Unreadable,
    _members,  # pyright: ignore[reportPrivateUsage]
    plain,
    read_json,
    split_array,
    split_object,
)
from kubewright.quantity import Quantity
from kubewright.watch.lister_watcher import decode_frame, head_of

DEEP = b'{"a":' * 9_000 + b"1" + b"}" * 9_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.sampled_from([None, 2]))
def test_counting_brackets_finds_the_members_that_parsing_finds(
    value: dict[str, Any], indent: int | None
) -> None:
    data = json.dumps(value, indent=indent).encode()
    found = {json.loads(key): json.loads(bytes(raw)) for key, raw in _members(data, b"{")}

    assert found == value
    assert {key: json.loads(bytes(raw)) for key, raw in split_object(data).items()} == value


@given(st.lists(JSON, max_size=5))
def test_counting_brackets_finds_the_items_that_parsing_finds(value: list[Any]) -> None:
    data = json.dumps(value).encode()

    assert [json.loads(bytes(raw)) for _, raw in _members(data, b"[")] == value


@pytest.mark.parametrize(
    ("data", "split"),
    [(b'{"a":' + DEEP, split_object), (DEEP, split_array), (b"[" + DEEP, split_array)],
    ids=["object cut off", "object for an array", "array cut off"],
)
def test_what_is_deep_and_wrong_is_an_error(data: bytes, split: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        split(data)


def test_an_event_about_a_deep_object_is_read() -> None:
    obj = b'{"spec":' + DEEP + b',"metadata":{"name":"a","resourceVersion":"7"}}'
    event = decode_frame(b'{"type":"ADDED","object":' + obj + b"}")

    assert event.type == "ADDED"
    assert head_of(event.object).name == "a"
    assert head_of(event.object).resource_version == "7"


def test_what_cannot_be_read_shows_its_text_and_keeps_its_bytes() -> None:
    raw = msgspec.Raw(b'"\xff"')
    value = read_json(raw)

    assert value == '"\N{REPLACEMENT CHARACTER}"'
    assert isinstance(value, Unreadable)
    assert plain([value]) == [raw]


def test_a_quantity_in_free_data_is_its_text() -> None:
    assert plain({"cpu": Quantity("500m")}) == {"cpu": "500m"}
