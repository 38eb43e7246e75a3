"""The stand-ins do at once what a program waits for in a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import ManualClock, controllers
from kubewright.testing.cluster import FakeCluster
from kubewright_k8s.apps_v1 import Deployment, StatefulSet
from kubewright_k8s.batch_v1 import Job
from kubewright_k8s.core_v1 import PersistentVolumeClaim, PodCondition, Service
from kubewright_k8s.fake import FakeClientset


@pytest.fixture
def cs() -> FakeClientset:
    return FakeClientset(cluster=FakeCluster(clock=ManualClock()))


def _template_of_job() -> dict[str, Any]:
    template = _workload()["spec"]["template"]
    return {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}


def _workload(replicas: int = 2, image: str = "nginx:1") -> dict[str, Any]:
    labels = {"app": "web"}
    return {
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "serviceName": "web",
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    }


def _web(**options: Any) -> Deployment:
    wire = _workload(**options)
    del wire["spec"]["serviceName"]
    return Deployment.from_wire(wire)


def _pods(cs: FakeClientset) -> list[tuple[str | None, str, str | None]]:
    pods = cs.core_v1.pods("prod").list()
    return [(p.metadata.name, p.spec.containers[0].image or "", p.status.phase) for p in pods]


def test_the_pods_of_a_deployment_come_up(cs: FakeClientset) -> None:
    with controllers.deployments(cs.cluster):
        made = cs.apps_v1.deployments("prod").create(_web())

    found = cs.apps_v1.deployments("prod").get("web")
    (replica_set,) = cs.apps_v1.replica_sets("prod").list()
    name = replica_set.metadata.name
    assert made.status.ready_replicas is None
    assert (found.status.ready_replicas, found.status.observed_generation) == (2, 1)
    assert [(c.type, c.status) for c in found.status.conditions] == [
        ("Available", "True"),
        ("Progressing", "True"),
    ]
    assert _pods(cs) == [(f"{name}-{i}", "nginx:1", "Running") for i in range(2)]
    labels = [p.metadata.labels for p in cs.core_v1.pods("prod").list(label_selector="app=web")]
    assert labels == [{"app": "web", "pod-template-hash": str(name).rpartition("-")[2]}] * 2


@pytest.mark.parametrize("replicas", [0, 1, 5])
def test_scaling_is_followed(cs: FakeClientset, replicas: int) -> None:
    with controllers.deployments(cs.cluster):
        cs.apps_v1.deployments("prod").create(_web())
        cs.apps_v1.deployments("prod").scale("web", replicas)

    assert len(_pods(cs)) == replicas
    assert (cs.apps_v1.deployments("prod").get("web").status.replicas or 0) == replicas


def test_a_new_template_replaces_the_pods(cs: FakeClientset) -> None:
    deployments = cs.apps_v1.deployments("prod")
    with controllers.deployments(cs.cluster):
        deployments.create(_web())
        web = deployments.get("web")
        web.spec.template.spec.containers[0].image = "nginx:2"
        deployments.update(web)

    assert [pod[1:] for pod in _pods(cs)] == [("nginx:2", "Running")] * 2
    assert sorted(s.spec.replicas or 0 for s in cs.apps_v1.replica_sets("prod").list()) == [0, 2]
    status = deployments.get("web").status
    assert (status.observed_generation, status.updated_replicas, status.replicas) == (2, 2, 2)


def test_a_deleted_pod_comes_back(cs: FakeClientset) -> None:
    with controllers.deployments(cs.cluster):
        cs.apps_v1.deployments("prod").create(_web())
        before = _pods(cs)
        cs.core_v1.pods("prod").delete(str(before[0][0]))

    assert _pods(cs) == before


def test_all_goes_with_the_deployment(cs: FakeClientset) -> None:
    with controllers.deployments(cs.cluster):
        cs.apps_v1.deployments("prod").create(_web())
        cs.apps_v1.deployments("prod").delete("web")

    assert (_pods(cs), list(cs.apps_v1.replica_sets("prod").list())) == ([], [])


def test_pods_that_do_not_come_up_are_counted_when_the_test_makes_them_ready(
    cs: FakeClientset,
) -> None:
    with controllers.deployments(cs.cluster, ready=False):
        cs.apps_v1.deployments("prod").create(_web())
        waiting = cs.apps_v1.deployments("prod").get("web").status
        pod, _ = cs.core_v1.pods("prod").list()
        pod.status.conditions = [PodCondition(type="Ready", status="True")]
        cs.core_v1.pods("prod").update_status(pod)
        half = cs.apps_v1.deployments("prod").get("web").status

    assert (waiting.replicas, waiting.ready_replicas) == (2, None)  # as servers say nothing of 0
    assert (half.ready_replicas, half.unavailable_replicas) == (1, 1)
    assert half.conditions[0].status == "False"


def test_what_it_does_is_not_recorded(cs: FakeClientset) -> None:
    with controllers.deployments(cs.cluster):
        cs.apps_v1.deployments("prod").create(_web())

    assert [action.verb for action in cs.cluster.actions] == ["create"]


def test_objects_that_the_test_adds_are_followed(cs: FakeClientset) -> None:
    web = _web()
    web.metadata.namespace = "prod"
    with controllers.deployments(cs.cluster):
        cs.cluster.add(web)

    assert len(_pods(cs)) == 2


def test_after_its_end_nothing_follows(cs: FakeClientset) -> None:
    controllers.deployments(cs.cluster).close()
    cs.apps_v1.deployments("prod").create(_web())

    assert _pods(cs) == []


def test_the_pods_of_a_stateful_set_are_numbered(cs: FakeClientset) -> None:
    with controllers.stateful_sets(cs.cluster):
        cs.apps_v1.stateful_sets("prod").create(StatefulSet.from_wire(_workload(3)))

    assert [pod[0] for pod in _pods(cs)] == ["web-0", "web-1", "web-2"]
    assert cs.apps_v1.stateful_sets("prod").get("web").status.ready_replicas == 3


@pytest.mark.parametrize(
    ("succeed", "expected"),
    [(True, ({"Complete", "SuccessCriteriaMet"}, 2)), (False, ({"Failed", "FailureTarget"}, None))],
)
def test_a_job_comes_to_its_end(
    cs: FakeClientset, succeed: bool, expected: tuple[set[str], int | None]
) -> None:
    spec = {"completions": 2, "template": _template_of_job()}
    job = {"metadata": {"name": "work"}, "spec": spec}
    with controllers.jobs(cs.cluster, succeed=succeed):
        cs.batch_v1.jobs("prod").create(Job.from_wire(job))

    status = cs.batch_v1.jobs("prod").get("work").status
    assert ({c.type for c in status.conditions}, status.succeeded) == expected
    assert {pod[2] for pod in _pods(cs)} == {"Succeeded" if succeed else "Failed"}


def test_a_suspended_job_waits(cs: FakeClientset) -> None:
    spec = {"suspend": True, "template": _template_of_job()}
    job = {"metadata": {"name": "work"}, "spec": spec}
    with controllers.jobs(cs.cluster):
        cs.batch_v1.jobs("prod").create(Job.from_wire(job))
        waiting = _pods(cs)
        cs.batch_v1.jobs("prod").patch("work", {"spec": {"suspend": False}})

    assert (waiting, len(_pods(cs))) == ([], 1)


def test_a_claim_is_bound_to_a_volume(cs: FakeClientset) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    claim = PersistentVolumeClaim.from_wire({"metadata": {"name": "data"}, "spec": spec})
    with controllers.volume_claims(cs.cluster):
        cs.core_v1.persistent_volume_claims("prod").create(claim)

        bound = cs.core_v1.persistent_volume_claims("prod").get("data")
        volume = cs.core_v1.persistent_volumes.get(str(bound.spec.volume_name))
        cs.core_v1.persistent_volume_claims("prod").delete("data")

    assert (bound.status.phase, str(volume.spec.capacity["storage"])) == ("Bound", "1Gi")
    assert list(cs.core_v1.persistent_volumes.list()) == []


@pytest.mark.parametrize(("kind", "expected"), [("LoadBalancer", ["192.0.2.1"]), ("ClusterIP", [])])
def test_a_load_balancer_gets_an_address(cs: FakeClientset, kind: str, expected: list[str]) -> None:
    wire = {"metadata": {"name": "web"}, "spec": {"type": kind, "ports": [{"port": 80}]}}
    with controllers.load_balancers(cs.cluster):
        cs.core_v1.services("prod").create(Service.from_wire(wire))

    found = cs.core_v1.services("prod").get("web").status.load_balancer.ingress
    assert [ingress.ip for ingress in found] == expected


def test_a_function_that_never_rests_is_stopped(cs: FakeClientset) -> None:
    counter = iter(range(10**6))

    def restless(frame: object) -> None:
        cs.cluster.add(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "a"},
                "data": {"n": str(next(counter))},
            }
        )

    cs.cluster.on_change("configmaps", restless)

    with pytest.raises(RuntimeError, match=r"do not come to rest: 1000\d changes"):
        restless(None)
