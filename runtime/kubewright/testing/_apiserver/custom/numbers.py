"""Numbers as a server holds them where it knows no more than JSON does: 64 bits, of either kind."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

from kubewright._json import is_array, is_object

__all__ = ["beyond_doubles", "fits", "held", "is_multiple", "is_whole", "may_be_too_large"]

_LEAST, _MOST = -(2**63), 2**63 - 1
_LARGEST_WHOLE: Final = 2**53 - 1
_EXPONENT_FROM: Final = 10**21
_CLOSE: Final = 1e-9
_LONG: Final = re.compile(rb"[0-9]{19}")
_HUGE: Final = re.compile(rb"[0-9]{290}|[eE]\+?[0-9]{2}")  # what no double may be
_STRING_OR_NUMBER: Final = re.compile(
    rb'"(?:[^"\\]|\\.)*+"|-?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?', re.DOTALL
)


def may_be_too_large(text: bytes) -> bool:
    """Whether a text of JSON or YAML may have a number in it that does not fit."""
    return _LONG.search(text) is not None


def beyond_doubles(text: bytes) -> str | None:
    """Return the first number in a text of JSON that a double cannot hold, as it stands there."""
    if not _HUGE.search(text):
        return None
    found = (match[0] for match in _STRING_OR_NUMBER.finditer(text))
    return next((each.decode() for each in found if each[0] != 34 and _is_infinite(each)), None)


def _is_infinite(number: bytes) -> bool:
    try:
        return math.isinf(float(number))
    except ValueError:  # it is none
        return False


def fits(value: float) -> bool:
    """Whether a number is one of 64 bits without a fraction."""
    return isinstance(value, int) and _LEAST <= value <= _MOST


def is_whole(value: float) -> bool:
    """Whether a fraction counts as a whole number: it is one, and no neighbour reads as the same."""
    return value.is_integer() and abs(value) <= _LARGEST_WHOLE


def is_multiple(value: float, factor: float) -> bool:
    """Whether a fraction is a multiple of another, as far as they can be told apart."""
    times = value / factor if factor >= 1 else 1 / factor * value
    if abs(times) > _LARGEST_WHOLE:
        return False
    whole = math.trunc(times)
    return times == whole or abs(times - whole) / (abs(times) + abs(whole)) < _CLOSE


def held(value: Any) -> Any:
    """Return decoded JSON with what does not fit rounded, and written as Go writes it."""
    if is_object(value):
        return {name: held(below) for name, below in value.items()}
    if is_array(value):
        return [held(item) for item in value]
    if not isinstance(value, int) or fits(value):
        return value
    try:
        rounded = float(value)
    except OverflowError:
        return value
    # a shorter one has no exponent, so it reads as a whole number
    return int(Decimal(repr(rounded))) if abs(value) < _EXPONENT_FROM else rounded
