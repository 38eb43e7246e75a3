"""Ownership of fields, patches and waiting, on a real API server."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from kubewright import ConflictError, GroupVersion, GroupVersionKind
from kubewright.discovery import OpenAPIClient
from kubewright.managed_fields import conflicts_of, extract, upgrade_patch
from kubewright.rest.client import RESTClient
from kubewright.tools import PatchSchema, retry_on_conflict, strategic_merge_patch
from kubewright.typed import WaitTimeoutError
from kubewright_k8s import Clientset
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.apps_v1.client import DeploymentClient
from kubewright_k8s.core_v1 import ConfigMap

pytestmark = pytest.mark.conformance


@pytest.fixture
def deployments(clientset: Clientset) -> DeploymentClient:
    return clientset.apps_v1.deployments("default")


def wire(name: str, image: str = "x:1", **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    containers = [{"name": "main", "image": image}, {"name": "side", "image": "s"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": labels}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def test_what_was_applied_is_extracted_and_applied_again(deployments: DeploymentClient) -> None:
    made = deployments.apply(Deployment.from_wire(wire("extract", replicas=2)), field_manager="me")
    try:
        mine = extract(made, "me")
        assert mine is not None
        expected = wire("extract", replicas=2)
        expected["metadata"]["namespace"] = "default"
        assert mine == expected
        del mine["spec"]["replicas"]
        again = deployments.apply(Deployment.from_wire(mine), field_manager="me")
        assert extract(again, "me") == mine
        assert deployments.extract(again, "me") == mine
        assert again.spec.replicas == 1  # the server's default, as nobody wants another number
    finally:
        deployments.delete("extract")


def test_conflicts_name_the_fields_and_their_managers(deployments: DeploymentClient) -> None:
    deployments.apply(Deployment.from_wire(wire("conflict", replicas=2)), field_manager="one")
    try:
        with pytest.raises(ConflictError) as raised:
            deployments.apply(
                Deployment.from_wire(wire("conflict", "y", replicas=3)), field_manager="two"
            )
        found = {(each.field, each.manager) for each in conflicts_of(raised.value)}
        image = '.spec.template.spec.containers[name="main"].image'
        assert found == {(".spec.replicas", "one"), (image, "one")}
    finally:
        deployments.delete("conflict")


def test_fields_of_a_client_side_manager_are_handed_over(deployments: DeploymentClient) -> None:
    first = Deployment.from_wire(wire("handed", replicas=2))
    made = deployments.create(first, field_manager="kubectl-client-side-apply")
    try:
        patch = upgrade_patch(made, ["kubectl-client-side-apply"], "me")
        upgraded = deployments.patch("handed", patch, type="json")
        (entry,) = upgraded.metadata.managed_fields
        assert (entry.manager, entry.operation) == ("me", "Apply")
        with pytest.raises(ConflictError):
            deployments.patch("handed", patch, type="json")  # it was changed since it was read
        without = Deployment.from_wire(wire("handed"))
        assert deployments.apply(without, field_manager="me").spec.replicas == 1
    finally:
        deployments.delete("handed")


def test_the_servers_openapi_makes_strategic_patches(
    rest: RESTClient, deployments: DeploymentClient
) -> None:
    made = deployments.create(Deployment.from_wire(wire("strategic")))
    try:
        document = OpenAPIClient(rest).document(GroupVersion("apps", "v1"))
        schema = PatchSchema.of_kind(document, GroupVersionKind("apps", "v1", "Deployment"))
        wanted = made.model_copy()
        wanted.spec.template.spec.containers.reverse()
        wanted.spec.template.spec.containers[0].image = "s:2"
        wanted.spec.strategy.type = "Recreate"
        wanted.spec.strategy.rolling_update = None
        patch = strategic_merge_patch(made, wanted, schema)
        assert patch["spec"]["template"]["spec"]["containers"] == [{"name": "side", "image": "s:2"}]
        patched = deployments.patch("strategic", patch, type="strategic")
        assert [each.name for each in patched.spec.template.spec.containers] == ["side", "main"]
        assert patched.spec.strategy.type == "Recreate"
        assert patched.spec.template.spec.containers[0].image == "s:2"
    finally:
        deployments.delete("strategic")


def test_what_becomes_of_an_object_is_waited_for(deployments: DeploymentClient) -> None:
    made = deployments.create(Deployment.from_wire(wire("waits")))
    conditions = [{"type": "Available", "status": "True", "reason": "r", "message": "m"}]

    def report() -> None:
        status = {"conditions": conditions, "observedGeneration": 1, "replicas": 1}
        deployments.update_status(Deployment.from_wire({**made.to_wire(), "status": status}))

    with pytest.raises(WaitTimeoutError):
        deployments.wait_for("waits", "condition=Available", timeout=0.3)
    timer = threading.Timer(0.3, report)
    timer.start()
    found = deployments.wait_for("waits", "condition=Available", timeout=20)
    timer.join()
    assert found is not None
    assert found.status.replicas == 1
    timer = threading.Timer(0.3, lambda: deployments.delete("waits"))
    timer.start()
    assert deployments.wait_for("waits", "delete", timeout=20) is None
    timer.join()


def test_writers_that_meet_lose_nothing(clientset: Clientset) -> None:
    maps = clientset.core_v1.config_maps("default")
    maps.create(ConfigMap.from_wire({"metadata": {"name": "count"}, "data": {"n": "0"}}))

    def count() -> None:
        found = maps.get("count")
        found.data["n"] = str(int(found.data["n"]) + 1)
        maps.update(found)

    def often() -> None:
        for _ in range(5):
            while True:
                try:
                    retry_on_conflict(count)
                except ConflictError:
                    continue
                break

    threads = [threading.Thread(target=often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert maps.get("count").data["n"] == "20"
    maps.delete("count")
