"""Patches made from objects, and what managed fields say, beside apimachinery and client-go."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from kubewright import GroupVersion, GroupVersionKind
from kubewright.managed_fields import extract, upgrade_managed_fields
from kubewright.testing._apiserver.documents.archive import openapi_v3
from kubewright.tools import PatchSchema, merge_patch, strategic_merge_patch, three_way_merge_patch
from kubewright.unstructured import Unstructured
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 1000
_NAMES = ["a", "b", "c"]


def _value(rand: random.Random, depth: int) -> Any:
    kind = rand.random()
    if depth < 3 and kind < 0.4:
        return _object(rand, depth + 1)
    if depth < 3 and kind < 0.55:
        return [_value(rand, depth + 1) for _ in range(rand.randrange(3))]
    return rand.choice([0, 1, True, False, "", "x", "y", 1.5])


def _object(rand: random.Random, depth: int = 0) -> dict[str, Any]:
    return {name: _value(rand, depth) for name in rand.sample(_NAMES, rand.randrange(4))}


def test_merge_patches_are_those_of_go() -> None:
    rand = seeded()
    keys = ("original", "modified", "current")
    questions = [{key: _object(rand) for key in keys} for _ in range(_COUNT)]
    differences: list[Any] = []
    for question, answer in zip(questions, ask("mergepatch", questions), strict=True):
        original, modified, current = (question[key] for key in keys)
        ours = {
            "two": merge_patch(original, modified),
            "three": three_way_merge_patch(original, modified, current),
        }
        if ours != answer.output:
            differences.append((question, ours, answer))
    assert not differences, (len(differences), differences[:3])


@cache
def _schema(kind: str) -> PatchSchema:
    group_version = GroupVersion("apps" if kind == "Deployment" else "", "v1")
    document = openapi_v3(group_version)
    assert document is not None
    return PatchSchema.of_kind(
        json.loads(document), GroupVersionKind(group_version.group, "v1", kind)
    )


def _maybe(rand: random.Random, **fields: Callable[[random.Random], Any]) -> dict[str, Any]:
    return {name: make(rand) for name, make in fields.items() if rand.random() < 0.5}


def _some(key: str, more: Callable[[random.Random], dict[str, Any]], values: list[Any]) -> Any:
    def make(rand: random.Random) -> list[dict[str, Any]]:
        return [{key: value, **more(rand)} for value in rand.sample(values, rand.randrange(1, 4))]

    return make


def _texts(rand: random.Random) -> dict[str, str]:
    return {name: rand.choice(["1", "2"]) for name in rand.sample(_NAMES, rand.randrange(1, 4))}


def _container(rand: random.Random) -> dict[str, Any]:
    return _maybe(
        rand,
        image=lambda r: r.choice(["x", "y"]),
        args=lambda r: r.choices(_NAMES, k=r.randrange(1, 3)),
        env=_some("name", lambda r: {"value": r.choice(["1", "2"])}, _NAMES),
        ports=_some(
            "containerPort", lambda r: {"protocol": r.choice(["TCP", "UDP"])}, [80, 81, 82]
        ),
        volumeMounts=_some("mountPath", lambda r: {"name": r.choice(_NAMES)}, ["/a", "/b", "/c"]),
        resources=lambda r: {"limits": _texts(r)},
    )


def _volume(rand: random.Random) -> dict[str, Any]:
    return rand.choice(
        [{"emptyDir": {}}, {"hostPath": {"path": "/x"}}, {"secret": {"secretName": "s"}}]
    )


def _pod_spec(rand: random.Random) -> dict[str, Any]:
    return {
        "containers": _some("name", _container, _NAMES)(rand),
        **_maybe(
            rand,
            volumes=_some("name", _volume, _NAMES),
            tolerations=lambda r: [{"key": key} for key in r.choices(_NAMES, k=2)],
            nodeSelector=_texts,
            hostAliases=_some(
                "ip", lambda r: {"hostnames": r.sample(_NAMES, 2)}, ["1.1.1.1", "2.2.2.2", "3"]
            ),
            imagePullSecrets=_some("name", lambda _: {}, _NAMES),
            nodeName=lambda r: r.choice(_NAMES),
            securityContext=lambda r: {"runAsUser": r.randrange(2)},
        ),
    }


def _metadata(rand: random.Random) -> dict[str, Any]:
    more = _maybe(
        rand,
        labels=_texts,
        annotations=_texts,
        finalizers=lambda r: r.sample(_NAMES, r.randrange(1, 4)),
        ownerReferences=_some("uid", lambda r: {"name": r.choice(_NAMES)}, ["u1", "u2", "u3"]),
    )
    return {"name": "web", **more}


def _wire(rand: random.Random, kind: str) -> dict[str, Any]:
    wire: dict[str, Any] = {"metadata": _metadata(rand)}
    if kind == "ConfigMap":
        return wire | _maybe(rand, data=_texts)
    if kind == "Pod":
        return wire | {"spec": _pod_spec(rand)}
    if kind == "Service":
        ports = _some("port", lambda r: {"name": r.choice(_NAMES), "targetPort": 1}, [1, 2, 3])
        return wire | {
            "spec": _maybe(rand, ports=ports, selector=_texts, externalIPs=lambda _: ["1"])
        }
    strategies = [
        {"type": "Recreate"},
        {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": rand.choice([1, "10%"])}},
    ]
    template = {"metadata": _maybe(rand, labels=_texts), "spec": _pod_spec(rand)}
    strategy = _maybe(rand, strategy=lambda r: r.choice(strategies))
    return wire | {"spec": {"replicas": rand.randrange(3), "template": template, **strategy}}


def test_a_strategic_patch_makes_one_object_into_the_other() -> None:
    rand = seeded()
    questions: list[dict[str, Any]] = []
    for _ in range(_COUNT):
        kind = rand.choice(["Pod", "Deployment", "Service", "ConfigMap"])
        original, modified = _wire(rand, kind), _wire(rand, kind)
        before = copy.deepcopy((original, modified))
        patch = strategic_merge_patch(original, modified, _schema(kind))
        assert (original, modified) == before
        questions.append({"kind": kind, "original": original, "modified": modified, "patch": patch})
    differences: list[Any] = []
    for question, answer in zip(questions, ask("strategicpatch", questions), strict=True):
        if answer.output != question["modified"]:
            differences.append((question, answer))
    assert not differences, (len(differences), differences[:3])


def test_what_is_alike_needs_no_patch() -> None:
    rand = seeded()
    for kind in ("Pod", "Deployment", "Service", "ConfigMap"):
        wire = _wire(rand, kind)
        assert strategic_merge_patch(wire, copy.deepcopy(wire), _schema(kind)) == {}
        assert merge_patch(wire, copy.deepcopy(wire)) == {}


def _deployment(rand: random.Random) -> dict[str, Any]:
    wire = _wire(rand, "Deployment")
    wire["metadata"].pop("ownerReferences", None)
    for container in wire["spec"]["template"]["spec"]["containers"]:
        container.setdefault("image", "z")
    return {"apiVersion": "apps/v1", "kind": "Deployment", **wire}


def _managed_question(rand: random.Random) -> dict[str, Any]:
    managers = ["one", "two", "kubectl"]
    writes = [{"manager": "one", "apply": True, "object": _deployment(rand)}]
    for _ in range(rand.randrange(4)):
        object_ = _deployment(rand)
        if rand.random() < 0.5:
            object_["spec"].pop("replicas")
        apply = rand.random() < 0.6
        writes.append({"manager": rand.choice(managers), "apply": apply, "object": object_})
    return {
        "writes": writes,
        "extract": rand.choice(managers),
        "old": rand.sample(managers, rand.randrange(1, 3)),
        "new": rand.choice(["one", "new"]),
    }


def test_managed_fields_say_what_they_say_to_go() -> None:
    rand = seeded()
    questions = [_managed_question(rand) for _ in range(400)]
    compared = 0
    differences: list[Any] = []
    for question, answer in zip(questions, ask("managedfields", questions), strict=True):
        if answer.output is None:
            continue
        compared += 1
        obj = Unstructured.from_wire(
            {"apiVersion": "apps/v1", "kind": "Deployment", **answer.output["object"]}
        )
        ours = extract(obj, question["extract"])
        theirs = answer.output["extracted"]
        upgrade_managed_fields(obj, question["old"], question["new"])
        entries = [entry.to_wire() for entry in obj.metadata.managed_fields]
        if ours is None:
            theirs = None if set(theirs) <= {"apiVersion", "kind", "metadata"} else theirs
        if ours != theirs or entries != answer.output["upgraded"]:
            differences.append(
                (
                    question["extract"],
                    question["old"],
                    question["new"],
                    ours,
                    theirs,
                    entries,
                    answer,
                )
            )
    assert compared > 200
    assert not differences, (len(differences), differences[:2])
