"""CRD files: read into what an API server would publish once it serves them.

The server adds to each schema what every object has (``apiVersion``, ``kind``, ``metadata``) and a
schema of the list; so does this, in its words, and a test compares the two. Go counterpart:
``k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO

from kubewright._json import is_array, is_object
from kubewright._shown import shown
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, Documents, GroupVersionDocument, Schema
from kubewright_gen.errors import SchemaError, SourceError
from kubewright_gen.sources.definitions import (
    API_GROUP,
    KIND,
    Definition,
    DefinitionVersion,
    read_definition,
)
from kubewright_gen.sources.files import STDIN, Fetch, find_files, read_file, read_stream
from kubewright_gen.sources.json_objects import JSONObject
from kubewright_gen.sources.sanitize import OBJECT_META, SchemaReader
from kubewright_gen.sources.yaml_documents import load_documents

__all__ = ["CRDFiles", "Progress", "read_crds"]

Progress = Callable[[str, int, int], None]

_PLACEHOLDER = re.compile(rb"(?m)^\s*(?:-\s+)*(?:[^\s#'\"{][^:\n]*:\s+)?\{\{")
_CONVENTIONS = (
    "More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
)
_LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"
# the server's words: every object in every cluster has these
_API_VERSION = Schema(
    type="string",
    description="APIVersion defines the versioned schema of this representation of an object."
    " Servers should convert recognized schemas to the latest internal value, and may reject"
    f" unrecognized values. {_CONVENTIONS}#resources",
)
_KIND = Schema(
    type="string",
    description="Kind is a string value representing the REST resource this object represents."
    " Servers may infer this from the endpoint the client submits requests to. Cannot be updated."
    f" In CamelCase. {_CONVENTIONS}#types-kinds",
)
_OBJECT_METADATA = Schema(
    ref=OBJECT_META, description=f"Standard object's metadata. {_CONVENTIONS}#metadata"
)
_LIST_METADATA = Schema(
    ref=_LIST_META, description=f"Standard list metadata. {_CONVENTIONS}#types-kinds"
)


@dataclass(frozen=True, slots=True)
class CRDFiles:
    """What was found in files.

    Attributes:
        documents: what an API server would publish.
        definitions: how many CustomResourceDefinitions there were, each counted once.
        skipped: how many other objects there were.
    """

    documents: Documents
    definitions: int
    skipped: int


def read_crds(
    sources: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    fetch: Fetch | None = None,
    progress: Progress | None = None,
) -> CRDFiles:
    """Read CustomResourceDefinitions, YAML or JSON, in any mixture with other objects.

    Args:
        sources: files, folders (read with all below them), patterns, URLs, or ``-``.
        stdin: what ``-`` reads.
        fetch: gets a URL; without it URLs are refused.
        progress: called with a stage, the number of files done and that of all files.

    Raises:
        SourceError: a file cannot be read, is malformed or a template, or holds a definition that
            an API server would refuse; or there is no definition in any of them.
        SchemaError: a schema cannot be used.
    """
    files = [item for source in sources for item in _contents(source, stdin, fetch)]
    definitions: dict[str, tuple[Definition, str]] = {}
    skipped = 0
    for index, (file, content) in enumerate(files):
        skipped += _read_file(definitions, content(), file)
        if progress is not None:
            progress("Reading CRDs", index + 1, len(files))
    if not definitions:
        raise SourceError(
            f"there is no {KIND} in it", file=", ".join(sources), remedy="name the files that have"
        )
    found = [definition for definition, _ in definitions.values()]
    return CRDFiles(_publish(found), len(found), skipped)


Content = Callable[[], bytes]


def _contents(
    source: str, stdin: BinaryIO | None, fetch: Fetch | None
) -> Iterator[tuple[str, Content]]:
    if source == "-":
        if stdin is None:
            raise SourceError("there is no standard input to read", file=STDIN)
        yield STDIN, partial(read_stream, stdin, STDIN)
    elif source.startswith(("http://", "https://")):
        if fetch is None:
            raise SourceError(
                "URLs are not read here", file=source, remedy="download it, or pipe it into '-'"
            )
        yield source, partial(fetch, source)
    else:
        for path in find_files(source):
            yield str(path), partial(read_file, path)


def _read_file(definitions: dict[str, tuple[Definition, str]], data: bytes, file: str) -> int:
    """Read the definitions of a file, and tell how many other objects there were."""
    skipped = 0
    try:
        for value, line in load_documents(data, file):
            # several documents of one file have the same paths in them: the line tells which
            named = f"{file} (document at line {line})" if line > 1 else file
            for item in _flattened(value, named, ""):
                if _is_definition(item):
                    _add(definitions, item)
                else:
                    skipped += 1
    except SourceError as error:
        # descriptions can have braces, too: only where values stand they mean a template
        is_syntax = error.place.startswith("line ")
        if "{{" in error.problem or (is_syntax and _PLACEHOLDER.search(data)):
            raise _template(file, error.place) from None
        raise
    return skipped


def _template(file: str, place: str) -> SourceError:
    return SourceError(
        "this looks like a template, with {{ }} to be filled in",
        file=file,
        place=place,
        remedy="render it first: helm template CHART --include-crds | kubewright generate --crd -",
    )


def _flattened(value: Any, file: str, place: str) -> Iterator[JSONObject]:
    if not is_object(value):
        yield JSONObject({}, file, place)
        return
    kind, items = value.get("kind"), value.get("items")
    if kind in ("List", f"{KIND}List") and is_array(items):
        for index, item in enumerate(items):
            step = f"items[{index}]"
            yield from _flattened(item, file, f"{place}.{step}" if place else step)
    else:
        yield JSONObject(value, file, place)


def _is_definition(value: JSONObject) -> bool:
    group = str(value.data.get("apiVersion", "")).partition("/")[0]
    return value.data.get("kind") == KIND and group in (API_GROUP, "")


def _add(definitions: dict[str, tuple[Definition, str]], crd: JSONObject) -> None:
    definition = read_definition(crd)
    try:
        spec = json.dumps(crd.data["spec"], sort_keys=True)
    except RecursionError:
        raise crd.error("spec", "nested too deep") from None
    known = definitions.setdefault(definition.name, (definition, spec))
    if known[1] != spec:
        raise SourceError(
            f"{definition.name} is defined differently in {known[0].file}",
            file=crd.file,
            remedy="name only one of the files",
        )


def _publish(definitions: Sequence[Definition]) -> Documents:
    resources: dict[GroupVersion, list[DiscoveredResource]] = {}
    schemas: dict[GroupVersion, dict[str, Schema]] = {}
    origins: dict[str, Definition] = {}
    for definition in definitions:
        for version in definition.versions:
            if not version.served:
                continue
            group_version = version.group_version
            published = _published(definition, version)
            for name in published:
                other = origins.setdefault(name, definition)
                if other is not definition:
                    raise SourceError(
                        f"{definition.name} and {other.name} (in {other.file}) have the same kind"
                        f" {shown(name.rpartition('.')[2])}; an API server serves one of them",
                        file=definition.file,
                    )
            resources.setdefault(group_version, []).append(version.resource)
            schemas.setdefault(group_version, {}).update(published)
    return Documents(
        tuple(
            GroupVersionDocument(
                group_version,
                tuple(sorted(resources[group_version], key=lambda resource: resource.name)),
                dict(sorted(schemas[group_version].items())),
            )
            for group_version in sorted(resources)
        )
    )


def schema_name(kind: GroupVersionKind) -> str:
    """How servers name the schema of a custom kind: ``com.example.v1.Kind``."""
    return ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind])


def _published(definition: Definition, version: DefinitionVersion) -> dict[str, Schema]:
    """The schemas of the kind and of its list."""
    if version.schema is None:
        raise SourceError(
            f"there is no schema; {API_GROUP}/v1 asks for one",
            file=definition.file,
            place=version.place,
        )
    kind = version.resource.kind
    reader = SchemaReader(definition.file, custom=True)
    root = reader.read(version.schema, version.place)
    if root.type != "object":
        raise SchemaError(
            "the type has to be object", file=definition.file, place=f"{version.place}.type"
        )
    given = {"apiVersion": _API_VERSION, "kind": _KIND, "metadata": _OBJECT_METADATA}
    list_kind = GroupVersionKind(kind.group, kind.version, definition.list_kind)
    items = Schema(
        type="array",
        description=f"List of {version.resource.name}. {_CONVENTIONS}",
        items=Schema(ref=schema_name(kind)),
    )
    return {
        schema_name(kind): replace(
            root, properties=dict(sorted({**root.properties, **given}.items())), kinds=(kind,)
        ),
        schema_name(list_kind): Schema(
            type="object",
            description=f"{list_kind.kind} is a list of {kind.kind}",
            properties={
                "apiVersion": _API_VERSION,
                "items": items,
                "kind": _KIND,
                "metadata": _LIST_METADATA,
            },
            required=frozenset({"items"}),
            kinds=(list_kind,),
        ),
    }
