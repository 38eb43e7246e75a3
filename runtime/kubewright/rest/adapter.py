"""The connections to one server, in the hands of requests; the only module that imports it.

client-go: ``transport/tls_cache.go``, ``transport/ca_rotation.go``.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests import Response as RequestsResponse
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPHeaderDict, PoolManager, Timeout

from kubewright._clock import Clock
from kubewright.rest.config import Config
from kubewright.rest.pools import new_pool_manager

__all__ = ["CaFile", "ClusterAdapter"]

_CA_FILE_SECONDS: Final = 300.0


class ClusterAdapter(HTTPAdapter):
    """What a ``requests.Session`` sends with, for one server and one client certificate.

    The session itself would add what the API server has no use for: cookies, netrc, proxies and
    CA bundles of the environment, redirects to anywhere.
    """

    def __init__(self, config: Config, proxy: str | None, context: ssl.SSLContext) -> None:
        self._make_manager: Callable[[], PoolManager] = lambda: new_pool_manager(
            config, proxy, context
        )
        super().__init__()
        self._pool = self._manager.connection_from_url(config.url)
        parts = urlsplit(config.url)
        # a proxy of plain HTTP is asked for whole URLs
        forwarded = proxy is not None and proxy.startswith("http") and parts.scheme == "http"
        self._cut = 0 if forwarded else len(f"{parts.scheme}://{parts.netloc}")

    @property
    def pool(self) -> HTTPConnectionPool:
        """The connections to the server."""
        return self._pool

    def exchange(
        self,
        method: str,
        url: str,
        headers: HTTPHeaderDict,
        body: bytes | None,
        timeout: Timeout,
    ) -> BaseHTTPResponse:
        """Send one request and return the answer with its headers; its body is still to come."""
        prepared = PreparedRequest()
        prepared.method = method
        prepared.url = url
        prepared.headers = cast("Any", headers)
        prepared.body = body
        answer = self.send(prepared, timeout=cast("Any", timeout))
        return cast("BaseHTTPResponse", answer.raw)

    def init_poolmanager(self, *_args: Any, **_options: Any) -> None:
        """Make the pools with our own settings."""
        # requests closes what has this name
        self._manager = self.poolmanager = self._make_manager()

    def close(self) -> None:
        """Close the connections."""
        # the manager only forgets its pools: what they hold would stay open until collected
        self._pool.close()
        super().close()

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_args: Any, **_options: Any
    ) -> HTTPConnectionPool:
        """Return the one pool, whatever the request says."""
        return self._pool

    def cert_verify(self, *_args: Any, **_options: Any) -> None:
        """Do nothing: requests would add its own CAs to the context here."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """Return what stands in the request line."""
        return (request.url or "")[self._cut :]

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> RequestsResponse:
        """Wrap the answer and nothing more: no cookies."""
        response = RequestsResponse()
        response.raw = resp
        return response


class CaFile:
    """Notices that a CA file has changed; client-go looks every five minutes as well."""

    def __init__(self, path: str | None, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = self._stat()
        self.read_at = self._looked_at = clock.monotonic()

    def changed(self) -> bool:
        """Whether the file is another since it was last looked at; `read_at` tells it apart."""
        if self._path is None or self._clock.monotonic() - self._looked_at < _CA_FILE_SECONDS:
            return False
        self._looked_at = self._clock.monotonic()
        stamp = self._stat()
        if stamp is None or stamp == self._stamp:
            return False
        self._stamp, self.read_at = stamp, self._looked_at
        return True

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self._path) if self._path else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
