"""Inline objects: one class for one shape, and a name for each kind that has it."""

from dataclasses import replace

import pytest

from kubewright_gen.documents import Schema
from kubewright_gen.resolve.ir import Alias
from kubewright_gen.resolve.shapes import Shapes, is_class

TEXT = Schema(type="string")


def obj(**properties: Schema) -> Schema:
    return Schema(type="object", properties=properties)


def named(shapes: Shapes) -> list[str]:
    return [name for name, _ in shapes.classes]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (obj(a=TEXT), True),
        (Schema(properties={"a": TEXT}), True),
        (obj(), False),
        (Schema(), False),
        (TEXT, False),
        (Schema(type="object", additional=TEXT), False),
        (Schema(type="array", items=obj(a=TEXT)), False),
        (Schema(type="string", properties={"a": TEXT}), False),
        (Schema(ref="a.B", properties={"a": TEXT}), False),
    ],
)
def test_a_class_is_an_object_with_fields(schema: Schema, expected: bool) -> None:
    assert is_class(schema) is expected


def test_names_are_paths_through_lists_and_maps() -> None:
    item = obj(a=TEXT)
    inner = obj(b=TEXT)
    matrix = Schema(type="array", items=Schema(type="array", items=obj(c=TEXT)))
    shapes = Shapes(set())
    shapes.add(
        "Kind",
        obj(
            items=Schema(type="array", items=item),
            byName=Schema(type="object", additional=inner),
            matrix=matrix,
        ),
    )

    assert named(shapes) == ["KindByName", "KindItems", "KindMatrix"]
    assert (shapes.name_of(item), shapes.name_of(inner)) == ("KindItems", "KindByName")


def test_the_shortest_path_names_a_shape() -> None:
    shape = obj(a=TEXT)
    shapes = Shapes(set())
    shapes.add("Kind", obj(a=obj(deep=shape), z=shape))

    assert shapes.name_of(shape) == "KindZ"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"description": "Here."}, True),
        ({"nullable": True}, True),
        ({"has_default": True, "default": {}}, True),
        ({"required": frozenset({"a"})}, False),
        ({"properties": {"a": Schema(type="integer")}}, False),
        ({"properties": {"a": replace(TEXT, description="Another.")}}, False),
        ({"preserve_unknown_fields": True}, False),
    ],
    ids=str,
)
def test_a_shape_is_all_but_what_describes_its_place(change: dict[str, object], same: bool) -> None:
    first = obj(a=TEXT)
    second = replace(first, **change)  # type: ignore[arg-type]
    shapes = Shapes(set())
    shapes.add("Kind", obj(one=first, two=second))

    assert (shapes.name_of(first) == shapes.name_of(second)) is same


def test_each_kind_has_a_name_of_its_own_for_a_shape() -> None:
    shape = obj(a=TEXT)
    shapes = Shapes(set())
    shapes.add("First", obj(spec=shape))
    shapes.add("Second", obj(other=shape, spec=shape))

    assert shapes.classes == [("FirstSpec", shape)]
    assert shapes.aliases == [Alias("SecondOther", "FirstSpec")]


def test_a_name_that_a_kind_has_is_not_taken_from_it() -> None:
    shapes = Shapes({"BoxSpec"})
    shapes.add("Box", obj(spec=obj(a=TEXT)))

    assert named(shapes) == ["BoxSpec_2"]


def test_adding_a_kind_twice_changes_nothing() -> None:
    shapes = Shapes(set())
    for _ in range(2):
        shapes.add("Box", obj(spec=obj(a=TEXT)))

    assert (named(shapes), shapes.aliases) == (["BoxSpec"], [])
