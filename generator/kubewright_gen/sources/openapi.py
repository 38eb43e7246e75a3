"""Saved documents (a folder, packed or not, or an OpenAPI file) and what a cluster answered.

The folder is what ``kubewright fetch`` writes: ``discovery/api.json``, ``discovery/apis.json``,
``openapi/v3/apis__apps__v1.json`` and so on (or ``openapi/v2.json`` from servers without v3), and
``crds.json`` with what discovery does not tell of custom resources.
client-go: ``discovery`` and ``openapi3``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, Documents, GroupVersionDocument, Schema
from kubewright_gen.errors import SourceError
from kubewright_gen.sources.api_names import is_group, is_version
from kubewright_gen.sources.archive import read_saved_files
from kubewright_gen.sources.definitions import read_definition
from kubewright_gen.sources.discovery import DiscoveredGroupVersion, read_discovery
from kubewright_gen.sources.files import find_files, read_file
from kubewright_gen.sources.json_objects import JSONObject
from kubewright_gen.sources.paths import resources_of_paths
from kubewright_gen.sources.sanitize import read_schemas

__all__ = ["read_openapi", "read_saved"]

Progress = Callable[[str, int, int], None]

_CUSTOM = GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinitionList")


def read_openapi(source: str, *, progress: Progress | None = None) -> Documents:
    """Read saved documents.

    Args:
        source: a folder that ``kubewright fetch`` wrote, the same folder packed (``.tar.xz``,
            ``.tar.gz``, ``.zip``), or one OpenAPI document, v2 or v3.
        progress: called with a stage, the number of documents done and that of all.

    Raises:
        SourceError: it cannot be read, or is none of these.
        SchemaError: a schema cannot be used.
    """
    path = Path(source)
    if path.is_file() and path.suffix == ".json":
        return read_saved({"": read_file(path)}, source, progress=progress)
    if not path.exists():
        find_files(source)  # raises
    return read_saved(read_saved_files(path), source, progress=progress)


def read_saved(
    files: Mapping[str, bytes], label: str, *, progress: Progress | None = None
) -> Documents:
    """Read documents by their paths in a saved folder; see the head of this module.

    Args:
        files: JSON by relative path; a single OpenAPI document has the path ``""``.
        label: the folder or the server, for messages.
        progress: as for ``read_openapi``.

    Raises:
        SourceError: there is nothing in it, or something malformed.
        SchemaError: a schema cannot be used.
    """
    saved = _Saved(files, label)
    discovered = _discovery(saved)
    custom = _custom_resources(saved)
    documents: list[GroupVersionDocument] = []
    problems: list[str] = []
    sources = _OpenAPI(saved)
    known = discovered if discovered is not None else sources.told_by_paths()
    if not known:
        raise SourceError(
            "no discovery and no OpenAPI in it",
            file=label,
            remedy="give what `kubewright fetch` wrote, or a file of /openapi/v2",
        )
    for index, item in enumerate(known):
        problems += item.problems
        schemas, selectable = sources.schemas(item)
        if item.resources and schemas is None:
            problems.append(f"{item.group_version}: left out: there is no OpenAPI document of it")
        elif item.resources and schemas is not None:
            resources = tuple(
                _completed(item.group_version, resource, custom, selectable)
                for resource in item.resources
            )
            documents.append(GroupVersionDocument(item.group_version, resources, schemas))
        if progress is not None:
            progress("Reading schemas", index + 1, len(known))
    documents.sort(key=lambda document: document.group_version)
    return Documents(tuple(documents), tuple(problems))


class _Saved:
    """The files, decoded when they are asked for, whatever folder they were packed with."""

    def __init__(self, files: Mapping[str, bytes], label: str) -> None:
        self.label = label
        self._files = {_relative(name): (name, content) for name, content in files.items()}

    def names(self) -> list[str]:
        return sorted(self._files)

    def document(self, *names: str) -> JSONObject | None:
        """The first of these files that is there."""
        for name in names:
            if name in self._files:
                full, content = self._files[name]
                return _decoded(content, f"{self.label}/{full}" if full else self.label)
        return None


_TOP = ("discovery", "openapi", "v3", "v2.json", "crds.json", "version.json")


def _relative(name: str) -> str:
    """The path in the saved folder: an archive can have that folder, or ``./``, before it."""
    parts = [part for part in name.split("/") if part != "."]
    for index, part in enumerate(parts[:3]):
        if part in _TOP:
            rest = parts[index:]
            return "/".join(["openapi", *rest] if rest[0] in ("v3", "v2.json") else rest)
    return "/".join(parts)


def _decoded(content: bytes, file: str) -> JSONObject:
    try:
        return JSONObject.of(msgspec.json.decode(content), file)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise SourceError(f"no JSON: {error}", file=file) from None
    except RecursionError:
        raise SourceError("nested too deep", file=file) from None


def _discovery(saved: _Saved) -> list[DiscoveredGroupVersion] | None:
    found: dict[GroupVersion, DiscoveredGroupVersion] = {}
    present = False
    for name in ("api", "apis"):
        document = saved.document(f"discovery/{name}.json", f"discovery/{name}.aggregated.json")
        if document is None:
            continue
        present = True
        for item in read_discovery(document):
            if item.group_version in found:
                raise SourceError(f"{item.group_version} comes twice", file=document.file)
            found[item.group_version] = item
    return [found[group_version] for group_version in sorted(found)] if present else None


def _custom_resources(saved: _Saved) -> dict[tuple[GroupVersion, str], DiscoveredResource]:
    document = saved.document("crds.json")
    if document is None:
        return {}
    found: dict[tuple[GroupVersion, str], DiscoveredResource] = {}
    for item in document.objects("items"):
        for version in read_definition(item).versions:
            found[version.group_version, version.resource.name] = version.resource
    return found


def _completed(
    group_version: GroupVersion,
    resource: DiscoveredResource,
    custom: Mapping[tuple[GroupVersion, str], DiscoveredResource],
    selectable: Mapping[GroupVersionKind, tuple[str, ...]],
) -> DiscoveredResource:
    """Add what a definition tells, or at least what the schema does."""
    definition = custom.get((group_version, resource.name))
    if definition is None or definition.kind != resource.kind:
        return replace(resource, selectable_fields=selectable.get(resource.kind, ()))
    return replace(
        resource,
        printer_columns=definition.printer_columns,
        selectable_fields=definition.selectable_fields,
        scale_paths=definition.scale_paths,
    )


Selectable = dict[GroupVersionKind, tuple[str, ...]]


class _OpenAPI:
    """The OpenAPI documents: one for each group version, or one of v2 for all of them."""

    def __init__(self, saved: _Saved) -> None:
        self._saved = saved
        self._names: dict[GroupVersion, str] = {}
        for name in saved.names():
            group_version = _group_version(name)
            if group_version is not None:
                self._names[group_version] = name
        self._whole: JSONObject | None = None  # one document for all group versions
        self._all: dict[str, Schema] = {}
        self._all_selectable: Selectable = {}
        single = saved.document("", "openapi/v2.json")
        # a folder with both is read as v3, which says more
        if single is not None and not self._names:
            self._whole = single
            self._all, self._all_selectable = _read_document(single)

    def told_by_paths(self) -> list[DiscoveredGroupVersion]:
        """What the paths of the documents tell of resources."""
        documents = [self._saved.document(name) for name in self._names.values()]
        found: dict[GroupVersion, list[DiscoveredResource]] = {}
        for document in [self._whole, *documents]:
            paths = document.optional_object("paths") if document is not None else None
            if paths is not None:
                found.update(resources_of_paths(paths.data))
        return [
            DiscoveredGroupVersion(group_version, tuple(found[group_version]), ())
            for group_version in sorted(found)
        ]

    def schemas(self, item: DiscoveredGroupVersion) -> tuple[dict[str, Schema] | None, Selectable]:
        """The schemas of a group version by name; None if there is no document of it."""
        if self._whole is not None:
            return _reachable(self._all, item), self._all_selectable
        name = self._names.get(item.group_version)
        document = self._saved.document(name) if name is not None else None
        if document is None:
            return None, {}
        return _read_document(document)


def _group_version(name: str) -> GroupVersion | None:
    """The group version of ``openapi/v3/apis__apps__v1.json``; None for other files."""
    if not name.startswith("openapi/v3/") or not name.endswith(".json"):
        return None
    parts = name.removeprefix("openapi/v3/").removesuffix(".json").split("__")
    if len(parts) == 2 and parts[0] == "api" and is_version(parts[1]):
        return GroupVersion("", parts[1])
    if len(parts) == 3 and parts[0] == "apis" and is_group(parts[1]) and is_version(parts[2]):
        return GroupVersion(parts[1], parts[2])
    return None


def _read_document(document: JSONObject) -> tuple[dict[str, Schema], Selectable]:
    components = document.optional_object("components")
    schemas = (components or document).optional_object("schemas" if components else "definitions")
    if "swagger" not in document.data and "openapi" not in document.data:
        raise document.error("openapi", "this is no OpenAPI document, neither v2 nor v3")
    if schemas is None:
        return {}, {}
    read = read_schemas(schemas.data, document.file)
    selectable: Selectable = {}
    for name, schema in read.items():
        fields = _selectable_fields(schemas.data[name])
        for kind in schema.kinds if fields else ():
            selectable[kind] = fields
    return read, selectable


def _selectable_fields(raw: Any) -> tuple[str, ...]:
    fields = raw.get("x-kubernetes-selectable-fields") if is_object(raw) else None
    if not is_array(fields):
        return ()
    paths = [item.get("fieldPath") for item in fields if is_object(item)]
    return tuple(f".{path}" for path in paths if isinstance(path, str) and path)


def _reachable(schemas: dict[str, Schema], item: DiscoveredGroupVersion) -> dict[str, Schema]:
    """Those of the schemas of all group versions that this one's kinds are made of."""
    wanted = {resource.kind for resource in item.resources}
    wanted |= {sub.kind for resource in item.resources for sub in resource.subresources if sub.kind}
    lists = {replace(kind, kind=f"{kind.kind}List") for kind in wanted}
    own = item.group_version
    waiting = [
        name
        for name, schema in schemas.items()
        if (wanted | lists) & set(schema.kinds)
        or (len(schema.kinds) == 1 and schema.kinds[0].group_version == own)
    ]
    found: dict[str, Schema] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += _references(schemas[name])
    return dict(sorted(found.items()))


def _references(schema: Schema) -> list[str]:
    found: list[str] = []
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if node.ref is not None:
            found.append(node.ref)
        waiting += node.properties.values()
        waiting += [child for child in (node.items, node.additional) if child is not None]
    return found
