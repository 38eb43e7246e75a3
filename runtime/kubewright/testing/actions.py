"""What a program asked of a cluster, in the words of RBAC: for asserts, and for reactors.

client-go: ``testing.Action``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from kubewright.meta_v1 import KubernetesObject
from kubewright.rest.observing import verb_of
from kubewright.rest.request import Request, Subject
from kubewright.schema import GroupVersionResource

__all__ = ["VERBS", "Action", "action_of"]

T = TypeVar("T", bound=KubernetesObject)

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")

_SHOWN = 200  # characters of a body
_PATCH_TYPES = {
    "application/apply-patch+yaml": "apply",
    "application/apply-patch+cbor": "apply",
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One request about a resource.

    Attributes:
        verb: ``get``, ``list``, ``watch``, ``create``, ``update``, ``patch``, ``delete`` or
            ``deletecollection``.
        gvr: of what.
        namespace: None for cluster scope and for all namespaces.
        name: of the object; None for a collection, and where the server is to make the name.
        subresource: such as ``status``; empty for the object itself.
        request: all of it.
    """

    verb: str
    gvr: GroupVersionResource
    namespace: str | None = None
    name: str | None = None
    subresource: str = ""
    request: Request = field(default=Request("GET", "/"), compare=False, repr=False)

    @property
    def body(self) -> Any:
        """What was sent, decoded: an object or a patch; None where nothing was."""
        return _decoded(self.request.body)

    @property
    def patch_type(self) -> str:
        """``json``, ``merge``, ``strategic`` or ``apply``; empty for other verbs."""
        return _PATCH_TYPES.get(self.request.content_type, "") if self.verb == "patch" else ""

    @property
    def options(self) -> Mapping[str, str]:
        """The parameters of the query, such as ``labelSelector``."""
        return dict(self.request.query)

    def read(self, model: type[T]) -> T:
        """Return what was sent as a model.

        Raises:
            DecodeError: no object was sent.
        """
        return model.from_json(self.request.body or b"")

    def matches(self, verb: str, resource: str) -> bool:
        """Whether it is about this: ``("update", "deployments/status")``; ``*`` is any.

        A resource without a subresource means all that is below it, too.
        """
        wanted, _, below = resource.partition("/")
        return (
            verb in ("*", self.verb)
            and wanted in ("*", self.gvr.resource)
            and below in ("", "*", self.subresource)
        )

    def __str__(self) -> str:
        """Return a line: ``patch deployments/scale.v1.apps prod/web merge {"spec":…}``."""
        below = f"/{self.subresource}" if self.subresource else ""
        gvr = self.gvr
        words = [self.verb, f"{gvr.resource}{below}.{gvr.version}.{gvr.group or 'core'}"]
        words.append("/".join(filter(None, (self.namespace, self.name))))
        words.append(self.patch_type)
        body = self.body
        if body is not None:
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=repr)
            words.append(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
        return " ".join(filter(None, words))

    def __repr__(self) -> str:
        return f"<{self}>"


def action_of(request: Request) -> Action | None:
    """Read a request; None for one that is about no resource, such as those of discovery."""
    subject = Subject.of(request.path)
    if not subject.resource:
        return None
    verb = verb_of(request)
    name = subject.name or (_name_in(request) if verb == "create" else "")
    gvr = GroupVersionResource(subject.group, subject.version, subject.resource)
    namespace = subject.namespace or None
    return Action(verb, gvr, namespace, name or None, subject.subresource, request)


def _name_in(request: Request) -> str:
    match _decoded(request.body):
        case {"metadata": {"name": str(name)}}:
            return name
        case _:
            return ""


def _decoded(body: bytes | None) -> Any:
    if body is None:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
