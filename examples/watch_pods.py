"""Watch pods: first those that are there, then every change, whatever happens to the connection."""

from itertools import islice

from kubewright import connect
from kubewright_k8s import Clientset


def main(cs: Clientset, *, limit: int | None = None) -> None:
    """Print events; for ever, unless there is a limit."""
    with cs.core_v1.pods("default").watch(label_selector="app=web") as events:
        for event in islice(events, limit):
            pod = event.object
            print(f"{event.type:8} {pod.metadata.name:20} {pod.status.phase or '-'}")


if __name__ == "__main__":
    main(Clientset(connect()))
