"""What a request asks for, read from its path and query.

apiserver: ``endpoints/request/requestinfo.go``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec

from kubewright._json import is_object
from kubewright.rest.request import Request
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.documents.archive import kind_schema
from kubewright.testing._apiserver.failures import (
    bad_request,
    method_not_allowed,
    no_resource,
    not_served,
)
from kubewright.testing._apiserver.resources import Served, ServedVersion
from kubewright.testing._apiserver.store import JSONObject, Key

__all__ = ["Call", "decode", "is_watch", "read_call", "segments_of"]

_COLLECTION_VERBS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
_NUMBER = re.compile(r"[+-]?[0-9]{1,100}")
_LEAST, _MOST = -(2**63), 2**63 - 1
_OBJECT_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request about a resource.

    Attributes:
        verb: as in discovery; a subresource has the verb of its method.
        namespace: None in the cluster and in all namespaces.
        name: None for the collection.
        subresource: empty for the object itself.
        warnings: what to tell of beside the answer, whatever that is.
    """

    request: Request
    verb: str
    resource: Served
    version: str
    namespace: str | None
    name: str | None
    subresource: str
    warnings: list[str] = field(default_factory=list[str], compare=False)

    @property
    def served(self) -> ServedVersion:
        """The version of the resource that was asked."""
        return self.resource.versions[self.version]

    @property
    def key(self) -> Key:
        """Where the object is stored."""
        return self.namespace or "", self.name or ""

    @property
    def api_version(self) -> str:
        """What the objects of the call say they are."""
        return self.resource.api_version(self.version)

    @property
    def builtin_schema(self) -> Mapping[str, Any] | None:
        """The schema of a built-in kind; None of any other."""
        if not self.resource.is_builtin:
            return None
        group_version = GroupVersion(self.resource.group, self.version)
        return kind_schema(group_version, self.resource.kind)

    def option(self, name: str) -> str:
        """Return a parameter of the query; empty where it is not there."""
        return next((value for key, value in self.request.query if key == name), "")

    def flag(self, name: str) -> bool:
        """Return a parameter that is true or false; any word but two is true."""
        return _is_set(self.request, name)

    def number(self, name: str) -> int | None:
        """Return a parameter that is a number, or None where it is not there.

        Raises:
            RefusedRequest: it is something else.
        """
        text = self.option(name)
        if not text:
            return None
        quoted = f'strconv.ParseInt: parsing "{text}"'
        if not _NUMBER.fullmatch(text):
            raise bad_request(f"{quoted}: invalid syntax")
        if not _LEAST <= int(text) <= _MOST:
            raise bad_request(f"{quoted}: value out of range")
        return int(text)

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing is to be stored."""
        return self.option("dryRun") == "All"

    @property
    def field_manager(self) -> str:
        """Who owns the fields: what the caller says, else the first part of the user agent."""
        headers = {key.lower(): value for key, value in self.request.headers.items()}
        agent = headers.get("user-agent") or "kubewright"
        return self.option("fieldManager") or agent.partition("/")[0]

    def body(self) -> JSONObject:
        """Return the body.

        Raises:
            RefusedRequest: it is no JSON object.
        """
        data = decode(self.request.body or b"")
        if not is_object(data):
            raise bad_request("the body is no JSON object")
        return data


def decode(data: bytes) -> Any:
    """Decode JSON.

    Raises:
        RefusedRequest: it is none.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(f"error decoding the body: {error}") from error


def is_watch(request: Request) -> bool:
    """Whether a request watches a collection; the path of an object is read."""
    if request.method != "GET" or not _is_set(request, "watch"):
        return False
    parts = segments_of(request.path)
    rest = parts[2:] if parts[:1] == ["api"] else parts[3:]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return len(rest) == 1


def _is_set(request: Request, name: str) -> bool:
    value = next((value for key, value in request.query if key == name), "false")
    return value.lower() not in ("false", "0")


def segments_of(path: str) -> list[str]:
    """Return the parts of a path, unescaped."""
    return [unquote(part) for part in path.strip("/").split("/") if part]


def read_call(request: Request, resources: Mapping[tuple[str, str], Served]) -> Call:
    """Find the resource that a request is about.

    Raises:
        RefusedRequest: there is none, or it does not have this verb.
    """
    group, version, rest = _split(request, resources)
    namespace: str | None = None
    is_scope = len(rest) > 3 or rest[2:] not in (["status"], ["finalize"])
    if rest[0] == "namespaces" and len(rest) > 2 and is_scope:
        namespace, rest = rest[1], rest[2:]
    resource = resources.get((group, rest[0]))
    name = rest[1] if len(rest) > 1 else None
    subresource = rest[2] if len(rest) > 2 else ""
    is_built_in = any(r.is_builtin and r.group == group for r in resources.values())
    if (
        resource is None
        or version not in resource.versions
        or len(rest) > 3
        or (namespace is not None) > resource.namespaced
        or (resource.namespaced and namespace is None and name is not None)
    ):
        raise no_resource() if is_built_in else not_served()
    if name is not None and "create" in resource.verbs and "get" not in resource.verbs:
        raise no_resource()
    if request.method == "POST" and not subresource and not resource.is_builtin:
        name = None  # servers do not look at it
    verb = _verb(request, resource, namespace, name, subresource)
    return Call(request, verb, resource, version, namespace, name, subresource)


def _split(
    request: Request, resources: Mapping[tuple[str, str], Served]
) -> tuple[str, str, list[str]]:
    parts = segments_of(request.path)
    if len(parts) > 2 and parts[0] == "api":
        return "", parts[1], parts[2:]
    if len(parts) > 3 and parts[0] == "apis":
        return parts[1], parts[2], parts[3:]
    if parts[:1] in (["api"], ["apis"]):
        group, versions = ("", parts[1:]) if parts[0] == "api" else ("".join(parts[1:2]), parts[2:])
        served = [r.versions for r in resources.values() if r.is_builtin and r.group == group]
        if served and versions:
            is_there = any(versions[0] in known for known in served)
            raise method_not_allowed() if is_there else no_resource()
    raise not_served()


def _verb(
    request: Request, resource: Served, namespace: str | None, name: str | None, subresource: str
) -> str:
    if subresource:
        return "create" if request.method == "POST" else _OBJECT_VERBS.get(request.method, "")
    verbs = _COLLECTION_VERBS if name is None else _OBJECT_VERBS
    verb = verbs.get(request.method, "")
    writes_nowhere = resource.namespaced and namespace is None and verb != "list"
    if name is None and not resource.is_builtin and request.method in ("PUT", "PATCH"):
        raise bad_request("name must be provided")
    if verb not in resource.verbs or writes_nowhere:
        raise method_not_allowed()
    return verb
