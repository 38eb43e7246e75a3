"""The inline objects of custom resources become classes: one for one shape in a group version.

A definition spells each object out where it is used, so that the same shape comes hundreds of
times. Every place keeps a name of its own, made from its path; the first one is the class, and the
first place in each other kind is another name for it, so that a name depends on its kind alone.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import fields as fields_of

from kubewright_gen.documents import Schema
from kubewright_gen.resolve.ir import Alias
from kubewright_gen.resolve.naming import class_name, distinct

__all__ = ["Shapes", "is_class", "is_object_kind"]


def is_class(schema: Schema) -> bool:
    """Whether the schema describes an object with fields of its own."""
    return bool(schema.properties) and schema.type in (None, "object") and schema.ref is None


def is_object_kind(schema: Schema) -> bool:
    """Whether the schema describes a kind that has the metadata of an object."""
    metadata = schema.properties.get("metadata")
    if len(schema.kinds) != 1 or metadata is None:
        return False
    return metadata.type == "object" or (metadata.ref or "").endswith(".ObjectMeta")


class Shapes:
    """The classes of the inline objects of one group version.

    Names are given kind by kind in the order of their names, and within a kind by the shortest
    path first.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._keys = _Keys()
        self._names: dict[bytes, str] = {}
        self._seen: dict[str, set[bytes]] = {}  # by kind
        self.aliases: list[Alias] = []
        self.classes: list[tuple[str, Schema]] = []

    def add(self, kind: str, schema: Schema) -> None:
        """Name every inline object below the schema of a kind, the shape of the kind apart."""
        seen = self._seen.setdefault(kind, set())
        queue = deque(_children(schema, (kind,)))
        while queue:
            path, node = queue.popleft()
            if is_class(node):
                key = self._keys.shape(node)
                if key in seen:
                    continue
                seen.add(key)
                self._name(key, path, node)
            queue.extend(_children(node, path))

    def _name(self, key: bytes, path: tuple[str, ...], node: Schema) -> None:
        name = next(distinct([class_name(*path)], self._taken))
        self._taken.add(name)
        if key in self._names:
            self.aliases.append(Alias(name, self._names[key]))
        else:
            self._names[key] = name
            self.classes.append((name, node))

    def name_of(self, schema: Schema) -> str:
        """The class of an inline object that was added."""
        return self._names[self._keys.shape(schema)]


class _Keys:
    """Digests of schemas, each computed once."""

    def __init__(self) -> None:
        self._known: dict[int, bytes] = {}
        self._keep: list[Schema] = []  # an id is only good as long as its object lives

    def shape(self, schema: Schema) -> bytes:
        """What makes two objects the same class: all but what describes the place they are at."""
        known = self._known.get(id(schema))
        if known is None:
            known = self._known[id(schema)] = self._digest(schema)
            self._keep.append(schema)
        return known

    def _whole(self, schema: Schema) -> bytes:
        place = [getattr(schema, name) for name in _PLACE]
        return self.shape(schema) + json.dumps(place, sort_keys=True).encode()

    def _digest(self, schema: Schema) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        for name in _SHAPE:
            value = getattr(schema, name)
            digest.update(b"\0")
            if isinstance(value, Schema):
                digest.update(self._whole(value))
            elif name == "properties":
                for key in sorted(value):
                    quoted = repr(key).encode("utf-8", "surrogatepass")
                    digest.update(quoted + self._whole(value[key]))
            elif name == "required":
                digest.update(repr(sorted(schema.required)).encode("utf-8", "surrogatepass"))
            elif value:
                digest.update(repr(value).encode("utf-8", "surrogatepass"))
        return digest.digest()


_PLACE = ("description", "nullable", "has_default", "default")
_SHAPE = tuple(f.name for f in fields_of(Schema) if f.name not in _PLACE)


def _children(schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Schema]]:
    for name in sorted(schema.properties):
        yield (*path, name), schema.properties[name]
    if schema.items is not None:
        yield path, schema.items
    if schema.additional is not None:
        yield (*path, "value") if is_class(schema) else path, schema.additional
