"""List pods: all of them, some of them, and of a huge cluster page by page."""

from kubewright import connect
from kubewright_k8s import Clientset


def main(cs: Clientset) -> None:
    for pod in cs.core_v1.pods.list():
        # no None checks: what is a struct in Go is there, even where the server left it out
        print(pod.metadata.namespace, pod.metadata.name, pod.status.phase or "Unknown")

    front = cs.core_v1.pods("default").list(
        label_selector={"app": "web", "tier": ["front", "edge"]},
        field_selector={"status.phase": "Running"},
    )
    print(f"{len(front)} pods of the front are running, as of version", end=" ")
    print(front.metadata.resource_version)

    images = {
        container.image
        for pod in cs.core_v1.pods.iterate(page_size=100)  # holds one page at a time
        for container in pod.spec.containers
    }
    print("images:", ", ".join(sorted(image for image in images if image)) or "none")


if __name__ == "__main__":
    main(Clientset(connect()))
