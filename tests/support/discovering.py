"""A server that only tells what it serves, and counts how often it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream

__all__ = ["Answers", "api_version", "discovery_list", "resource"]

Answer = Mapping[str, Any] | int


def resource(
    plural: str, kind: str, *, namespaced: bool = True, subs: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    """A resource in aggregated discovery."""
    return {
        "resource": plural,
        "responseKind": {"group": "", "version": "", "kind": kind},
        "scope": "Namespaced" if namespaced else "Cluster",
        "singularResource": more.pop("singular", kind.lower()),
        "verbs": ["get", "list"],
        "subresources": [
            {
                "subresource": name,
                "responseKind": {"group": "", "version": "", "kind": kind},
                "verbs": ["get"],
            }
            for name in subs
        ],
        **more,
    }


def api_version(name: str, *resources: Mapping[str, Any], stale: bool = False) -> dict[str, Any]:
    """A version of a group in aggregated discovery."""
    freshness = "Stale" if stale else "Current"
    return {"version": name, "freshness": freshness, "resources": list(resources)}


def discovery_list(groups: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Aggregated discovery of groups with their versions."""
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "items": [{"metadata": {"name": g}, "versions": v} for g, v in groups.items()],
    }


class Answers:
    """A `Transport` that answers GET with what stands under a path; a number is a status."""

    def __init__(self, answers: Mapping[str, Answer], *, etags: bool = False) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self._etags = etags

    def client(self, server: str = "https://example.com") -> RESTClient:
        return RESTClient(self, max_retries=0, server=server)

    def send(self, request: Request) -> Response:
        self.asked.append(request.target)
        answer = self.answers.get(request.path, 404)
        if isinstance(answer, int):
            return Response(answer, {}, b"")
        body = json.dumps(answer).encode()
        headers = {"ETag": f'"{hash(body)}"'} if self._etags else {}
        if headers and request.headers.get("If-None-Match") == headers["ETag"]:
            return Response(304, headers, b"")
        return Response(200, headers, body)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        raise NotImplementedError

    def close(self) -> None:
        pass

    def change(self, path: str, by: Callable[[Any], Answer]) -> None:
        self.answers[path] = by(self.answers[path])
