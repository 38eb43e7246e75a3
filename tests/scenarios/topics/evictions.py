"""Evictions, and the disruption budgets that have a say in them."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import pod

Wire = dict[str, Any]


@scenario
def evict_a_pod(s: Server) -> None:
    s.made("pods", pod("a"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    s.post("pods/a/eviction", eviction, dryRun="All")
    s.post("pods/a/eviction", eviction)
    s.get("pods/a")
    s.post("pods/a/eviction", eviction)


@scenario
def evict_a_pod_with_a_budget(s: Server) -> None:
    s.made("pods", pod("a", meta={"labels": {"app": "a"}}, nodeName="n"))
    s.given("PATCH", "pods/a/status", {"status": {"phase": "Running"}})
    selector = {"matchLabels": {"app": "a"}}
    s.made(
        "poddisruptionbudgets",
        {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": selector}},
    )
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})


_READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
_HEALTHY = {"currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3}
_BUDGETS: dict[str, dict[str, Any]] = {
    "not counted yet": {"status": {}},
    "one allowed": {"status": {**_HEALTHY, "disruptionsAllowed": 1}},
    "two allowed": {"status": {**_HEALTHY, "disruptionsAllowed": 2}},
    "none allowed": {"status": {**_HEALTHY, "disruptionsAllowed": 0}},
    "too few are healthy": {"status": {**_HEALTHY, "currentHealthy": 1, "disruptionsAllowed": 0}},
    "none allowed for a reason": {
        "status": {
            **_HEALTHY,
            "disruptionsAllowed": 0,
            "conditions": [
                {
                    "type": "DisruptionAllowed",
                    "status": "False",
                    "reason": "InsufficientPods",
                    "message": "why",
                    "lastTransitionTime": "2001-01-01T00:00:00Z",
                }
            ],
        }
    },
    "counting failed": {
        "status": {
            **_HEALTHY,
            "disruptionsAllowed": 0,
            "conditions": [
                {
                    "type": "DisruptionAllowed",
                    "status": "False",
                    "reason": "SyncFailed",
                    "message": "why",
                    "lastTransitionTime": "2001-01-01T00:00:00Z",
                }
            ],
        }
    },
    "of a pod that is not ready": {
        "pod": {"phase": "Running"},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
    "of a pod that is not ready among few": {
        "pod": {"phase": "Running"},
        "status": {**_HEALTHY, "currentHealthy": 1, "disruptionsAllowed": 0},
    },
    "for ready pods alone": {
        "pod": {"phase": "Running"},
        "spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"},
        "status": {**_HEALTHY, "currentHealthy": 1, "disruptionsAllowed": 0},
    },
    "of a pod that is pending": {
        "pod": {"phase": "Pending"},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
    "of a pod that is over": {
        "pod": {"phase": "Succeeded"},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
    "of other pods": {
        "spec": {"selector": {"matchLabels": {"app": "other"}}},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
}


@scenarios(_BUDGETS)
def evict_a_pod_within_a_budget(s: Server, given: dict[str, Any]) -> None:
    _disrupted(s, given)
    s.post("pods/a/eviction", {"metadata": {"name": "a"}}, dryRun="All")
    s.get("poddisruptionbudgets/b")
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})
    found = s.get("poddisruptionbudgets/b")
    s.answers.pop()
    status: Wire = found["status"]
    told: list[Wire] = status.get("conditions", [])
    s.note(
        allowed=status.get("disruptionsAllowed"),
        disrupted=sorted(status.get("disruptedPods", {})),
        conditions=[(c["status"], c["reason"]) for c in told],
    )
    left = s.get("pods/a")
    s.answers.pop()
    conditions: list[Wire] = left["status"].get("conditions", []) if left["kind"] == "Pod" else []
    s.note(
        is_ending="deletionTimestamp" in left["metadata"],
        conditions=[{k: v for k, v in c.items() if k != "lastTransitionTime"} for c in conditions],
    )


def _disrupted(s: Server, given: dict[str, Any]) -> None:
    s.made("pods", pod("a", meta={"labels": {"app": "a"}}, nodeName="n"))
    s.given("PATCH", "pods/a/status", {"status": given.get("pod", _READY)})
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}, **given.get("spec", {})}
    made = s.made("poddisruptionbudgets", {"metadata": {"name": "b"}, "spec": spec})
    counted = {"observedGeneration": made["metadata"]["generation"]}
    if given["status"]:
        s.given(
            "PATCH", "poddisruptionbudgets/b/status", {"status": {**given["status"], **counted}}
        )


@scenario
def evict_a_pod_of_two_budgets(s: Server) -> None:
    _disrupted(s, {"status": {**_HEALTHY, "disruptionsAllowed": 1}})
    spec: Wire = {"minAvailable": 1, "selector": {}}
    s.made("poddisruptionbudgets", {"metadata": {"name": "c"}, "spec": spec})
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})


@scenario
def evictions_on_conditions(s: Server) -> None:
    s.made("pods", pod("a", nodeName="n"))
    s.post("pods/a/eviction", {"metadata": {"name": "b"}})
    s.post("pods/a/eviction", {})
    s.post("pods/none/eviction", {"metadata": {"name": "none"}})
    other = {"preconditions": {"uid": "other"}}
    s.post("pods/a/eviction", {"metadata": {"name": "a"}, "deleteOptions": other})
    dry = {"dryRun": ["All"]}
    s.post("pods/a/eviction", {"metadata": {"name": "a"}, "deleteOptions": dry})
    found = s.get("pods/a")
    s.answers.pop()
    s.note(is_ending="deletionTimestamp" in found["metadata"], status=found["status"]["phase"])
    s.post(
        "pods/a/eviction", {"metadata": {"name": "a"}, "deleteOptions": {"gracePeriodSeconds": 3}}
    )
    found = s.get("pods/a")
    s.answers.pop()
    s.note(grace=found["metadata"]["deletionGracePeriodSeconds"])
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})
