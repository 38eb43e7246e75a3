"""The lock that a ``Lease`` object is.

client-go: ``resourcelock.LeaseLock``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubewright.coordination_v1 import Lease, LeaseSpec
from kubewright.errors import NotFoundError, RequestError
from kubewright.leader_election.record import LeaderElectionRecord
from kubewright.meta_v1 import ObjectMeta
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.typed import ResourceClient

__all__ = ["LeaseLock"]


class _LeaseClient(ResourceClient[Lease]):
    info = ResourceInfo(
        GroupVersionResource("coordination.k8s.io", "v1", "leases"),
        kind=GroupVersionKind("coordination.k8s.io", "v1", "Lease"),
        namespaced=True,
    )
    model = Lease


class LeaseLock:
    """Keeps the record in a ``Lease``; what others wrote into it stays."""

    def __init__(
        self,
        rest: RESTClient,
        *,
        namespace: str,
        name: str,
        identity: str,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Name the lease; nothing is sent.

        Args:
            rest: the way to the server.
            namespace: of the lease.
            name: of the lease; all who compete for it use the same.
            identity: unique among them, such as the name of the pod.
            labels: are set on the lease at each change; other labels stay as they are.

        Raises:
            ValueError: a name is empty.
        """
        if not namespace or not name or not identity:
            raise ValueError("a lease lock needs a namespace, a name and an identity")
        self._leases = _LeaseClient(rest, namespace)
        self._name = name
        self._identity = identity
        self._labels = dict(labels or {})
        self._lease: Lease | None = None

    @property
    def identity(self) -> str:
        """Who wants to lead."""
        return self._identity

    def get(self, *, timeout: float) -> LeaderElectionRecord | None:
        """Read the record; ``None`` if there is none yet."""
        try:
            self._lease = self._leases.get(self._name, timeout=timeout)
        except NotFoundError:
            return None
        return _record_of(self._lease.spec)

    def create(self, record: LeaderElectionRecord, *, timeout: float) -> None:
        """Write the first record.

        Raises:
            AlreadyExistsError: somebody was faster.
        """
        lease = Lease(metadata=ObjectMeta(name=self._name, labels=self._labels))
        _write(lease.spec, record)
        self._lease = self._leases.create(lease, timeout=timeout)

    def update(self, record: LeaderElectionRecord, *, timeout: float) -> None:
        """Change the record that was last read or written.

        Raises:
            ConflictError: it changed meanwhile.
            RequestError: it was not read yet.
        """
        if self._lease is None:
            raise RequestError("the lease was not read yet: get it before it is updated")
        lease = self._lease.model_copy()
        for key, value in self._labels.items():
            lease.metadata.labels[key] = value
        _write(lease.spec, record)
        self._lease = self._leases.update(lease, timeout=timeout)

    def __str__(self) -> str:
        return f"{self._leases.namespace}/{self._name}"


def _record_of(spec: LeaseSpec) -> LeaderElectionRecord:
    return LeaderElectionRecord(
        holder=spec.holder_identity or "",
        lease_seconds=spec.lease_duration_seconds or 0,
        acquired=spec.acquire_time,
        renewed=spec.renew_time,
        transitions=spec.lease_transitions or 0,
        preferred_holder=spec.preferred_holder or "",
    )


def _write(spec: LeaseSpec, record: LeaderElectionRecord) -> None:
    spec.holder_identity = record.holder
    spec.lease_duration_seconds = record.lease_seconds
    spec.acquire_time = record.acquired
    spec.renew_time = record.renewed
    spec.lease_transitions = record.transitions
    if record.preferred_holder:
        spec.preferred_holder = record.preferred_holder
    else:
        del spec.preferred_holder
