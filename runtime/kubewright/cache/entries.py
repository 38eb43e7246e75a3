"""Objects as the cache keeps them: bytes with a small decoded head.

What an object costs at rest is decided here: managedFields, half of a typical pod, are cut out of
the bytes, and what is left may be compressed with a dictionary, since objects of one kind are alike.
"""

from __future__ import annotations

import logging
import sys
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Generic, TypeVar

import msgspec

from kubewright._errors import DecodeError
from kubewright._wire import split_object
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName
from kubewright.watch.lister_watcher import Parts, head_of, parts_of

__all__ = ["Entry", "EntryCodec"]

logger = logging.getLogger("kubewright.cache")

T = TypeVar("T", bound=KubernetesObject)

_NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})
_MANAGED_FIELDS: Final = b'"managedFields"'
_LEVEL: Final = 1  # of zlib; with a dictionary the others gain little
_WINDOW: Final = 1 << 15  # bytes that zlib looks back

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One state of one object.

    Attributes:
        name: the key.
        uid: tells objects of one name apart.
        resource_version: tells states of one object apart.
        labels: for selectors.
        data: the whole object, in the form of the `EntryCodec` that made it.
    """

    name: ObjectName
    uid: str
    resource_version: str
    labels: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)


class EntryCodec(Generic[T]):
    """Makes entries of what a server sends, and objects of entries; for many threads."""

    def __init__(
        self,
        model: type[T],
        *,
        transform: Callable[[T], T] | None = None,
        kind: str = "",
        keep_managed_fields: bool = False,
        compress: bool = False,
    ) -> None:
        """Choose what is kept.

        Args:
            model: what the objects are.
            transform: changes each object before it is kept; called once for each state, and must
                leave the metadata that name it. An object for which it fails is kept as it came.
            kind: of the objects; one that says that it is of another is refused.
            keep_managed_fields: keep who owns which field; most readers never look.
            compress: spend time on each read and write to keep less.
        """
        self._model = model
        self._transform = transform
        self._kind = _encode(kind) if kind else None
        self._keep_managed_fields = keep_managed_fields
        self._compress = compress
        self._dictionary: bytes | None = None
        self._choosing = threading.Lock()
        self.failed_transforms = 0

    def entry_of(self, obj: Parts) -> Entry:
        """Keep what a server sent.

        Raises:
            DecodeError: it is no Kubernetes object.
        """
        kind = obj.get("kind")
        if self._kind is not None and kind is not None and bytes(kind) != self._kind:
            raise DecodeError(f"an object of the kind {bytes(kind)[:80]!r} is none of these")
        if not self._keep_managed_fields:
            obj = _without_managed_fields(obj)
        if self._transform is not None:
            obj = self._transformed(self._transform, obj)
        return self._packed(obj)

    def entry_from(self, obj: T) -> Entry:
        """Keep an object of the program, as it is.

        Raises:
            DecodeError: its metadata are not what metadata are.
        """
        return self._packed(parts_of(obj.to_json()))

    def read(self, entry: Entry) -> T:
        """Make an object of the caller's own; its fields are decoded when they are looked at."""
        return self._model.from_json(self.json_of(entry))

    def json_of(self, entry: Entry) -> bytes:
        """Return the object as JSON."""
        if not self._compress:
            return entry.data
        # a stream says itself whether it needs the dictionary
        unpack = zlib.decompressobj(zdict=self._dictionary or b"")
        return unpack.decompress(entry.data) + unpack.flush()

    def _packed(self, obj: Parts) -> Entry:
        head = head_of(obj)
        data = _encode(obj)
        labels = head.labels
        return Entry(
            ObjectName(sys.intern(head.namespace), head.name),
            head.uid,
            head.resource_version,
            {sys.intern(k): sys.intern(v) for k, v in labels.items()} if labels else _NO_LABELS,
            self._compressed(data) if self._compress else data,
        )

    def _compressed(self, data: bytes) -> bytes:
        dictionary = self._dictionary
        if dictionary is None:
            with self._choosing:
                if self._dictionary is None:
                    # the first object stands for the others: they share names and whole stanzas
                    self._dictionary = data[-_WINDOW:]
            return zlib.compress(data, _LEVEL)
        pack = zlib.compressobj(_LEVEL, zdict=dictionary)
        return pack.compress(data) + pack.flush()

    def _transformed(self, transform: Callable[[T], T], obj: Parts) -> Parts:
        try:
            changed = transform(self._model.from_parts(dict(obj)))
            parts = parts_of(changed.to_json())
            if _identity_in(parts) != _identity_in(obj):
                raise ValueError("it changes the name, namespace, uid or resource version")
        except Exception:
            self.failed_transforms += 1
            logger.exception(
                "the transform fails for %s, which is kept as it came", _identity_in(obj)[0]
            )
            return obj
        return parts


def _without_managed_fields(obj: Parts) -> Parts:
    metadata = obj.get("metadata")
    if metadata is None or _MANAGED_FIELDS not in bytes(metadata):
        return obj
    members = split_object(metadata)
    if members.pop("managedFields", None) is None:
        return obj
    return {**obj, "metadata": msgspec.Raw(_encode(members))}


def _identity_in(obj: Parts) -> tuple[ObjectName, str, str]:
    head = head_of(obj)
    return ObjectName(head.namespace, head.name), head.uid, head.resource_version
