"""Formats of text that say when, or how long.

kube-openapi: ``validation/strfmt/{date,time,duration}.go``; Go: ``time``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from kubewright.testing._apiserver.custom.patterns import matches

__all__ = ["is_date", "is_datetime", "is_duration"]

_DATE: Final = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LEAP_YEAR: Final = 2000
_TIME: Final = re.compile(
    "([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:[zZ]|[-+][0-9]{2}:[0-9]{2})"
)
_LAST_TIME: Final = ("23", "59", "59")
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART: Final = rf"(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))({'|'.join(_NANOSECONDS)})"
_PARTS: Final = re.compile(rf"(?:{_PART}(?=[0-9.]|\Z))+")
_EACH_PART: Final = re.compile(rf"{_PART}(?=[0-9.]|\Z)")
_LIMIT: Final = 2**63
_DIGITS: Final = len(str(_LIMIT))
_AMOUNT: Final = re.compile("(?<![0-9])([0-9]+)[\t\n\f\r ]*([A-Za-z\u00b5]+)")
_UNIT: Final = (
    "ns|us|\u00b5s|ms|[smhdw]|hr|wk" "|(nano|micro|milli|sec|min|hour|day|week)[a-z\u00b5]*"
)


def is_date(text: str) -> bool:
    """Whether it is a day; there was a year 0, and it was a leap year."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    try:
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


def is_datetime(text: str) -> bool:
    """Whether it is a day and a time; what stands after a second ``T`` is not looked at."""
    day, *times = re.split("[tT]", text, maxsplit=2)
    found = _TIME.fullmatch(times[0]) if times else None
    if found is None or not is_date(day):
        return False
    return all(map(str.__le__, found.groups(), _LAST_TIME))


def is_duration(text: str) -> bool:
    """Whether it is one of Go, or has an amount of something known, whatever stands beside it."""
    if _is_go_duration(text):
        return True
    amounts = _AMOUNT.findall(text)
    if any(_number(digits) >= _LIMIT for digits, _ in amounts):
        return False
    return any(matches(f"^({_UNIT})$", unit.lower()) for _, unit in amounts)


def _is_go_duration(text: str) -> bool:
    is_negative, rest = text.startswith("-"), re.sub("^[-+]", "", text)
    if rest == "0":
        return True
    if not _PARTS.fullmatch(rest):
        return False
    total = 0
    for whole, fraction, alone, unit in _EACH_PART.findall(rest):
        total += _nanoseconds(whole, fraction or alone, _NANOSECONDS[unit])
        if total > _LIMIT:
            return False
    return is_negative or total < _LIMIT


def _nanoseconds(whole: str, fraction: str, unit: int) -> int:
    """Return an amount; where it is too large, something that is too large as well."""
    digits = fraction.lstrip("0")[:_DIGITS]
    if _number(digits) > _LIMIT:  # Go forgets the digits for which it has no room
        digits = digits[:-1]
    places = len(fraction) - len(fraction.lstrip("0")) + len(digits)
    # Go goes by floating point as well
    return _number(whole) * unit + int(_number(digits) * (unit / float(f"1e{places}")))


def _number(digits: str) -> int:
    """Return a number; of one that is too large, the beginning: Python does not read long ones."""
    return int(digits.lstrip("0")[: _DIGITS + 1] or "0")
