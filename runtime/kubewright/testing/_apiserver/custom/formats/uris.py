"""The format ``uri``: what a request may be for.

Go: ``ParseRequestURI`` of ``net/url``. A query may be anything, a fragment is part of the path.
"""

from __future__ import annotations

import re
from typing import Final

from kubewright.testing._apiserver.custom.formats.addresses import is_ipv6

__all__ = ["is_request_uri"]

_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
_SCHEME: Final = re.compile("([a-zA-Z][-+.a-zA-Z0-9]*):")
_ESCAPED: Final = "%[0-9a-fA-F]{2}"
_PATH: Final = re.compile(f"(?:[^%]|{_ESCAPED})*")
_USER: Final = re.compile(rf"(?:[-\w.:~!$&'()*+,;=@]|{_ESCAPED})*", re.ASCII)
_OF_HOST: Final = r"[-\w.~!$&'()*+,;=:\[\]<>" + '"]'
_BEYOND_ASCII: Final = "[^\x00-\x7f]"
# of what is escaped in a host, a sign of ASCII can only be the one of escapes
_HOST: Final = re.compile(rf"(?:{_OF_HOST}|{_BEYOND_ASCII}|%25|%[89a-fA-F][0-9a-fA-F])*", re.ASCII)
_ZONE: Final = re.compile(rf"(?:{_OF_HOST}|{_BEYOND_ASCII}|{_ESCAPED})+", re.ASCII)
_IN_ZONE: Final = re.compile(rf"{_OF_HOST}|[% ]", re.ASCII)
_PORT: Final = re.compile("(?::[0-9]*)?")


def is_request_uri(text: str) -> bool:
    """Whether it is a path from the root, or begins with a scheme."""
    if _CONTROL.search(text):
        return False
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    rest = text[found.end() if found else 0 :].partition("?")[0]
    if text == "*" or (scheme and not rest.startswith("/")):
        return True
    if scheme and rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        return _is_authority(scheme, authority) and _is_path(slash + path)
    return rest.startswith("/") and _is_path(rest)


def _is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None


def _is_authority(scheme: str, text: str) -> bool:
    user, _, host = text.rpartition("@")
    return _USER.fullmatch(user) is not None and _is_host(scheme, host)


def _is_host(scheme: str, text: str) -> bool:
    if "[" in text[1:]:
        return False
    if text.startswith("["):
        address, bracket, port = text[1:].rpartition("]")
        return bool(bracket) and _is_port(port) and _is_literal(address)
    # other schemes name more than one host in a way of their own
    is_web = scheme in ("http", "https")
    _, colon, port = text.partition(":") if is_web else text.rpartition(":")
    return (not colon or _is_port(colon + port)) and _HOST.fullmatch(text) is not None


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None


def _is_literal(text: str) -> bool:
    address, percent, zone = text.partition("%25")
    return is_ipv6(address) and (not percent or _is_zone(zone))


def _is_zone(text: str) -> bool:
    if not _ZONE.fullmatch(text):
        return False
    escaped = (chr(int(code[1:], 16)) for code in re.findall(_ESCAPED, text))
    return all(_IN_ZONE.fullmatch(letter) for letter in escaped)
