"""Tells what goes to the server and what comes back, for logs and figures.

client-go: ``tools/metrics`` and the round trippers of ``transport`` that log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.errors import KubeError
from kubewright.rest.request import Request
from kubewright.rest.transport import Dialed, Response, Stream, Transport
from kubewright.rest.wrapping import WrappedTransport

__all__ = ["Observation", "Observer", "observing", "path_template", "verb_of"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One request and what became of it; one that is sent again is several.

    Attributes:
        request: without what the transport adds to it, so without credentials.
        status: of the answer; ``None`` when none came.
        headers: of the answer.
        body: of the answer; ``None`` when it is still open, as that of a watch.
        error: why no answer came.
        seconds: until the answer was there, or its headers when it is open.
    """

    request: Request
    status: int | None
    headers: dict[str, str]
    body: bytes | None
    error: KubeError | None
    seconds: float

    @property
    def verb(self) -> str:
        """``list``, ``watch``, ``get``, ``create`` and so on, as RBAC names them."""
        return verb_of(self.request)

    @property
    def path(self) -> str:
        """The path without names, so that there are only so many: see `path_template`."""
        return path_template(self.request.path)

    @property
    def flow_schema(self) -> str:
        """The uid of the flow schema by which the server queued it (API priority and fairness)."""
        return self._header("x-kubernetes-pf-flowschema-uid")

    @property
    def priority_level(self) -> str:
        """The uid of the priority level at which the server queued it."""
        return self._header("x-kubernetes-pf-prioritylevel-uid")

    def _header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


Observer: TypeAlias = Callable[[Observation], object]
"""Gets told of each request; called by many threads at once, and must be quick."""


def observing(
    *observers: Observer, clock: Clock = SYSTEM_CLOCK
) -> Callable[[Transport], Transport]:
    """Return a wrapper for ``connect(wrap=[…])`` that tells observers of each request."""
    return lambda transport: _ObservingTransport(transport, observers, clock)


class _ObservingTransport(WrappedTransport):
    def __init__(self, transport: Transport, observers: tuple[Observer, ...], clock: Clock) -> None:
        super().__init__(transport)
        self._observers = observers
        self._clock = clock

    def send(self, request: Request) -> Response:
        started = self._clock.monotonic()
        try:
            answer = super().send(request)
        except KubeError as error:
            self._tell(request, started, error=error)
            raise
        self._tell(request, started, answer=answer, body=answer.body)
        return answer

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        started = self._clock.monotonic()
        try:
            answer = super().stream(request, read_timeout=read_timeout)
        except KubeError as error:
            self._tell(request, started, error=error)
            raise
        self._tell(request, started, answer=answer)
        return answer

    def dial(self, request: Request) -> Dialed:
        started = self._clock.monotonic()
        try:
            dialed = super().dial(request)
        except KubeError as error:
            self._tell(request, started, error=error)
            raise
        self._tell(request, started)
        return dialed

    def _tell(
        self,
        request: Request,
        started: float,
        *,
        answer: Response | Stream | None = None,
        body: bytes | None = None,
        error: KubeError | None = None,
    ) -> None:
        seconds = self._clock.monotonic() - started
        status = None if answer is None else answer.status
        headers = {} if answer is None else dict(answer.headers)
        observation = Observation(request, status, headers, body, error, seconds)
        for each in self._observers:
            each(observation)


def path_template(path: str) -> str:
    """Return a path with ``{namespace}``, ``{name}`` and ``{path}`` in the place of what varies.

    ``/api/v1/namespaces/shop/pods/web/log`` gives ``/api/v1/namespaces/{namespace}/pods/{name}/log``.
    """
    parts = path.strip("/").split("/")
    root = 2 if parts[0] == "api" else 3
    if parts[0] not in ("api", "apis") or len(parts) <= root:
        return "/" + "/".join(parts[:3])
    head, rest = parts[:root], parts[root:]
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        head, rest = [*head, "namespaces", "{namespace}"], rest[2:]
    if len(rest) > 1:
        rest[1] = "{name}"
    if len(rest) > 3:
        rest[3:] = ["{path}"]  # behind a proxy
    return "/" + "/".join(head + rest)


_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def verb_of(request: Request) -> str:
    """Return what a request does, as RBAC names it."""
    has_name = path_template(request.path).count("{name}") > 0
    if request.method == "GET":
        if any(key == "watch" and value in ("true", "1") for key, value in request.query):
            return "watch"
        return "get" if has_name or not request.path.startswith("/api") else "list"
    if request.method == "DELETE" and not has_name:
        return "deletecollection"
    return _VERBS[request.method]
