"""Finds out which resource is meant, with as few questions to the server as that takes."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, TypeAlias

from kubewright.discovery import CachedDiscoveryClient, RESTMapper
from kubewright.errors import RequestError
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersion, GroupVersionKind, GroupVersionResource

__all__ = ["ResourceFinder", "What"]

What: TypeAlias = str | GroupVersionResource | GroupVersionKind | ResourceInfo
"""A name as kubectl takes it (``deploy``, ``certificates.cert-manager.io``), or a value."""


class ResourceFinder:
    """Turns names, kinds and models into `ResourceInfo`."""

    def __init__(self, rest: RESTClient, mapper: RESTMapper | None = None) -> None:
        """Take the way to the server; nothing is sent.

        Args:
            rest: the client.
            mapper: finds names and kinds; by default over a `CachedDiscoveryClient`.
        """
        self.mapper = mapper or RESTMapper(CachedDiscoveryClient(rest))

    def find(self, what: What) -> ResourceInfo:
        """Return what is meant; nothing is sent for a `ResourceInfo`.

        Raises:
            NoMatchError: the server has none.
            AmbiguousMatchError: several are called so.
        """
        match what:
            case ResourceInfo():
                return what
            case GroupVersionResource():
                return self.mapper.resource_at(what).info
            case GroupVersionKind():
                return self.mapper.resource_of_kind(what).info
            case _:
                return self.mapper.find(what).info

    def find_model(self, model: type[KubernetesObject]) -> ResourceInfo:
        """Return the resource whose objects a model describes; of a generated one without a request.

        Raises:
            RequestError: the model does not say what kind it is.
            NoMatchError: the server has none.
        """
        kind = _kind_of(model)
        return _generated_info(model, kind) or self.find(kind)


def _kind_of(model: type[KubernetesObject]) -> GroupVersionKind:
    fields = model.model_fields
    api_version, kind = fields["api_version"].default, fields["kind"].default
    try:
        group_version = GroupVersion.parse(api_version)
    except (TypeError, ValueError, AttributeError):
        kind = ""
        group_version = GroupVersion("", "")
    if not kind:
        raise RequestError(
            f"{model.__name__} has no api_version and kind as defaults: name the resource instead"
        )
    return GroupVersionKind(group_version.group, group_version.version, kind)


def _generated_info(model: type[Any], kind: GroupVersionKind) -> ResourceInfo | None:
    """What the client beside a generated model says of its resource."""
    package, _, module = model.__module__.rpartition(".")
    if module != "models" or importlib.util.find_spec(f"{package}.client") is None:
        return None
    values = vars(importlib.import_module(f"{package}.client")).values()
    infos = (value for value in values if isinstance(value, ResourceInfo))
    return next((info for info in infos if info.kind == kind), None)
