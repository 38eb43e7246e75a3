"""Raw calls to a `FakeCluster`, and the example CRD, for tests of its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import msgspec
import yaml

from kubewright.rest.request import Method, Request
from kubewright.testing import FakeCluster

__all__ = [
    "APPLY",
    "JSON_PATCH",
    "MAPS",
    "MERGE",
    "WEBSITES",
    "call",
    "config_map",
    "frames",
    "website_crd",
]

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
MAPS = "/api/v1/namespaces/default/configmaps"
WEBSITES = "/apis/web.example.com/v1/namespaces/default/websites"


def call(
    cluster: FakeCluster,
    method: Method,
    path: str,
    body: object = None,
    content_type: str = "application/json",
    **query: object,
) -> tuple[int, Any]:
    """Send one request; return the status and the decoded body."""
    data = None if body is None else msgspec.json.encode(body)
    options = [(key, str(value)) for key, value in query.items()]
    answer = cluster.send(Request(method, path, options, data, content_type))
    try:
        return answer.status, msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return answer.status, answer.body.decode()


def frames(cluster: FakeCluster, path: str, count: int, **query: object) -> list[tuple[str, str]]:
    """Watch until so many events came; return their types and the names of the objects."""
    options = [("watch", "true"), *((key, str(value)) for key, value in query.items())]
    found: list[tuple[str, str]] = []
    with cluster.stream(Request("GET", path, options), read_timeout=5) as stream:
        lines = stream.lines()
        for _ in range(count):
            event = msgspec.json.decode(next(lines))
            found.append((event["type"], event["object"].get("metadata", {}).get("name", "")))
    return found


def config_map(name: str, **metadata: object) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}, "data": {"a": "1"}}


def website_crd() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "examples" / "website-crd.yaml"
    return cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
