"""Where each named schema lives: in the runtime, in one group version's module, or in several.

Servers name schemas after the Go package (``io.k8s.api.core.v1.Container``). A package whose kinds
a group version serves has its home there, and all modules import from it; a schema of any other
package is written into each module that needs it, so that a name never depends on neighbours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from kubewright import autoscaling_v1, meta_v1
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import Documents, Schema

__all__ = ["Placement", "runtime_type"]

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_RUNTIME = {
    f"{_META}Time": "kubewright.scalars.Time",
    f"{_META}MicroTime": "kubewright.scalars.MicroTime",
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "kubewright.quantity.Quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "IntOrString",
    **{f"{_META}{name}": f"kubewright.meta_v1.{name}" for name in meta_v1.__all__},
    **{
        f"io.k8s.api.autoscaling.v1.{name}": f"kubewright.autoscaling_v1.{name}"
        for name in autoscaling_v1.__all__
    },
}


def runtime_type(schema_name: str) -> str | None:
    """The import path of a type that the runtime has by hand."""
    return _RUNTIME.get(schema_name)


class Placement:
    """Finds named schemas and their homes."""

    def __init__(self, documents: Documents) -> None:
        self._schemas = {doc.group_version: doc.schemas for doc in documents.group_versions}
        self._by_kind: dict[GroupVersionKind, str] = {}
        votes: defaultdict[str, Counter[GroupVersion]] = defaultdict(Counter)
        for doc in documents.group_versions:
            served = {resource.kind for resource in doc.resources}
            for name, schema in doc.schemas.items():
                for kind in schema.kinds if len(schema.kinds) == 1 else ():
                    self._by_kind.setdefault(kind, name)
                    if kind in served and kind.group_version == doc.group_version:
                        votes[_package(name)][doc.group_version] += 1
        self._homes = {
            package: min(count, key=lambda gv: (-count[gv], gv)) for package, count in votes.items()
        }

    def home(self, schema_name: str, user: GroupVersion) -> GroupVersion:
        """The group version whose module has the class, when ``user`` refers to it."""
        return self._homes.get(_package(schema_name), user)

    def find(self, schema_name: str, user: GroupVersion) -> Schema | None:
        """The schema, from the home's document if it is there."""
        for gv in (self.home(schema_name, user), user):
            if schema_name in self._schemas.get(gv, {}):
                return self._schemas[gv][schema_name]
        others = (s[schema_name] for s in self._schemas.values() if schema_name in s)
        return next(others, None)

    def schema_of_kind(self, kind: GroupVersionKind) -> str | None:
        """The name of the schema that describes a kind."""
        return self._by_kind.get(kind)


def _package(schema_name: str) -> str:
    return schema_name.rpartition(".")[0]


def references(schema: Schema) -> Iterator[str]:
    """The names of all schemas that one refers to, each as often as it does."""
    if schema.ref is not None:
        yield schema.ref
    for child in schema.properties.values():
        yield from references(child)
    if schema.items is not None:
        yield from references(schema.items)
    if schema.additional is not None:
        yield from references(schema.additional)
