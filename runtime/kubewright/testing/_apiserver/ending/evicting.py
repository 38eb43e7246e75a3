"""Evictions: deletions of pods that their disruption budgets have a say in.

kubernetes: ``pkg/registry/core/pod/storage/eviction.go``. Nobody counts pods here: what a budget allows
is what its status says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from kubewright.selectors import SelectorError, requirements_of
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.ending.deleting import (
    check_preconditions,
    delete_object,
    success,
)
from kubewright.testing._apiserver.ending.endings import DeleteOptions
from kubewright.testing._apiserver.failures import (
    bad_request,
    internal_error,
    not_found,
    over_budget,
)
from kubewright.testing._apiserver.parts import items_at, part_at, value_at
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject, Key

__all__ = ["evict"]

_BUDGETS: Final = ("policy", "poddisruptionbudgets")
_UNGUARDED: Final = ("Failed", "Pending", "Succeeded")
_TOO_MANY: Final = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
)
_EVICTED: Final = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "EvictionByEvictionAPI",
    "message": "Eviction API: evicting",
    "lastProbeTime": None,
}


def evict(state: State, call: Call) -> JSONObject:
    """Delete a pod at the wish of an eviction.

    Raises:
        RefusedRequest: there is no such pod, or its budget does not allow it.
    """
    eviction = call.body() if call.request.body else {}
    if value_at(eviction, "metadata", "name") != call.name:
        raise bad_request("name in URL does not match name in Eviction object")
    pod = state.get(call.resource, call.key)
    if pod is None:
        raise not_found("", "pods", call.name or "")
    options = DeleteOptions.read(part_at(eviction, "deleteOptions"))
    options = replace(options, dry_run=options.dry_run or call.is_dry_run)
    is_ending = "deletionTimestamp" in pod["metadata"]
    if not is_ending and value_at(pod, "status", "phase") not in _UNGUARDED:
        _take_from_budget(state, pod, dry_run=options.dry_run)
    check_preconditions(call, pod, options)
    if not options.dry_run:
        conditions = _with_condition(state, part_at(pod, "status"), _EVICTED)
        status = {**part_at(pod, "status"), "conditions": conditions}
        pod = state.put(call.resource, call.key, {**pod, "status": status})
    delete_object(state, call.resource, call.key, pod, options)
    return {**success(None), "code": 201}


def _take_from_budget(state: State, pod: JSONObject, *, dry_run: bool) -> None:
    budgets = [found for found in state.store.objects(_BUDGETS) if _covers(*found, pod)]
    if len(budgets) > 1:
        raise internal_error(_TOO_MANY)
    for key, budget in budgets:
        if _may_go_unready(pod, budget):
            continue
        _check(budget)
        if not dry_run:
            state.put(state.resources[_BUDGETS], key, _with_one_less(state, budget, pod))


def _covers(key: Key, budget: JSONObject, pod: JSONObject) -> bool:
    selector = value_at(budget, "spec", "selector")
    if key[0] != pod["metadata"]["namespace"] or selector is None:
        return False
    try:
        return requirements_of(selector).matches(part_at(pod, "metadata", "labels"))
    except SelectorError:
        return False


def _may_go_unready(pod: JSONObject, budget: JSONObject) -> bool:
    """Whether the pod is not ready, and so no loss to what the budget guards."""
    conditions = items_at(pod, "status", "conditions")
    if any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions):
        return False
    healthy, wanted = _healthy(budget)
    policy = value_at(budget, "spec", "unhealthyPodEvictionPolicy")
    return policy == "AlwaysAllow" or healthy >= wanted > 0


def _check(budget: JSONObject) -> None:
    name, status = budget["metadata"]["name"], part_at(budget, "status")
    if (status.get("observedGeneration") or 0) < (budget["metadata"].get("generation") or 0):
        why = f"The disruption budget {name} is still being processed by the server."
        raise over_budget(why, retry_after=10)
    if status.get("disruptionsAllowed"):
        return
    told = next(filter(_says_why, items_at(status, "conditions")), JSONObject())
    reason, message = told.get("reason"), told.get("message")
    healthy, wanted = _healthy(budget)
    text = f"The disruption budget {name} does not allow evicting pods currently"
    if reason == "SyncFailed":
        text = f"{text} because it failed sync: {message}"
    elif healthy <= wanted:
        text = (
            f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        )
    elif told:
        text = f"{text} ({reason}): {message}"
    raise over_budget(text)


def _says_why(condition: JSONObject) -> bool:
    is_refusal = condition.get("type") == "DisruptionAllowed" and condition.get("status") == "False"
    return is_refusal and bool(condition.get("message"))


def _healthy(budget: JSONObject) -> tuple[int, int]:
    status = part_at(budget, "status")
    return status.get("currentHealthy") or 0, status.get("desiredHealthy") or 0


def _with_one_less(state: State, budget: JSONObject, pod: JSONObject) -> JSONObject:
    status = part_at(budget, "status")
    left = status["disruptionsAllowed"] - 1
    disrupted = {**part_at(status, "disruptedPods"), pod["metadata"]["name"]: state.now()}
    status = {**status, "disruptionsAllowed": left, "disruptedPods": disrupted}
    if not left:
        condition = {
            "type": "DisruptionAllowed",
            "status": "False",
            "reason": "InsufficientPods",
            "message": "",
            "observedGeneration": budget["metadata"].get("generation"),
        }
        status["conditions"] = _with_condition(state, status, condition)
    return {**budget, "status": status}


def _with_condition(state: State, status: JSONObject, condition: JSONObject) -> list[Any]:
    """Return the conditions with one in the place of that of its type."""
    given = items_at(status, "conditions")
    now = {**condition, "lastTransitionTime": state.now()}
    for index, old in enumerate(given):
        if old.get("type") == condition["type"]:
            if old.get("status") == condition["status"]:
                now["lastTransitionTime"] = old.get("lastTransitionTime")
            return [*given[:index], now, *given[index + 1 :]]
    return [*given, now]
