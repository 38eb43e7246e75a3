"""A live cluster: its discovery and OpenAPI documents, saved or read at once.

What is saved is the same for the same APIs, whichever server it comes from: no addresses, no
times, everything in order. Reading a cluster is saving it and reading what was saved, so the two
cannot differ. client-go: ``discovery.DiscoveryClient``, ``openapi3.Root``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from kubewright._json import is_object
from kubewright._shown import one_line
from kubewright.discovery.client import ROOTS
from kubewright.discovery.documents import Sender, fetch_groups
from kubewright.errors import (
    ApiError,
    ForbiddenError,
    KubeError,
    NotAcceptableError,
    NotFoundError,
)
from kubewright.rest.request import Request
from kubewright.schema import GroupVersion
from kubewright_gen.documents import Documents
from kubewright_gen.errors import SourceError
from kubewright_gen.sources.api_names import is_group, is_version
from kubewright_gen.sources.json_objects import JSONObject
from kubewright_gen.sources.openapi import read_saved

__all__ = ["Sender", "fetch", "read_cluster"]

Progress = Callable[[str, int, int], None]
Write = Callable[[str, bytes], None]

_PAGE = "50"  # definitions can have megabytes each
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def read_cluster(
    rest: Sender, *, label: str = "cluster", progress: Progress | None = None
) -> Documents:
    """Read what a cluster serves.

    What cannot be had while the rest can is told in ``Documents.problems``.

    Args:
        rest: the client.
        label: how messages call the cluster.
        progress: called with a stage, the number of documents done and that of all.

    Raises:
        SourceError: the cluster does not answer, or not with what an API server would say.
        SchemaError: a schema cannot be used.
    """
    files: dict[str, bytes] = {}
    problems = fetch(rest, files.__setitem__, label=label, progress=progress)
    documents = read_saved(files, label, progress=progress)
    return replace(documents, problems=tuple(dict.fromkeys([*problems, *documents.problems])))


def fetch(
    rest: Sender, write: Write, *, label: str = "cluster", progress: Progress | None = None
) -> tuple[str, ...]:
    """Save what a cluster serves, in the layout that ``sources.openapi`` reads.

    Args:
        rest: the client.
        write: takes each file: its relative path, with ``/``, and its content.
        label: how messages call the cluster.
        progress: as for ``read_cluster``.

    Returns:
        What could not be had while the rest could, one line each.

    Raises:
        SourceError: the cluster does not answer, or not with what an API server would say.
    """
    return _Fetch(rest, write, label, progress).run()


class _Fetch:
    def __init__(self, rest: Sender, write: Write, label: str, progress: Progress | None) -> None:
        self._rest = rest
        self._write = write
        self._label = label
        self._progress = progress
        self._problems: list[str] = []

    def run(self) -> tuple[str, ...]:
        try:
            self._version()
            group_versions = self._discovery()
            self._openapi(group_versions)
            if GroupVersion("apiextensions.k8s.io", "v1") in group_versions:
                self._definitions()
        except KubeError as error:
            raise SourceError(f"{error}", file=self._label) from error
        return tuple(self._problems)

    def _get(
        self,
        path: str,
        query: tuple[tuple[str, str], ...] = (),
        accept: str = "application/json",
    ) -> JSONObject:
        response = self._rest.send(Request("GET", path, query=query, accept=accept))
        place = f"{self._label}{path}"
        try:
            return JSONObject.of(msgspec.json.decode(response.body), place)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise SourceError(f"the answer is no JSON: {error}", file=place) from None

    def _save(self, name: str, document: Mapping[str, Any]) -> None:
        # sorted and indented: two fetches can be compared line by line
        encoded = msgspec.json.encode(document, order="sorted")
        self._write(name, msgspec.json.format(encoded, indent=1) + b"\n")

    def _report(self, subject: object, error: object) -> None:
        self._problems.append(one_line(f"{subject}: {error}"))

    def _version(self) -> None:
        try:
            version = self._get("/version").data
        except ApiError:
            return  # nothing depends on it
        told: dict[str, Any] = {
            key: version[key] for key in ("gitVersion", "major", "minor") if key in version
        }
        self._save("version.json", told)

    def _discovery(self) -> set[GroupVersion]:
        found: set[GroupVersion] = set()
        for name in ROOTS:
            answer = fetch_groups(self._rest, name)
            assert answer is not None  # noqa: S101 - without an etag there is an answer
            for group_version, problem in answer.failures.items():
                self._report(group_version, problem)
            document = JSONObject.of({"items": answer.items}, f"{self._label}/{name}")
            items = [_without_metadata(item) for item in document.objects("items")]
            items.sort(key=lambda item: str(item["metadata"]["name"]))
            saved: dict[str, Any] = {
                "kind": "APIGroupDiscoveryList",
                "apiVersion": "apidiscovery.k8s.io/v2",
                "metadata": {},
                "items": items,
            }
            self._save(f"discovery/{name}.json", saved)
            found.update(_group_versions(items))
        return found

    def _openapi(self, group_versions: set[GroupVersion]) -> None:
        try:
            index = self._get("/openapi/v3").object("paths")
        except (NotFoundError, NotAcceptableError):
            self._save("openapi/v2.json", self._get("/openapi/v2").data)
            return
        ordered = sorted(group_versions)
        for done, group_version in enumerate(ordered):
            path = group_version.path_prefix.removeprefix("/")
            if index.data.get(path) is not None:
                try:
                    document = self._hashed(index.object(path))
                    self._save(f"openapi/v3/{path.replace('/', '__')}.json", document.data)
                except (ApiError, SourceError) as error:
                    self._report(group_version, error)
            if self._progress is not None:
                self._progress("Fetching OpenAPI", done + 1, len(ordered))

    def _hashed(self, entry: JSONObject) -> JSONObject:
        url = urlsplit(entry.text("serverRelativeURL"))
        if url.scheme or url.netloc or not url.path.startswith("/openapi/"):
            raise entry.error("serverRelativeURL", "this leads away from the server's OpenAPI")
        return self._get(url.path, tuple(parse_qsl(url.query)))

    def _definitions(self) -> None:
        items: list[dict[str, Any]] = []
        try:
            items.extend(_without_schemas(item) for item in self._pages(_DEFINITIONS))
        except (ForbiddenError, NotFoundError) as error:
            self._problems.append(
                "custom resources have no printer columns and scale paths:"
                f" {one_line(str(error))}"
            )
            return
        if items:
            items.sort(key=lambda item: str(item["metadata"]["name"]))
            kind = "CustomResourceDefinitionList"
            version = "apiextensions.k8s.io/v1"
            self._save("crds.json", {"apiVersion": version, "kind": kind, "items": items})

    def _pages(self, path: str) -> Iterator[JSONObject]:
        token = ""
        while True:
            page = self._get(path, (("limit", _PAGE), *([("continue", token)] if token else [])))
            yield from page.objects("items")
            metadata = page.optional_object("metadata")
            token = metadata.text("continue", "") if metadata else ""
            if not token:
                return


def _without_metadata(item: JSONObject) -> dict[str, Any]:
    metadata = item.optional_object("metadata")
    return {**item.data, "metadata": {"name": metadata.text("name", "") if metadata else ""}}


def _group_versions(items: list[dict[str, Any]]) -> Iterator[GroupVersion]:
    for item in items:
        group = item["metadata"]["name"]
        versions: list[Any] = item.get("versions") or []
        for version in versions:
            name = version.get("version") if is_object(version) else None
            if is_group(group) and isinstance(name, str) and is_version(name):
                yield GroupVersion(group, name)


def _without_schemas(item: JSONObject) -> dict[str, Any]:
    """What of a definition discovery does not tell; the schemas are in OpenAPI already."""
    spec = item.object("spec")
    kept = ("name", "served", "subresources", "additionalPrinterColumns", "selectableFields")
    versions = [
        {key: version.data[key] for key in kept if key in version.data}
        for version in spec.objects("versions")
    ]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": item.object("metadata").text("name")},
        "spec": {
            **{key: spec.data[key] for key in ("group", "names", "scope") if key in spec.data},
            "versions": versions,
        },
    }
