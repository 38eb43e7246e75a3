"""Where the server in memory does not answer as a real one does: the complete list.

A case that is named here must fail on it; one that does not any more fails the suite.
"""

from __future__ import annotations

__all__ = ["DIFFERENCES"]

DIFFERENCES: dict[str, str] = {}
"""The case, and the reason."""
