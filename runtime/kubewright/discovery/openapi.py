"""The OpenAPI documents of a server: one for each group version, named by a hash of its content.

client-go: ``openapi.Client``, ``openapi3.Root``, ``openapi/cached``.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from kubewright._json import is_object
from kubewright.discovery._files import CacheFolder
from kubewright.discovery.errors import NoMatchError
from kubewright.errors import DecodeError
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.schema import GroupVersion

__all__ = ["OpenAPIClient"]


class OpenAPIClient:
    """Reads OpenAPI v3 documents; one that was read is kept on disk for as long as its hash holds.

    The index with the hashes is asked for once by each object, and again by `refresh`.
    """

    def __init__(self, rest: RESTClient, *, folder: Path | None = None) -> None:
        """Take the way to the server; nothing is sent.

        Args:
            rest: the client.
            folder: as of `CachedDiscoveryClient`.
        """
        self._rest = rest
        self._folder = CacheFolder.of_server(rest.server, folder)
        self._lock = threading.Lock()
        self._index: dict[str, str] | None = None

    def refresh(self) -> None:
        """Ask for the index again when it is next needed."""
        with self._lock:
            self._index = None

    def paths(self) -> dict[str, str]:
        """Return where the document of each path is: ``apis/apps/v1`` with the URL on the server.

        Raises:
            NotFoundError: the server has no OpenAPI v3.
            DecodeError: the answer is no index.
        """
        with self._lock:
            if self._index is None:
                self._index = self._read_index()
            return dict(self._index)

    def document(self, group_version: GroupVersion) -> dict[str, Any]:
        """Return the document of a group version, as the server has it.

        Raises:
            NoMatchError: the server has none for it.
            ApiError: the server refused.
            DecodeError: the answer is no document.
        """
        path = group_version.path_prefix.removeprefix("/")
        place = self.paths().get(path)
        if place is None:
            raise NoMatchError(f"the server has no OpenAPI document of {group_version}")
        # not by urlsplit: two slashes in front would be another server
        url_path, _, search = place.partition("?")
        if not url_path.startswith("/openapi/"):
            raise DecodeError(f"the document of {group_version} is not on this server's OpenAPI")
        query = parse_qsl(search)
        name = f"openapi-{hashlib.sha256(url_path.encode()).hexdigest()[:24]}.json"
        # without a hash the content may change under the same name
        content = dict(query).get("hash")
        found = self._remembered(name, place) if content else None
        if found is not None:
            return found
        response = self._rest.send(Request("GET", url_path, query))
        document = _object(response.body, url_path)
        # a server whose document has changed since leads on to the one that it has now
        if content and response.headers.get("ETag", content).strip('"') == content:
            self._folder.write(name, place.encode() + b"\n" + response.body)
        return document

    def _remembered(self, name: str, place: str) -> dict[str, Any] | None:
        """Return the document of a file, which has where it came from in its first line."""
        found = self._folder.read(name)
        if found is None:
            return None
        origin, _, body = found.data.partition(b"\n")
        try:
            return _object(body, name) if origin == place.encode() else None
        except DecodeError:
            return None  # it is torn; the server has it

    def _read_index(self) -> dict[str, str]:
        document = _object(self._rest.send(Request("GET", "/openapi/v3")).body, "/openapi/v3")
        paths = document.get("paths")
        if not is_object(paths):
            raise DecodeError("the answer to /openapi/v3 has no paths")
        return {
            path: url
            for path, entry in paths.items()
            if is_object(entry) and isinstance(url := entry.get("serverRelativeURL"), str)
        }


def _object(body: bytes, place: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"{place} is no JSON: {error}") from None
    if not is_object(value):
        raise DecodeError(f"{place} is no object")
    return value
