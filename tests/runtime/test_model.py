"""Models read leniently, keep what they do not know and write only what they were told."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from kubewright._json import is_array, is_object
from kubewright.errors import DecodeError
from kubewright.meta_v1 import KubernetesObject, ObjectMeta
from kubewright.model import Model, empty, required
from kubewright.quantity import Quantity
from kubewright.scalars import Bytes, IntOrString, MicroTime, Time


class Container(Model):
    name: str = required()
    image: str | None = None
    policy: Literal["Always", "Never"] | str | None = None
    env: list[str] = empty(list)
    limits: dict[str, Quantity] = empty(dict)
    ports: list[list[int]] = empty(list)


class Spec(Model):
    containers: list[Container] = required()
    cluster_ips: Annotated[list[str], Field(alias="clusterIPs")] = empty(list)
    replicas: int | None = None
    port: IntOrString | None = None
    started: Time | None = None
    renewed: MicroTime | None = None
    secret: dict[str, Bytes] = empty(dict)
    by_name: dict[str, Container] = empty(dict)
    free: dict[str, Any] | None = None
    child: "Spec | None" = None  # noqa: UP037 - as generated code spells what comes later


class Status(Model):
    phase: str = ""
    ready: bool = False
    times: list[Time] = empty(list)


class Pod(KubernetesObject):
    api_version: str = "v1"
    kind: str = "Pod"
    spec: Spec = required()
    status: Status = empty(Status)


WIRE: dict[str, Any] = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "a", "labels": None, "futureField": [1, {"b": None}]},
    "spec": {
        "containers": [
            {"name": "c", "env": [], "policy": "Sometimes", "limits": {"cpu": "0.50", "gpu": 1}}
        ],
        "clusterIPs": ["10.0.0.1"],
        "port": "80%",
        "started": "2026-01-02T03:04:05.123456789+01:00",
        "renewed": "2026-01-02T03:04:05.000000Z",
        "secret": {"k": "aGk="},
        "byName": {"x": {"name": "x", "futureField": 1.50}},
        "free": {},
        "hostPID": False,
        "replicas": None,
    },
    "status": None,
    "big": 123456789012345678901234567890,
}


def touch(value: Any) -> None:
    """Look at every field of every model."""
    if isinstance(value, Model):
        for name in type(value).model_fields:
            touch(getattr(value, name))
        touch(value.model_extra)
    elif is_object(value):
        for item in value.values():
            touch(item)
    elif is_array(value):
        for item in value:
            touch(item)


def test_an_untouched_object_comes_back_byte_for_byte() -> None:
    data = b'{"spec": {"containers": [ {"name":"c","x":1.50e3} ]}, "kind":"Pod"}'

    assert Pod.from_json(data).to_json() == (
        b'{"spec":{"containers": [ {"name":"c","x":1.50e3} ]},"kind":"Pod"}'
    )


def test_looking_at_every_field_changes_nothing() -> None:
    pod = Pod.from_wire(WIRE)
    touch(pod)

    assert pod.to_wire() == WIRE


@pytest.mark.parametrize(
    ("path", "value", "wire"),
    [
        ("metadata.name", "b", "b"),
        ("spec.replicas", 3, 3),
        ("spec.replicas", None, None),
        ("spec.port", 80, 80),
        ("spec.cluster_ips", [], []),
        ("spec.started", datetime(2026, 5, 6, 7, 8, 9, 5, tzinfo=UTC), "2026-05-06T07:08:09Z"),
        (
            "spec.renewed",
            datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC),
            "2026-05-06T07:08:09.000000Z",
        ),
        ("spec.free", {"a": [None]}, {"a": [None]}),
        ("spec.secret", {"k": b"\x00\xff"}, {"k": "AP8="}),
        ("status.ready", True, True),
    ],
    ids=str,
)
def test_only_the_field_that_was_set_changes(path: str, value: object, wire: object) -> None:
    names = {"cluster_ips": "clusterIPs"}
    pod = Pod.from_wire(WIRE)
    section, field = path.split(".")
    setattr(getattr(pod, section), field, value)
    expected = copy.deepcopy(WIRE)
    expected[section] = (expected[section] or {}) | {names.get(field, field): wire}

    assert pod.to_wire() == expected


def test_mutating_what_was_read_is_sent() -> None:
    pod = Pod.from_wire(WIRE)
    pod.metadata.labels["app"] = "web"
    pod.spec.containers[0].env.append("A")
    pod.spec.containers[0].limits["cpu"] = Quantity("2")
    pod.spec.by_name["x"].image = "i"
    del pod.spec.cluster_ips[0]
    expected = copy.deepcopy(WIRE)
    expected["metadata"]["labels"] = {"app": "web"}
    expected["spec"]["containers"][0] |= {"env": ["A"], "limits": {"cpu": "2", "gpu": 1}}
    expected["spec"]["byName"]["x"]["image"] = "i"
    expected["spec"]["clusterIPs"] = []

    assert pod.to_wire() == expected


def test_absent_null_and_a_value_stay_apart() -> None:
    spec = Spec.from_wire({"replicas": 1, "port": None})

    spec.replicas = None
    assert spec.to_wire() == {"replicas": None, "port": None}

    del spec.replicas, spec.port
    assert spec.to_wire() == {}
    assert spec.replicas is None


@pytest.mark.parametrize(
    "wire",
    [
        {"metadata": {"name": "a"}},
        {"metadata": {"name": "a"}, "spec": None, "status": None},
        {"metadata": {"name": "a", "labels": None}, "spec": {"containers": None}},
        {"metadata": {"name": "a"}, "spec": {}},
    ],
    ids=["absent", "null", "null inside", "empty"],
)
def test_what_is_a_struct_list_or_map_in_go_is_there(wire: dict[str, Any]) -> None:
    pod = Pod.from_wire(wire)

    assert pod.metadata.labels == {}
    assert pod.spec.containers == []
    assert pod.spec.secret == {}
    assert pod.status.phase == ""
    assert pod.spec.child is None
    assert pod.to_wire() == wire


@pytest.mark.parametrize(
    ("wire", "read"),
    [
        ({"replicas": "three"}, "three"),
        ({"replicas": 1.5}, 1.5),
        ({"replicas": {"a": 1}}, {"a": 1}),
    ],
    ids=["text", "number", "object"],
)
def test_a_value_of_another_type_is_read_as_it_is(wire: dict[str, Any], read: object) -> None:
    spec = Spec.from_wire(wire)

    assert spec.replicas == read
    assert spec.to_wire() == wire


@pytest.mark.parametrize(
    "wire",
    [
        {"containers": {"a": 1}},
        {"containers": ["a", None, 1, {"name": "c"}]},
        {"byName": []},
        {"child": [1]},
        {"started": "yesterday"},
        {"started": "0000-00-00T00:00:00Z"},
        {"secret": {"k": "no base64!", "l": "aGk", "m": "aGk=\n", "n": None}},
        {"clusterIPs": "10.0.0.1"},
    ],
    ids=str,
)
def test_no_shape_makes_reading_fail_or_lose_anything(wire: dict[str, Any]) -> None:
    spec = Spec.from_wire(wire)
    touch(spec)

    assert spec.to_wire() == wire


@pytest.mark.parametrize("data", [b"", b"[]", b"nul", b'{"a":', b'"x"', b"\xff"], ids=repr)
def test_what_is_no_object_is_a_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError, match="Spec"):
        Spec.from_json(data)


def test_a_build_sends_what_was_given_and_what_says_something() -> None:
    pod = Pod(metadata=ObjectMeta(name="a"), spec=Spec(containers=[Container(name="c")]))
    assert pod.to_wire() == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "c"}]},
    }

    pod.status.phase = "Running"
    assert pod.to_wire()["status"] == {"phase": "Running"}


def test_a_list_that_was_given_empty_is_sent() -> None:
    assert Spec(containers=[], free={}).to_wire() == {"containers": [], "free": {}}


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValidationError, match="replica"):
        Spec.model_validate({"containers": [], "replica": 3})
    with pytest.raises(AttributeError, match="no field 'replica'"):
        setattr(Spec(containers=[]), "replica", 3)  # noqa: B010 - checkers refuse the plain form


def test_reading_by_wire_name_tells_the_python_name() -> None:
    with pytest.raises(AttributeError, match="use 'cluster_ips'"):
        getattr(Spec.from_wire({"clusterIPs": []}), "clusterIPs")  # noqa: B009


def test_unknown_fields_can_be_read_and_changed() -> None:
    pod = Pod.from_wire({"metadata": {}, "future": {"a": 1}, "other": 2})
    pod.model_extra["future"]["a"] = 5
    del pod.model_extra["other"]

    assert pod.to_wire() == {"metadata": {}, "future": {"a": 5}}


def test_equality_is_of_what_would_be_sent() -> None:
    built = Pod(metadata=ObjectMeta(name="a"), spec=Spec(containers=[]))

    assert built == Pod.from_wire(built.to_wire())
    assert built != Pod.from_wire({"metadata": {"name": "a"}})


def pickled(pod: Pod) -> Pod:
    twin: Pod = pickle.loads(pickle.dumps(pod))
    return twin


def by_model_copy(pod: Pod) -> Pod:
    return pod.model_copy()


COPIES: list[Callable[[Pod], Pod]] = [copy.copy, copy.deepcopy, pickled, by_model_copy]


@pytest.mark.parametrize("duplicate", COPIES, ids=["copy", "deepcopy", "pickle", "model_copy"])
def test_copies_share_nothing(duplicate: Callable[[Pod], Pod]) -> None:
    pod = Pod.from_wire(WIRE)
    twin = duplicate(pod)
    twin.metadata.annotations["a"] = "b"

    assert pod.to_wire() == WIRE
    assert twin.metadata.name == "a"


def test_repr_shows_what_is_there() -> None:
    pod = Pod.from_wire({"metadata": {"name": "a"}, "future": 1})

    assert repr(pod) == "Pod(metadata=ObjectMeta(name='a'), future=1)"


def test_pydantic_writes_the_wire_form() -> None:
    assert Pod.from_wire(WIRE).model_dump() == WIRE


def test_times_and_quantities_are_exact() -> None:
    spec = Spec.from_wire(WIRE["spec"])

    assert spec.renewed == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert spec.containers[0].limits["cpu"] == Quantity("500m")
    assert spec.secret == {"k": b"hi"}


def test_a_name_that_is_no_text_is_a_decode_error() -> None:
    with pytest.raises(DecodeError, match="no JSON object"):
        Model.from_json(b'{"\xff":1}')


DEEP = b'{"a":' * 9_000 + b"1" + b"}" * 9_000


def test_a_value_deeper_than_python_can_hold_is_kept() -> None:
    data = b'{"metadata": {"name": "a"}, "spec": {"free": ' + DEEP + b', "replicas": 1}}'
    pod = Pod.from_json(data)
    pod.spec.replicas = 2

    assert pod.metadata.name == "a"
    assert pod.spec.free is not None
    sent = pod.to_json()
    assert DEEP in sent
    assert Pod.from_json(sent).spec.replicas == 2
    with pytest.raises(DecodeError):
        pod.to_wire()


@pytest.mark.parametrize(
    "raw",
    [b'{"a":"\xff"}', b'{"a":1e400}', b'{"a":' + b"9" * 5_000 + b"}"],
    ids=["no UTF-8", "beyond a double", "5,000 digits"],
)
def test_what_python_cannot_hold_comes_back_as_it_was(raw: bytes) -> None:
    data = b'{"spec":{"free":' + raw + b'},"other":' + raw + b"}"
    pod = Pod.from_json(data)
    touch(pod)

    assert pod.to_json() == data


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (object(), TypeError),
        (Exception, TypeError),
        (float("nan"), ValueError),
        ({1: 2}, TypeError),
    ],
    ids=["object", "class", "nan", "number as name"],
)
def test_a_value_that_json_does_not_have_is_named(value: object, error: type[Exception]) -> None:
    pod = Pod(spec=Spec(containers=[]))
    pod.spec.free = {"x": [value]}

    with pytest.raises(error, match=r"^Pod.spec: Spec.free: "):
        pod.to_json()


def test_nan_is_no_manifest() -> None:
    with pytest.raises(DecodeError, match="no number nan"):
        Pod.from_wire({"spec": {"x": float("nan")}})


def test_iterating_yields_what_is_there_whether_it_was_looked_at_or_not() -> None:
    wire = {"name": "c", "env": ["a"], "newer": 1}
    container = Container.from_wire(wire)

    assert dict(container) == {"name": "c", "env": ["a"], "newer": 1}
    assert dict(Container(name="c")) == {"name": "c"}
