"""``meta/v1``: what every Kubernetes object has in common.

Written by hand, so that it is pleasant (``pod.metadata.labels`` is never ``None``) and so that all
generated packages share it; a test compares its fields with the published OpenAPI document.
client-go: ``k8s.io/apimachinery/pkg/apis/meta/v1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar, overload

import msgspec
from pydantic import Field

from kubewright._errors import DecodeError
from kubewright._wire import split_array, split_object
from kubewright.model import Model, empty, required
from kubewright.scalars import Time
from kubewright.schema import ObjectName

__all__ = [
    "APIResource",
    "Condition",
    "DeleteOptions",
    "FieldSelectorRequirement",
    "GroupResource",
    "KubernetesObject",
    "LabelSelector",
    "LabelSelectorRequirement",
    "ListMeta",
    "ManagedFieldsEntry",
    "ObjectList",
    "ObjectMeta",
    "OwnerReference",
    "Preconditions",
    "ShardInfo",
    "Status",
    "StatusCause",
    "StatusDetails",
]


class OwnerReference(Model):
    """Points from an object to the object that owns it, in the same namespace or in the cluster."""

    api_version: str = required()
    kind: str = required()
    name: str = required()
    uid: str = required()
    controller: bool | None = None
    block_owner_deletion: bool | None = None


class ManagedFieldsEntry(Model):
    """The fields of an object that one manager set by one operation (server-side apply)."""

    api_version: str = ""
    fields_type: str = ""
    fields_v1: Annotated[dict[str, Any], Field(alias="fieldsV1")] = empty(dict)
    manager: str = ""
    operation: Literal["Apply", "Update"] | str = ""
    subresource: str = ""
    time: Time | None = None


class ObjectMeta(Model):
    """Metadata that all persisted resources must have."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    self_link: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int | None = None
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    deletion_grace_period_seconds: int | None = None
    labels: dict[str, str] = empty(dict)
    annotations: dict[str, str] = empty(dict)
    owner_references: list[OwnerReference] = empty(list)
    finalizers: list[str] = empty(list)
    managed_fields: list[ManagedFieldsEntry] = empty(list)


class ShardInfo(Model):
    """The part of a collection that a sharded list holds."""

    selector: str = required()


class ListMeta(Model):
    """Metadata of a list, with the version to watch from and the token of the next page."""

    self_link: str = ""
    resource_version: str = ""
    continue_: Annotated[str, Field(alias="continue")] = ""
    remaining_item_count: int | None = None
    shard_info: ShardInfo | None = None


class KubernetesObject(Model):
    """An object with a kind and metadata."""

    api_version: str = ""
    kind: str = ""
    metadata: ObjectMeta = empty(ObjectMeta)

    @property
    def object_name(self) -> ObjectName:
        """The key of this object in caches and queues."""
        return ObjectName(self.metadata.namespace, self.metadata.name)


class LabelSelectorRequirement(Model):
    """One condition on a label."""

    key: str = required()
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] | str = required()
    values: list[str] = empty(list)


class FieldSelectorRequirement(LabelSelectorRequirement):
    """One condition on a field."""


class LabelSelector(Model):
    """A label query over a set of resources; the parts are ANDed, and an empty one takes all."""

    match_labels: dict[str, str] = empty(dict)
    match_expressions: list[LabelSelectorRequirement] = empty(list)


class GroupResource(Model):
    """A resource without its version."""

    group: str = required()
    resource: str = required()


class APIResource(Model):
    """What legacy discovery says of one resource or subresource."""

    name: str = required()
    singular_name: str = required()
    namespaced: bool = required()
    group: str = ""
    version: str = ""
    kind: str = required()
    verbs: list[str] = required()
    short_names: list[str] = empty(list)
    categories: list[str] = empty(list)
    storage_version_hash: str = ""


class Condition(Model):
    """One aspect of the state of an object."""

    type: str = required()
    status: Literal["True", "False", "Unknown"] | str = required()
    observed_generation: int | None = None
    last_transition_time: Time = required()
    reason: str = required()
    message: str = required()


class Preconditions(Model):
    """What must hold for an object to be deleted."""

    uid: str | None = None
    resource_version: str | None = None


class DeleteOptions(Model):
    """How to delete."""

    api_version: str = ""
    kind: str = ""
    grace_period_seconds: int | None = None
    preconditions: Preconditions | None = None
    orphan_dependents: bool | None = None
    propagation_policy: Literal["Orphan", "Background", "Foreground"] | str | None = None
    dry_run: list[str] = empty(list)
    ignore_store_read_error_with_cluster_breaking_potential: bool | None = None


class StatusCause(Model):
    """One of the reasons of a failure."""

    reason: str = ""
    message: str = ""
    field: str = ""


class StatusDetails(Model):
    """What a failed call was about."""

    name: str = ""
    group: str = ""
    kind: str = ""
    uid: str = ""
    causes: list[StatusCause] = empty(list)
    retry_after_seconds: int = 0


class Status(Model):
    """The result of a call that returns no other object."""

    api_version: str = "v1"
    kind: str = "Status"
    metadata: ListMeta = empty(ListMeta)
    status: Literal["Success", "Failure"] | str = ""
    message: str = ""
    reason: str = ""
    details: StatusDetails = empty(StatusDetails)
    code: int = 0


T = TypeVar("T", bound=KubernetesObject)
M = TypeVar("M", bound=KubernetesObject)


class ObjectList(Sequence[T], Generic[T]):
    """The objects of a list in the order that the server gave, and the list's metadata.

    Each object stays bytes until somebody looks at it, and is the same object from then on.
    """

    __slots__ = ("_items", "_model", "metadata")

    def __init__(self, model: type[T], items: Iterable[T | bytes], metadata: ListMeta) -> None:
        self._model = model
        self._items: list[T | bytes] = list(items)
        self.metadata = metadata

    @staticmethod
    def from_json(model: type[M], data: bytes) -> ObjectList[M]:
        """Split the JSON of a list into its items, without decoding them.

        Raises:
            DecodeError: the data is no list.
        """
        items, metadata = split_list(data)
        return ObjectList(model, items, metadata)

    @property
    def items(self) -> list[T]:
        """All objects, decoded."""
        return [self._at(index) for index in range(len(self._items))]

    def _at(self, index: int) -> T:
        item = self._items[index]
        if isinstance(item, bytes):
            item = self._items[index] = self._model.from_json(item)
        return item

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self._at(i) for i in range(*index.indices(len(self._items)))]
        return self._at(index)

    def __iter__(self) -> Iterator[T]:
        return (self._at(index) for index in range(len(self._items)))

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        version = self.metadata.resource_version
        kind = self._model.__name__
        return f"<list of {len(self)} {kind} objects at resource version {version!r}>"


_NOTHING = msgspec.Raw(b"null")


def split_list(data: bytes) -> tuple[list[bytes], ListMeta]:
    """The items of a JSON list as bytes of their own, and the list's metadata.

    Each item is a copy, so that one that is kept does not keep the whole answer alive.

    Raises:
        DecodeError: the data is no list.
    """
    try:
        parts = split_object(data)
        raw = parts.get("items", _NOTHING)
        items = [] if raw == _NOTHING else split_array(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(f"no list of objects: {error}") from error
    told = parts.get("metadata", _NOTHING)
    # a copy, as those of the items: the metadata must not keep the whole answer alive either
    metadata = ListMeta.from_json(b"{}" if told == _NOTHING else bytes(told))
    return [bytes(item) for item in items], metadata
