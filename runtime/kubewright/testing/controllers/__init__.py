"""Stand-ins for the controllers of a cluster, for a `FakeCluster`, which has none.

.. code-block:: python

    with controllers.deployments(cluster):
        cs.apps_v1.deployments("prod").create(web)     # its pods are there, and ready

They are synchronous: when a request is answered, all that follows from it has happened. Names and
addresses are the same in each run. They do what a program waits for and nothing else: no rolling
update (all pods are replaced at once), no scheduling, no probes, no history.

kube-controller-manager: ``pkg/controller``; client-go has no such thing.
"""

from kubewright.testing.controllers._jobs import jobs
from kubewright.testing.controllers._networks_and_volumes import load_balancers, volume_claims
from kubewright.testing.controllers._stand_ins import StandIn
from kubewright.testing.controllers._workloads import deployments, replica_sets, stateful_sets

__all__ = [
    "StandIn",
    "deployments",
    "jobs",
    "load_balancers",
    "replica_sets",
    "stateful_sets",
    "volume_claims",
]
