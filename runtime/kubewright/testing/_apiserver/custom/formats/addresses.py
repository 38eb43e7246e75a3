"""Formats of text that say where something is in a network.

Go: ``net``, ``net/netip``; k8s.io/utils: ``net``, which reads numbers with zeros before them.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from kubewright.testing._apiserver.custom.patterns import matches

__all__ = ["is_cidr", "is_hostname", "is_ip", "is_ipv4", "is_ipv6", "is_mac"]

_ZEROS: Final = re.compile("(?<![0-9a-fA-F])0+(?=[0-9a-fA-F])")
_PREFIX: Final = re.compile("0*[0-9]{1,3}")
_BITS_V4: Final = 32
_BITS_V6: Final = 128
_OCTET: Final = "[0-9a-fA-F]{2}"
_MAC: Final = re.compile(
    rf"({_OCTET})+|{_OCTET}(:{_OCTET})+|{_OCTET}(-{_OCTET})+|({_OCTET}){{2}}(\.({_OCTET}){{2}})+"
)
_DIGITS_OF_MACS: Final = (12, 16, 40)
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 255
_SIGN: Final = r"0-9\p{S}\p{L}"
# as it is written there, one label may have a dash as its second letter, and no other
_ONE_LABEL: Final = rf"^[{_SIGN}]-?[{_SIGN}]*$"
_MANY_LABELS: Final = rf"^([{_SIGN}]([-{_SIGN}]*[{_SIGN}])?\.)+\p{{L}}{{2,}}$"


def is_ip(text: str) -> bool:
    """Whether it is an address of either version, and no zone."""
    return _is_v4(text) or is_ipv6(text)


def is_ipv6(text: str) -> bool:
    """Whether it is an address of version 6, and no zone."""
    try:
        return "%" not in text and bool(IPv6Address(text).packed)
    except AddressValueError:
        return False


def is_ipv4(text: str) -> bool:
    """Whether it is an address with dots, be it the end of one of version 6 that has them."""
    return "." in text and is_ip(_without_zeros(text))


def is_cidr(text: str) -> bool:
    """Whether it is an address and how many of its bits name the network."""
    address, _, bits = text.partition("/")
    if not _PREFIX.fullmatch(bits):
        return False
    plain = _without_zeros(address)
    most = _BITS_V4 if _is_v4(plain) else _BITS_V6 if is_ipv6(plain) else -1
    return int(bits[-3:]) <= most


def is_mac(text: str) -> bool:
    """Whether it is an address of 6, 8 or 20 bytes: with colons, dashes, dots or nothing between."""
    digits = re.sub("[-:.]", "", text)
    return len(digits) in _DIGITS_OF_MACS and _MAC.fullmatch(text) is not None


def is_hostname(text: str) -> bool:
    """Whether it is one label, or some with a domain of letters at the end; lengths are in bytes."""
    labels = text.split(".")
    pattern = _ONE_LABEL if len(labels) == 1 else _MANY_LABELS
    return (
        _size(text) <= _LONGEST_NAME
        and all(_size(label) <= _LONGEST_LABEL for label in labels)
        and matches(pattern, text)
    )


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _is_v4(text: str) -> bool:
    try:
        return bool(IPv4Address(text).packed)
    except AddressValueError:
        return False


def _without_zeros(text: str) -> str:
    return _ZEROS.sub("", text)
