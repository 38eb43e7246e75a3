"""One of several processes leads, the others stand by.

client-go: ``tools/leaderelection``.
"""

from kubewright.leader_election.elector import LeaderElector, Leadership
from kubewright.leader_election.lease_lock import LeaseLock
from kubewright.leader_election.record import LeaderElectionRecord, ResourceLock

__all__ = ["LeaderElectionRecord", "LeaderElector", "Leadership", "LeaseLock", "ResourceLock"]
