"""Documents become the package: which classes there are, what they are called, where they live."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import Documents, GroupVersionDocument, Schema
from kubewright_gen.errors import NameClashError
from kubewright_gen.resolve.docs import describe
from kubewright_gen.resolve.fields import Types, fields_of
from kubewright_gen.resolve.ir import ClassRef, Field, Group, Model, Package, Resource, TypeRef
from kubewright_gen.resolve.naming import class_name, distinct, module_name
from kubewright_gen.resolve.order import in_order
from kubewright_gen.resolve.placement import Placement, references, runtime_type
from kubewright_gen.resolve.resources import resources_of
from kubewright_gen.resolve.shapes import Shapes, is_class, is_object_kind

__all__ = ["resolve"]


def resolve(documents: Documents, package: str, group_names: Mapping[str, str]) -> Package:
    """Decide every name and shape of the package.

    Raises:
        NameClashError: two group versions get the same folder; ``group_names`` can part them.
    """
    placement = Placement(documents)
    needed = _needed(documents, placement)
    modules = _modules(set(needed), dict(group_names))
    plan = _Plan(package, placement, needed, modules)
    documents_by_gv = {doc.group_version: doc for doc in documents.group_versions}
    groups = [
        _group(plan, gv, documents_by_gv.get(gv))
        for gv in sorted(modules, key=lambda gv: modules[gv])
    ]
    return Package(package, tuple(groups), (*documents.problems, *plan.notes))


Needed = dict[GroupVersion, dict[str, Schema]]


def _needed(documents: Documents, placement: Placement) -> Needed:
    """The named schemas that are classes, by the group version in whose module they live."""
    needed: Needed = {}
    todo: list[tuple[GroupVersion, str]] = []
    for doc in documents.group_versions:
        if doc.resources:
            needed.setdefault(doc.group_version, {})
        for resource in doc.resources:
            kinds = [resource.kind, *(sub.kind for sub in resource.subresources)]
            names = (placement.schema_of_kind(kind) for kind in kinds if kind is not None)
            todo.extend((doc.group_version, name) for name in names if name is not None)
    seen: set[tuple[GroupVersion, str]] = set()
    while todo:
        user, name = todo.pop()
        if (user, name) in seen or runtime_type(name):
            continue
        seen.add((user, name))
        home = placement.home(name, user)
        schema = placement.find(name, home)
        if schema is None:
            continue
        if is_class(schema):
            needed.setdefault(home, {})[name] = schema
            user = home
        todo.extend((user, reference) for reference in references(schema))
    return needed


def _modules(gvs: set[GroupVersion], group_names: dict[str, str]) -> dict[GroupVersion, str]:
    modules: dict[GroupVersion, str] = {}
    for gv in sorted(gvs):
        name = module_name(gv, group_names)
        if name in modules.values():
            other = next(g for g, module in modules.items() if module == name)
            raise NameClashError(
                f"{other} and {gv} are both called {name}; "
                f"give one of the groups another name: [tool.kubewright.group-names]"
            )
        modules[gv] = name
    return modules


def _class_prefixes(modules: Mapping[GroupVersion, str]) -> dict[GroupVersion, str]:
    """What the classes of a module begin with; ``a1_v1`` and ``a_1_v1`` meet in ``A1V1``."""
    order = sorted(modules, key=lambda gv: modules[gv])
    names = ("".join(part.capitalize() for part in modules[gv].split("_")) for gv in order)
    return dict(zip(order, distinct(names), strict=True))


class _Plan:
    """What all modules know of each other."""

    def __init__(
        self,
        package: str,
        placement: Placement,
        needed: Needed,
        modules: dict[GroupVersion, str],
    ) -> None:
        self.package = package
        self.placement = placement
        self.needed = needed
        self.modules = modules
        self.notes: list[str] = []
        self.prefixes = _class_prefixes(modules)
        self.class_names = {gv: _class_names(schemas) for gv, schemas in needed.items()}

    def class_of(self, schema_name: str, user: GroupVersion) -> tuple[GroupVersion, str] | None:
        """The module and the class of a named schema."""
        home = self.placement.home(schema_name, user)
        name = self.class_names.get(home, {}).get(schema_name)
        return None if name is None else (home, name)

    def class_of_kind(self, kind: GroupVersionKind, user: GroupVersion) -> ClassRef | None:
        """The class of a kind that is served, wherever it lives."""
        schema_name = self.placement.schema_of_kind(kind)
        if schema_name is None:
            return None
        path = runtime_type(schema_name)
        if path is not None:
            return ClassRef(*path.rsplit(".", 1))
        found = self.class_of(schema_name, user)
        if found is None:
            return None
        return ClassRef(f"{self.package}.{self.modules[found[0]]}.models", found[1])

    def schema_of_kind(self, kind: GroupVersionKind) -> Schema | None:
        """The schema of a kind that is served."""
        schema_name = self.placement.schema_of_kind(kind)
        return self.placement.find(schema_name, kind.group_version) if schema_name else None

    def type_of(self, schema_name: str, user: GroupVersion) -> TypeRef | Schema | None:
        """What a reference means in the module of ``user``."""
        path = runtime_type(schema_name)
        if path is not None:
            return TypeRef("int_or_string" if path == "IntOrString" else "external", path)
        found = self.class_of(schema_name, user)
        if found is None:
            return self.placement.find(schema_name, user)
        home, name = found
        if home == user:
            return TypeRef("local", name)
        return TypeRef("external", f"{self.package}.{self.modules[home]}.models.{name}")


def _class_names(schemas: Mapping[str, Schema]) -> dict[str, str]:
    """Kinds first: what a user knows by name keeps it."""
    order = sorted(schemas, key=lambda name: (not schemas[name].kinds, name))
    names = (class_name(name.rpartition(".")[2]) for name in order)
    return dict(zip(order, distinct(names), strict=True))


def _group(plan: _Plan, gv: GroupVersion, doc: GroupVersionDocument | None) -> Group:
    schemas = plan.needed[gv]
    names = plan.class_names[gv]
    shapes = Shapes(set(names.values()))
    for schema_name in sorted(schemas, key=lambda name: names[name]):
        shapes.add(names[schema_name], schemas[schema_name])
    types = Types(partial(_type_of, plan, gv, shapes), shapes.name_of)
    models = [_model(plan, gv, names[n], schemas[n], types, named=True) for n in schemas]
    models.extend(_model(plan, gv, n, schema, types, named=False) for n, schema in shapes.classes)
    resources: tuple[Resource, ...] = ()
    if doc is not None:
        resources = resources_of(
            doc, lambda kind: plan.class_of_kind(kind, gv), plan.schema_of_kind, plan.notes.append
        )
    module = plan.modules[gv]
    return Group(
        group_version=gv,
        module=module,
        class_prefix=plan.prefixes[gv],
        resources=resources,
        models=in_order(models),
        aliases=tuple(sorted(shapes.aliases, key=lambda alias: alias.name)),
    )


def _type_of(
    plan: _Plan, gv: GroupVersion, shapes: Shapes, schema_name: str
) -> TypeRef | Schema | None:
    found = plan.type_of(schema_name, gv)
    if isinstance(found, Schema):  # such as a list, which can hold objects without a name
        shapes.add(class_name(schema_name.rpartition(".")[2]), found)
    return found


def _model(
    plan: _Plan, gv: GroupVersion, name: str, schema: Schema, types: Types, *, named: bool
) -> Model:
    def note(text: str) -> None:
        plan.notes.append(f"{gv} {name}: {text}")

    kind = named and is_object_kind(schema)
    fields = tuple(fields_of(schema, types, named=named, kind=kind, notes=note))
    if kind:
        fields = (*kind_fields(schema), *fields)
    return Model(name, describe(schema, with_default=False), fields, is_object=kind)


def kind_fields(schema: Schema) -> tuple[Field, ...]:
    """The fields ``apiVersion`` and ``kind`` of the objects of one kind."""
    gvk = schema.kinds[0]
    text = TypeRef("scalar", "str")
    return (
        Field("api_version", "apiVersion", None, text, "constant", default=gvk.api_version),
        Field("kind", "kind", None, text, "constant", default=gvk.kind),
    )
