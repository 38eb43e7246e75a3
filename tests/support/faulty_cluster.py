"""A `FakeCluster` of widgets with planned faults, as the truth that an informer follows."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import msgspec

from kubewright.errors import ConnectionLostError, KubeError
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.streams import AnswerStream
from tests.support.scripted import WIDGET, WIDGETS

__all__ = ["FaultyCluster", "refusal"]

Wire = dict[str, Any]
Key = tuple[str, str]
ROOT = f"/apis/{WIDGETS.group}/{WIDGETS.version}"
ALL = f"{ROOT}/{WIDGETS.resource}"


def refusal(code: int, reason: str, message: str = "") -> Response:
    """An answer that refuses."""
    body = {"kind": "Status", "status": "Failure", "code": code, "reason": reason}
    return Response(
        code,
        {"Content-Type": "application/json"},
        json.dumps({**body, "message": message}).encode(),
    )


class FaultyCluster:
    """A transport in front of the cluster.

    Attributes:
        cluster: what is behind it.
        plan: what answers the next requests instead, one each: an answer, or an error.
        down: whether nobody answers.
        requests: what was asked.
    """

    def __init__(self) -> None:
        info = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)
        self.cluster = FakeCluster(resources=[info])
        self.plan: deque[Response | KubeError] = deque()
        self.down = False
        self.requests: list[str] = []

    def put(self, name: str, *, namespace: str = "shop", **more: Any) -> None:
        """Create an object, or change it."""
        metadata = {"name": name, "namespace": namespace}
        old = self.contents().get((namespace, name))
        if old is not None:
            metadata["uid"] = old["metadata"]["uid"]
        head = {"apiVersion": f"{WIDGETS.group}/{WIDGETS.version}", "kind": WIDGET.kind}
        self.cluster.add({**head, "metadata": metadata, **more})

    def delete(self, name: str, *, namespace: str = "shop") -> None:
        """Delete an object."""
        path = f"{ROOT}/namespaces/{namespace}/{WIDGETS.resource}/{name}"
        self.cluster.send(Request("DELETE", path))

    def client(self) -> RESTClient:
        """Connect to it; the client retries nothing by itself."""
        return RESTClient(self, max_retries=0)

    def contents(self) -> dict[Key, Wire]:
        """The truth."""
        items = msgspec.json.decode(self.cluster.send(Request("GET", ALL)).body)["items"]
        return {(o["metadata"]["namespace"], o["metadata"]["name"]): o for o in items}

    def versions(self) -> dict[Key, str]:
        """The truth in short."""
        return {key: obj["metadata"]["resourceVersion"] for key, obj in self.contents().items()}

    def send(self, request: Request) -> Response:
        """Answer as planned, else as the cluster does."""
        answer = self._planned(request)
        return self.cluster.send(request) if answer is None else answer

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        """Answer as planned, else as the cluster does."""
        answer = self._planned(request)
        if answer is not None:
            return AnswerStream(answer)
        return self.cluster.stream(request, read_timeout=read_timeout)

    def close(self) -> None:
        """End the watches."""
        self.cluster.close()

    def _planned(self, request: Request) -> Response | None:
        self.requests.append(request.target)
        if self.down:
            raise ConnectionLostError("nobody answers")
        planned = self.plan.popleft() if self.plan else None
        if isinstance(planned, KubeError):
            raise planned
        return planned
