"""The discovery documents of a server, always in their aggregated form.

A server without aggregated discovery is asked for each group version, and what it says is put into
the same form, so that nobody else has to know both. client-go: ``discovery.DiscoveryClient``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol

import msgspec

from kubewright._json import is_array, is_object
from kubewright.discovery.apis import read_apis
from kubewright.errors import ApiError, DecodeError, KubeError
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersion

__all__ = ["GroupDocuments", "Root", "Sender", "fetch_groups"]

Root = Literal["api", "apis"]

_AGGREGATED = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)
_AT_ONCE = 10  # requests to a server that must be asked for each group version
_ATTEMPTS = 2  # an aggregated API server that is just starting answers a moment later


class Sender(Protocol):
    """What is needed of a `RESTClient`."""

    def send(self, request: Request, /) -> Response:
        """Send a request; errors are `KubeError`."""
        ...


@dataclass(frozen=True, slots=True)
class GroupDocuments:
    """The groups under ``/api`` or ``/apis``.

    Attributes:
        items: as aggregated discovery has them.
        etag: names this answer; empty when the server gave none.
        failures: group versions that could not be had, each with what went wrong.
    """

    items: list[dict[str, Any]]
    etag: str = ""
    failures: Mapping[GroupVersion, str] = field(default_factory=dict[GroupVersion, str])


def fetch_groups(rest: Sender, root: Root, *, etag: str = "") -> GroupDocuments | None:
    """Ask for the groups under a root.

    Args:
        rest: the client.
        root: ``api`` has the core group, ``apis`` all others.
        etag: of an earlier answer.

    Returns:
        ``None`` when the answer is still that of the etag.

    Raises:
        ApiError: the server refused; a server without ``/api`` has no core group, which is none.
        TransportError: no complete answer came.
        DecodeError: the answer is no discovery.
    """
    headers = {"If-None-Match": etag} if etag else {}
    accept = f"{_AGGREGATED},application/json"
    try:
        response = rest.send(Request("GET", f"/{root}", accept=accept, headers=headers))
    except ApiError as error:
        if error.status.code == 304 and etag:
            return None
        if error.status.code == 404 and root == "api":
            return GroupDocuments([])
        raise
    document = _object(response.body, f"/{root}")
    if document.get("kind") == "APIGroupDiscoveryList":
        items = _objects(document, "items", f"/{root}")
        return GroupDocuments(items, response.headers.get("ETag", ""))
    return _legacy(rest, _versions_of(document, root))


def _versions_of(document: dict[str, Any], root: Root) -> list[tuple[str, list[str]]]:
    """The groups and versions that a legacy answer names, in its order."""
    place = f"/{root}"
    if root == "api":
        return [("", [_text(version, place) for version in _list(document, "versions", place)])]
    return [
        (
            _text(group.get("name"), place),
            [_text(version.get("version"), place) for version in _versions(group, place)],
        )
        for group in _objects(document, "groups", place)
    ]


def _versions(group: dict[str, Any], place: str) -> list[dict[str, Any]]:
    """The versions of a group, the preferred one first."""
    preferred = group.get("preferredVersion")
    best = preferred.get("version") if is_object(preferred) else None
    return sorted(_objects(group, "versions", place), key=lambda each: each.get("version") != best)


def _legacy(rest: Sender, groups: list[tuple[str, list[str]]]) -> GroupDocuments:
    wanted = [GroupVersion(group, version) for group, versions in groups for version in versions]
    found: dict[GroupVersion, list[dict[str, Any]]] = {}
    failures: dict[GroupVersion, str] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(partial(_resources, rest), wanted)
        for group_version, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, KubeError):
                failures[group_version] = str(answer)
            else:
                found[group_version] = answer
    items = [
        _group(
            group,
            {
                version: found[group_version]
                for version in versions
                if (group_version := GroupVersion(group, version)) in found
            },
        )
        for group, versions in groups
    ]
    return GroupDocuments(items, failures=failures)


def _group(name: str, versions: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A group as aggregated discovery has it."""
    return {
        "metadata": {"name": name},
        "versions": [
            {"version": version, "freshness": "Current", "resources": resources}
            for version, resources in versions.items()
        ],
    }


def _resources(rest: Sender, group_version: GroupVersion) -> list[dict[str, Any]] | KubeError:
    path = group_version.path_prefix
    failure: KubeError | None = None
    for _ in range(_ATTEMPTS):
        try:
            listed = _object(rest.send(Request("GET", path)).body, path)
            resources = _aggregated(_objects(listed, "resources", path), group_version)
            # what one server behind the API server makes wrong must not spoil the others
            read_apis([_group(group_version.group, {group_version.version: resources})])
            return resources
        except KubeError as error:
            failure = error
    assert failure is not None  # noqa: S101 - there is at least one attempt
    return failure


def _aggregated(
    listed: Iterable[dict[str, Any]], group_version: GroupVersion
) -> list[dict[str, Any]]:
    """The entries of an ``APIResourceList`` in the form of aggregated discovery."""
    resources: dict[str, dict[str, Any]] = {}
    subresources: dict[str, list[dict[str, Any]]] = {}
    for item in listed:
        name, slash, sub = _text(item.get("name"), group_version.path_prefix).partition("/")
        own = item.get("version")
        kind = {
            "group": item.get("group") or "" if own else group_version.group,
            "version": own or group_version.version,
            "kind": item.get("kind") or "",
        }
        verbs: Any = item.get("verbs") or []
        if slash:
            entry: dict[str, Any] = {"subresource": sub, "responseKind": kind, "verbs": verbs}
            subresources.setdefault(name, []).append(entry)
            continue
        resources[name] = {
            "resource": name,
            "responseKind": kind,
            "scope": "Namespaced" if item.get("namespaced") else "Cluster",
            "singularResource": item.get("singularName") or "",
            "verbs": verbs,
            "shortNames": item.get("shortNames") or [],
            "categories": item.get("categories") or [],
        }
    for name, entries in subresources.items():
        if name in resources:
            resources[name]["subresources"] = entries
    return list(resources.values())  # in the server's order, which tells whose a short name is


def _object(body: bytes, place: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"the answer to {place} is no JSON: {error}") from None
    if not is_object(value):
        raise DecodeError(f"the answer to {place} is no object but {type(value).__name__}")
    return value


def _list(document: dict[str, Any], key: str, place: str) -> list[Any]:
    value: Any = document.get(key) or []
    if not is_array(value):
        raise DecodeError(f"the answer to {place} has no list of {key}")
    return value


def _objects(document: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    items = _list(document, key, place)
    if not all(is_object(item) for item in items):
        raise DecodeError(f"the answer to {place} has {key} that are no objects")
    return items


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise DecodeError(f"the answer to {place} has a name that is no text")
    return value
