"""Which of two resource versions is newer.

Servers promise since KEP-5504 that versions of one resource are decimal numbers that grow.
apimachinery: ``util/resourceversion``.
"""

from __future__ import annotations

__all__ = ["compare_versions", "version_number"]


def version_number(resource_version: str) -> int:
    """Return the number that a version is.

    Raises:
        ValueError: it is none: empty, zero, with a leading zero, or not made of digits.
    """
    is_number = resource_version.isascii() and resource_version.isdecimal()
    if not is_number or resource_version.startswith("0"):
        raise ValueError(f"{resource_version!r} is no resource version that can be compared")
    return int(resource_version)


def compare_versions(one: str, other: str) -> int:
    """Return -1, 0 or 1, as the first version is older than the second, the same or newer.

    Raises:
        ValueError: one of them cannot be compared.
    """
    a, b = version_number(one), version_number(other)
    return (a > b) - (a < b)
