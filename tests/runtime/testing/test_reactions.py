"""Reactors see what is asked before the server does, and answer, change it or pass it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kubewright import ConflictError, ForbiddenError, NotFoundError, ObjectMeta
from kubewright.errors import ApiError
from kubewright.meta_v1 import Status
from kubewright.rest.transport import Response
from kubewright.testing import Action, Afterwards, FakeCluster, faults
from kubewright.testing.reactions import Answer, Reactor
from kubewright_k8s import Clientset
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.core_v1 import ConfigMap

A_MAP: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a"},
    "data": {"from": "server"},
}
FAKED = {**A_MAP, "data": {"from": "reactor"}}
FORBIDDEN = Status(status="Failure", code=403, reason="Forbidden", message="no")


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.add(A_MAP, {**A_MAP, "apiVersion": "apps/v1", "kind": "Deployment"})
    return cluster


def _source(cluster: FakeCluster) -> str | None:
    return Clientset(cluster.rest).core_v1.config_maps("default").get("a").data.get("from")


@pytest.mark.parametrize(
    "answer",
    [
        FAKED,
        ConfigMap.from_wire(FAKED),
        Response(200, {}, msgspec.json.encode(FAKED)),
    ],
    ids=["mapping", "model", "response"],
)
def test_an_answer_stands_in_for_the_server(cluster: FakeCluster, answer: Any) -> None:
    cluster.react("get", "configmaps", lambda action: answer)

    assert _source(cluster) == "reactor"


def _returning(answer: Answer) -> Reactor:
    return lambda action: answer


def _raising(action: Action) -> None:
    raise ApiError.from_status(FORBIDDEN)


@pytest.mark.parametrize(
    "reactor",
    [_returning(FORBIDDEN), _returning(ApiError.from_status(FORBIDDEN)), _raising],
    ids=["status", "error", "raised"],
)
def test_a_failure_is_the_servers(cluster: FakeCluster, reactor: Reactor) -> None:
    cluster.react("get", "configmaps", reactor)

    with pytest.raises(ForbiddenError, match="no"):
        _source(cluster)


def test_another_request_goes_to_the_server(cluster: FakeCluster) -> None:
    cluster.react(
        "get",
        "configmaps",
        lambda action: replace(action.request, path=action.request.path + "-other"),
    )

    with pytest.raises(NotFoundError, match="a-other"):
        _source(cluster)


def test_afterwards_sees_what_the_server_said(cluster: FakeCluster) -> None:
    def shout(answer: Response) -> Response:
        return replace(answer, body=answer.body.replace(b"server", b"SERVER"))

    cluster.react("get", "configmaps", lambda action: Afterwards(shout))

    assert _source(cluster) == "SERVER"


def test_the_newest_is_asked_first_and_none_passes_on(cluster: FakeCluster) -> None:
    asked: list[str] = []

    def note(name: str) -> Callable[[Action], None]:
        return lambda action: asked.append(name)

    cluster.react("get", "configmaps", note("old"))
    cluster.react("get", "configmaps", note("new"))

    assert (_source(cluster), asked) == ("server", ["new", "old"])


def test_it_is_asked_so_many_times(cluster: FakeCluster) -> None:
    cluster.react("get", "configmaps", lambda action: FAKED, times=2)

    assert [_source(cluster) for _ in range(3)] == ["reactor", "reactor", "server"]


def test_it_is_out_after_the_block(cluster: FakeCluster) -> None:
    with cluster.react("get", "configmaps", lambda action: FAKED) as reaction:
        inside = _source(cluster)

    assert (inside, _source(cluster)) == ("reactor", "server")
    assert [str(action) for action in reaction.actions] == ["get configmaps.v1.core default/a"]


def test_times_is_a_number_of_times(cluster: FakeCluster) -> None:
    with pytest.raises(ValueError, match="times is 1 or more"):
        cluster.react("get", "pods", lambda action: None, times=0)


@pytest.mark.parametrize(
    ("verb", "resource", "where", "expected"),
    [
        ("*", "*", {}, ["update", "update status", "patch scale", "get other"]),
        ("update", "deployments", {}, ["update", "update status"]),
        ("*", "deployments/status", {}, ["update status"]),
        ("*", "*/scale", {}, ["patch scale"]),
        ("*", "deployments", {"namespace": "other"}, ["get other"]),
        ("*", "deployments", {"name": "a", "namespace": "default"}, ["update", "update status"]),
        ("list", "deployments", {}, []),
        ("*", "pods", {}, []),
    ],
)
def test_what_a_reactor_is_asked_about(
    cluster: FakeCluster, verb: str, resource: str, where: dict[str, str], expected: list[str]
) -> None:
    seen: list[str] = []

    def note(action: Action) -> Status:
        where = action.namespace if action.namespace != "default" else action.subresource
        seen.append(f"{action.verb} {where}".strip())
        return FORBIDDEN

    deployments = Clientset(cluster.rest).apps_v1.deployments
    one = Deployment.from_wire({"metadata": {"name": "a"}})
    cluster.react("*", "*", lambda action: FORBIDDEN)
    cluster.react(verb, resource, note, namespace=where.get("namespace"), name=where.get("name"))
    calls: list[Callable[[], object]] = [
        lambda: deployments("default").update(one),
        lambda: deployments("default").update_status(one),
        lambda: deployments("default").scale("b", 2),
        lambda: deployments("other").get("a"),
    ]
    for each in calls:
        with pytest.raises(ForbiddenError):
            each()

    assert seen == expected


def test_a_new_object_is_known_by_its_name(cluster: FakeCluster) -> None:
    cluster.react("create", "configmaps", faults.conflict(), name="b", namespace="default")
    maps = Clientset(cluster.rest).core_v1.config_maps("default")

    maps.create(ConfigMap(metadata=ObjectMeta(name="c")))
    with pytest.raises(ConflictError, match='configmaps "b": the object has been modified'):
        maps.create(ConfigMap(metadata=ObjectMeta(name="b")))


def test_the_tests_own_client_meets_no_reactor(cluster: FakeCluster) -> None:
    cluster.react("*", "*", lambda action: FORBIDDEN)

    names = [m.metadata.name for m in Clientset(cluster.unrecorded).core_v1.config_maps.list()]

    assert (names, cluster.requests) == (["a"], [])


def test_a_reactor_must_answer_something_sensible(cluster: FakeCluster) -> None:
    nonsense: Any = 5
    cluster.react("get", "configmaps", lambda action: nonsense)

    with pytest.raises(TypeError, match="a reactor cannot answer GET with 5"):
        _source(cluster)


@pytest.mark.parametrize(
    ("verb", "resource", "function", "message"),
    [
        ("updaet", "pods", faults.conflict(), "'updaet' is no verb"),
        ("get", "Pod", faults.conflict(), "'Pod' is no resource"),
        ("get", "deployments.apps", faults.conflict(), "'deployments.apps' is no resource"),
        ("get", "pods", None, "a function, not None"),
    ],
)
def test_a_reactor_that_could_never_react_is_refused(
    verb: str, resource: str, function: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        FakeCluster().react(verb, resource, function)


def test_a_reactor_that_makes_the_request_it_reacts_to_is_named(cluster: FakeCluster) -> None:
    def ask_again(_: Action) -> None:
        _source(cluster)

    cluster.react("get", "configmaps", ask_again)

    with pytest.raises(RuntimeError, match=r"Reaction to get configmaps, .* take another name"):
        _source(cluster)
