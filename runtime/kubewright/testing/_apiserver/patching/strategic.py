"""Strategic merge patches, applied: lists are merged by the keys that a kind's schema names.

apimachinery: ``util/strategicpatch``. How patches are made is `kubewright.tools.strategic`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.failures import bad_request, internal_error, unprocessable
from kubewright.testing._apiserver.golang import in_json, printed
from kubewright.tools.strategic import PatchSchema

__all__ = ["strategically_merged"]

_DIRECTIVE: Final = "$patch"
_RETAIN: Final = "$retainKeys"
_ORDER: Final = "$setElementOrder"
_DELETE_VALUES: Final = "$deleteFromPrimitiveList"

JSONObject = dict[str, Any]


def strategically_merged(
    obj: JSONObject, patch: JSONObject, schema: Mapping[str, Any]
) -> JSONObject:
    """Return the object with a strategic merge patch applied to it.

    Args:
        obj: as its version shows it.
        patch: with directives, or without.
        schema: of the kind, without references.

    Raises:
        RefusedRequest: the patch makes no sense, or items have no key.
    """
    return _object(obj, patch, PatchSchema({}, schema))


def _object(obj: JSONObject, patch: JSONObject, schema: PatchSchema) -> JSONObject:
    if _DIRECTIVE in patch:
        return _directed(patch)
    result = _retained(obj, patch)
    ordered = {key for key in patch if key.startswith(_ORDER)}
    for key in ordered:
        _put_in_order(result, patch, key, schema)
    done = {_name_after(key, _ORDER) for key in ordered}
    for key, value in patch.items():
        if key in ordered or key == _RETAIN or (key in done and key in result):
            continue
        if key.startswith(_DELETE_VALUES):
            _delete_values(result, _name_after(key, _DELETE_VALUES), value)
        elif value is None:
            result.pop(key, None)
        else:
            _put(result, key, value, schema)
    return result


def _directed(patch: JSONObject) -> JSONObject:
    match patch[_DIRECTIVE]:
        case "replace":
            return {key: value for key, value in patch.items() if key != _DIRECTIVE}
        case "delete":
            return {}
        case other:
            raise _unknown_directive(other, patch)


def _retained(obj: JSONObject, patch: JSONObject) -> JSONObject:
    if _RETAIN not in patch:
        return dict(obj)
    keys: Any = patch[_RETAIN]
    set_here = (
        key
        for key, value in patch.items()
        if value is not None and not key.startswith((_RETAIN, _ORDER, _DELETE_VALUES))
    )
    if not is_array(keys) or any(key not in keys for key in set_here):
        raise bad_request("invalid patch format of retainKeys")
    return {key: value for key, value in obj.items() if key in keys}


def _put(result: JSONObject, key: str, value: Any, schema: PatchSchema) -> None:
    old, below = result.get(key), schema.field(key)
    if is_object(old) and is_object(value):
        result[key] = value if below.replaces else _object(old, value, below)
    elif is_array(old) and is_array(value):
        result[key] = _list(old, value, below) if below.merges else value
    elif not _is_directed(value):
        result[key] = _without_directives(value)
    else:
        result.pop(key, None)


def _delete_values(result: JSONObject, key: str, values: Any) -> None:
    old = result.get(key)
    if is_array(old) and is_array(values):
        result[key] = [value for value in old if value not in values]


def _put_in_order(result: JSONObject, patch: JSONObject, key: str, schema: PatchSchema) -> None:
    """Merge the list that a ``$setElementOrder`` is about, and sort it as that says."""
    name = _name_after(key, _ORDER)
    order: Any = patch[key]
    old, given = result.get(name), patch.get(name)
    for found in (order, old, given):
        if found is not None and not is_array(found):
            raise _not_a_list(found)
    below = schema.field(name)
    _check_order(given or [], order, below.merge_key)
    if old is None and given is None:
        return
    if given is None:
        merged = old
    elif old is None:
        merged = _without_directives(given)
    else:
        merged = _list(old, given, below) if below.merges else given
    if merged:
        merged = _sorted(merged, order, old or [], below.merge_key)
    result[name] = merged


def _check_order(given: list[Any], order: list[Any], merge_key: str) -> None:
    if not given or not order:
        return
    rest = iter(order)
    for item in given:
        if merge_key and _is_directed(item):
            continue
        wanted = _key(item, merge_key)
        if not any(_key(other, merge_key) == wanted for other in rest):
            raise internal_error(
                f"The order in patch list:\n{printed(given)}\n doesn't match {_ORDER} list:\n"
                f"{printed(order)}\n"
            )


def _list(old: list[Any], given: list[Any], schema: PatchSchema) -> list[Any]:
    if not old and not given:
        return old
    _check_types([*old, *given])
    if not is_object((old or given)[0]):
        merged = list(dict.fromkeys([*old, *given]))
        return _sorted(merged, given, old, "")
    key = schema.merge_key
    if not key:
        raise internal_error("cannot merge lists without merge key for struct")
    kept, items = _special(old, given, key)
    merged = list(kept)
    for item in items:
        value = _key(item, key)
        at = next((i for i, each in enumerate(merged) if each.get(key) == value), None)
        if at is None:
            merged.append(item)
        else:
            merged[at] = _object(merged[at], item, schema.items)
    return _sorted(merged, items, kept, key)


def _special(old: list[Any], given: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Return the old items that directives leave, and the items that are no directives."""
    kept, items, is_replaced = list(old), list[Any](), False
    for item in given:
        match item.get(_DIRECTIVE):
            case None:
                items.append(item)
            case "delete":
                value = _key(item, key)
                kept = [each for each in kept if each.get(key) != value]
            case "replace":
                is_replaced = True
            case "merge":
                raise internal_error("merging lists cannot yet be specified in the patch")
            case other:
                raise _unknown_directive(other, item)
    return (items, []) if is_replaced else (kept, items)


