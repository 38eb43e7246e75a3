"""HTTP requests to an API server as values, built without any I/O.

What would change the path that was meant (an empty name, a slash in one) is an error here, before
anything is sent. client-go: ``rest.Request``, ``rest.IsValidPathSegmentName``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote, urlencode

from kubewright._clock import StopToken
from kubewright.errors import RequestError
from kubewright.schema import GroupVersionResource

__all__ = ["Method", "Request", "Subject", "encode_query", "resource_path"]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
QueryValue = str | int | float | bool | datetime | Sequence[str] | None

# what RFC 3986 allows in a segment as it is; names such as system:node:a stay readable
_SEGMENT_SAFE = ":@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        method: the HTTP method.
        path: absolute, with escaped segments, without the path of the host.
        query: parameters in the order in which they are sent; a name may come twice.
        body: the encoded body.
        content_type: of the body; not sent without one.
        accept: the content types that the caller can read, best first.
        timeout: seconds for the whole call; of a stream: until its headers.
        headers: further ones; they win over those that the client would add.
        stop: ends the call, its waits and its stream early. No part of the request's value.
    """

    method: Method
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    content_type: str = "application/json"
    accept: str = "application/json"
    timeout: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    stop: StopToken | None = field(default=None, compare=False, repr=False)

    @property
    def target(self) -> str:
        """The path and the encoded query, as they stand in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


class Subject(NamedTuple):
    """What a path is about: ``apps``, ``deployments``, ``web``; what it does not say is empty."""

    group: str
    resource: str
    name: str
    version: str = ""
    namespace: str = ""
    subresource: str = ""

    @classmethod
    def of(cls, path: str) -> Subject:
        """Read a resource path; other paths are about nothing."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[0] == "api" and len(parts) > 2:
            group, version, rest = "", parts[1], parts[2:]
        elif parts[0] == "apis" and len(parts) > 3:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return cls("", "", "")
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        resource, name, subresource = (*rest[:3], "", "")[:3]
        return cls(group, resource, name, version, namespace, subresource)


def resource_path(
    gvr: GroupVersionResource,
    *,
    namespace: str | None = None,
    name: str | None = None,
    subresource: str | Sequence[str] = (),
) -> str:
    """Return the path of a collection, an object or a subresource of it.

    Args:
        gvr: what kind of object.
        namespace: ``None`` for cluster scope and for all namespaces.
        name: ``None`` for the collection.
        subresource: one segment, or several (``("proxy", "metrics")``).

    Raises:
        RequestError: if a part is empty or cannot be a segment of a path.
    """
    segments = ["api"] if not gvr.group else ["apis", _segment("group", gvr.group)]
    segments.append(_segment("version", gvr.version))
    if namespace is not None:
        segments += ["namespaces", _segment("namespace", namespace)]
    segments.append(_segment("resource", gvr.resource.lower()))
    if name is not None:
        segments.append(_segment("name", name))
    below = (subresource,) if isinstance(subresource, str) else subresource
    if below and name is None:
        raise RequestError(f"the subresource {'/'.join(below)} of {gvr.resource} needs a name")
    segments += [_segment("subresource", part) for part in below]
    return "/" + "/".join(segments)


def encode_query(options: Mapping[str, QueryValue]) -> list[tuple[str, str]]:
    """Return query parameters by their wire names, in the order given.

    ``None`` is not sent; a sequence is one parameter for each of its items.

    Raises:
        RequestError: for a time without a time zone.
    """
    query: list[tuple[str, str]] = []
    for key, value in options.items():
        if value is None:
            continue
        if isinstance(value, str):
            query.append((key, value))
        elif isinstance(value, Sequence):
            query.extend((key, item) for item in value)
        else:
            query.append((key, _text(value)))
    return query


def _text(value: float | bool | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise RequestError(f"the time {value.isoformat()} has no time zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _segment(what: str, value: str) -> str:
    if not value:
        raise RequestError(f"the {what} is empty")
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise RequestError(f"the {what} is no text: {value!r}")
    if value in (".", ".."):
        raise RequestError(f"the {what} may not be {value!r}")
    for character in "/%":
        if character in value:
            raise RequestError(f"the {what} {value!r} may not contain {character!r}")
    return value if value.isascii() and value.isalnum() else quote(value, safe=_SEGMENT_SAFE)
