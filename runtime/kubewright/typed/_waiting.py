"""Waiting for one object, as ``kubectl wait`` does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Literal, TypeAlias, TypeVar, overload

from kubewright._json import is_array, is_object
from kubewright.errors import KubeError, RequestError
from kubewright.jsonpath import JSONPath, JSONPathError
from kubewright.meta_v1 import KubernetesObject
from kubewright.typed._reading import ListClient, WatchClient

__all__ = ["WaitClient", "WaitTimeoutError", "Wanted"]

T = TypeVar("T", bound=KubernetesObject)

Wanted: TypeAlias = str | Callable[[T], bool]
"""What is waited for: ``"condition=Ready"``, ``"condition=Available=False"``, ``"delete"``,
``"create"``, ``"jsonpath={.status.phase}=Running"``, or a function of the object."""

_CONDITION = re.compile(r"condition=([^=]+)(?:=(.*))?", re.DOTALL)
_JSONPATH = re.compile(r"jsonpath=(\{.*\}|[^={}]+)(?:=(.*))?", re.DOTALL)
_Holds = Callable[[T | None], bool]


class WaitTimeoutError(KubeError, TimeoutError):
    """What was waited for did not come in time."""


class WaitClient(ListClient[T], WatchClient[T]):
    """Waits for what becomes of one object."""

    @overload
    def wait_for(
        self, name: str, wanted: Callable[[T], bool], *, timeout: float | None = None
    ) -> T: ...
    @overload
    def wait_for(
        self, name: str, wanted: Literal["delete"], *, timeout: float | None = None
    ) -> None: ...
    @overload
    def wait_for(self, name: str, wanted: str, *, timeout: float | None = None) -> T | None: ...
    def wait_for(self, name: str, wanted: Wanted[T], *, timeout: float | None = None) -> T | None:
        """Wait until an object is what is wanted; what it is already counts.

        An object that is not there yet is waited for.

        Args:
            name: of the object.
            wanted: see `Wanted`.
            timeout: seconds; without it, for ever.

        Returns:
            The object; ``None`` after a ``delete``.

        Raises:
            WaitTimeoutError: it did not come in time.
            RequestError: ``wanted`` is nothing that could be waited for.
        """
        if not name:
            raise RequestError("the name is empty")
        holds = _predicate(wanted)
        deadline = None if timeout is None else time.monotonic() + timeout
        selector = {"metadata.name": name}
        found = self.list(field_selector=selector, timeout=timeout)
        state = found[0] if found else None
        if holds(state):
            return state
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        with self.watch(field_selector=selector, since=found, timeout=left) as events:
            for event in events:
                state = None if event.type == "DELETED" else event.object
                if holds(state):
                    return state
        what = wanted if isinstance(wanted, str) else getattr(wanted, "__name__", "the condition")
        raise WaitTimeoutError(
            f"{self.info} {name!r}: {what} did not come in time; it {_told(state, wanted)}"
        )


def _predicate(wanted: Wanted[T]) -> _Holds[T]:
    if not isinstance(wanted, str):
        return lambda obj: obj is not None and wanted(obj)
    if wanted == "delete":
        return lambda obj: obj is None
    if wanted == "create":
        return lambda obj: obj is not None
    if found := _CONDITION.fullmatch(wanted):
        return _condition(found[1], "True" if found[2] is None else found[2])
    if found := _JSONPATH.fullmatch(wanted):
        return _json_path(found[1], found[2])
    raise RequestError(
        f"{wanted[:100]!r} is nothing to wait for: write delete, create, condition=TYPE[=STATUS]"
        " or jsonpath={PATH}[=VALUE]"
    )


def _condition(kind: str, status: str) -> _Holds[T]:
    def holds(obj: T | None) -> bool:
        found = None if obj is None else _found_condition(obj, kind)
        return found is not None and found.lower() == status.lower()

    return holds


def _found_condition(obj: KubernetesObject, kind: str) -> str | None:
    """Return the status of a condition; None if nothing is said of the object as it is now."""
    wire = obj.to_wire()
    status_of = wire.get("status")
    told = status_of if is_object(status_of) else {}
    conditions = told.get("conditions")
    for each in conditions if is_array(conditions) else ():
        if is_object(each) and str(each.get("type", "")).lower() == kind.lower():
            # what was said of an earlier state of the object says nothing of this one
            seen = each.get("observedGeneration", told.get("observedGeneration"))
            is_old = isinstance(seen, int) and seen < (obj.metadata.generation or 0)
            return None if is_old else str(each.get("status", ""))
    return None


def _told(obj: KubernetesObject | None, wanted: object) -> str:
    """Return what is to say of an object that is not as wanted."""
    if obj is None:
        return "is not there"
    condition = _CONDITION.fullmatch(wanted) if isinstance(wanted, str) else None
    if condition is None:
        return "is there"
    return f"has {condition[1]}={_found_condition(obj, condition[1]) or 'unset'}"


def _json_path(path: str, value: str | None) -> _Holds[T]:
    try:
        template = JSONPath.relaxed(path, allow_missing=True)
    except JSONPathError as error:
        raise RequestError(str(error)) from None

    def holds(obj: T | None) -> bool:
        if obj is None:
            return False
        try:
            found = template.values(obj.to_wire())
        except JSONPathError:
            return False  # it may fit later, when a list has grown
        if value is None:
            return bool(found)
        return len(found) == 1 and template.render(obj.to_wire()) == value

    return holds
