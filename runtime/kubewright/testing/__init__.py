"""An API server in memory, to test programs without a cluster, and what tests do with it.

client-go: ``k8s.io/client-go/kubernetes/fake``, ``k8s.io/client-go/testing``.
"""

from kubewright.testing import faults
from kubewright.testing._apiserver.access.authorization import AccessAttributes
from kubewright.testing._apiserver.streams import WatchFrame
from kubewright.testing.actions import Action
from kubewright.testing.cluster import FakeCluster
from kubewright.testing.differences import StateDiff, diff
from kubewright.testing.manifests import ManifestError
from kubewright.testing.manual_clock import ManualClock
from kubewright.testing.reactions import Afterwards, Reaction
from kubewright.testing.recording import recording
from kubewright.testing.replaying import Replay, UnrecordedRequestError
from kubewright.testing.server import ClusterServer

__all__ = [
    "AccessAttributes",
    "Action",
    "Afterwards",
    "ClusterServer",
    "FakeCluster",
    "ManifestError",
    "ManualClock",
    "Reaction",
    "Replay",
    "StateDiff",
    "UnrecordedRequestError",
    "WatchFrame",
    "diff",
    "faults",
    "recording",
]
