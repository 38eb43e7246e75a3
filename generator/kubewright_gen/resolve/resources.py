"""The resources of a group version: the names of their clients, listers and informers."""

from __future__ import annotations

from collections.abc import Callable

from kubewright.schema import GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, GroupVersionDocument, Schema
from kubewright_gen.resolve.docs import describe
from kubewright_gen.resolve.ir import ClassRef, Resource, Subresource
from kubewright_gen.resolve.naming import attribute_name, class_name, distinct, plural_kind
from kubewright_gen.resolve.shapes import is_object_kind

__all__ = ["resources_of"]

# Those the runtime has clients for, and those that are no objects but connections.
_NOT_GENERIC = {"status", "scale", "log", "exec", "attach", "portforward", "proxy"}
# What these subresources answer with is not what discovery says, which names what they take.
_ANSWERS_STATUS = {"eviction", "binding"}
_STATUS = ClassRef("kubewright.meta_v1", "Status")

ClassOf = Callable[[GroupVersionKind], ClassRef | None]


def resources_of(
    doc: GroupVersionDocument,
    class_of: ClassOf,
    schema_of: Callable[[GroupVersionKind], Schema | None],
    notes: Callable[[str], None],
) -> tuple[Resource, ...]:
    """Name what is generated for each resource; one whose objects are not known is left out."""
    known: list[tuple[DiscoveredResource, ClassRef, Schema]] = []
    for discovered in doc.resources:
        model, schema = class_of(discovered.kind), schema_of(discovered.kind)
        if model is None or schema is None:
            notes(f"{doc.group_version} {discovered.name}: no schema, left out")
        elif not is_object_kind(schema):
            notes(f"{doc.group_version} {discovered.name}: objects without metadata, left out")
        else:
            known.append((discovered, model, schema))
    attributes = distinct(attribute_name(r.kind.kind, r.name) for r, _, _ in known)
    return tuple(
        _resource(discovered, model, schema, attribute, class_of)
        for (discovered, model, schema), attribute in zip(known, attributes, strict=True)
    )


def _resource(
    discovered: DiscoveredResource,
    model: ClassRef,
    schema: Schema,
    attribute: str,
    class_of: ClassOf,
) -> Resource:
    plural = plural_kind(discovered.kind.kind, discovered.name)
    return Resource(
        discovered=discovered,
        constant=attribute.upper(),
        attribute=attribute,
        plural=plural,
        model=model,
        prefix=class_name(discovered.kind.kind).rstrip("_"),
        doc=describe(schema, with_default=False) or f"{plural}.",
        subresources=tuple(
            found
            for sub in discovered.subresources
            if sub.name not in _NOT_GENERIC
            and sub.kind is not None
            and (found := _subresource(sub.name, sub.verbs, class_of(sub.kind))) is not None
        ),
    )


def _subresource(name: str, verbs: tuple[str, ...], body: ClassRef | None) -> Subresource | None:
    if body is None:
        return None
    return Subresource(name, verbs, body, _STATUS if name in _ANSWERS_STATUS else body)
