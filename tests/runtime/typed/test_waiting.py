"""Waiting for one object, on a server in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from kubewright.dynamic import DynamicClient, DynamicResource
from kubewright.errors import RequestError
from kubewright.testing import FakeCluster
from kubewright.typed import WaitTimeoutError, Wanted
from kubewright.unstructured import Unstructured


@pytest.fixture
def pods() -> DynamicResource[Unstructured]:
    return DynamicClient(FakeCluster().rest).resource("pods")("default")


def pod(name: str = "web", **status: Any) -> Unstructured:
    spec = {"containers": [{"name": "a", "image": "b"}]}
    wire = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    return Unstructured.from_wire({**wire, "status": status})


def later(act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(0.1, act)
    timer.start()
    return timer


def ready(status: str, **more: Any) -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": status, **more}]}


def is_running(obj: Unstructured) -> bool:
    return obj.nested(str, "status", "phase") == "Running"


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("condition=Ready", ready("True")),
        ("condition=ready", ready("true")),
        ("condition=Ready=False", ready("False")),
        ("condition=Ready", ready("True", observedGeneration=1)),
        ("jsonpath={.status.phase}=Running", {"phase": "Running"}),
        ("jsonpath=status.phase=Running", {"phase": "Running"}),
        ("jsonpath={.status.podIP}", {"podIP": "1.2.3.4"}),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', ready("True")),
        (is_running, {"phase": "Running"}),
    ],
)
def test_what_is_wanted_comes(
    pods: DynamicResource[Unstructured], wanted: Wanted[Unstructured], status: dict[str, Any]
) -> None:
    made = pods.create(pod())
    with pytest.raises(
        WaitTimeoutError, match=r"did not come in time; it (is there|has [Rr]eady=unset)"
    ):
        pods.wait_for("web", wanted, timeout=0.05)
    made["status"] = status
    timer = later(lambda: pods.update_status(made))
    found = pods.wait_for("web", wanted, timeout=5)
    timer.join()
    assert found is not None
    told = found["status"]
    if "conditions" in status:
        told = {"conditions": [{k: v for k, v in c.items() if v} for c in told["conditions"]]}
    assert {key: told[key] for key in status} == status
    assert pods.wait_for("web", wanted, timeout=5) is not None


def test_what_was_said_of_an_earlier_generation_does_not_count(
    pods: DynamicResource[Unstructured],
) -> None:
    made = pods.create(pod())
    pods.patch("web", {"spec": {"activeDeadlineSeconds": 5}})
    generation = pods.get("web").metadata.generation or 0
    made = pods.get("web")
    made["status"] = ready("True", observedGeneration=generation - 1)
    pods.update_status(made)
    with pytest.raises(WaitTimeoutError):
        pods.wait_for("web", "condition=Ready", timeout=0.05)
    made = pods.get("web")
    made["status"] = ready("True", observedGeneration=generation)
    pods.update_status(made)
    assert pods.wait_for("web", "condition=Ready", timeout=5) is not None


def test_an_object_that_is_not_there_is_waited_for(pods: DynamicResource[Unstructured]) -> None:
    timer = later(lambda: pods.create(pod()))
    found = pods.wait_for("web", "create", timeout=5)
    timer.join()
    assert found is not None
    with pytest.raises(WaitTimeoutError, match="it is not there"):
        pods.wait_for("other", "create", timeout=0.05)


def test_a_deletion_is_waited_for(pods: DynamicResource[Unstructured]) -> None:
    assert pods.wait_for("web", "delete", timeout=5) is None
    pods.create(pod())
    pods.create(pod("other"))
    timer = later(lambda: pods.delete("web", grace_period_seconds=0))
    assert pods.wait_for("web", "delete", timeout=5) is None
    timer.join()


@pytest.mark.parametrize("wanted", ["", "ready", "condition=", "jsonpath={.a", "jsonpath={.a}{.b}"])
def test_what_cannot_be_waited_for_is_an_error(
    pods: DynamicResource[Unstructured], wanted: str
) -> None:
    with pytest.raises(RequestError):
        pods.wait_for("web", wanted, timeout=1)
    with pytest.raises(RequestError):
        pods.wait_for("", "delete")


def test_the_message_tells_the_condition_as_it_is(pods: DynamicResource[Unstructured]) -> None:
    made = pods.create(pod())
    made["status"] = ready("False")
    pods.update_status(made)
    with pytest.raises(WaitTimeoutError, match=r"condition=Ready did not .* it has Ready=False"):
        pods.wait_for("web", "condition=Ready", timeout=0.05)
