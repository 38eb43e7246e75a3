"""Which names Kubernetes gives to objects. apimachinery: ``validation.IsDNS1123Subdomain``."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["SUBDOMAIN", "is_dns_subdomain"]

SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST: Final = 253


def is_dns_subdomain(name: str) -> bool:
    """Whether most kinds of objects could have this name."""
    return len(name) <= _LONGEST and SUBDOMAIN.fullmatch(name) is not None
