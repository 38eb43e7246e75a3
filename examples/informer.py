"""Keep deployments in a cache, and hear of their changes."""

import threading

from kubewright import connect
from kubewright.cache import DeletedObject
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.apps_v1 import Deployment


def main(cs: Clientset, *, until: threading.Event | None = None) -> None:
    """Print rollouts; until the event is set, or Ctrl-C."""

    def rolled_out(old: Deployment, new: Deployment) -> None:
        before, after = old.status.ready_replicas or 0, new.status.ready_replicas or 0
        if before != after:
            print(f"{new.object_name}: {before} -> {after} ready")

    def gone(deleted: DeletedObject[Deployment]) -> None:
        print(f"{deleted.name}: deleted")

    factory = SharedInformerFactory(cs)
    deployments = factory.apps_v1.deployments
    deployments.add_event_handler(on_update=rolled_out, on_delete=gone)
    with factory:
        factory.wait_for_cache_sync(timeout=30)
        # from here on reading costs no request
        for deployment in deployments.lister("default").list(label_selector="tier=front"):
            print(f"{deployment.object_name}: {deployment.spec.replicas} wanted")
        (until or threading.Event()).wait()


if __name__ == "__main__":
    main(Clientset(connect()))
