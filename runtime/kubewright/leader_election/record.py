"""What a lock says of its holder.

client-go: ``resourcelock.LeaderElectionRecord`` and ``resourcelock.Interface``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["LeaderElectionRecord", "ResourceLock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderElectionRecord:
    """Who leads, and for how long after the record has last changed.

    Attributes:
        holder: the identity of the leader; empty when nobody leads.
        lease_seconds: for which the others have to wait after a change.
        acquired: since when, by the holder's clock.
        renewed: when last, by the holder's clock; never compared with another clock.
        transitions: how often one took over from another.
        preferred_holder: whom the leader is to make way for, in coordinated leader election.
    """

    holder: str
    lease_seconds: int
    acquired: datetime | None = None
    renewed: datetime | None = None
    transitions: int = 0
    preferred_holder: str = ""


class ResourceLock(Protocol):
    """A record that only one can change at a time.

    All raise `KubeError`; `timeout` is in seconds, for the whole call.
    """

    @property
    def identity(self) -> str:
        """Who wants to lead."""
        ...

    def get(self, *, timeout: float) -> LeaderElectionRecord | None:
        """Read the record; ``None`` if there is none yet."""
        ...

    def create(self, record: LeaderElectionRecord, *, timeout: float) -> None:
        """Write the first record; raises `AlreadyExistsError` if somebody was faster."""
        ...

    def update(self, record: LeaderElectionRecord, *, timeout: float) -> None:
        """Change the record that was last read or written; raises `ConflictError` if it changed."""
        ...
