"""A case of the suite: calls to a server, whose answers are kept to be compared.

A case is a function that takes a `Server`. It is registered under the name of its module and its
own, and knows nothing of which server it has.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from kubewright._json import is_array
from kubewright.rest.request import Method, Request
from kubewright.rest.transport import Response, Transport
from tests.scenarios.objects import prefix_of
from tests.support.fake_cluster import APPLY, JSON_PATCH, MERGE
from tests.support.patience import served

__all__ = [
    "APPLY_TYPE",
    "CRDS",
    "SCENARIOS",
    "STRATEGIC",
    "Scenario",
    "Server",
    "scenario",
    "scenarios",
]

APPLY_TYPE = APPLY
STRATEGIC = "application/strategic-merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
SERVED_LIMIT = 20.0
Wire = dict[str, Any]
Scenario = Callable[["Server"], None]
T = TypeVar("T")

SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Register a case."""
    return _register(_id_of(function), function)


def scenarios(
    table: Mapping[str, T],
) -> Callable[[Callable[[Server, T], None]], Callable[[Server, T], None]]:
    """Register a case for each row of a table: what it is called, and what it gets."""

    def register(function: Callable[[Server, T], None]) -> Callable[[Server, T], None]:
        for name, value in table.items():
            _register(f"{_id_of(function)}[{name}]", _with(function, value))
        return function

    return register


def _with(function: Callable[[Server, T], None], value: T) -> Scenario:
    return lambda server: function(server, value)


