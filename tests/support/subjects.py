"""Small objects of many kinds, on which the tests try every verb."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["BUILT_IN", "CUSTOM", "Subject"]

TIME = "2026-01-02T03:04:05Z"
TEMPLATE = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {"containers": [{"name": "app", "image": "app:1"}]},
}
JOB_TEMPLATE = {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "a"}]}}
SELECTOR = {"matchLabels": {"app": "a"}}


@dataclass(frozen=True, slots=True)
class Subject:
    """An object of one kind, and what the tests do to it.

    Attributes:
        attribute: the way to its client, such as ``apps_v1.deployments``.
        content: what it has beside its metadata; ``$NAME`` stands for a unique name.
        name: of the object.
        status: what a test puts into its status, where it has that subresource.
        replicas: whether it can be scaled.
        stays: whether the server keeps it for a while when it is deleted.
        package: where it comes from.
    """

    attribute: str
    content: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str = "$NAME"
    status: Mapping[str, Any] | None = None
    replicas: bool = False
    stays: bool = False
    package: Literal["built-in", "shop"] = "built-in"

    def __str__(self) -> str:
        return self.attribute

    def scope(self, clientset: object) -> Any:
        """The client of the cluster, or of all namespaces."""
        group_version, _, resource = self.attribute.partition(".")
        return getattr(getattr(clientset, group_version), resource)

    def wire(self, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
        """The object in wire form, without its kind."""
        metadata = {"name": self.name, "labels": dict(labels)}
        text = json.dumps({"metadata": metadata, **self.content}).replace("$NAME", name)
        return dict(json.loads(text))


BUILT_IN = [
    Subject("core_v1.config_maps", {"data": {"a": "b"}}),
    Subject("core_v1.secrets", {"type": "Opaque", "data": {"a": "Yg=="}}),
    Subject(
        "core_v1.services",
        {"spec": {"type": "LoadBalancer", "ports": [{"name": "http", "port": 80}]}},
        status={"loadBalancer": {"ingress": [{"ip": "192.0.2.1", "ipMode": "VIP"}]}},
    ),
    Subject("core_v1.service_accounts", {"automountServiceAccountToken": False}),
    Subject(
        "core_v1.nodes",
        {"spec": {"podCIDR": "10.3.0.0/24", "podCIDRs": ["10.3.0.0/24"]}},
        status={"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]},
    ),
    Subject("core_v1.namespaces", stays=True, status={"phase": "Active"}),
    Subject(
        "core_v1.replication_controllers",
        {"spec": {"replicas": 1, "selector": {"app": "a"}, "template": TEMPLATE}},
        status={"replicas": 3, "observedGeneration": 1},
        replicas=True,
    ),
    Subject(
        "apps_v1.deployments",
        {"spec": {"replicas": 1, "selector": SELECTOR, "template": TEMPLATE}},
        status={"observedGeneration": 1, "replicas": 2, "readyReplicas": 1},
        replicas=True,
    ),
    Subject(
        "apps_v1.replica_sets",
        {"spec": {"replicas": 1, "selector": SELECTOR, "template": TEMPLATE}},
        status={"replicas": 2},
        replicas=True,
    ),
    Subject(
        "apps_v1.stateful_sets",
        {"spec": {"replicas": 1, "serviceName": "a", "selector": SELECTOR, "template": TEMPLATE}},
        status={"replicas": 2, "currentRevision": "a-1"},
        replicas=True,
    ),
    Subject(
        "batch_v1.jobs",
        {"spec": {"suspend": True, "template": JOB_TEMPLATE}},
        status={"ready": 0},
    ),
    Subject(
        "batch_v1.cron_jobs",
        {"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": JOB_TEMPLATE}}}},
        status={"lastScheduleTime": TIME},
    ),
    Subject(
        "networking_v1.ingresses",
        {"spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}},
        status={"loadBalancer": {"ingress": [{"hostname": "lb.example"}]}},
    ),
    Subject("networking_v1.network_policies", {"spec": {"podSelector": {}}}),
    Subject(
        "rbac_v1.roles",
        {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    ),
    Subject("scheduling_v1.priority_classes", {"value": 7}),
    Subject("coordination_v1.leases", {"spec": {"renewTime": "2026-01-02T03:04:05.123456Z"}}),
    Subject("storage_v1.storage_classes", {"provisioner": "csi.example.com"}),
    Subject(
        "policy_v1.pod_disruption_budgets",
        {"spec": {"minAvailable": "50%", "selector": SELECTOR}},
        status={
            "disruptionsAllowed": 1,
            "currentHealthy": 1,
            "desiredHealthy": 1,
            "expectedPods": 2,
        },
    ),
    Subject(
        "apiextensions_v1.custom_resource_definitions",
        {
            "spec": {
                "group": "$NAME.example",
                "scope": "Namespaced",
                "names": {"plural": "things", "kind": "Thing"},
                "versions": [
                    {
                        "name": "v1",
                        # else it would come and go in the documents that other tests read
                        "served": False,
                        "storage": True,
                        "schema": {"openAPIV3Schema": {"type": "object"}},
                    }
                ],
            }
        },
        name="things.$NAME.example",
        stays=True,
    ),
]

CUSTOM = [
    Subject(
        "shop_example_v1.widgets",
        {"spec": {"size": "M", "replicas": 1, "proxyURL": "a", "proxyUrl": "b"}},
        status={"phase": "New", "replicas": 1},
        replicas=True,
        package="shop",
    ),
    Subject(
        "shop_example_v1.series",
        {"driver": "d", "1st": "x", "_hidden": False, "größe": 0, "matrix": [[1, 2.5], []]},
        package="shop",
    ),
    Subject(
        "garden_shop_example_v1alpha2.trees",
        {"spec": {"items": [1, {"a": None}], "properties": {"x": [True]}, "mode": "!="}},
        status={"any": {"thing": [1]}},
        package="shop",
    ),
]
