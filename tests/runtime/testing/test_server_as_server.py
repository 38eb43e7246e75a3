"""What a server says to requests that are about no object, over HTTP: the same as a real one."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MAPS

pytestmark = pytest.mark.conformance

LARGE = b'{"metadata":{"name":"' + b"a" * (3 * 1024 * 1024) + b'"}}'


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with FakeCluster().serve() as server:
        yield server.port


def answered(connection: http.client.HTTPConnection, *request: Any) -> tuple[int, str, str, Any]:
    with closing(connection):
        connection.request(*request)
        answer = connection.getresponse()
        body = answer.read()
        kind = answer.headers.get("Content-Type", "")
        caching = answer.headers["Cache-Control"]
    try:
        return answer.status, kind, caching, json.loads(body)
    except ValueError:
        return answer.status, kind, caching, body


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        *((m, MAPS, None) for m in ("HEAD", "OPTIONS", "TRACE", "FOO", "PUT", "PATCH")),
        *((m, f"{MAPS}/a", None) for m in ("HEAD", "OPTIONS", "POST")),
        *((m, f"{MAPS}/a/status", None) for m in ("HEAD", "OPTIONS", "GET")),
        *((m, "/version", None) for m in ("HEAD", "OPTIONS", "POST")),
        *((m, "/none", None) for m in ("HEAD", "OPTIONS", "GET", "POST")),
        ("GET", "/livez", None),
        ("GET", f"{MAPS}/a/b/c", None),
        ("GET", "/api/v2", None),
        ("GET", "/apis/none.example.com", None),
        ("GET", "/openapi/v3/apis/none", None),
        ("GET", "/swagger.json", None),
        ("POST", MAPS, LARGE),
        ("POST", MAPS, b""),
        ("POST", MAPS, b"{"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(len(value or b"")),
)
def test_a_request(
    api_server: Endpoint, port: int, method: str, path: str, body: bytes | None
) -> None:
    headers = {"Authorization": f"Bearer {api_server.token}", "Content-Type": "application/json"}
    context = ssl.create_default_context(cadata=api_server.ca_data.decode())
    fake = http.client.HTTPConnection("127.0.0.1", port)
    real = http.client.HTTPSConnection("127.0.0.1", api_server.port, context=context)
    request = (method, path, body, headers)
    assert answered(fake, *request) == answered(real, *request)
