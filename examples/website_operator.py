"""An operator: for each Website it owns a Deployment, and says on the Website how that does.

Step by step:

1. The CRD (``website-crd.yaml``) says what a Website is, and ``kubewright generate --crd
   website-crd.yaml --package acme.kube --output .`` made the typed client in ``acme/kube``.
2. Informers keep all Websites, and the Deployments with our label, in caches.
3. A controller queues the name of each Website that changes, or whose Deployment does.
4. ``reconcile`` gets one name at a time. It reads from the caches, applies the Deployment that should
   be there (server-side apply: it owns only the fields that it sends), and applies the status.
5. One of several copies of this program leads, the others stand by; SIGTERM ends it gracefully.

Run it beside a cluster: ``python website_operator.py``, with a kubeconfig or in a pod.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from acme.kube import Clientset as WebClientset
from acme.kube import SharedInformerFactory as WebInformerFactory
from acme.kube.web_example_com_v1 import Website
from kubewright import NotFoundError, ObjectName, StopToken, connect
from kubewright.cache import InformerOptions
from kubewright.controller import Controller, HealthServer, stop_on_signals
from kubewright.events import EventRecorder
from kubewright.leader_election import LeaderElector, LeaseLock
from kubewright.rest.client import RESTClient
from kubewright_k8s import Clientset, SharedInformerFactory

if TYPE_CHECKING:  # what may be applied is typed too, for checkers and editors alone
    from acme.kube.web_example_com_v1.applyconfigurations import WebsiteStatusApplyConfiguration
    from kubewright_k8s.apps_v1.applyconfigurations import (
        DeploymentApplyConfiguration,
        DeploymentSpecApplyConfiguration,
    )
    from kubewright_k8s.core_v1.applyconfigurations import ContainerApplyConfiguration

MANAGER = "website-operator"
LABEL = "web.example.com/website"


class WebsiteOperator:
    """Everything that one copy of the program has."""

    def __init__(self, rest: RESTClient, recorder: EventRecorder) -> None:
        self._deployments = Clientset(rest).apps_v1.deployments
        self._websites = WebClientset(rest).web_example_com_v1.websites
        self._recorder = recorder
        # what no code here reads need not be kept
        options = InformerOptions(compress=True)
        self._web = WebInformerFactory(WebClientset(rest), options=options)
        self._owned = SharedInformerFactory(Clientset(rest), label_selector=LABEL, options=options)
        self._website_lister = self._web.web_example_com_v1.websites.lister
        websites = self._web.web_example_com_v1.websites
        self.controller = Controller("websites", self.reconcile, workers=2)
        self.controller.watches(websites)
        self.controller.owns(self._owned.apps_v1.deployments, websites.info)

    def run(self, stop: StopToken) -> None:
        """Work until stopped."""
        with self._web, self._owned:
            self.controller.run(stop)

    def reconcile(self, name: ObjectName) -> None:
        """Bring one Website to what it says."""
        try:
            site = self._website_lister(name.namespace).get(name.name)
        except NotFoundError:
            return  # the server deletes what it owned
        if site.metadata.deletion_timestamp is not None:
            return
        applied = self._deployments(name.namespace).apply(
            deployment_of(site), field_manager=MANAGER, force=True
        )
        self._report(site, applied.status.ready_replicas or 0)

    def _report(self, site: Website, ready: int) -> None:
        wanted = site.spec.replicas if site.spec.replicas is not None else 1
        phase = "Ready" if ready >= wanted else "Pending"
        before = site.status.phase
        status: WebsiteStatusApplyConfiguration = {
            "phase": phase,
            "readyReplicas": ready,
            "selector": f"{LABEL}={site.metadata.name}",
            "observedGeneration": site.metadata.generation or 0,
        }
        self._websites(site.metadata.namespace).apply_status(
            {"metadata": {"name": site.metadata.name}, "status": status},
            field_manager=MANAGER,
            force=True,
        )
        if phase != before:
            self._recorder.event(site, phase, f"{ready} of {wanted} servers are ready")


def deployment_of(site: Website) -> DeploymentApplyConfiguration:
    """The Deployment that a Website is to have: only the fields that this program decides."""
    labels = {LABEL: site.metadata.name}
    container: ContainerApplyConfiguration = {"name": "web", "image": site.spec.image}
    if site.spec.environment:
        variables = sorted(site.spec.environment.items())
        container["env"] = [{"name": name, "value": value} for name, value in variables]
    spec: DeploymentSpecApplyConfiguration = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    if site.spec.replicas is not None:
        spec["replicas"] = site.spec.replicas
    return {
        "metadata": {
            "name": site.metadata.name,
            "labels": labels,
            "ownerReferences": [
                {
                    "apiVersion": site.api_version,
                    "kind": site.kind,
                    "name": site.metadata.name,
                    "uid": site.metadata.uid,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": spec,
    }


def main(
    rest: RESTClient,
    *,
    stop: StopToken | None = None,
    namespace: str = "default",
    identity: str = "",
    lease_duration: float = 15.0,
) -> None:
    """Stand by, lead, work; until stopped.

    Args:
        rest: the way to the server.
        stop: ends it; SIGTERM and SIGINT do, if it is not given.
        namespace: of the lease.
        identity: of this copy; the host and process if not given.
        lease_duration: seconds for which the others wait when this one dies.
    """
    stop = stop or stop_on_signals()
    lock = LeaseLock(
        rest,
        namespace=namespace,
        name=MANAGER,
        identity=identity or f"{socket.gethostname()}-{os.getpid()}",
    )
    elector = LeaderElector(
        lock,
        lease_duration=lease_duration,
        renew_deadline=lease_duration * 2 / 3,
        retry_period=lease_duration / 8,
    )
    with EventRecorder(rest, component=MANAGER) as recorder:
        operator = WebsiteOperator(rest, recorder)
        checks = {"election": elector.is_healthy}
        with HealthServer(operator.controller, health=checks):
            elector.run(lambda leadership: operator.run(leadership.lost), stop=stop)


if __name__ == "__main__":
    with connect() as client:
        main(client)
