"""Writes typed Kubernetes clients: sources → documents → IR → text → checked files.

client-go: ``k8s.io/code-generator``. The runtime never imports this package.
"""

from __future__ import annotations

from typing import Final

__all__ = ["__version__"]

__version__: Final = "0.1.0"  # of the distribution; a test compares it with pyproject.toml