def _sorted(merged: list[Any], order: list[Any], old: list[Any], key: str) -> list[Any]:
    """Return the items: those of the patch in its order, the others where they were among them."""
    wanted = _places(order, key)
    present = _places(old, key)
    ours = [item for item in merged if _key(item, key) in wanted]
    ours.sort(key=lambda item: wanted[_key(item, key)])
    others = [item for item in merged if _key(item, key) not in wanted]
    result: list[Any] = []
    while ours and others:
        places = [present.get(_key(each[0], key)) for each in (others, ours)]
        is_before = places[0] is not None and places[1] is not None and places[0] < places[1]
        result.append((others if is_before else ours).pop(0))
    return [*result, *ours, *others]


def _places(items: Iterable[Any], key: str) -> dict[Any, int]:
    places: dict[Any, int] = {}
    for place, item in enumerate(items):
        places.setdefault(_key(item, key), place)
    return places


def _key(item: Any, key: str) -> Any:
    if not key:
        return _hashable(item)
    if not is_object(item):
        raise internal_error(f"expected a map[string]interface {{}}, but received a {_type(item)}")
    if key not in item:
        raise internal_error(f"map: {printed(item)} does not contain declared merge key: {key}")
    return _hashable(item[key])


def _hashable(value: Any) -> Any:
    return in_json(value) if is_object(value) or is_array(value) else value


def _check_types(items: list[Any]) -> None:
    types = {_type(item) for item in items}
    if "[]interface {}" in types:
        raise unprocessable()
    if len(types) > 1:
        raise internal_error(f"list element types are not identical: {printed([items])}")


def _type(value: Any) -> str:
    names: Mapping[Any, str] = {
        dict: "map[string]interface {}",
        list: "[]interface {}",
        bool: "bool",
        int: "int64",
        float: "float64",
        str: "string",
    }
    return names.get(type(value), "%!s(<nil>)")


def _without_directives(value: Any) -> Any:
    """Return what is added as it is meant: without nulls, and without items of directives."""
    if is_object(value):
        return {
            key: _without_directives(below)
            for key, below in value.items()
            if below is not None and not _is_directed(below)
        }
    if is_array(value):
        return [_without_directives(item) for item in value if not _is_directed(item)]
    return value


def _is_directed(value: Any) -> bool:
    return is_object(value) and _DIRECTIVE in value


def _name_after(key: str, prefix: str) -> str:
    before, slash, name = key.partition("/")
    if before != prefix or not slash:
        what = "setElementOrder" if prefix == _ORDER else "primitive"
        raise bad_request(f"invalid patch format of {what} list")
    return name


def _not_a_list(found: Any) -> Exception:
    return internal_error(f"expected a []interface {{}}, but received a {_type(found)}")


def _unknown_directive(directive: Any, item: JSONObject) -> Exception:
    return internal_error(f"unknown patch type: {printed(directive)} in map: {printed(item)}")
