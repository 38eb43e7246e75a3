"""The lease holds the record, in the form that all clients read, and keeps what others wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kubewright.errors import AlreadyExistsError, ConflictError, RequestError
from kubewright.leader_election import LeaderElectionRecord, LeaseLock
from kubewright.testing import FakeCluster

NOW = datetime(2026, 1, 2, 3, 4, 5, 0, UTC)
RECORD = LeaderElectionRecord(holder="me", lease_seconds=15, acquired=NOW, renewed=NOW)


def lock_of(cluster: FakeCluster, identity: str = "me") -> LeaseLock:
    return LeaseLock(
        cluster.rest, namespace="shop", name="boss", identity=identity, labels={"app": "x"}
    )


def test_there_is_none_at_first() -> None:
    assert lock_of(FakeCluster()).get(timeout=1) is None


def test_what_is_written_is_read() -> None:
    cluster = FakeCluster()
    lock_of(cluster).create(RECORD, timeout=1)

    assert lock_of(cluster, "other").get(timeout=1) == RECORD


def test_times_have_six_digits() -> None:
    cluster = FakeCluster()
    lock_of(cluster).create(RECORD, timeout=1)

    body = cluster.requests[-1].body
    assert body is not None
    assert b'"renewTime":"2026-01-02T03:04:05.000000Z"' in body
    assert b'"labels":{"app":"x"}' in body


def test_only_one_can_make_it() -> None:
    cluster = FakeCluster()
    lock_of(cluster).create(RECORD, timeout=1)

    with pytest.raises(AlreadyExistsError):
        lock_of(cluster, "other").create(RECORD, timeout=1)


def test_who_read_an_older_state_cannot_change_it() -> None:
    cluster = FakeCluster()
    mine, other = lock_of(cluster), lock_of(cluster, "other")
    mine.create(RECORD, timeout=1)
    other.get(timeout=1)
    mine.update(replace(RECORD, transitions=1), timeout=1)

    with pytest.raises(ConflictError):
        other.update(RECORD, timeout=1)


def test_what_others_wrote_stays() -> None:
    cluster = FakeCluster()
    lock = lock_of(cluster)
    lock.create(RECORD, timeout=1)
    wire = {
        "metadata": {"labels": {"theirs": "1"}},
        "spec": {"strategy": "OldestEmulationVersion", "preferredHolder": "other"},
    }
    from kubewright_k8s import Clientset

    leases = Clientset(cluster.rest).coordination_v1.leases("shop")
    leases.patch("boss", wire)
    found = lock.get(timeout=1)
    lock.update(RECORD, timeout=1)

    lease = leases.get("boss")
    assert found is not None
    assert found.preferred_holder == "other"
    assert lease.metadata.labels == {"app": "x", "theirs": "1"}
    assert lease.spec.strategy == "OldestEmulationVersion"


def test_labels_are_set_again_at_each_change() -> None:
    from kubewright_k8s import Clientset

    cluster = FakeCluster()
    lock = lock_of(cluster)
    lock.create(RECORD, timeout=1)
    leases = Clientset(cluster.rest).coordination_v1.leases("shop")
    leases.patch("boss", {"metadata": {"labels": {"app": None, "theirs": "1"}}})

    lock.get(timeout=1)
    lock.update(RECORD, timeout=1)

    assert leases.get("boss").metadata.labels == {"app": "x", "theirs": "1"}


@pytest.mark.parametrize("preferred", ["", "other"])
def test_who_is_preferred_is_what_the_record_says(preferred: str) -> None:
    from kubewright_k8s import Clientset

    cluster = FakeCluster()
    lock = lock_of(cluster)
    lock.create(replace(RECORD, preferred_holder="another"), timeout=1)

    lock.update(replace(RECORD, preferred_holder=preferred), timeout=1)

    lease = Clientset(cluster.rest).coordination_v1.leases("shop").get("boss")
    assert (lease.spec.preferred_holder or "") == preferred
    found = lock.get(timeout=1)
    assert found is not None
    assert found.preferred_holder == preferred


def test_it_must_be_read_before_it_is_changed() -> None:
    with pytest.raises(RequestError, match="get it before"):
        lock_of(FakeCluster()).update(RECORD, timeout=1)


def test_names_are_needed() -> None:
    with pytest.raises(ValueError, match="a namespace, a name and an identity"):
        LeaseLock(FakeCluster().rest, namespace="shop", name="", identity="me")
