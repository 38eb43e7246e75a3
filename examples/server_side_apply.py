"""Own some fields of an object, and let others own theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubewright import ConflictError, connect
from kubewright_k8s import Clientset

if TYPE_CHECKING:
    from kubewright_k8s.apps_v1.applyconfigurations import DeploymentApplyConfiguration


def main(cs: Clientset) -> None:
    deployments = cs.apps_v1.deployments("default")
    web = deployments.apply(
        {
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "nginx:1.29"}]},
                },
            },
        },
        field_manager="deployer",
    )
    print(f"{web.object_name} at version {web.metadata.resource_version}")

    more: DeploymentApplyConfiguration = {"metadata": {"name": "web"}, "spec": {"replicas": 5}}
    try:
        deployments.apply(more, field_manager="autoscaler")
    except ConflictError as error:
        for cause in error.status.details.causes:
            print(f"{cause.field}: {cause.message}")
        web = deployments.apply(more, field_manager="autoscaler", force=True)
    owners = {entry.manager: sorted(entry.fields_v1) for entry in web.metadata.managed_fields}
    print(f"{web.spec.replicas} replicas; owners: {owners}")


if __name__ == "__main__":
    main(Clientset(connect()))
