"""An API server in memory, to test programs without a cluster.

client-go: ``k8s.io/client-go/kubernetes/fake`` and ``testing.ObjectTracker``.
"""

from kubewright.testing._apiserver.access import AccessAttributes
from kubewright.testing.cluster import FakeCluster
from kubewright.testing.server import ClusterServer

__all__ = ["AccessAttributes", "ClusterServer", "FakeCluster"]
