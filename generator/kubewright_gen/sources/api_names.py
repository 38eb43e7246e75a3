"""What an API server accepts as the names of groups, versions, kinds and resources.

Everything that becomes a path, a module or an identifier has passed here. Go counterparts:
``validation.IsDNS1123Subdomain``, ``IsDNS1035Label``, ``path.IsValidPathSegmentName``.
"""

from __future__ import annotations

import re

__all__ = ["is_group", "is_kind", "is_label", "is_resource", "is_version"]

_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_RESOURCE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")


def is_label(text: object) -> bool:
    """Whether this is a DNS label that begins with a letter: plurals, versions, short names."""
    return isinstance(text, str) and _LABEL.match(text) is not None


def is_resource(text: object) -> bool:
    """Whether this is a DNS label: the name of a resource or subresource in discovery."""
    return isinstance(text, str) and _RESOURCE.match(text) is not None


def is_version(text: object) -> bool:
    """Whether this is the name of a version."""
    return is_label(text)


def is_kind(text: object) -> bool:
    """Whether this is the name of a kind: a DNS label but for its capitals."""
    return isinstance(text, str) and text.isascii() and is_label(text.lower())


def is_group(text: object) -> bool:
    """Whether this is the name of a group: a DNS subdomain, or nothing for the core group."""
    if not isinstance(text, str) or len(text) > 253:
        return False
    return not text or _SUBDOMAIN.match(text) is not None
