"""The columns of the tables of built-in kinds, as the server of Kubernetes 1.37 has them.

kubernetes: ``pkg/printers/internalversion``; kinds that are not here have their name and the time
of their creation: ``registry/rest.NewDefaultTableConvertor``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kubewright.testing._apiserver.tables import cells, pod_cells, scaling_cells
from kubewright.testing._apiserver.tables.rows import (
    NONE,
    UNSET,
    Cell,
    Row,
    at,
    count,
    flag,
    labels_text,
    listed,
    selector_text,
    since,
)

__all__ = ["Column", "columns_of"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: the heading.
        cell: what an object has there.
        type: as of OpenAPI.
        priority: 0 for always, 1 for wide tables.
        format: of OpenAPI; ``name`` is that of the object.
        description: for who asks what it means.
    """

    name: str
    cell: Cell
    type: str = "string"
    priority: int = 0
    format: str = ""
    description: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return it as in a ``Table``."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


def _whole(name: str, path: str, default: int = 0) -> Column:
    return Column(name, at(path, default), "integer")


def _wide(name: str, cell: Cell) -> Column:
    return Column(name, cell, priority=1)


def _created(row: Row) -> Any:
    return row.get("metadata.creationTimestamp")


def _containers(at_path: str = "spec.template.spec") -> tuple[Column, Column]:
    path = f"{at_path}.containers"
    return _wide("Containers", listed(path, "name")), _wide("Images", listed(path, "image"))


NAME: Final = Column("Name", at("metadata.name"), format="name")
_AGE: Final = Column("Age", since())
_DEFAULT: Final = (NAME, Column("Created At", _created, "date"))
_SELECTOR: Final = _wide("Selector", selector_text("spec.selector"))
_BINDING: Final = (
    NAME,
    Column("Role", cells.role_ref),
    _AGE,
    _wide("Users", cells.subjects("User")),
    _wide("Groups", cells.subjects("Group")),
    _wide("ServiceAccounts", cells.subjects("ServiceAccount")),
)
_REPLICAS: Final = (
    NAME,
    _whole("Desired", "spec.replicas", 1),
    _whole("Current", "status.replicas"),
    _whole("Ready", "status.readyReplicas"),
    _AGE,
    *_containers(),
)
_WEBHOOKS: Final = (NAME, Column("Webhooks", count("webhooks"), "integer"), _AGE)

