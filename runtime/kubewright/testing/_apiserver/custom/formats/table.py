"""The formats of text that CRD schemas may ask for; any other one means nothing.

apiextensions-apiserver: ``pkg/apiserver/validation/formats.go``; kube-openapi: ``validation/strfmt``,
which leaves most to Go: what is one, is what Go 1.26 takes for one, in linear time. What differs:

* Of ``hostname``, the letters and signs are those of Unicode 16, and not of 15 (see ``patterns``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from kubewright.testing._apiserver.custom.formats.addresses import (
    is_cidr,
    is_hostname,
    is_ipv4,
    is_ipv6,
    is_mac,
)
from kubewright.testing._apiserver.custom.formats.mail import is_email
from kubewright.testing._apiserver.custom.formats.times import is_date, is_datetime, is_duration
from kubewright.testing._apiserver.custom.formats.uris import is_request_uri
from kubewright.testing._apiserver.custom.patterns import matches

__all__ = ["format_of", "has_format"]

_OF_NUMBERS: Final = {"integer": ("int32", "int64"), "number": ("double", "float")}
_HEX: Final = "[0-9a-fA-F]"
_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 253
_LEVEL: Final = r"[\t\n\f\r ]*(0|[1-9][0-9]{0,2})[\t\n\f\r ]*"
_RGB: Final = re.compile(rf"rgb\({_LEVEL},{_LEVEL},{_LEVEL}\)")
_MOST_LEVEL: Final = 255
# how the numbers of the companies begin, by how many digits they have
_CARDS: Final[Mapping[int, tuple[str, ...]]] = {
    13: ("4",),
    14: ("300", "301", "302", "303", "304", "305", "36", "38"),
    15: ("1800", "2131", "34", "37"),
    16: ("35", "4", "51", "52", "53", "54", "55", "6011", "65"),
}


def format_of(schema: Mapping[str, Any]) -> str:
    """Return the format of a schema; none where it means nothing for values of its type."""
    name, kind = str(schema.get("format") or ""), str(schema.get("type") or "string")
    # dashes in the name mean nothing
    is_known = name.replace("-", "") in _CHECKS if kind == "string" else False
    return name if is_known or name in _OF_NUMBERS.get(kind, ()) else ""


def has_format(name: str, text: str) -> bool:
    """Whether a text has a format that means something for texts."""
    return _CHECKS[name.replace("-", "")](text)


def _matches(pattern: str, text: str) -> bool:
    return matches(f"^(?:{pattern})$", text)


def _like(pattern: str) -> Callable[[str], bool]:
    return partial(_matches, pattern)


def _byte(text: str) -> bool:
    return len(text) % 4 == 0 and _matches("[A-Za-z0-9+/]+={0,2}", text)


def _short_name(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and _matches(_LABEL, text)


def _long_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _matches(rf"{_LABEL}(\.{_LABEL})*", text)


def _anything(_text: str) -> bool:
    return True


def _rgb_color(text: str) -> bool:
    found = _RGB.fullmatch(text)
    return found is not None and all(int(level) <= _MOST_LEVEL for level in found.groups())


def _credit_card(text: str) -> bool:
    """Whether the digits are those of a card, whatever stands between them (ISO/IEC 7812)."""
    digits = re.sub("[^0-9]", "", text)
    if not digits.startswith(_CARDS.get(len(digits), ())):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _isbn10(text: str) -> bool:
    digits = _of_isbn(text)
    if not _matches("[0-9]{9}[0-9X]", digits):
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return sum(place * value for place, value in enumerate(values, 1)) % 11 == 0


def _isbn13(text: str) -> bool:
    digits = _of_isbn(text)
    if not _matches("[0-9]{13}", digits):
        return False
    return (sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))) % 10 == 0


def _isbn(text: str) -> bool:
    return _isbn10(text) or _isbn13(text)


def _of_isbn(text: str) -> str:
    return re.sub(r"[\t\n\f\r -]", "", text)


def _uuid(version: str = "", variant: str = "") -> Callable[[str], bool]:
    third = f"{version}{_HEX}{{3}}" if version else f"{_HEX}{{4}}"
    fourth = f"{variant}{_HEX}{{3}}" if variant else f"{_HEX}{{4}}"
    return _like(rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{third}-?{fourth}-?{_HEX}{{12}}")


_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "bsonobjectid": _like(f"{_HEX}{{24}}"),
    "byte": _byte,
    "cidr": is_cidr,
    "creditcard": _credit_card,
    "date": is_date,
    "datetime": is_datetime,
    "duration": is_duration,
    "email": is_email,
    "hexcolor": _like(f"#?({_HEX}{{3}}|{_HEX}{{6}})"),
    "hostname": is_hostname,
    "ipv4": is_ipv4,
    "ipv6": is_ipv6,
    "isbn": _isbn,
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "k8slongname": _long_name,
    "k8sshortname": _short_name,
    "mac": is_mac,
    "password": _anything,
    "rgbcolor": _rgb_color,
    "ssn": _like("[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}"),
    "uri": is_request_uri,
    "uuid": _uuid(),
    "uuid3": _uuid("3"),
    "uuid4": _uuid("4", "[89abAB]"),
    "uuid5": _uuid("5", "[89abAB]"),
}
