"""The documents of a real server that are shipped: discovery and OpenAPI of the built-in kinds.

They are read when something asks for them, each group version by itself, and once in a process.
"""

from __future__ import annotations

import lzma
import tarfile
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import msgspec

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion

__all__ = ["kind_schema", "openapi_v3", "packed_document"]

_ARCHIVE: Final = Path(__file__).with_name("kubernetes.tar.xz")
_REFERENCE: Final = "#/components/schemas/"
_KINDS: Final = "x-kubernetes-group-version-kind"


def packed_document(name: str) -> bytes | None:
    """Return a document by its path in the archive, such as ``discovery/apis.json``."""
    return _files().get(name)


def openapi_v3(group_version: GroupVersion) -> bytes | None:
    """Return the OpenAPI v3 document of a built-in group version as JSON, or None."""
    root = "apis__" if group_version.group else "api__"
    return packed_document(f"openapi/v3/{root}{str(group_version).replace('/', '__')}.json")


@cache
def kind_schema(
    group_version: GroupVersion, kind: str, *, among: GroupVersion | None = None
) -> Mapping[str, Any] | None:
    """Return the schema of a built-in kind in the form that CRDs have: without references.

    Args:
        group_version: of the kind.
        kind: its name.
        among: the group version whose document has it; by default its own.

    A schema that contains itself (only ``JSONSchemaProps`` does) is one mapping that contains
    itself; nobody changes it.
    """
    resolver = _resolver(among or group_version)
    return None if resolver is None else resolver.kind(group_version, kind)


@cache
def _files() -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=BytesIO(lzma.decompress(_ARCHIVE.read_bytes()))) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                found[member.name] = content.read()
    return found


@cache
def _resolver(group_version: GroupVersion) -> _Resolver | None:
    document = openapi_v3(group_version)
    if document is None:
        return None
    decoded = msgspec.json.decode(document, type=dict[str, Any])
    return _Resolver(decoded["components"]["schemas"])


class _Resolver:
    """Replaces the references of one document, each schema once."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._resolved: dict[str, dict[str, Any]] = {}

    def kind(self, group_version: GroupVersion, kind: str) -> Mapping[str, Any] | None:
        wanted = {"group": group_version.group, "version": group_version.version, "kind": kind}
        for name, schema in self._schemas.items():
            if wanted in schema.get(_KINDS, ()):
                return self._named(name)
        return None

    def _named(self, name: str) -> dict[str, Any]:
        if name not in self._resolved:
            # in the table before it is filled, so that a schema may contain itself
            resolved = self._resolved[name] = {}
            resolved.update(self._schema(self._schemas[name]))
        return self._resolved[name]

    def _schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in schema.items():
            if key == "$ref":
                return self._named(str(value).removeprefix(_REFERENCE))
            if key == "allOf":
                # documents wrap a reference like this to say more beside it
                for part in value:
                    found = {**self._schema(part), **found}
            elif key == "properties" and is_object(value):
                found[key] = {name: self._schema(below) for name, below in value.items()}
            elif key in ("items", "additionalProperties") and is_object(value):
                found[key] = self._schema(value)
            elif key in ("oneOf", "anyOf") and is_array(value):
                found[key] = [self._schema(part) for part in value]
            else:
                found[key] = value
        return found
