"""What a server does not have, or has more than once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubewright.discovery.apis import APIResource
from kubewright.errors import KubeError
from kubewright.schema import GroupVersion

__all__ = ["AmbiguousMatchError", "NoMatchError"]


class NoMatchError(KubeError, LookupError):
    """The server has no resource, kind or document of that name.

    Attributes:
        failures: group versions whose server did not answer, and that may have it.
    """

    def __init__(self, message: str, failures: Iterable[GroupVersion] = ()) -> None:
        super().__init__(message)
        self.failures = tuple(failures)


class AmbiguousMatchError(KubeError, LookupError):
    """Several resources have that name, and nothing says which of them is meant.

    Attributes:
        matches: all of them.
    """

    def __init__(self, message: str, matches: Sequence[APIResource]) -> None:
        super().__init__(message)
        self.matches = tuple(matches)