_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "apiservices": (
        NAME,
        Column("Service", at("spec.service.name", "Local")),
        Column("Available", at("status.available", "True")),
        _AGE,
    ),
    "certificatesigningrequests": (
        NAME,
        _AGE,
        Column("SignerName", at("spec.signerName", NONE)),
        Column("Requestor", at("spec.username")),
        Column("RequestedDuration", at("spec.expirationSeconds", NONE)),
        Column("Condition", cells.csr_condition),
    ),
    "clusterrolebindings": _BINDING,
    "clustertrustbundles": (NAME, Column("SignerName", at("spec.signerName", NONE))),
    "configmaps": (NAME, Column("Data", lambda row: _sizes(row, "data", "binaryData")), _AGE),
    "controllerrevisions": (
        NAME,
        Column("Controller", cells.controller),
        Column("Revision", at("revision", 0)),
        _AGE,
    ),
    "cronjobs": (
        NAME,
        Column("Schedule", at("spec.schedule")),
        Column("Timezone", at("spec.timeZone", NONE)),
        Column("Suspend", flag("spec.suspend", "False"), "boolean"),
        Column("Active", count("status.active"), "integer"),
        Column("Last Schedule", since("status.lastScheduleTime", NONE)),
        _AGE,
        *_containers("spec.jobTemplate.spec.template.spec"),
        _wide("Selector", selector_text("spec.jobTemplate.spec.selector")),
    ),
    "csinodes": (NAME, Column("Drivers", count("spec.drivers"), "integer"), _AGE),
    "customresourcedefinitions": (
        NAME,
        Column("Scope", at("spec.scope")),
        Column("Versions", cells.crd_versions),
        Column("Created At", _created, "date"),
        _wide("Group", at("spec.group")),
        _wide("Kind", at("spec.names.kind")),
        _wide("ShortNames", lambda row: ",".join(row.get("spec.names.shortNames") or ())),
        Column("Established", cells.is_established, "boolean", priority=1),
    ),
    "daemonsets": (
        NAME,
        _whole("Desired", "status.desiredNumberScheduled"),
        _whole("Current", "status.currentNumberScheduled"),
        _whole("Ready", "status.numberReady"),
        _whole("Up-to-date", "status.updatedNumberScheduled"),
        _whole("Available", "status.numberAvailable"),
        Column("Node Selector", labels_text("spec.template.spec.nodeSelector")),
        _AGE,
        *_containers(),
        _SELECTOR,
    ),
    "deployments": (
        NAME,
        Column("Ready", cells.ratio("status.readyReplicas", "spec.replicas", 1)),
        Column("Up-to-date", at("status.updatedReplicas", 0)),
        Column("Available", at("status.availableReplicas", 0)),
        _AGE,
        *_containers(),
        _wide("Selector", selector_text("spec.selector", "")),
    ),
    "deviceclasses": (NAME, _AGE),
    "endpoints": (NAME, Column("Endpoints", cells.endpoint_addresses), _AGE),
    "endpointslices": (
        NAME,
        Column("AddressType", at("addressType")),
        Column("Ports", cells.slice_ports),
        Column("Endpoints", cells.slice_endpoints),
        _AGE,
    ),
    "events": (
        Column("Last Seen", cells.event_seen(first=False)),
        Column("Type", at("type")),
        Column("Reason", at("reason")),
        Column("Object", cells.event_object),
        _wide("Subobject", at("involvedObject.fieldPath")),
        _wide("Source", cells.event_source),
        Column("Message", lambda row: row.text("message").strip()),
        _wide("First Seen", cells.event_seen(first=True)),
        _wide("Count", cells.event_count),
        Column("Name", at("metadata.name"), priority=1, format="name"),
    ),
    "horizontalpodautoscalers": (
        NAME,
        Column("Reference", scaling_cells.target),
        Column("Targets", scaling_cells.metrics),
        Column("MinPods", lambda row: str(at("spec.minReplicas", 1)(row))),
        Column("MaxPods", at("spec.maxReplicas", 0)),
        Column("Replicas", at("status.currentReplicas", 0)),
        _AGE,
    ),
    "ingressclasses": (
        NAME,
        Column("Controller", at("spec.controller")),
        Column("Parameters", at("spec.parameters.name", NONE)),
        _AGE,
    ),
    "ingresses": (
        NAME,
        Column("Class", at("spec.ingressClassName", NONE)),
        Column("Hosts", cells.hosts),
        Column("Address", cells.load_balancer),
        Column("Ports", cells.ingress_ports),
        _AGE,
    ),
    "jobs": (
        NAME,
        Column("Status", cells.job_status),
        Column("Completions", cells.job_completions),
        Column("Duration", cells.job_duration),
        _AGE,
        *_containers(),
        _SELECTOR,
    ),
    "leases": (NAME, Column("Holder", at("spec.holderIdentity")), _AGE),
    "mutatingwebhookconfigurations": _WEBHOOKS,
    "namespaces": (NAME, Column("Status", at("status.phase")), _AGE),
    "networkpolicies": (NAME, Column("Pod-Selector", selector_text("spec.podSelector")), _AGE),
    "nodes": (
        NAME,
        Column("Status", cells.node_status),
        Column("Roles", cells.node_roles),
        _AGE,
        Column("Version", at("status.nodeInfo.kubeletVersion")),
        _wide("Internal-IP", cells.node_address("InternalIP")),
        _wide("External-IP", cells.node_address("ExternalIP")),
        _wide("OS-Image", at("status.nodeInfo.osImage", "<unknown>")),
        _wide("Kernel-Version", cells.node_kernel),
        _wide("Container-Runtime", at("status.nodeInfo.containerRuntimeVersion", "<unknown>")),
    ),
    "persistentvolumeclaims": (
        NAME,
        Column("Status", cells.phase),
        Column("Volume", at("spec.volumeName")),
        Column("Capacity", at("status.capacity.storage")),
        Column("Access Modes", cells.access_modes("status.accessModes")),
        Column("StorageClass", at("spec.storageClassName")),
        Column("VolumeAttributesClass", at("spec.volumeAttributesClassName", UNSET)),
        _AGE,
        _wide("VolumeMode", at("spec.volumeMode", "Filesystem")),
    ),
    "persistentvolumes": (
        NAME,
        Column("Capacity", at("spec.capacity.storage", "0")),
        Column("Access Modes", cells.access_modes("spec.accessModes")),
        Column("Reclaim Policy", at("spec.persistentVolumeReclaimPolicy", "Retain")),
        Column("Status", cells.phase),
        Column("Claim", cells.claim_of_volume),
        Column("StorageClass", at("spec.storageClassName")),
        Column("VolumeAttributesClass", at("spec.volumeAttributesClassName", UNSET)),
        Column("Reason", at("status.reason")),
        _AGE,
        _wide("VolumeMode", at("spec.volumeMode", "Filesystem")),
    ),
    "poddisruptionbudgets": (
        NAME,
        Column("Min Available", lambda row: str(at("spec.minAvailable", "N/A")(row))),
        Column("Max Unavailable", lambda row: str(at("spec.maxUnavailable", "N/A")(row))),
        _whole("Allowed Disruptions", "status.disruptionsAllowed"),
        _AGE,
    ),
    "pods": (
        NAME,
        Column("Ready", pod_cells.pod_ready),
        Column("Status", pod_cells.pod_status),
        Column("Restarts", pod_cells.pod_restarts),
        _AGE,
        _wide("IP", pod_cells.pod_ip),
        _wide("Node", at("spec.nodeName", NONE)),
        _wide("Nominated Node", at("status.nominatedNodeName", NONE)),
        _wide("Readiness Gates", pod_cells.pod_gates),
    ),
    "podtemplates": (
        NAME,
        Column("Containers", listed("template.spec.containers", "name")),
        Column("Images", listed("template.spec.containers", "image")),
        Column("Pod Labels", labels_text("template.metadata.labels")),
    ),
    "priorityclasses": (
        NAME,
        _whole("Value", "value"),
        Column("Global-Default", at("globalDefault", False), "boolean"),
        _AGE,
        Column("PreemptionPolicy", at("preemptionPolicy", "PreemptLowerPriority")),
    ),
    "replicasets": (*_REPLICAS, _SELECTOR),
    "replicationcontrollers": (*_REPLICAS, _wide("Selector", labels_text("spec.selector"))),
    "resourceclaimtemplates": (NAME, _AGE),
    "resourceslices": (
        NAME,
        Column("Node", at("spec.nodeName")),
        Column("Driver", at("spec.driver")),
        Column("Pool", at("spec.pool.name")),
        _AGE,
    ),
    "resourcequotas": (
        NAME,
        Column("Request", scaling_cells.quota(limits=False)),
        Column("Limit", scaling_cells.quota(limits=True)),
        _AGE,
    ),
    "rolebindings": _BINDING,
    "runtimeclasses": (NAME, Column("Handler", at("handler")), _AGE),
    "secrets": (
        NAME,
        Column("Type", at("type", "Opaque")),
        Column("Data", count("data")),
        _AGE,
    ),
    "serviceaccounts": (NAME, _AGE),
    "servicecidrs": (
        NAME,
        Column("CIDRs", lambda row: ",".join(row.get("spec.cidrs") or ())),
        _AGE,
    ),
    "services": (
        NAME,
        Column("Type", at("spec.type", "ClusterIP")),
        Column("Cluster-IP", lambda row: (row.get("spec.clusterIPs") or (NONE,))[0]),
        Column("External-IP", cells.external_ip),
        Column("Port(s)", cells.service_ports),
        _AGE,
        _wide("Selector", labels_text("spec.selector")),
    ),
    "statefulsets": (
        NAME,
        Column("Ready", cells.ratio("status.readyReplicas", "spec.replicas", 1)),
        _AGE,
        *_containers(),
    ),
    "storageclasses": (
        NAME,
        Column("Provisioner", at("provisioner")),
        Column("ReclaimPolicy", at("reclaimPolicy", "Delete")),
        Column("VolumeBindingMode", at("volumeBindingMode", "Immediate")),
        Column("AllowVolumeExpansion", at("allowVolumeExpansion", False)),
        _AGE,
    ),
    "validatingwebhookconfigurations": _WEBHOOKS,
    "volumeattachments": (
        NAME,
        Column("Attacher", at("spec.attacher"), format="name"),
        Column("PV", at("spec.source.persistentVolumeName")),
        Column("Node", at("spec.nodeName")),
        Column("Attached", at("status.attached", False), "boolean"),
        _AGE,
    ),
    "volumeattributesclasses": (NAME, Column("DriverName", at("driverName")), _AGE),
}


def _sizes(row: Row, *paths: str) -> int:
    return sum(count(path)(row) for path in paths)


def columns_of(plural: str) -> tuple[Column, ...]:
    """Return the columns of a built-in resource."""
    return _COLUMNS.get(plural, _DEFAULT)
