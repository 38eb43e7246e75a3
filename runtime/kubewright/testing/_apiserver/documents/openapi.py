"""What the server in memory says of its types: OpenAPI v3 by group version, and v2 for all.

Built-in group versions have the documents that are shipped. apiserver: ``server/routes/openapi.go``;
kube-openapi: ``pkg/handler3``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple, Self

import msgspec
from urllib3 import HTTPHeaderDict

from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.documents.archive import openapi_v3
from kubewright.testing._apiserver.documents.crd_openapi import custom_document
from kubewright.testing._apiserver.documents.discovery import KUBERNETES_VERSION
from kubewright.testing._apiserver.documents.openapi_v2 import swagger
from kubewright.testing._apiserver.negotiation import media_ranges
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["OpenAPI"]

_JSON: Final = "application/json"
# kubectl asks for v2 in protobuf alone, and only where there is no v3
_V2_READABLE: Final = frozenset({_JSON, "application/*", "*/*"})


class OpenAPI:
    """Answers requests for documents of types; what was made is kept while its resources last."""

    def __init__(self) -> None:
        self._made: dict[GroupVersion, tuple[list[Served], _Document]] = {}
        self._v2: tuple[list[bytes], _Document] | None = None

    def answer(
        self, parts: list[str], request: Request, resources: Iterable[Served]
    ) -> Response | None:
        """Answer a request; None for any other path."""
        match parts:
            case ["openapi", "v3"]:
                paths = {
                    _path_of(entry[0]): {"serverRelativeURL": self._document(entry).url}
                    for entry in sorted(_by_group_version(resources).items())
                }
                return _response(200, msgspec.json.encode({"paths": paths}))
            case ["openapi", "v2"]:
                if not _V2_READABLE.intersection(media_ranges(request.accept)):
                    return Response(406, HTTPHeaderDict(), b"")
                made = map(self._document, sorted(_by_group_version(resources).items()))
                return _answered(request, self._swagger([document.body for document in made]))
            case ["openapi", "v3", *place]:
                for entry in _by_group_version(resources).items():
                    if _path_of(entry[0]) == "/".join(place):
                        return _answered(request, self._document(entry))
                return Response(404, HTTPHeaderDict(), b"")
            case _:
                return None

    def _document(self, entry: tuple[GroupVersion, list[Served]]) -> _Document:
        group_version, resources = entry
        built_in = _built_in(group_version)
        if built_in is not None:
            return built_in
        made = self._made.get(group_version)
        if made is not None and list(map(id, made[0])) == list(map(id, resources)):
            return made[1]
        body = msgspec.json.encode(custom_document(group_version, resources))
        document = _Document.of_group_version(group_version, body)
        self._made[group_version] = resources, document
        return document

    def _swagger(self, bodies: list[bytes]) -> _Document:
        """Return all documents as one of v2; it takes a moment, so the last one is kept."""
        if self._v2 is None or self._v2[0] != bodies:
            decoded = (msgspec.json.decode(body, type=JSONObject) for body in bodies)
            version = KUBERNETES_VERSION.removeprefix("v").rpartition(".")[0]
            document = _Document.of("/openapi/v2", msgspec.json.encode(swagger(decoded, version)))
            self._v2 = bodies, document
        return self._v2[1]


class _Document(NamedTuple):
    """A document, under a name that changes with its content."""

    body: bytes
    digest: str
    url: str

    @classmethod
    def of(cls, path: str, body: bytes) -> Self:
        digest = hashlib.sha512(body).hexdigest().upper()
        return cls(body, digest, f"{path}?hash={digest}")

    @classmethod
    def of_group_version(cls, group_version: GroupVersion, body: bytes) -> Self:
        return cls.of(f"/openapi/v3/{_path_of(group_version)}", body)


def _answered(request: Request, document: _Document) -> Response:
    headers = {name.lower(): value for name, value in request.headers.items()}
    etag = f'"{document.digest}"'
    asked = dict(request.query).get("hash")
    if asked is not None and asked != document.digest:
        # it has changed since the index was read
        return _response(301, b"", ETag=etag, Location=document.url)
    if headers.get("if-none-match") == etag:
        return _response(304, b"", ETag=etag)
    if asked is None:
        return _response(200, document.body, ETag=etag)
    return _response(200, document.body, ETag=etag, **{"Cache-Control": "public, immutable"})


def _response(status: int, body: bytes, **headers: str) -> Response:
    return Response(status, HTTPHeaderDict({"Content-Type": _JSON, **headers}), body)


def _path_of(group_version: GroupVersion) -> str:
    return group_version.path_prefix.removeprefix("/")


def _by_group_version(resources: Iterable[Served]) -> dict[GroupVersion, list[Served]]:
    found: dict[GroupVersion, list[Served]] = {}
    for resource in resources:
        for version in resource.versions:
            found.setdefault(GroupVersion(resource.group, version), []).append(resource)
    return found


@cache
def _built_in(group_version: GroupVersion) -> _Document | None:
    body = openapi_v3(group_version)
    return None if body is None else _Document.of_group_version(group_version, body)
