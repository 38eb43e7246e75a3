"""Two states are compared by object and by field."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster, diff
from kubewright.testing.differences import ABSENT, FieldChange, ObjectId
from kubewright_k8s import Clientset


def _map(name: str, **data: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "prod"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


A, B, C = (ObjectId("", "ConfigMap", "prod", name) for name in "abc")


def test_objects_come_go_and_change() -> None:
    found = diff([_map("a"), _map("b", k="1")], [_map("b", k="2"), _map("c")])

    change = FieldChange("data.k", "1", "2")
    assert (found.added, found.removed, found.changed) == ((C,), (A,), {B: (change,)})


def test_the_text_reads_like_a_diff() -> None:
    before = [_map("a"), _map("b", k="1", gone=[1, {"x": None}])]
    after = [_map("b", k="2", gone=[1], **{"a.b/c": "new"}), _map("c")]

    assert str(diff(before, after)).split("\n") == [
        "- ConfigMap prod/a",
        "~ ConfigMap prod/b",
        '    data["a.b/c"]: (absent) → "new"',
        '    data.gone[1]: {"x": null} → (absent)',
        '    data.k: "1" → "2"',
        "+ ConfigMap prod/c",
    ]


def test_null_false_and_absent_are_three_things() -> None:
    found = diff([_map("a", x=None, y=0)], [_map("a", y=False)])

    assert found.changed[A] == (
        FieldChange("data.x", None, ABSENT),
        FieldChange("data.y", 0, False),
    )


def test_equal_states_have_no_difference() -> None:
    found = diff([_map("a")], [_map("a")])

    assert (bool(found), str(found)) == (False, "")


def test_what_a_program_did_to_a_cluster() -> None:
    cluster = FakeCluster()
    cluster.add(_map("a", k="1"))
    before = cluster.dump()
    maps = Clientset(cluster.rest).core_v1.config_maps("prod")

    found = maps.get("a")
    found.data["k"] = "2"
    maps.update(found)

    assert str(diff(before, cluster.dump())) == '~ ConfigMap prod/a\n    data.k: "1" → "2"'


def test_server_fields_count_if_wanted() -> None:
    before, after = _map("a"), _map("a")
    before["metadata"]["uid"], after["metadata"]["uid"] = "1", "2"

    assert not diff([before], [after])
    assert diff([before], [after], server_fields=True).changed[A][0].path == "metadata.uid"


def test_what_is_no_object_is_told() -> None:
    with pytest.raises(ValueError, match=r"is no object with apiVersion, kind and metadata\.name"):
        diff([{"kind": "ConfigMap"}], [])
