"""What tables say of built-in objects, where it is more than one field.

kubernetes: ``pkg/printers/internalversion``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.parts import group_version_of
from kubewright.testing._apiserver.tables.durations import human_duration, read_time
from kubewright.testing._apiserver.tables.rows import (
    NONE,
    UNSET,
    Cell,
    Row,
    more_of,
    objects_of,
    value_at,
)

__all__ = [
    "access_modes",
    "claim_of_volume",
    "controller",
    "crd_versions",
    "csr_condition",
    "endpoint_addresses",
    "event_count",
    "event_object",
    "event_seen",
    "event_source",
    "external_ip",
    "hosts",
    "ingress_ports",
    "is_established",
    "job_completions",
    "job_duration",
    "job_status",
    "load_balancer",
    "node_address",
    "node_kernel",
    "node_roles",
    "node_status",
    "phase",
    "ratio",
    "role_ref",
    "service_ports",
    "slice_endpoints",
    "slice_ports",
    "subjects",
]

_ACCESS_MODES: Final = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_ROLE_PREFIX: Final = "node-role.kubernetes.io/"
_ROLE_LABEL: Final = "kubernetes.io/role"
# a job's conditions in the order in which they count; between the second and the third: deletion
_JOB_ENDS: Final = ("Complete", "Failed")
_JOB_STATES: Final = ("Suspended", "FailureTarget", "SuccessCriteriaMet")


def ratio(path: str, of: str, default: int) -> Cell:
    """Make cells such as ``2/3``."""

    def cell(row: Row) -> str:
        return f"{row.number(path)}/{row.number(of, default)}"

    return cell


def phase(row: Row) -> str:
    """Return the phase, or that it is being deleted."""
    is_deleted = row.get("metadata.deletionTimestamp") is not None
    return "Terminating" if is_deleted else row.text("status.phase")


def controller(row: Row) -> str:
    """Return the owner that controls it: ``deployment.apps/web``."""
    for owner in row.objects("metadata.ownerReferences"):
        if owner.get("controller") is True:
            told = group_version_of(owner)
            group = told.group if told else ""
            kind = str(owner.get("kind", "")).lower()
            return f"{kind}.{group}/{owner.get('name')}" if group else f"{kind}/{owner.get('name')}"
    return NONE


def job_status(row: Row) -> str:
    """Return the state of a job in a word."""
    true = {c.get("type") for c in row.objects("status.conditions") if c.get("status") == "True"}
    for state in _JOB_ENDS:
        if state in true:
            return state
    if row.get("metadata.deletionTimestamp") is not None:
        return "Terminating"
    return next((state for state in _JOB_STATES if state in true), "Running")


def job_completions(row: Row) -> str:
    """Return how many pods have succeeded, of how many."""
    done = row.number("status.succeeded")
    wanted = row.get("spec.completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallelism = row.number("spec.parallelism")
    return f"{done}/1 of {parallelism}" if parallelism > 1 else f"{done}/1"


def job_duration(row: Row) -> str:
    """Return how long a job has run."""
    start = read_time(row.get("status.startTime"))
    if start is None:
        return ""
    end = read_time(row.get("status.completionTime")) or row.now
    return human_duration((end - start).total_seconds())


def load_balancer(row: Row) -> str:
    """Return where a load balancer answers."""
    entries = row.objects("status.loadBalancer.ingress")
    found = {str(entry.get("ip") or entry.get("hostname") or "") for entry in entries}
    return ",".join(sorted(found - {""}))


def external_ip(row: Row) -> str:
    """Return where a service is reached from outside."""
    kind = row.text("spec.type") or "ClusterIP"
    if kind == "ExternalName":
        return row.text("spec.externalName")
    given: Any = row.get("spec.externalIPs")
    addresses = [str(address) for address in given] if is_array(given) else []
    if kind != "LoadBalancer":
        return ",".join(addresses) or NONE
    balanced = load_balancer(row)
    return ",".join(filter(None, [balanced, *addresses])) or "<pending>"


def service_ports(row: Row) -> str:
    """Return the ports of a service: ``80:30080/TCP``."""
    texts = [
        f"{port.get('port')}{f':{node}' if (node := port.get('nodePort')) else ''}"
        f"/{port.get('protocol', 'TCP')}"
        for port in row.objects("spec.ports")
    ]
    return ",".join(texts) or NONE


def hosts(row: Row) -> str:
    """Return the hosts of an ingress, of the first three rules."""
    rules = row.objects("spec.rules")
    shown = ",".join(str(rule["host"]) for rule in rules[:3] if rule.get("host"))
    if not shown:
        return "*"
    return f"{shown} + {len(rules) - 3} more..." if len(rules) > 3 else shown


def ingress_ports(row: Row) -> str:
    """Return the ports of an ingress: those of HTTP, and of HTTPS if it has certificates."""
    return "80, 443" if row.objects("spec.tls") else "80"


def node_status(row: Row) -> str:
    """Return whether a node is ready, and takes pods."""
    ready = [c for c in row.objects("status.conditions") if c.get("type") == "Ready"]
    words = ["Ready" if ready[-1].get("status") == "True" else "NotReady"] if ready else ["Unknown"]
    return ",".join([*words, *(["SchedulingDisabled"] if row.get("spec.unschedulable") else [])])


def node_roles(row: Row) -> str:
    """Return the roles that a node's labels give it."""
    labels = row.get("metadata.labels")
    found: set[str] = set()
    for key, value in labels.items() if is_object(labels) else ():
        if key.startswith(_ROLE_PREFIX):
            found.add(key.removeprefix(_ROLE_PREFIX))
        elif key == _ROLE_LABEL:
            found.add(str(value))
    return ",".join(sorted(found - {""})) or NONE


