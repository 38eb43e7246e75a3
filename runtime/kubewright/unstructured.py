"""Objects of any kind, without a model: metadata typed, everything else plain data.

client-go: ``k8s.io/apimachinery/pkg/apis/meta/v1/unstructured``.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from kubewright._errors import KubeError
from kubewright._json import is_array, is_object
from kubewright._wire import plain
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import GroupVersion, GroupVersionKind

__all__ = ["NestedFieldError", "PartialObjectMetadata", "Unstructured"]

V = TypeVar("V", str, int, float, bool, list[Any], dict[str, Any])

_ATTRIBUTES = {"apiVersion": "api_version", "kind": "kind", "metadata": "metadata"}


class NestedFieldError(KubeError, TypeError):
    """A field is not what it was taken for; the message names it with its path."""


class Unstructured(KubernetesObject):
    """An object of any kind.

    The kind and the metadata are attributes, as of any object; every other field is an item, under
    its name on the wire: ``obj["spec"]["replicas"] = 3``. What nobody looks at stays the bytes that
    came, and goes back as such.
    """

    @property
    def group_version_kind(self) -> GroupVersionKind:
        """What the object says that it is.

        Raises:
            ValueError: its ``apiVersion`` is none.
        """
        group_version = GroupVersion.parse(self.api_version)
        return GroupVersionKind(group_version.group, group_version.version, self.kind)

    def __getitem__(self, key: str) -> Any:
        """Return a field; the lists and objects in it are the object's own, to be changed."""
        return self._content(key)[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._content(key)[key] = _plain(value)

    def __delitem__(self, key: str) -> None:
        del self._content(key)[key]

    def __contains__(self, key: object) -> bool:
        return key in self.model_extra

    def nested(self, kind: type[V], *path: str | int) -> V | None:
        """Return a field by its path, if it is there.

        Args:
            kind: what it has to be; a whole number will do for a ``float``.
            path: names of fields and indexes of lists.

        Returns:
            The field, the object's own; ``None`` where it or something above it is missing or null.

        Raises:
            NestedFieldError: it is something else, or something above it is no object or list.
        """
        value: Any = self._content(path[0]) if path else None
        for depth, step in enumerate(path):
            value = _member(value, step, path[:depth])
            if value is None:
                return None
        if kind is float and _is(value, int):
            value = float(value)
        if not _is(value, kind):
            raise NestedFieldError(f"{_shown(path)} is {_kind(value)}, not {kind.__name__}")
        return cast("V", value)

    def set_nested(self, value: Any, *path: str) -> None:
        """Set a field by its path; objects on the way are made.

        Args:
            value: plain data, or a model.
            path: names of fields.

        Raises:
            NestedFieldError: something on the way is no object.
            TypeError: JSON has no form for the value.
        """
        if not path:
            raise NestedFieldError("the path is empty")
        above: Any = self._content(path[0])
        for depth, step in enumerate(path[:-1]):
            below = above.get(step)
            if below is None:
                below = above[step] = {}
            elif not is_object(below):
                raise NestedFieldError(f"{_shown(path[: depth + 1])} is {_kind(below)}, not dict")
            above = below
        above[path[-1]] = _plain(value)

    def remove_nested(self, *path: str) -> None:
        """Remove a field by its path, if it is there.

        Raises:
            NestedFieldError: something on the way is no object.
        """
        above = self._content(path[0]) if len(path) == 1 else self.nested(dict, *path[:-1])
        if above is not None:
            above.pop(path[-1], None)

    def _content(self, key: str | int) -> dict[str, Any]:
        if key in _ATTRIBUTES:
            raise NestedFieldError(f"{key!r} is an attribute: write obj.{_ATTRIBUTES[str(key)]}")
        return self.model_extra


class PartialObjectMetadata(KubernetesObject):
    """The metadata of an object of any kind; nothing else of it is kept."""

    @classmethod
    def from_parts(cls, wire: dict[str, msgspec.Raw]) -> PartialObjectMetadata:
        """Take the metadata; a server that cannot send them alone sends the whole object."""
        return super().from_parts({key: wire[key] for key in _ATTRIBUTES if key in wire})


def _member(above: Any, step: str | int, path: tuple[str | int, ...]) -> Any:
    if isinstance(step, int):
        if not is_array(above):
            raise NestedFieldError(f"{_shown(path)} is {_kind(above)}, not list")
        return above[step] if -len(above) <= step < len(above) else None
    if not is_object(above):
        raise NestedFieldError(f"{_shown(path)} is {_kind(above)}, not dict")
    return above.get(step)


def _is(value: Any, kind: type[Any]) -> bool:
    # a bool is an int to isinstance
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _kind(value: Any) -> str:
    return type(value).__name__


def _shown(path: tuple[str | int, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _plain(value: Any) -> Any:
    """Data of the object's own, in which nothing is a model any more."""
    return msgspec.json.decode(msgspec.json.encode(plain(value)))
