"""The formats of text that CRD schemas may ask for; any other one means nothing.

apiextensions-apiserver: ``pkg/apiserver/validation/formats.go``; kube-openapi: ``validation/strfmt``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_interface
from typing import Final
from urllib.parse import urlsplit

from kubewright.testing._apiserver.custom.patterns import matches

__all__ = ["has_format", "is_format"]

_HEX: Final = "[0-9a-fA-F]"
_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 253


def is_format(name: str) -> bool:
    """Whether a format means something."""
    return _plain(name) in _CHECKS


def has_format(name: str, text: str) -> bool:
    """Whether a text has a format that means something."""
    return _CHECKS[_plain(name)](text)


def _plain(name: str) -> str:
    return name if name.startswith("k8s-") else name.replace("-", "")


def _matches(pattern: str, text: str) -> bool:
    return matches(f"^(?:{pattern})$", text)


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _ipv4(text: str) -> bool:
    return _parses(IPv4Address, text)


def _ipv6(text: str) -> bool:
    return ":" in text and "%" not in text and _parses(IPv6Address, text)


def _cidr(text: str) -> bool:
    return "/" in text and text.rpartition("/")[2].isdecimal() and _parses(ip_interface, text)


def _uri(text: str) -> bool:
    if not text or any(ord(letter) <= ord(" ") for letter in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) or text.startswith("/")


def _byte(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(text)


def _short_name(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and _matches(_LABEL, text)


def _long_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _matches(rf"{_LABEL}(\.{_LABEL})*", text)


def _anything(_text: str) -> bool:
    return True


def _uuid(version: str = "", variant: str = "") -> Callable[[str], bool]:
    third = f"{version}{_HEX}{{3}}" if version else f"{_HEX}{{4}}"
    fourth = f"{variant}{_HEX}{{3}}" if variant else f"{_HEX}{{4}}"
    return _like(rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{third}-?{fourth}-?{_HEX}{{12}}")


def _like(pattern: str) -> Callable[[str], bool]:
    return partial(_matches, pattern)


_TIME: Final = r"\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:?\d{2})"
_RGB: Final = r"rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)"
_HOST_LABEL: Final = r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"


def _datetime(text: str) -> bool:
    shaped = _matches(rf"\d{{4}}-\d{{2}}-\d{{2}}[Tt ]{_TIME}", text)
    return shaped and _parses(datetime.fromisoformat, text.upper().replace("Z", "+00:00"))


def _date(text: str) -> bool:
    return _matches(r"\d{4}-\d\d-\d\d", text) and _parses(date.fromisoformat, text)


_GO_DURATION: Final = r"[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)"
_AMOUNT: Final = re.compile(r"(?<![0-9])([0-9]+)[\t\n\f\r ]*([A-Za-zµ]+)")
_UNIT: Final = "ns|us|µs|ms|[smhdw]|hr|wk|(nano|micro|milli|sec|min|hour|day|week)[a-zµ]*"
_MOST: Final = str(2**63 - 1)


def _duration(text: str) -> bool:
    """Whether it is one of Go, or has an amount of something known, whatever stands beside it."""
    amounts = _AMOUNT.findall(text)
    numbers = [number.lstrip("0") for number, _ in amounts]
    if any((len(number), number) > (len(_MOST), _MOST) for number in numbers):
        return False
    return _matches(_GO_DURATION, text) or any(_matches(_UNIT, u.lower()) for _, u in amounts)


_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "bsonobjectid": _like(f"{_HEX}{{24}}"),
    "byte": _byte,
    "cidr": _cidr,
    "creditcard": _like(r"[-\s\d]{13,25}"),
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
    "email": _like(r"[^@\s<>]+@[^@\s<>]+"),
    "hexcolor": _like(f"#?({_HEX}{{3}}|{_HEX}{{6}})"),
    "hostname": _like(rf"{_HOST_LABEL}(\.{_HOST_LABEL})*"),
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "isbn": _like(r"(97[89][- ]?)?[-\d ]{9,13}[\dX]"),
    "isbn10": _like(r"[-\d ]{9,12}[\dX]"),
    "isbn13": _like(r"97[89][-\d ]{10,14}"),
    "k8s-long-name": _long_name,
    "k8s-short-name": _short_name,
    "mac": _like(rf"{_HEX}{{2}}([:-]{_HEX}{{2}}){{5,7}}"),
    "password": _anything,
    "rgbcolor": _like(_RGB),
    "ssn": _like(r"\d{3}[- ]?\d{2}[- ]?\d{4}"),
    "uri": _uri,
    "uuid": _uuid(),
    "uuid3": _uuid("3"),
    "uuid4": _uuid("4", "[89abAB]"),
    "uuid5": _uuid("5", "[89abAB]"),
}
