"""Asks a server what it serves.

client-go: ``discovery.DiscoveryInterface``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec

from kubewright.discovery.apis import ServerAPIs, read_apis
from kubewright.discovery.documents import GroupDocuments, Root, Sender, fetch_groups
from kubewright.errors import DecodeError
from kubewright.rest.request import Request

__all__ = ["ROOTS", "Discovery", "DiscoveryClient", "ServerVersion", "apis_of"]

ROOTS: tuple[Root, Root] = ("api", "apis")


class Discovery(Protocol):
    """Tells what a server serves."""

    def apis(self) -> ServerAPIs:
        """Return what the server serves, as it is known.

        Raises:
            ApiError: the server refused.
            TransportError: no complete answer came.
            DecodeError: the answer is no discovery.
        """
        ...

    def refresh(self) -> ServerAPIs:
        """Return what the server serves now."""
        ...


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What the server says of its build: ``1``, ``37``, ``v1.37.2``."""

    major: str
    minor: str
    git_version: str


class _Version(msgspec.Struct, rename="camel"):
    major: str = ""
    minor: str = ""
    git_version: str = ""


class DiscoveryClient:
    """Asks the server at each call: two requests for everything that it serves."""

    def __init__(self, rest: Sender) -> None:
        """Take the way to the server; nothing is sent."""
        self._rest = rest

    def apis(self) -> ServerAPIs:
        """Return what the server serves; see `Discovery`."""
        documents: list[GroupDocuments] = []
        for root in ROOTS:
            answer = fetch_groups(self._rest, root)
            assert answer is not None  # noqa: S101 - without an etag there is an answer
            documents.append(answer)
        return apis_of(documents)

    refresh = apis

    def server_version(self) -> ServerVersion:
        """Return the version of the server.

        Raises:
            ApiError: the server refused.
            TransportError: no complete answer came.
            DecodeError: the answer is something else.
        """
        body = self._rest.send(Request("GET", "/version")).body
        try:
            version = msgspec.json.decode(body, type=_Version)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecodeError(f"the answer to /version is no version: {error}") from error
        return ServerVersion(version.major, version.minor, version.git_version)


def apis_of(documents: list[GroupDocuments]) -> ServerAPIs:
    """Read the documents of both roots together.

    Raises:
        DecodeError: they are no discovery.
    """
    items = [item for document in documents for item in document.items]
    failures = {key: why for document in documents for key, why in document.failures.items()}
    return read_apis(items, failures)
