"""``coordination.k8s.io/v1`` ``Lease``: what leaders hold.

Written by hand, as `kubewright.meta_v1` is, so that leader election needs no generated package.
"""

from __future__ import annotations

from kubewright.meta_v1 import KubernetesObject
from kubewright.model import Model, empty
from kubewright.scalars import MicroTime

__all__ = ["Lease", "LeaseSpec"]


class LeaseSpec(Model):
    """Who holds a lease, since when, and how long it is good for after it was last renewed."""

    acquire_time: MicroTime | None = None
    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    lease_transitions: int | None = None
    preferred_holder: str | None = None
    renew_time: MicroTime | None = None
    strategy: str | None = None


class Lease(KubernetesObject):
    """A lease that one of several holds at a time."""

    api_version: str = "coordination.k8s.io/v1"
    kind: str = "Lease"
    spec: LeaseSpec = empty(LeaseSpec)
