"""The package to be written, as values: every name and every shape is decided here.

Made by `kubewright_gen.resolve.resolver`; the templates and datamodel-code-generator only spell it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from kubewright.schema import GroupVersion
from kubewright_gen.documents import DiscoveredResource

__all__ = [
    "Alias",
    "ClassRef",
    "Field",
    "Group",
    "Model",
    "Package",
    "Presence",
    "Resource",
    "Subresource",
    "TypeRef",
]


@dataclass(frozen=True, slots=True)
class TypeRef:
    """The type of a value.

    ``scalar``: ``name`` is a Python builtin. ``enum``: open, over ``values``. ``any``: any JSON.
    ``local``: a class of the same module. ``external``: ``name`` is an import path.
    ``list`` and ``map`` hold ``item``. ``int_or_string`` speaks for itself.
    """

    form: Literal["scalar", "enum", "any", "local", "external", "list", "map", "int_or_string"]
    name: str = ""
    item: TypeRef | None = None
    values: tuple[Any, ...] = ()
    optional: bool = False  # may be None


Presence = Literal["required", "optional", "empty", "constant"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model.

    ``required`` must be given when building; ``optional`` is ``None`` when absent; ``empty`` is
    there as an empty list, map or object; ``constant`` has ``default``.
    """

    name: str
    wire_name: str
    alias: str | None  # stated only where the model's rule does not give the wire name
    type: TypeRef
    presence: Presence
    doc: str = ""
    default: Any = None


@dataclass(frozen=True, slots=True)
class Model:
    """One class."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    is_object: bool = False  # a kind: it has apiVersion, kind and metadata


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a class: the same shape at another place of the schemas."""

    name: str
    target: str


@dataclass(frozen=True, slots=True, order=True)
class ClassRef:
    """A class and the module that defines it."""

    module: str  # kubewright.meta_v1, or acme.kube.core_v1.models
    name: str


@dataclass(frozen=True, slots=True)
class Subresource:
    """A subresource that has types of its own, such as an eviction."""

    name: str
    verbs: tuple[str, ...]
    body: ClassRef
    result: ClassRef


@dataclass(frozen=True, slots=True)
class Resource:
    """One REST collection and the names of what is generated for it."""

    discovered: DiscoveredResource
    constant: str  # NETWORK_POLICIES
    attribute: str  # network_policies
    plural: str  # NetworkPolicies
    model: ClassRef
    prefix: str  # NetworkPolicy: of the client, informer and lister
    doc: str
    subresources: tuple[Subresource, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One group version: a folder of the package."""

    group_version: GroupVersion
    module: str  # apps_v1
    class_prefix: str  # AppsV1
    resources: tuple[Resource, ...]
    models: tuple[Model, ...]  # each after those that its class body names
    aliases: tuple[Alias, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """The whole package."""

    name: str  # acme.kube
    groups: tuple[Group, ...]  # sorted by module
    notes: tuple[str, ...] = ()  # what a user should know, such as fields that got a suffix
