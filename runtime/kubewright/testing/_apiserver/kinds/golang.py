"""Values as Go prints them in the server's messages."""

from __future__ import annotations

import json
from typing import Any, Final

from kubewright._json import is_array, is_object

__all__ = ["in_json", "printed", "quoted"]

_ESCAPED: Final = {
    '"': r"\"",
    "\\": r"\\",
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}


def quoted(text: str) -> str:
    """Return text as ``%q`` prints it."""
    return f'"{"".join(map(_in_quotes, text))}"'


def _in_quotes(letter: str) -> str:
    if letter in _ESCAPED:
        return _ESCAPED[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


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