def node_address(kind: str) -> Cell:
    """Make cells of a node's first address of a type."""

    def cell(row: Row) -> str:
        addresses = row.objects("status.addresses")
        return next((str(a.get("address")) for a in addresses if a.get("type") == kind), NONE)

    return cell


def node_kernel(row: Row) -> str:
    """Return a node's kernel and architecture."""
    kernel = row.text("status.nodeInfo.kernelVersion") or "<unknown>"
    architecture = row.text("status.nodeInfo.architecture")
    return f"{kernel} ({architecture})" if architecture else kernel


def event_seen(*, first: bool) -> Cell:
    """Make cells of when an event was seen, first or last."""

    def cell(row: Row) -> str:
        earliest = "firstTimestamp" if row.get("firstTimestamp") else "eventTime"
        if first:
            return row.age(earliest)
        if row.get("series") is not None:
            return row.age("series.lastObservedTime")
        return row.age("lastTimestamp" if row.get("lastTimestamp") else earliest)

    return cell


def event_count(row: Row) -> int:
    """Return how often an event was seen."""
    if row.get("series") is not None:
        return row.number("series.count")
    return row.number("count") or 1


def event_object(row: Row) -> str:
    """Return what an event is about."""
    kind, name = row.text("involvedObject.kind").lower(), row.text("involvedObject.name")
    return f"{kind}/{name}" if name else kind


def event_source(row: Row) -> str:
    """Return who told an event."""
    component = row.text("source.component") or row.text("reportingComponent")
    instance = row.text("source.host") or row.text("reportingInstance")
    return f"{component}, {instance}" if instance else component


def access_modes(path: str) -> Cell:
    """Make cells of the access modes of a volume."""

    def cell(row: Row) -> str:
        given: Any = row.get(path)
        modes: list[Any] = given if is_array(given) else []
        return ",".join(short for mode, short in _ACCESS_MODES.items() if mode in modes)

    return cell


def claim_of_volume(row: Row) -> str:
    """Return the claim that a volume is bound to."""
    claim = row.get("spec.claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if is_object(claim) else ""


def role_ref(row: Row) -> str:
    """Return the role of a binding."""
    return f"{row.text('roleRef.kind')}/{row.text('roleRef.name')}"


def subjects(kind: str) -> Cell:
    """Make cells of the subjects of a binding of one kind."""

    def cell(row: Row) -> str:
        found = (s for s in row.objects("subjects") if s.get("kind") == kind)
        if kind == "ServiceAccount":
            return ", ".join(f"{s.get('namespace', '')}/{s.get('name')}" for s in found)
        return ", ".join(str(s.get("name")) for s in found)

    return cell


def csr_condition(row: Row) -> str:
    """Return what became of a certificate signing request."""
    told = {c.get("type") for c in row.objects("status.conditions")}
    word = next((word for word in ("Denied", "Approved") if word in told), "Pending")
    failed = ["Failed"] if "Failed" in told else []
    issued = ["Issued"] if row.get("status.certificate") else []
    return ",".join([word, *failed, *issued])


def crd_versions(row: Row) -> str:
    """Return the versions of a definition that are served."""
    served = (v for v in row.objects("spec.versions") if v.get("served") is True)
    texts = (f"{v.get('name')}{'(storage)' if v.get('storage') is True else ''}" for v in served)
    return ",".join(sorted(texts))


def is_established(row: Row) -> bool:
    """Whether a definition is served."""
    conditions = row.objects("status.conditions")
    return any(c.get("type") == "Established" and c.get("status") == "True" for c in conditions)


def endpoint_addresses(row: Row) -> str:
    """Return the first addresses behind a service."""
    return more_of(_addresses(row.objects("subsets")), 3, NONE)


def _addresses(subsets: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for subset in subsets:
        ips = [str(address.get("ip")) for address in objects_of(subset.get("addresses"))]
        ports = objects_of(subset.get("ports"))
        for port in ports:
            for ip in ips:
                yield f"[{ip}]:{port.get('port')}" if ":" in ip else f"{ip}:{port.get('port')}"
        if not ports:
            yield from ips


def slice_ports(row: Row) -> str:
    """Return the first ports of an endpoint slice."""
    ports = row.objects("ports")
    names = (str(p["port"]) if p.get("port") is not None else p.get("name", "*") for p in ports)
    return more_of(names, 3, UNSET)


def slice_endpoints(row: Row) -> str:
    """Return the first addresses of an endpoint slice."""
    found: list[Any] = [value_at(entry, "addresses") for entry in row.objects("endpoints")]
    return more_of((str(a) for addresses in found if addresses for a in addresses), 3, UNSET)
