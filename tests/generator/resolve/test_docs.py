"""Docstrings say what a definition says, and what the server checks beside it."""

import pytest

from kubewright_gen.documents import Rule, Schema
from kubewright_gen.resolve.docs import describe


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (Schema(), ""),
        (Schema(description=" What it is. \n"), "What it is."),
        (
            Schema(constraints=(("minimum", 1), ("maximum", 5))),
            "The server checks: minimum 1; maximum 5.",
        ),
        (Schema(constraints=(("minimum", 1.0),)), "The server checks: minimum 1."),
        (Schema(constraints=(("maximum", 1.5),)), "The server checks: maximum 1.5."),
        (
            Schema(constraints=(("minimum", 0), ("exclusiveMinimum", True))),
            "The server checks: more than 0.",
        ),
        (
            Schema(constraints=(("maximum", 9), ("exclusiveMaximum", True), ("multipleOf", 3))),
            "The server checks: less than 9; multiple of 3.",
        ),
        (Schema(constraints=(("exclusiveMinimum", 3),)), "The server checks: more than 3."),
        (
            Schema(constraints=(("minLength", 1), ("maxLength", 63))),
            "The server checks: at least 1 character; at most 63 characters.",
        ),
        (Schema(constraints=(("minItems", 1),)), "The server checks: at least 1 item."),
        (Schema(constraints=(("maxProperties", 2),)), "The server checks: at most 2 entries."),
        (Schema(constraints=(("pattern", "^{0}$"),)), "The server checks: pattern ``^{0}$``."),
        (Schema(constraints=(("uniqueItems", True),)), "The server checks: unique items."),
        (Schema(list_type="set"), "The server checks: no item twice."),
        (Schema(list_type="atomic"), ""),
        (
            Schema(list_type="map", list_map_keys=("name", "port")),
            "The server checks: one item for each name, port.",
        ),
        (
            Schema(items=Schema(constraints=(("maxLength", 3),))),
            "The server checks: each item: at most 3 characters.",
        ),
        (Schema(rules=(Rule("a > 1", "too small"),)), "Rule: ``a > 1`` (too small)"),
        (Schema(rules=(Rule("a > 1"),)), "Rule: ``a > 1``"),
        (Schema(rules=(Rule("self == oldSelf", "never"),)), "Immutable."),
        (
            Schema(rules=(Rule("oldSelf == self"), Rule("b"), Rule("self == oldSelf"))),
            "Rule: ``b``\n\nImmutable.",
        ),
        (Schema(has_default=True, default="TCP"), 'The server\'s default: "TCP".'),
        (Schema(has_default=True, default={"é": [1]}), 'The server\'s default: {"é": [1]}.'),
        (Schema(has_default=True, default=""), ""),
        (Schema(has_default=True, default=0), ""),
        (Schema(has_default=True, default={}), ""),
        (
            Schema(
                description="A.", constraints=(("maxLength", 3),), has_default=True, default="b"
            ),
            'A.\n\nThe server checks: at most 3 characters.\n\nThe server\'s default: "b".',
        ),
    ],
    ids=lambda value: ascii(value) if isinstance(value, str) else "",
)
def test_a_schema_is_described(schema: Schema, text: str) -> None:
    assert describe(schema) == text


def test_a_class_has_no_default() -> None:
    schema = Schema(description="A.", has_default=True, default={"a": 1})

    assert describe(schema, with_default=False) == "A."
