"""Validation of custom resources by the structural schema of their version.

kube-openapi: ``validation/validate``; apiextensions-apiserver: ``pkg/apiserver/validation``, with its
ratcheting: what was wrong before and did not change is let through.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.causes import (
    not_supported,
    of_wrong_type,
    required,
    too_long,
    too_many,
    wrong,
)
from kubewright.testing._apiserver.custom.formats.table import format_of, has_format
from kubewright.testing._apiserver.custom.numbers import fits, is_multiple, is_whole
from kubewright.testing._apiserver.custom.patterns import matches
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import in_json, quoted

__all__ = ["UNKNOWN", "causes_in"]

Schema = Mapping[str, Any]

UNKNOWN: Final = object()
"""In the place of a value that there was not before."""

_BITS: Final = {"int32": 31, "int64": 63}
_MOST_BITS: Final = 63
_MOST_WHOLE: Final = (1 << 53) - 1
_IN_GO: Final = {"integer": "int64", "number": "float64"}
_NOWHERE: Final = "<nil>"


def causes_in(value: Any, schema: Schema, *, path: str = "", old: Any = UNKNOWN) -> list[Cause]:
    """Return what is wrong with a value.

    Args:
        value: decoded JSON; defaults are set, and what the schema does not know is gone.
        schema: of it.
        path: of the value, for the causes.
        old: the value before, where there was one.
    """
    return _check(value, schema, path, old).causes


@dataclass(slots=True)
class _Result:
    """What is wrong, and how much was looked at: of some failures, the one that got furthest tells."""

    causes: list[Cause] = field(default_factory=list[Cause])
    count: int = 0

    def take(self, other: _Result) -> None:
        self.causes += other.causes
        self.count += other.count


def _check(value: Any, schema: Schema, path: str, old: Any) -> _Result:
    result = _Result()
    for part in _parts(value, schema, path, old):
        result.take(part)
        result.count += 1
    if result.causes and old is not UNKNOWN and old == value:
        result.causes = []
    return result


def _parts(value: Any, schema: Schema, path: str, old: Any) -> Iterator[_Result]:
    mistake = _type(value, schema, path)
    yield _Result([mistake] if mistake else [], 0 if mistake else 1)
    if value is not None:
        yield _combined(value, schema, path)
        if isinstance(value, str):
            yield _Result(list(_text(value, schema, path)), 1)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield _Result(list(_number(value, schema, path)), 1)
        elif is_array(value):
            yield _list(value, schema, path, old)
    enum = schema.get("enum")
    if is_array(enum) and value not in enum:
        values = [each if isinstance(each, str) else in_json(each) for each in enum]
        yield _Result([not_supported(path, value, values)])
    if is_object(value):
        yield _object(value, schema, path, old)


def _type(value: Any, schema: Schema, path: str) -> Cause | None:
    is_either = schema.get("x-kubernetes-int-or-string") is True
    expected = "integer,string" if is_either else str(schema.get("type", ""))
    if value is None:
        may_be = not expected or schema.get("nullable") is True
        return None if may_be else _mistyped(path, expected, "null")
    name, actual = format_of(schema), _type_of(value)
    is_integer = isinstance(value, float) and is_whole(value) and "integer" in expected
    is_it = actual in expected.split(",") or (actual, expected) == ("integer", "number")
    if is_it or is_integer or not (expected or name):
        return None
    if name and actual not in ("array", "string"):
        return _mistyped(path, name, _IN_GO.get(actual, ""))
    # a server takes a list for any text that has a format
    may_be_list = name and "integer" not in expected and expected != "number"
    return None if may_be_list else _mistyped(path, expected, actual)


def _mistyped(path: str, expected: str, actual: str) -> Cause:
    why = f"{path} in body must be of type {expected}: {quoted(actual)}"
    return of_wrong_type(path or _NOWHERE, actual, why)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "integer" if fits(value) else "number"
    return "object" if is_object(value) else "array"


def _combined(value: Any, schema: Schema, path: str) -> _Result:
    result = _Result()
    for name, message in (("anyOf", _any_of), ("oneOf", _one_of), ("allOf", _all_of)):
        parts = schema.get(name)
        if is_array(parts) and parts:
            message(result, [_check(value, part, path, UNKNOWN) for part in parts], path)
    negated = schema.get("not")
    if is_object(negated) and not _check(value, negated, path, UNKNOWN).causes:
        result.causes.append(_nowhere(f'"{path}" must not validate the schema (not)'))
    result.count += 1
    return result


def _any_of(result: _Result, tried: list[_Result], path: str) -> None:
    if all(each.causes for each in tried):
        why = f'"{path}" must validate at least one schema (anyOf)'
        result.causes.append(_nowhere(why))
        result.take(max(tried, key=lambda each: each.count))


def _one_of(result: _Result, tried: list[_Result], path: str) -> None:
    valid = sum(not each.causes for each in tried)
    if valid == 1:
        return
    found = f"Found {valid} valid alternatives" if valid else "Found none valid"
    why = f'"{path}" must validate one and only one schema (oneOf). {found}'
    result.causes.append(_nowhere(why))
    if not valid:
        result.take(max(tried, key=lambda each: each.count))


def _all_of(result: _Result, tried: list[_Result], path: str) -> None:
    for each in tried:
        result.take(each)
    valid = sum(not each.causes for each in tried)
    if valid != len(tried):
        none = "" if valid else ". None validated"
        result.causes.append(_nowhere(f'"{path}" must validate all the schemas (allOf){none}'))


def _nowhere(why: str) -> Cause:
    return wrong(_NOWHERE, "", why)


def _text(value: str, schema: Schema, path: str) -> Iterator[Cause]:
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    pattern = schema.get("pattern")
    if longest is not None and len(value) > longest:
        yield too_long(path, longest)
    elif shortest is not None and len(value) < shortest:
        yield wrong(path, value, f"{path} in body should be at least {shortest} chars long")
    elif pattern and not matches(pattern, value):
        yield wrong(path, value, f"{path} in body should match '{pattern}'")
    name = format_of(schema) if schema.get("type", "string") == "string" else ""
    if name and not has_format(name, value):
        why = f"{path} in body must be of type {name}: {quoted(value)}"
        yield of_wrong_type(path, value, why)


def _number(value: float, schema: Schema, path: str) -> Iterator[Cause]:
    kind, name = schema.get("type"), format_of(schema)
    if kind in _IN_GO and not _is_in_range(value, str(kind), name):
        about = f"with format {name}" if name else "(default format)"
        yield _nowhere(f"Checked value must be of type {kind} {about} in {path}")
    value = value if fits(value) else float(value)
    yield from _multiple(value, schema.get("multipleOf"), path)
    most, least = schema.get("maximum"), schema.get("minimum")
    if most is not None:
        is_strict = schema.get("exclusiveMaximum") is True
        if value > most or (is_strict and value == most):
            words = "less than" if is_strict else "less than or equal to"
            yield wrong(path, value, f"{path} in body should be {words} {_plain(most)}")
    if least is not None:
        is_strict = schema.get("exclusiveMinimum") is True
        if value < least or (is_strict and value == least):
            words = "greater than" if is_strict else "greater than or equal to"
            yield wrong(path, value, f"{path} in body should be {words} {_plain(least)}")


def _multiple(value: float, factor: float | None, path: str) -> Iterator[Cause]:
    if factor is None:
        return
    if isinstance(value, int):
        factor = int(factor)  # of whole numbers, servers look at the whole part alone
    if factor <= 0:
        why = f"factor MultipleOf declared for {path} must be positive: {_plain(factor)}"
        yield wrong(path, factor, why)
    elif value % factor if isinstance(value, int) else not is_multiple(value, factor):
        yield wrong(path, value, f"{path} in body should be a multiple of {_plain(factor)}")


def _is_in_range(value: float, kind: str, name: str) -> bool:
    if kind == "integer":
        limit = 1 << _BITS.get(name, _MOST_BITS)
        return -limit <= value < limit and float(value).is_integer()
    try:
        return name != "float" or bool(struct.pack("<f", value))
    except OverflowError:
        return False


def _plain(number: float) -> str:
    return str(int(number)) if isinstance(number, int) or number.is_integer() else str(number)


def _list(value: list[Any], schema: Schema, path: str, old: Any) -> _Result:
    result = _Result()
    items = schema.get("items")
    if is_object(items):
        for index, item in enumerate(value):
            before = _old_item(schema, item, old)
            result.take(_check(item, items, f"{path}[{index}]", before))
    fewest, most = schema.get("minItems"), schema.get("maxItems")
    if fewest is not None and len(value) < fewest:
        why = f"{path} in body should have at least {fewest} items"
        result.causes.append(wrong(path, len(value), why))
    if most is not None and len(value) > most:
        result.causes.append(too_many(path, len(value), most))
    if schema.get("uniqueItems") is True and any(
        item in value[:at] for at, item in enumerate(value)
    ):
        result.causes.append(wrong(path, "", f"{path} in body shouldn't contain duplicates"))
    result.count += 1
    return result


def _old_item(schema: Schema, item: Any, old: Any) -> Any:
    """Return what an item of a map by keys was before; those of other lists are not told apart."""
    keys: list[str] = schema.get("x-kubernetes-list-map-keys") or []
    if schema.get("x-kubernetes-list-type") != "map" or not is_array(old) or not is_object(item):
        return UNKNOWN
    before = (each for each in old if is_object(each))
    same = (each for each in before if all(each.get(key) == item.get(key) for key in keys))
    return next(same, UNKNOWN)


def _object(value: Mapping[str, Any], schema: Schema, path: str, old: Any) -> _Result:
    result = _Result()
    fewest, most = schema.get("minProperties"), schema.get("maxProperties")
    if fewest is not None and len(value) < fewest:
        why = f"{path} in body should have at least {fewest} properties"
        result.causes.append(wrong(path or _NOWHERE, len(value), why))
    if most is not None and len(value) > most:
        result.causes.append(too_many(path or _NOWHERE, len(value), most))
    given = schema.get("properties")
    properties: Mapping[str, Any] = given if is_object(given) else {}
    others = schema.get("additionalProperties")
    before: Mapping[str, Any] = old if is_object(old) else {}
    for name, below in value.items():
        found = properties.get(name, others)
        if is_object(found):
            place = f"{path}.{name}" if path else name
            result.take(_check(below, found, place, before.get(name, UNKNOWN)))
    names = schema.get("required")
    for name in names if is_array(names) else ():
        if name not in value:
            result.causes.append(required(f"{path}.{name}" if path else str(name)))
    return result
