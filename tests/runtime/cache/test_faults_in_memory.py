"""Informers on the cluster in memory: after each fault that it can give, the cache is the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from kubewright.errors import ConnectionLostError, KubeError
from kubewright.rest.transport import Response
from tests.support.faulty_cluster import FaultyCluster, refusal
from tests.support.following import Following


def changed(server: FaultyCluster) -> None:
    server.put("d", size=4)


def deleted(server: FaultyCluster) -> None:
    server.delete("a")
    server.put("d", size=4)


def forgotten(server: FaultyCluster) -> None:
    deleted(server)
    server.cluster.compact()


def recreated(server: FaultyCluster) -> None:
    server.delete("a")
    server.put("a", size=9)


def recreated_and_forgotten(server: FaultyCluster) -> None:
    recreated(server)
    server.cluster.compact()


def emptied(server: FaultyCluster) -> None:
    for name in ("a", "b", "c"):
        server.delete(name)
    server.cluster.compact()


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Attributes:
        first: answers to the first requests.
        again: the same after the watches ended.
        broken: whether they end as if the connection broke.
        meanwhile: changes while nobody watches.
        options: of the informer.
    """

    first: list[Response | KubeError] = field(default_factory=list[Response | KubeError])
    again: list[Response | KubeError] = field(default_factory=list[Response | KubeError])
    broken: bool = False
    meanwhile: Callable[[FaultyCluster], None] = changed
    options: dict[str, Any] = field(default_factory=dict[str, Any])


LISTS: dict[str, Any] = {"options": {"watch_list": False}}
LOST = ConnectionLostError("the connection was reset by the test")
FAULTS = {
    "nothing": Fault(),
    "a lost connection": Fault(broken=True),
    "lost connections": Fault(first=[LOST] * 3, again=[LOST] * 3, broken=True),
    "refused with 500": Fault(
        first=[refusal(500, "InternalError")] * 2, again=[refusal(500, "InternalError")] * 2
    ),
    "refused with 429": Fault(
        first=[refusal(429, "TooManyRequests")] * 2, again=[refusal(429, "TooManyRequests")] * 2
    ),
    "refused with 403": Fault(first=[refusal(403, "Forbidden")] * 2),
    "refused with 410": Fault(again=[refusal(410, "Expired")] * 2),
    "lists refused with 410": Fault(first=[refusal(410, "Expired")] * 2, **LISTS),
    "an answer that is no JSON": Fault(first=[Response(200, {}, b"<html>proxy</html>")] * 2),
    "deleted unseen": Fault(meanwhile=deleted, broken=True),
    "deleted and forgotten": Fault(meanwhile=forgotten),
    "deleted and forgotten, by lists": Fault(meanwhile=forgotten, broken=True, **LISTS),
    "made again unseen": Fault(meanwhile=recreated),
    "made again and forgotten": Fault(meanwhile=recreated_and_forgotten),
    "all deleted and forgotten": Fault(meanwhile=emptied),
    "compressed, forgotten": Fault(meanwhile=forgotten, options={"compress": True}),
    "by object, forgotten": Fault(meanwhile=forgotten, options={"queue": "by object"}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_cache_is_the_truth_after(fault: Fault) -> None:
    server = FaultyCluster()
    for name in ("a", "b", "c"):
        server.put(name, size=1)
    server.plan.extend(fault.first)
    with Following(server, **fault.options) as following:
        following.informer.wait_for_cache_sync(15)
        server.put("b", size=2)
        following.until_true()

        server.down = True
        server.cluster.end_watches(broken=fault.broken)
        fault.meanwhile(server)
        server.plan.extend(fault.again)
        server.down = False
        following.until_true()

        server.put("e", size=5)
        following.until_true()


def test_a_watch_that_is_silent_is_followed_all_the_same() -> None:
    server = FaultyCluster()
    with Following(server, idle_timeout=0.05) as following:
        following.informer.wait_for_cache_sync(15)
        asked = len(server.requests)
        while len(server.requests) < asked + 3:
            following.until_true()
        server.put("a", size=1)
        following.until_true()
