"""Values as Go prints them in the server's messages."""

from __future__ import annotations

import json
from typing import Any

from kubewright._json import is_array, is_object

__all__ = ["in_json", "printed", "quoted"]


def quoted(text: str) -> str:
    """Return text as ``%q`` prints it."""
    return json.dumps(text, ensure_ascii=False)


def in_json(value: Any) -> str:
    """Return a value as Go writes JSON: compact, the members by name."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def printed(value: Any) -> str:
    """Return decoded JSON as ``%v`` prints it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_object(value):
        return f"map[{' '.join(f'{key}:{printed(value[key])}' for key in sorted(value))}]"
    if is_array(value):
        return f"[{' '.join(printed(item) for item in value)}]"
    return str(value)
