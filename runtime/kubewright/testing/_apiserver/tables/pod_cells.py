"""What a table says of a pod: one word for all its containers.

kubernetes: ``pkg/printers/internalversion``, ``printPod``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from kubewright.testing._apiserver.tables.durations import human_duration, read_time
from kubewright.testing._apiserver.tables.rows import NONE, Row, value_at

__all__ = ["pod_gates", "pod_ip", "pod_ready", "pod_restarts", "pod_status", "row_conditions"]

_ENDED: Final = {
    "Succeeded": "The pod has completed successfully.",
    "Failed": "The pod failed.",
}


def pod_ready(row: Row) -> str:
    """Return how many containers are ready, of how many that run beside each other."""
    total = len(row.objects("spec.containers")) + len(_sidecars(row))
    init_reason, ready = _initializing(row)
    if not init_reason or _is_initialized(row):
        running = (s for s in _statuses(row) if not _stopped_word(s))
        ready += sum(
            1 for s in running if s.get("ready") and value_at(s, "state.running") is not None
        )
    return f"{ready}/{total}"


def pod_status(row: Row) -> str:
    """Return the one word for the state of all containers."""
    phase = row.text("status.phase")
    reason = row.text("status.reason") or phase
    if any(
        c.get("type") == "PodScheduled" and c.get("reason") == "SchedulingGated"
        for c in row.objects("status.conditions")
    ):
        reason = "SchedulingGated"
    init_reason, _ = _initializing(row)
    reason = init_reason or reason
    if not init_reason or _is_initialized(row):
        reason = _containers_reason(row, reason)
    if row.get("metadata.deletionTimestamp") is not None:
        if row.text("status.reason") == "NodeLost":
            return "Unknown"
        if phase not in _ENDED:
            return "Terminating"
    return reason


def pod_restarts(row: Row) -> str:
    """Return how often containers were started again, and when last."""
    init = row.objects("status.initContainerStatuses")
    if _initializing(row)[0] and not _is_initialized(row):
        counted = init[: _first_unfinished(row) + 1]
    else:
        sidecars = _sidecars(row)
        counted = [s for s in init if s.get("name") in sidecars] + _statuses(row)
    restarts = sum(int(s.get("restartCount") or 0) for s in counted)
    last = max(_ends(counted), default=None)
    if not restarts or last is None:
        return str(restarts)
    return f"{restarts} ({human_duration((row.now - last).total_seconds())} ago)"


def pod_ip(row: Row) -> str:
    """Return the first address."""
    addresses = row.objects("status.podIPs")
    return (addresses[0].get("ip") if addresses else "") or NONE


def pod_gates(row: Row) -> str:
    """Return how many readiness gates are open."""
    gates = row.objects("spec.readinessGates")
    is_true = {c.get("type"): c.get("status") == "True" for c in row.objects("status.conditions")}
    opened = sum(1 for gate in gates if is_true.get(gate.get("conditionType")))
    return f"{opened}/{len(gates)}" if gates else NONE


def row_conditions(row: Row) -> list[dict[str, Any]]:
    """Return the conditions of the row itself: whether the pod has come to its end."""
    phase = row.text("status.phase")
    if phase not in _ENDED:
        return []
    told = {"reason": phase, "message": _ENDED[phase]}
    return [{"type": "Completed", "status": "True", **told}]


def _statuses(row: Row) -> list[dict[str, Any]]:
    return row.objects("status.containerStatuses")


def _sidecars(row: Row) -> set[Any]:
    init = row.objects("spec.initContainers")
    return {c.get("name") for c in init if c.get("restartPolicy") == "Always"}


def _is_initialized(row: Row) -> bool:
    return _has_condition(row, "Initialized")


def _has_condition(row: Row, kind: str) -> bool:
    conditions = row.objects("status.conditions")
    return any(c.get("type") == kind and c.get("status") == "True" for c in conditions)


def _is_done(status: Mapping[str, Any], sidecars: set[Any]) -> bool:
    ended = value_at(status, "state.terminated")
    if ended is not None and not ended.get("exitCode"):
        return True
    return status.get("name") in sidecars and status.get("started") is True


def _first_unfinished(row: Row) -> int:
    sidecars = _sidecars(row)
    init = row.objects("status.initContainerStatuses")
    return next((i for i, s in enumerate(init) if not _is_done(s, sidecars)), len(init))


def _initializing(row: Row) -> tuple[str, int]:
    """Return the word of the first init container that is not done, and the ready sidecars so far."""
    init = row.objects("status.initContainerStatuses")
    at = _first_unfinished(row)
    sidecars = _sidecars(row)
    ready = sum(
        1
        for s in init[:at]
        if s.get("ready") and s.get("name") in sidecars and s.get("started") is True
    )
    if at == len(init):
        return "", ready
    word = _stopped_word(init[at])
    if word and word != "PodInitializing":
        return f"Init:{word}", ready
    return f"Init:{at}/{len(row.objects('spec.initContainers'))}", ready


def _stopped_word(status: Mapping[str, Any]) -> str:
    """Return why a container waits or has ended; empty for one that runs."""
    waiting = value_at(status, "state.waiting.reason")
    if waiting:
        return str(waiting)
    ended = value_at(status, "state.terminated")
    if ended is None:
        return ""
    if ended.get("reason"):
        return str(ended["reason"])
    signal = ended.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{ended.get('exitCode', 0)}"


def _containers_reason(row: Row, reason: str) -> str:
    failure = ""
    runs = False
    for status in reversed(_statuses(row)):
        word = _stopped_word(status)
        if word:
            reason = word
            if value_at(status, "state.terminated.exitCode"):
                failure = word
        elif status.get("ready") and value_at(status, "state.running") is not None:
            runs = True
    if reason != "Completed":
        return reason
    # some have done their work: the pod is what the others are
    if runs and _has_condition(row, "Ready"):
        return "Running"
    return failure or ("NotReady" if runs else reason)


def _ends(statuses: Iterable[Mapping[str, Any]]) -> Iterable[datetime]:
    for status in statuses:
        time = read_time(value_at(status, "lastState.terminated.finishedAt"))
        if time is not None:
            yield time
