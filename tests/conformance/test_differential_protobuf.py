"""Every kind that client-go knows is the same object in both wire forms, here and in Go."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

import pytest

from kubewright.protobuf import to_json, to_protobuf
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance


class _Filled(NamedTuple):
    name: str
    wire: bytes
    text: str


def _filled(nil_chance: float) -> list[_Filled]:
    """One object of each kind, as Go writes it."""
    seed = seeded().getrandbits(32)
    (answer,) = ask("protobuf fill", [{"seed": seed, "nilChance": nil_chance}])
    assert not answer.error
    return [
        _Filled(
            f"{each['apiVersion']} {each['kind']}",
            base64.b64decode(each["protobuf"]),
            json.dumps(each["json"]),
        )
        for each in answer.output
    ]


@pytest.mark.parametrize("nil_chance", [0.0, 0.5, 0.9])
def test_what_go_writes_in_protobuf_is_read_as_the_json_that_go_writes(nil_chance: float) -> None:
    objects = _filled(nil_chance)
    assert len(objects) > 300
    for each in objects:
        assert json.loads(to_json(each.wire)) == json.loads(each.text), each.name


@pytest.mark.parametrize("nil_chance", [0.0, 0.5, 0.9])
def test_go_reads_what_is_written_here(nil_chance: float) -> None:
    objects = _filled(nil_chance)
    ours = [base64.b64encode(to_protobuf(each.text.encode())).decode() for each in objects]
    theirs = [base64.b64encode(each.wire).decode() for each in objects]
    read: list[Any] = ask("protobuf read", ours)
    expected = ask("protobuf read", theirs)
    for each, found, wanted in zip(objects, read, expected, strict=True):
        assert not found.error, each.name
        assert found.output == wanted.output, each.name
