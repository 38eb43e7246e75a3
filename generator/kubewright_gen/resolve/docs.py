"""The text of docstrings: descriptions, and what the server checks that a type cannot say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kubewright_gen.documents import Rule, Schema

__all__ = ["describe"]

_WORDS = {
    "minimum": "minimum {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "maximum {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "pattern ``{}``",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} entries",
    "maxProperties": "at most {} entries",
    "uniqueItems": "unique items",
}
_WORDS_OF_ONE = {
    "minLength": "at least 1 character",
    "maxLength": "at most 1 character",
    "minItems": "at least 1 item",
    "maxItems": "at most 1 item",
    "minProperties": "at least 1 entry",
    "maxProperties": "at most 1 entry",
}
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_IMMUTABLE = {"self == oldSelf", "oldSelf == self"}


def describe(schema: Schema, *, with_default: bool = True) -> str:
    """The docstring of a field or class: the description, then the server's checks."""
    paragraphs = [schema.description.strip()]
    checks = [*_checks(schema)]
    if checks:
        paragraphs.append(f"The server checks: {'; '.join(checks)}.")
    paragraphs.extend(_rule(rule) for rule in schema.rules if rule.rule not in _IMMUTABLE)
    if any(rule.rule in _IMMUTABLE for rule in schema.rules):
        paragraphs.append("Immutable.")
    if with_default and schema.has_default and schema.default not in ("", {}, 0, False, None):
        paragraphs.append(f"The server's default: {_json(schema.default)}.")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _checks(schema: Schema) -> Iterator[str]:
    constraints = dict(schema.constraints)
    for flag, bound in _EXCLUSIVE.items():
        if constraints.get(flag) is True:  # OpenAPI's way: the flag changes what the bound means
            del constraints[flag]
            constraints = {flag if k == bound else k: v for k, v in constraints.items()}
    for keyword, value in constraints.items():
        words = _WORDS[keyword] if value != 1 else _WORDS_OF_ONE.get(keyword, _WORDS[keyword])
        yield words.format(_number_or_text(value))
    if schema.list_type == "map" and schema.list_map_keys:
        yield f"one item for each {', '.join(schema.list_map_keys)}"
    elif schema.list_type == "set":
        yield "no item twice"
    if schema.items is not None and schema.items.constraints:
        yield f"each item: {', '.join(_checks(schema.items))}"


def _rule(rule: Rule) -> str:
    return f"Rule: ``{rule.rule}``" + (f" ({rule.message})" if rule.message else "")


def _number_or_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
