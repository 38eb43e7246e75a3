"""Objects without a model: metadata typed, the rest plain data, nothing lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubewright.meta_v1 import LabelSelector, OwnerReference
from kubewright.schema import GroupVersionKind
from kubewright.unstructured import NestedFieldError, PartialObjectMetadata, Unstructured

WIRE: dict[str, Any] = {
    "apiVersion": "shop.example/v1",
    "kind": "Cart",
    "metadata": {"name": "c", "labels": {"a": "b"}, "unknown": [1]},
    "spec": {"items": [{"name": "tea", "price": 1.5, "count": 3}], "open": True, "note": None},
}


@pytest.fixture
def cart() -> Unstructured:
    return Unstructured.from_wire(WIRE)


def test_what_is_only_read_goes_back_as_it_came() -> None:
    data = b'{"kind":"Cart","apiVersion":"v1","spec":{"big":12345678901234567890,"f":1.0e2}}'
    cart = Unstructured.from_json(data)
    assert cart["spec"]["big"] == 12345678901234567890
    assert cart.kind == "Cart"
    assert msgspec.json.decode(cart.to_json()) == msgspec.json.decode(data)
    assert Unstructured.from_json(data).to_json() == data


def test_the_kind_is_a_value(cart: Unstructured) -> None:
    assert cart.group_version_kind == GroupVersionKind("shop.example", "v1", "Cart")
    cart.api_version = "a/b/c"
    with pytest.raises(ValueError, match="apiVersion"):
        _ = cart.group_version_kind


def test_metadata_are_typed(cart: Unstructured) -> None:
    assert cart.metadata.labels["a"] == "b"
    cart.metadata.labels["c"] = "d"
    assert cart.to_wire()["metadata"] == {**WIRE["metadata"], "labels": {"a": "b", "c": "d"}}


def test_fields_are_items(cart: Unstructured) -> None:
    cart["spec"]["items"].append({"name": "milk"})
    cart["status"] = {"total": 4}
    assert "status" in cart
    assert "other" not in cart
    with pytest.raises(KeyError):
        cart["other"]
    assert cart.to_wire()["spec"]["items"][1] == {"name": "milk"}
    del cart["spec"]
    assert cart.to_wire() == {
        **{k: WIRE[k] for k in ("apiVersion", "kind", "metadata")},
        "status": {"total": 4},
    }


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        (str, ("spec", "items", 0, "name"), "tea"),
        (float, ("spec", "items", 0, "price"), 1.5),
        (float, ("spec", "items", 0, "count"), 3.0),
        (int, ("spec", "items", -1, "count"), 3),
        (bool, ("spec", "open"), True),
        (dict, ("spec", "items", 0), WIRE["spec"]["items"][0]),
        (list, ("spec", "items"), WIRE["spec"]["items"]),
        (str, ("spec", "missing"), None),
        (str, ("spec", "note"), None),
        (str, ("spec", "items", 7, "name"), None),
        (str, ("status", "phase", "deeper"), None),
    ],
)
def test_a_path_leads_to_a_value_of_a_kind(
    cart: Unstructured, kind: Any, path: tuple[str | int, ...], value: Any
) -> None:
    found = cart.nested(kind, *path)
    assert found == value
    assert found is None or type(found) is kind


@pytest.mark.parametrize(
    ("kind", "path", "message"),
    [
        (int, ("spec", "open"), "spec.open is bool, not int"),
        (str, ("spec", "items"), "spec.items is list, not str"),
        (str, ("spec", "items", "name"), "spec.items is list, not dict"),
        (str, ("spec", "open", 0), "spec.open is bool, not list"),
        (str, ("spec", "items", 0, "name", "x"), r"spec.items\[0\].name is str, not dict"),
        (str, ("metadata", "name"), "write obj.metadata"),
    ],
)
def test_what_is_of_another_kind_is_an_error(
    cart: Unstructured, kind: Any, path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(NestedFieldError, match=message):
        cart.nested(kind, *path)


def test_setting_makes_what_is_on_the_way(cart: Unstructured) -> None:
    cart.set_nested(LabelSelector(match_labels={"a": "b"}), "status", "a", "selector")
    assert cart.to_wire()["status"] == {"a": {"selector": {"matchLabels": {"a": "b"}}}}


def test_setting_through_something_else_is_an_error(cart: Unstructured) -> None:
    with pytest.raises(NestedFieldError, match=r"spec\.open is bool, not dict"):
        cart.set_nested(1, "spec", "open", "x")
    with pytest.raises(NestedFieldError, match="empty"):
        cart.set_nested(1)
    with pytest.raises(TypeError):
        cart.set_nested(object(), "spec", "x")


def test_what_is_set_is_the_objects_own(cart: Unstructured) -> None:
    mine = {"a": [1]}
    cart.set_nested(mine, "status")
    cart["more"] = mine
    mine["a"].append(2)
    assert cart["status"] == cart["more"] == {"a": [1]}


def test_removing(cart: Unstructured) -> None:
    cart.remove_nested("spec", "open")
    cart.remove_nested("spec", "missing")
    cart.remove_nested("status", "x", "y")
    cart.remove_nested("other")
    assert "open" not in cart.to_wire()["spec"]
    with pytest.raises(NestedFieldError):
        cart.remove_nested("spec", "items", "x")


def test_copies_share_nothing(cart: Unstructured) -> None:
    copy = cart.model_copy()
    copy["spec"]["open"] = False
    assert cart["spec"]["open"] is True


def test_metadata_alone_keep_nothing_else() -> None:
    reference = OwnerReference(api_version="v1", kind="Cart", name="c", uid="u")
    wire = {**WIRE, "metadata": {"name": "x", "ownerReferences": [reference.to_wire()]}}
    partial = PartialObjectMetadata.from_wire(wire)
    assert partial.metadata.owner_references == [reference]
    assert partial.to_wire() == {key: wire[key] for key in ("apiVersion", "kind", "metadata")}
