"""The objects that cases are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

__all__ = [
    "GADGETS",
    "GROUP",
    "config_map",
    "crd",
    "deployment",
    "pod",
    "prefix_of",
    "shared_crds",
    "widget",
]

GROUP = "cases.example.com"
GADGETS = f"/apis/{GROUP}/v1/gadgets"
Wire = dict[str, Any]

_HOMES = {
    "daemonsets": "apis/apps/v1",
    "deployments": "apis/apps/v1",
    "endpointslices": "apis/discovery.k8s.io/v1",
    "ingresses": "apis/networking.k8s.io/v1",
    "jobs": "apis/batch/v1",
    "leases": "apis/coordination.k8s.io/v1",
    "localsubjectaccessreviews": "apis/authorization.k8s.io/v1",
    "poddisruptionbudgets": "apis/policy/v1",
    "replicasets": "apis/apps/v1",
    "rolebindings": "apis/rbac.authorization.k8s.io/v1",
    "roles": "apis/rbac.authorization.k8s.io/v1",
    "statefulsets": "apis/apps/v1",
    "widgets": f"apis/{GROUP}/v1",
}


def prefix_of(resource: str, namespace: str) -> str:
    """The path of a resource of the namespace, up to its name; the core's where it is unknown."""
    home = _HOMES.get(resource.partition("?")[0], "api/v1")
    return f"/{home}/namespaces/{namespace}"


def config_map(name: str, data: Wire | None = None, **metadata: object) -> Wire:
    return {"metadata": {"name": name, **metadata}, "data": data or {"a": "1"}}


def widget(name: str, *, status: Wire | None = None, meta: Wire | None = None, **spec: Any) -> Wire:
    obj: Wire = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Widget",
        "metadata": {"name": name, **(meta or {})},
        "spec": {"size": 1, **spec},
    }
    return obj if status is None else {**obj, "status": status}


def deployment(name: str, **spec: Any) -> Wire:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]},
            },
            **spec,
        },
    }


def pod(name: str, *, meta: Wire | None = None, **spec: Any) -> Wire:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **(meta or {})},
        "spec": {"containers": [{"name": "web", "image": "web:1"}], **spec},
    }


def crd(namespace: str, plural: str, **spec: Any) -> Wire:
    """A definition of a case's own, in a group that is called after its namespace."""
    group = f"{namespace}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": plural.capitalize().removesuffix("s")},
            "versions": [version],
            **spec,
        },
    }


def shared_crds() -> list[Wire]:
    """The definitions that all cases share."""
    text = (Path(__file__).parent / "crds.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text))
