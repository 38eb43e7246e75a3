"""What tables say of autoscalers and quotas.

kubernetes: ``pkg/printers/internalversion``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubewright._json import is_object
from kubewright.testing._apiserver.tables.rows import NONE, Cell, Row, more_of, value_at

__all__ = ["metrics", "quota", "target"]

_SHOWN = 2  # metrics of an autoscaler
_NAMED = frozenset({"resource", "containerResource"})
_UNKNOWN = "<unknown>"


def target(row: Row) -> str:
    """Return what an autoscaler scales."""
    return f"{row.text('spec.scaleTargetRef.kind')}/{row.text('spec.scaleTargetRef.name')}"


def metrics(row: Row) -> str:
    """Return what an autoscaler aims at, and how far it is."""
    current = row.objects("status.currentMetrics")
    texts = [
        _metric(spec, current[index] if index < len(current) else {})
        for index, spec in enumerate(row.objects("spec.metrics"))
    ]
    return more_of(texts, _SHOWN, NONE, separator=", ")


def _metric(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    kind = str(spec.get("type", ""))
    key = kind[:1].lower() + kind[1:]
    wanted = value_at(spec, f"{key}.target")
    if not is_object(wanted):
        return "<unknown type>"
    field, unit = _aim(key, wanted)
    now = value_at(status, f"{key}.current.{field}")
    shown = _UNKNOWN if now is None else f"{now}{unit}"
    aim = f"{wanted[field]}{unit}" if field in wanted else "<auto>"
    if key in _NAMED:
        return f"{value_at(spec, f'{key}.name')}: {shown}/{aim}"
    is_average = field == "averageValue" and key != "pods"
    return f"{shown}/{aim} (avg)" if is_average else f"{shown}/{aim}"


def _aim(key: str, wanted: Mapping[str, Any]) -> tuple[str, str]:
    if "averageValue" in wanted:
        return "averageValue", ""
    return ("averageUtilization", "%") if key in _NAMED else ("value", "")


def quota(*, limits: bool) -> Cell:
    """Make cells of what a quota leaves: of limits, or of all else."""

    def cell(row: Row) -> str:
        hard, used = row.get("status.hard"), row.get("status.used")
        names = sorted(hard) if is_object(hard) else []
        return ", ".join(
            f"{name}: {used.get(name, 0) if is_object(used) else 0}/{hard[name]}"
            for name in names
            if name.startswith("limits.") == limits
        )

    return cell
