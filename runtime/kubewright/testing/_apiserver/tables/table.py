"""Objects as tables, which is what ``kubectl get`` prints.

apiserver: ``endpoints/handlers/response.go``; apiextensions-apiserver: ``tableconvertor``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from kubewright.jsonpath import JSONPath, JSONPathError
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.store import JSONObject
from kubewright.testing._apiserver.tables.columns import NAME, Column, columns_of
from kubewright.testing._apiserver.tables.durations import UNKNOWN, human_duration, read_time
from kubewright.testing._apiserver.tables.pod_cells import row_conditions
from kubewright.testing._apiserver.tables.rows import Cell, Row

__all__ = ["INCLUDED", "list_metadata", "partial_metadata", "table_columns", "table_of"]

INCLUDED: Final = ("Metadata", "Object", "None")
"""What a row may hold of its object; the first is the default."""

_META_GROUP: Final = "meta.k8s.io"
_KEPT_OF_LIST: Final = ("resourceVersion", "continue", "remainingItemCount")
_WHOLE: Final = JSONPath.parse("{@}")
_AGE: Final = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}


def table_of(
    objects: Iterable[Mapping[str, Any]],
    metadata: Mapping[str, Any],
    *,
    columns: Sequence[Column],
    resource: Served,
    now: datetime,
    include: str = "",
    version: str = "v1",
    has_headers: bool = True,
) -> JSONObject:
    """Return a table, whose cells are always those of a wide one; who prints it leaves some out.

    Args:
        objects: the rows, as one version shows them.
        metadata: of the list, or of the one object.
        columns: of the kind.
        resource: of the objects.
        now: for ages.
        include: what of the object is in its row, one of `INCLUDED`.
        version: of the table itself.
        has_headers: a watch has them in its first table only.
    """
    return {
        "kind": "Table",
        "apiVersion": f"{_META_GROUP}/{version}",
        "metadata": list_metadata(metadata),
        "columnDefinitions": [column.to_wire() for column in columns] if has_headers else None,
        "rows": [_row(Row(obj, now), columns, resource, include, version) for obj in objects],
    }


def table_columns(resource: Served, version: str) -> Sequence[Column]:
    """Return the columns of one version of a resource."""
    if resource.is_builtin:
        return columns_of(resource.plural)
    own = resource.versions[version].printer_columns or (_AGE,)
    # a server leaves out what it cannot read
    own = tuple(column for column in own if _parsed(str(column.get("jsonPath", ""))) is not None)
    return [NAME, *map(_custom_column, own)]


def list_metadata(metadata: Mapping[str, Any]) -> JSONObject:
    """Return what of a list's metadata, or of one object's, a list of another kind has."""
    return {key: metadata[key] for key in _KEPT_OF_LIST if metadata.get(key)}


def partial_metadata(obj: Mapping[str, Any], version: str) -> JSONObject:
    """Return the metadata of an object alone."""
    head = {"kind": "PartialObjectMetadata", "apiVersion": f"{_META_GROUP}/{version}"}
    return {**head, "metadata": obj.get("metadata", {})}


def _row(
    row: Row, columns: Sequence[Column], resource: Served, include: str, version: str
) -> JSONObject:
    wire: JSONObject = {"cells": [column.cell(row) for column in columns]}
    if resource.store == ("", "pods") and (conditions := row_conditions(row)):
        wire["conditions"] = conditions
    if include == "None":
        return {**wire, "object": None}
    shown = row.obj if include == "Object" else partial_metadata(row.obj, version)
    return {**wire, "object": shown}


def _custom_column(wire: Mapping[str, Any]) -> Column:
    path = str(wire.get("jsonPath", ""))
    type_ = str(wire.get("type", "string"))
    told = f"Custom resource definition column (in JSONPath format): {path}"
    return Column(
        str(wire.get("name", "")),
        _custom_cell(path, type_),
        type_,
        wire.get("priority") or 0,
        str(wire.get("format") or ""),
        str(wire.get("description") or told),
    )


def _custom_cell(path: str, type_: str) -> Cell:
    parsed = _parsed(path)

    def cell(row: Row) -> Any:
        try:
            found = parsed.find(row.obj) if parsed is not None else []
        except JSONPathError:
            return None
        # of several results, the server shows the first
        return _typed(found[0][0], type_, row.now) if found and found[0] else None

    return cell


@lru_cache
def _parsed(path: str) -> JSONPath | None:
    try:
        return JSONPath.parse(f"{{{path}}}", allow_missing=True)
    except JSONPathError:
        return None


def _typed(value: Any, type_: str, now: datetime) -> Any:
    """Return a value as a cell of the type, or None where it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match type_:
        case "string":
            return None if value is None else _WHOLE.render(value)
        case "integer" if is_number:
            return int(value)
        case "number" if is_number:
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "date" if isinstance(value, str):
            time = read_time(value)
            if time is None:
                return "<invalid>" if value else UNKNOWN
            return human_duration((now - time).total_seconds())
        case _:
            return None
