"""Certificates and servers that the tests of this folder share."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
import trustme

from tests.runtime.rest.https_server import Server, serve


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_pem(ca: trustme.CA) -> bytes:
    return ca.cert_pem.bytes()


@pytest.fixture(autouse=True)
def _no_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def server_context(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = ca.issue_cert(*names)
    with certificate.private_key_and_cert_chain_pem.tempfile() as path:
        context.load_cert_chain(path)
    return context


@pytest.fixture
def https(ca: trustme.CA) -> Iterator[Server]:
    with serve(server_context(ca, "127.0.0.1", "localhost", "kubernetes")) as server:
        yield server


@pytest.fixture
def http() -> Iterator[Server]:
    with serve() as server:
        yield server