def _id_of(function: Callable[..., None]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def _register(name: str, case: Scenario) -> Scenario:
    assert name not in SCENARIOS, name
    SCENARIOS[name] = case
    return case


class Server:
    """One of the two servers, and a namespace in it for one case.

    A path is absolute, or begins with a resource of the namespace, such as ``configmaps/a``.

    Attributes:
        ns: the namespace.
        answers: to the calls so far that are to be compared.
        shows_managed_fields: whether they are; in most cases they say nothing.
    """

    def __init__(self, transport: Transport, ns: str, *, is_fake: bool) -> None:
        self.ns = ns
        self.is_fake = is_fake
        self.answers: list[Wire] = []
        self.shows_managed_fields = False
        self._transport = transport

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def post(self, path: str, body: object, **query: Any) -> Any:
        return self.call("POST", path, body, **query)

    def put(self, path: str, body: object, **query: Any) -> Any:
        return self.call("PUT", path, body, **query)

    def delete(self, path: str, body: object = None, **query: Any) -> Any:
        return self.call("DELETE", path, body, **query)

    def merge(self, path: str, patch: object, **query: Any) -> Any:
        return self.call("PATCH", path, patch, content_type=MERGE, **query)

    def json_patch(self, path: str, *operations: object, **query: Any) -> Any:
        return self.call("PATCH", path, list(operations), content_type=JSON_PATCH, **query)

    def strategic(self, path: str, patch: object, **query: Any) -> Any:
        return self.call("PATCH", path, patch, content_type=STRATEGIC, **query)

    def apply(self, path: str, config: object, manager: str = "applier", **query: Any) -> Any:
        return self.call("PATCH", path, config, content_type=APPLY, fieldManager=manager, **query)

    def call(
        self,
        method: Method,
        path: str,
        body: object = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        **query: Any,
    ) -> Any:
        """Send a request whose answer is compared; return the body.

        Args:
            method: the HTTP method.
            path: see the class.
            body: bytes as they are, anything else as JSON.
            content_type: of the body.
            accept: what can be read.
            query: parameters; of a list, one for each item; ``continue_`` is ``continue``.
        """
        request = self._request(method, path, query, body, content_type=content_type, accept=accept)
        answer = served(lambda: self._transport.send(request))
        found = _decoded(answer)
        self._keep(request, path, answer.status, answer.headers, found)
        return found

    def given(
        self, method: Method, path: str, body: object = None, *, content_type: str = MERGE, **q: Any
    ) -> Any:
        """Bring about what a case begins with; the answer is not compared."""
        if method != "PATCH":
            content_type = "application/json"
        request = self._request(method, path, q, body, content_type=content_type)
        answer = served(lambda: self._transport.send(request))
        assert answer.status < 400, (request, answer.body)
        return _decoded(answer)

    def made(self, path: str, *objects: Wire) -> Wire:
        """Create objects that a case begins with; return the last one."""
        answers: list[Wire] = [self.given("POST", path, obj) for obj in objects]
        return answers[-1]

    def watch(
        self, path: str, *, until: str = "", events: int = 0, keep: bool = True, **query: Any
    ) -> list[Any]:
        """Read a watch, up to an object's name, a number of events or the server's end of it."""
        request = self._request("GET", path, {"watch": 1, **query})
        found: list[Any] = []
        with self._transport.stream(request, read_timeout=10) as stream:
            for line in stream.lines():
                found.append(msgspec.json.decode(line))
                about = found[-1].get("object", {}).get("metadata", {}).get("name", "")
                if (about and about == until) or len(found) == events:
                    break
            if keep:
                self._keep(request, path, stream.status, stream.headers, found)
        return found

    def note(self, **facts: object) -> None:
        """Compare something that was seen, beside whole answers."""
        self.answers.append(msgspec.json.decode(msgspec.json.encode(facts)))

    def served(self, crd: Wire) -> str:
        """Create a CRD and wait until it is served; return the path of its objects."""
        made = self.given("POST", CRDS, crd)
        spec = made["spec"]
        version = next(v["name"] for v in spec["versions"] if v["served"])
        root = f"/apis/{spec['group']}/{version}"
        path = f"{root}/{spec['names']['plural']}"
        self._until_status(200, path)
        return (
            path.replace(root, f"{root}/namespaces/{self.ns}")
            if (spec["scope"] == "Namespaced")
            else path
        )

    def until_served(self, path: str) -> None:
        """Wait until a path is found."""
        self._until_status(200, path)

    def table(self, path: str) -> Any:
        """Return a collection as a table; the answer is not compared."""
        query = {"includeObject": "None"}
        answer = self._transport.send(self._request("GET", path, query, accept=TABLE))
        assert answer.status == 200, answer.body
        return _decoded(answer)

    def until_gone(self, path: str) -> None:
        """Wait until a path is not found."""
        self._until_status(404, path)

    def _until_status(self, status: int, path: str) -> None:
        request = self._request("GET", path, {})
        waits = threading.Event()
        for _ in range(int(SERVED_LIMIT / 0.01)):
            if self._transport.send(request).status == status:
                return
            waits.wait(0.01)
        raise AssertionError(f"GET {path} does not answer {status}")

    def _request(
        self,
        method: Method,
        path: str,
        query: Mapping[str, Any],
        body: object = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Request:
        first = path.partition("/")[0]
        target = path if path.startswith("/") else f"{prefix_of(first, self.ns)}/{path}"
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        options = [
            (name.rstrip("_"), str(item))
            for name, value in query.items()
            for item in (value if is_array(value) else [value])
        ]
        return Request(
            method,
            target,
            options,
            None if body is None else data,
            content_type,
            accept,
            headers={"User-Agent": "scenario"},
        )

    def _keep(
        self, request: Request, path: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        query = "&".join(f"{key}={value}" for key, value in request.query if key != "continue")
        kept: Wire = {
            "request": f"{request.method} {path}" + (f"?{query}" if query else ""),
            "status": status,
            "body": body,
        }
        content_type = headers.get("Content-Type", "")
        if content_type.partition(";")[0] != "application/json":
            kept["content-type"] = content_type
        for name in ("Warning", "Retry-After", "Allow"):
            if headers.get(name):
                kept[name.lower()] = headers[name]
        self.answers.append(kept)


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _decoded(answer: Response) -> Any:
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer.body.decode(errors="replace")
