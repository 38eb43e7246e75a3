"""Garbage collection on the server in memory, which happens before a write is answered."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.ending.garbage import GarbageCollector, Item
from kubewright_k8s import Clientset
from tests.support.fake_cluster import MAPS, MERGE, call, config_map


def collecting() -> FakeCluster:
    return FakeCluster(garbage_collection=True)


def owner_of(obj: dict[str, Any], *, blocks: bool = False) -> dict[str, Any]:
    metadata = obj["metadata"]
    reference = {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    return {**reference, "blockOwnerDeletion": True} if blocks else reference


def create(cluster: FakeCluster, name: str, *owners: Any, **metadata: Any) -> Any:
    if owners:
        metadata["ownerReferences"] = list(owners)
    status, made = call(cluster, "POST", MAPS, config_map(name, **metadata))
    assert status == 201, made
    return made


def names(cluster: FakeCluster) -> list[str]:
    return [item["metadata"]["name"] for item in call(cluster, "GET", MAPS)[1]["items"]]


@pytest.mark.parametrize(
    ("policy", "left"),
    [("", []), ("Background", []), ("Foreground", []), ("Orphan", ["child"])],
    ids=["by default", "background", "foreground", "orphan"],
)
def test_dependents_go_with_their_owner(policy: str, left: list[str]) -> None:
    cluster = collecting()
    owner = create(cluster, "owner")
    child = create(cluster, "child", owner_of(owner, blocks=True))
    if policy != "Orphan":
        create(cluster, "grandchild", owner_of(child, blocks=True))

    call(cluster, "DELETE", f"{MAPS}/owner", **({"propagationPolicy": policy} if policy else {}))

    assert names(cluster) == left
    if left:
        assert "ownerReferences" not in call(cluster, "GET", f"{MAPS}/child")[1]["metadata"]


def test_without_the_switch_dependents_stay() -> None:
    cluster = FakeCluster()
    create(cluster, "child", owner_of(create(cluster, "owner")))

    call(cluster, "DELETE", f"{MAPS}/owner")

    assert names(cluster) == ["child"]


def test_an_owner_that_stays_keeps_a_dependent() -> None:
    cluster = collecting()
    first, second = create(cluster, "first"), create(cluster, "second")
    create(cluster, "child", owner_of(first), owner_of(second))

    call(cluster, "DELETE", f"{MAPS}/first")

    owners = call(cluster, "GET", f"{MAPS}/child")[1]["metadata"]["ownerReferences"]
    assert [owner["name"] for owner in owners] == ["second"]


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [(True, ["child", "owner"]), (False, ["child"])],
    ids=["a dependent that blocks", "one that does not"],
)
def test_a_foreground_deletion_waits_for(blocks: bool, expected: list[str]) -> None:
    cluster = collecting()
    owner = create(cluster, "owner")
    create(cluster, "child", owner_of(owner, blocks=blocks), finalizers=["x.io/hold"])

    call(cluster, "DELETE", f"{MAPS}/owner", propagationPolicy="Foreground")
    waiting = names(cluster)
    call(cluster, "PATCH", f"{MAPS}/child", {"metadata": {"finalizers": None}}, MERGE)

    assert (waiting, names(cluster)) == (expected, [])


def test_what_never_had_its_owner_goes_at_once() -> None:
    cluster = collecting()
    nobody = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "x"}

    create(cluster, "child", nobody)

    assert names(cluster) == []


def test_an_owner_in_another_namespace_is_none() -> None:
    cluster = collecting()
    path = "/api/v1/namespaces/other/configmaps"
    _, owner = call(cluster, "POST", path, config_map("owner"))

    create(cluster, "child", owner_of(owner))

    assert names(cluster) == []


def test_a_cluster_wide_owner_counts_everywhere() -> None:
    cluster = collecting()
    _, node = call(cluster, "POST", "/api/v1/nodes", {"metadata": {"name": "n"}})

    create(cluster, "child", owner_of(node))

    assert names(cluster) == ["child"]


def test_a_namespace_goes_when_the_last_finalizer_in_it_does() -> None:
    cluster = collecting()
    call(cluster, "POST", "/api/v1/namespaces", {"metadata": {"name": "n"}})
    path = "/api/v1/namespaces/n/configmaps"
    call(cluster, "POST", path, config_map("free"))
    call(cluster, "POST", path, config_map("held", finalizers=["x.io/hold"]))

    call(cluster, "DELETE", "/api/v1/namespaces/n")
    held = [item["metadata"]["name"] for item in call(cluster, "GET", path)[1]["items"]]
    phase = call(cluster, "GET", "/api/v1/namespaces/n")[1]["status"]["phase"]
    call(cluster, "PATCH", f"{path}/held", {"metadata": {"finalizers": None}}, MERGE)

    assert (held, phase) == (["held"], "Terminating")
    assert call(cluster, "GET", "/api/v1/namespaces/n")[0] == 404


@pytest.mark.parametrize("count", [2, 3])
def test_who_owns_each_other_goes_together(count: int) -> None:
    cluster = FakeCluster(garbage_collection=True)
    head = {"apiVersion": "v1", "kind": "ConfigMap"}
    names = [f"n{i}" for i in range(count)]
    for name in names:
        cluster.add({**head, "metadata": {"name": name, "uid": name}})
    maps = Clientset(cluster.rest).core_v1.config_maps("default")
    for name, owner in zip(names, names[1:] + names[:1], strict=True):
        reference = {**head, "name": owner, "uid": owner, "blockOwnerDeletion": True}
        maps.patch(name, {"metadata": {"ownerReferences": [reference]}})

    maps.delete("n0", propagation_policy="Foreground")

    assert list(maps.list()) == []


def test_a_foreground_deletion_waits_for_dependents_of_dependents() -> None:
    cluster = collecting()
    # whichever comes first by name: the order of names is not the order of owners
    owner = create(cluster, "z")
    child = create(cluster, "a", owner_of(owner, blocks=True))
    create(cluster, "m", owner_of(child, blocks=True), finalizers=["x.io/hold"])

    call(cluster, "DELETE", f"{MAPS}/z", propagationPolicy="Foreground")
    waiting = names(cluster)
    call(cluster, "PATCH", f"{MAPS}/m", {"metadata": {"finalizers": None}}, MERGE)

    assert (waiting, names(cluster)) == (["a", "m", "z"], [])


def test_an_orphan_of_itself_forgets_itself() -> None:
    cluster = collecting()
    made = create(cluster, "own", finalizers=["x.io/hold"])
    owners = {"metadata": {"ownerReferences": [owner_of(made)]}}
    call(cluster, "PATCH", f"{MAPS}/own", owners, MERGE)

    call(cluster, "DELETE", f"{MAPS}/own", propagationPolicy="Orphan")

    metadata = call(cluster, "GET", f"{MAPS}/own")[1]["metadata"]
    assert ("ownerReferences" in metadata, metadata["finalizers"]) == (False, ["x.io/hold"])


def test_an_update_looks_at_its_neighbours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = collecting()
    owner = create(cluster, "owner")
    for number in range(50):
        create(cluster, f"child-{number}", owner_of(owner))
    looked: list[str] = []
    look = GarbageCollector.look_at

    def noting(collector: GarbageCollector, item: Item) -> None:
        looked.append(item.key[1])
        look(collector, item)

    monkeypatch.setattr(GarbageCollector, "look_at", noting)

    call(cluster, "PATCH", f"{MAPS}/child-7", {"data": {"a": "b"}}, MERGE)

    assert looked == ["child-7", "owner"]


def steps_to_delete_a_chain(links: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often owners are looked up when the first of a chain goes."""
    cluster = collecting()
    link = create(cluster, "link-0")
    for number in range(1, links):
        link = create(cluster, f"link-{number}", owner_of(link, blocks=True))
    steps = 0
    owners = vars(Item)["owners"].fget

    def counted(item: Item) -> Any:
        nonlocal steps
        steps += 1
        return owners(item)

    with monkeypatch.context() as patched:
        patched.setattr(Item, "owners", property(counted))
        call(cluster, "DELETE", f"{MAPS}/link-0", propagationPolicy="Foreground")
    assert names(cluster) == []
    return steps


def test_the_work_grows_with_a_chain_and_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = (steps_to_delete_a_chain(links, monkeypatch) for links in (20, 80))

    assert many < few * 5


@pytest.mark.parametrize("api_version", ["a/b/c", "/", "v1/"])
def test_an_owner_of_no_version_is_none(api_version: str) -> None:
    cluster = collecting()
    owner = {**owner_of(create(cluster, "owner")), "apiVersion": api_version}
    metadata = {"name": "child", "ownerReferences": [owner]}

    cluster.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})

    assert names(cluster) == ["owner"]


def test_an_owner_that_shares_its_uid_is_found_by_its_name() -> None:
    cluster = collecting()
    for name in ("owner", "other"):
        metadata = {"name": name, "uid": "1"}
        cluster.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "1"}
    create(cluster, "child", owner)
    there = names(cluster)

    call(cluster, "DELETE", f"{MAPS}/other")
    still_there = names(cluster)
    call(cluster, "DELETE", f"{MAPS}/owner")

    assert (there, still_there, names(cluster)) == (
        ["child", "other", "owner"],
        ["child", "owner"],
        [],
    )
