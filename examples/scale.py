"""Scale whatever can be scaled, without knowing more of it."""

from kubewright import connect
from kubewright_k8s import Clientset


def main(cs: Clientset) -> None:
    deployments = cs.apps_v1.deployments("default")
    before = deployments.get_scale("web")
    after = deployments.scale("web", replicas=before.spec.replicas + 1)
    print(f"web: {before.spec.replicas} -> {after.spec.replicas} wanted", end=", ")
    print(f"{after.status.replicas} there, selected by {after.status.selector!r}")


if __name__ == "__main__":
    main(Clientset(connect()))
