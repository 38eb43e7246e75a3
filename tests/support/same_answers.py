"""The same calls to a `FakeCluster` and to a real API server, and their answers made comparable."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from kubewright._json import is_array, is_object
from kubewright.rest.request import Method, Request
from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.patience import served

__all__ = ["AGE", "Answer", "Send", "is_age", "normal", "on_fake", "on_server"]

AGE = r"(?:[2-9]m)?\d+s|[2-9]m"
"""How long something is there that a test has made: below ten minutes."""


class Answer(tuple[int, Any]):  # noqa: SLOT001 - a tuple that carries warnings
    """A status and a body, and the warnings that came with them."""

    warnings: list[str]

    def __new__(cls, status: int, body: Any, warnings: list[str]) -> Answer:
        made = super().__new__(cls, (status, body))
        made.warnings = warnings
        return made


Send = Callable[..., Answer]


def is_age(value: Any) -> bool:
    """Whether a value is an age as tables have it."""
    return isinstance(value, str) and re.fullmatch(AGE, value) is not None


def on_fake(cluster: FakeCluster) -> Send:
    def send(
        method: Method,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        **q: Any,
    ) -> Answer:
        query = [(key, str(value)) for key, value in q.items()]
        data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"User-Agent": "test"}
        request = Request(method, path, query, data, content_type, accept, headers=headers)
        answer = cluster.send(request)
        return Answer(answer.status, _decoded(answer.body), _warnings(answer.headers))

    return send


def on_server(server: Endpoint) -> Send:
    def send(
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        **q: Any,
    ) -> Answer:
        target = f"{path}?{urlencode(q)}" if q else path
        headers = {"User-Agent": "test", "Content-Type": content_type, "Accept": accept}
        answer = served(lambda: server.call(method, target, body, headers=headers))
        return Answer(answer.status, _decoded(answer.body), _warnings(answer.headers))

    return send


def _warnings(headers: Mapping[str, str]) -> list[str]:
    return re.findall(r'299 - "(?:[^"\\]|\\.)*"', headers.get("Warning", ""))


def _decoded(body: bytes) -> Any:
    try:
        if body.startswith(b'{"type":'):
            return [msgspec.json.decode(line) for line in body.splitlines()]
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode()


_VARYING = {
    "uid": "UID",
    "creationTimestamp": "TIME",
    "deletionTimestamp": "TIME",
    "time": "TIME",
    "lastTransitionTime": "TIME",
    "resourceVersion": "VERSION",
    "continue": "TOKEN",
}
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def normal(value: Any, namespace: str) -> Any:
    """Put words in the place of what is another at each run; tuples become lists."""
    return _normal(msgspec.json.decode(msgspec.json.encode(value)), namespace)


def _normal(value: Any, namespace: str) -> Any:
    if is_object(value):
        return {
            key: _VARYING[key] if _VARYING.get(key) and below else _normal(below, namespace)
            for key, below in value.items()
        }
    if is_array(value):
        return [_normal(item, namespace) for item in value]
    if isinstance(value, str):
        text = _TIME.sub("TIME", _UID.sub("UID", value.replace(namespace, "NAMESPACE")))
        text = re.sub(r"in record \(\d+\)", "in record (N)", text)
        # errors of typed patches come in any order
        head, mark, errors = text.partition("errors:\n")
        return head + mark + "\n".join(sorted(errors.split("\n")))
    return value
