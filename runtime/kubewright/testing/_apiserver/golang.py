"""Values as Go prints them in the server's messages."""

from __future__ import annotations

import json
from typing import Any, Final

from kubewright._json import is_array, is_object

__all__ = [
    "Struct",
    "in_json",
    "no_double",
    "no_literal",
    "not_decoded",
    "printed",
    "quoted",
    "syntax_error",
]

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


_NOT_IN_HTML: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


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


class Struct(dict[str, Any]):
    """An object whose members come in the order of Go's type, and not by name."""


def in_json(value: Any) -> str:
    """Return a value as Go writes JSON: compact, the members of maps by name, nothing of HTML."""
    text = json.dumps(_in_order(value), separators=(",", ":"), ensure_ascii=False)
    return text.translate(_NOT_IN_HTML)


def _in_order(value: Any) -> Any:
    if is_array(value):
        return [_in_order(item) for item in value]
    if is_object(value):
        names = value if isinstance(value, Struct) else sorted(value)
        return {name: _in_order(value[name]) for name in names}
    return value


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


def not_decoded(value: Any, go_type: str) -> str:
    """Return in which words a value of JSON is no value of a type."""
    what = "array" if is_array(value) else "object" if is_object(value) else "number"
    if isinstance(value, str | bool):
        what = "string" if isinstance(value, str) else "bool"
    return f"json: cannot unmarshal {what} into Go value of type {go_type}"


def no_double(number: str) -> str:
    """Return in which words a number that is too large is refused."""
    return f"cannot unmarshal number {number} into Go value of type float64"


class _NoJSONError(ValueError):
    """A word that Python takes for a number."""


def no_literal(word: str) -> Any:
    """Refuse what is JSON for Python alone: ``NaN``, ``Infinity``; for `json.loads`."""
    what = "in numeric literal" if word[0] == "-" else "looking for beginning of value"
    raise _NoJSONError(f"invalid character '{word.lstrip('-')[0]}' {what}")


def syntax_error(error: Exception) -> str:
    """Return in which words text is refused that `json.loads` refused."""
    if isinstance(error, _NoJSONError):
        return str(error)
    if not isinstance(error, json.JSONDecodeError) or error.pos >= len(error.doc):
        return "unexpected end of JSON input"
    where = (
        "after top-level value" if error.msg == "Extra data" else "looking for beginning of value"
    )
    letter = error.doc[error.pos]
    if "\udc80" <= letter <= "\udcff":  # a byte that is no UTF-8, which Go shows as Latin 1
        letter = chr(ord(letter) - 0xDC00)
    return f"invalid character '{letter}' {where}"
