"""Remembers what a server serves, in memory and on disk, and asks only for what changed.

client-go: ``discovery/cached/disk`` and ``discovery/cached/memory``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kubewright.discovery._files import CacheFolder
from kubewright.discovery.apis import ServerAPIs
from kubewright.discovery.client import ROOTS, apis_of
from kubewright.discovery.documents import GroupDocuments, fetch_groups
from kubewright.errors import DecodeError
from kubewright.rest.client import RESTClient

__all__ = ["DEFAULT_TTL", "CachedDiscoveryClient"]

DEFAULT_TTL = 6 * 3600.0
"""Seconds for which an answer on disk is believed without asking; the same as kubectl's."""
_FILE = "discovery.json"
_FORMAT = 1  # of the file; one of another format is not read


class _Document(msgspec.Struct):
    items: list[dict[str, Any]]
    etag: str


class _Saved(msgspec.Struct):
    format: int
    documents: list[_Document]


class CachedDiscoveryClient:
    """Tells what a server serves; a second process start answers from disk, with no request.

    An answer that is too old, or that is to be refreshed, is asked for with its ETag: a server on
    which nothing changed answers in two words. An answer in which group versions are missing is
    kept in memory only, and the missing ones are asked for again when they are needed.
    """

    def __init__(
        self,
        rest: RESTClient,
        *,
        folder: Path | None = None,
        ttl: float = DEFAULT_TTL,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the way to the server; nothing is sent.

        Args:
            rest: the client; one that does not know its server's URL, such as of a fake, is
                remembered in memory only.
            folder: of all cached servers; by default ``kubewright`` in the user's cache folder.
            ttl: seconds for which an answer on disk is believed without asking.
            now: the time, in seconds since 1970, as files have it.
        """
        self._rest = rest
        self._folder = CacheFolder.of_server(rest.server, folder)
        self._ttl = ttl
        self._now = now
        self._lock = threading.Lock()
        self._documents: list[GroupDocuments] = []
        self._apis: ServerAPIs | None = None

    def apis(self) -> ServerAPIs:
        """Return what the server serves, from memory, from disk or from itself; see `Discovery`."""
        with self._lock:
            if self._apis is None:
                age = self._load()
                if age is None or not 0 <= age < self._ttl:
                    return self._ask()
            assert self._apis is not None  # noqa: S101 - it was loaded
            return self._apis

    def refresh(self) -> ServerAPIs:
        """Return what the server serves now, which is what is known if it says so."""
        with self._lock:
            if self._apis is None:
                self._load()
            return self._ask()

    def invalidate(self) -> None:
        """Forget everything, on disk too."""
        with self._lock:
            self._documents, self._apis = [], None
            self._folder.remove(_FILE)

    def _load(self) -> float | None:
        """Read the file; return its age in seconds if there is one."""
        found = self._folder.read(_FILE)
        if found is None:
            return None
        try:
            saved = msgspec.json.decode(found.data, type=_Saved)
            documents = [GroupDocuments(each.items, each.etag) for each in saved.documents]
            apis = apis_of(documents)
        except (msgspec.DecodeError, UnicodeDecodeError, DecodeError):
            return None  # of another version, or torn: the server knows better
        if saved.format != _FORMAT or len(documents) != len(ROOTS):
            return None
        self._documents, self._apis = documents, apis
        return self._now() - found.modified

    def _ask(self) -> ServerAPIs:
        before = self._documents or [GroupDocuments([])] * len(ROOTS)
        answers = [
            fetch_groups(self._rest, root, etag=known.etag)
            for root, known in zip(ROOTS, before, strict=True)
        ]
        documents = [
            known if answer is None else answer
            for known, answer in zip(before, answers, strict=True)
        ]
        if self._apis is None or any(answer is not None for answer in answers):
            self._apis = apis_of(documents)
        self._documents = documents
        if self._apis.resources and not self._apis.failures:
            saved = _Saved(_FORMAT, [_Document(each.items, each.etag) for each in documents])
            self._folder.write(_FILE, msgspec.json.encode(saved))
        return self._apis
