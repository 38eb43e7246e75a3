"""The root of the tree of exceptions, below everything that raises one; see `kubewright.errors`."""

from __future__ import annotations

__all__ = ["DecodeError", "KubeError"]


class KubeError(Exception):
    """Base class: ``except KubeError`` catches all that this package raises."""


class DecodeError(KubeError, ValueError):
    """Bytes that should hold a JSON object do not."""
