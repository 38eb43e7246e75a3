"""A server that keeps events of either form, and fails as a script says."""

from __future__ import annotations

import json
from typing import Any

from kubewright._dns import is_dns_subdomain
from kubewright.errors import ConnectionLostError
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from tests.support.scripted import status

__all__ = ["EventServer"]


class EventServer:
    """A transport; see ``eventServer`` in tests/differential/clientgo.

    Attributes:
        stored: events by name, in the order in which they were made.
        log: verbs, and what came of them.
        answers: to the next requests, where not ``ok``: ``down`` (nothing arrives), ``lost`` (the
            answer), ``refuse``, ``gone`` (the event was deleted before).
    """

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.answers: list[str] = []

    def send(self, request: Request) -> Response:
        """Answer a request as the script says."""
        wire = json.loads(request.body or b"{}")
        is_new = request.method == "POST"
        name = wire["metadata"]["name"] if is_new else request.path.rpartition("/")[2]
        answer = self.answers.pop(0) if self.answers else "ok"
        if answer == "gone":
            self.stored.pop(name, None)
        response: Response | None = None
        if answer == "refuse":
            response = _refusal(403, "Forbidden")
        elif answer != "down":
            response = self._create(name, wire) if is_new else self._patch(name, wire)
        if answer == "lost":
            response = None
        self.log.append(f"{'create' if is_new else 'patch'} {_result(response)}")
        if response is None:
            raise ConnectionLostError("reset")
        return response

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Any:
        """Raise: events need no streams."""
        raise AssertionError(request.path)

    def close(self) -> None:
        """Nothing."""

    def _create(self, name: str, wire: dict[str, Any]) -> Response:
        if not is_dns_subdomain(name):
            return _refusal(422, "Invalid")
        if name in self.stored:
            return _refusal(409, "AlreadyExists")
        self.stored[name] = wire
        return Response(201, {}, json.dumps(wire).encode())

    def _patch(self, name: str, changes: dict[str, Any]) -> Response:
        if name not in self.stored:
            return _refusal(404, "NotFound", details={"kind": "events", "name": name})
        self.stored[name] |= changes
        return Response(200, {}, json.dumps(self.stored[name]).encode())


def _refusal(code: int, reason: str, **more: Any) -> Response:
    return Response(code, {}, json.dumps(status(code, reason, **more)).encode())


def _result(response: Response | None) -> str:
    if response is None:
        return ""
    return "ok" if response.status < 300 else str(json.loads(response.body)["reason"])
