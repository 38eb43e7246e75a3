"""What the templates see: the package with every decision made and every name spelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from kubewright.resource import ALL_VERBS, is_built_in
from kubewright_gen.render.applyconfigurations import SUFFIX
from kubewright_gen.render.literals import literal
from kubewright_gen.resolve.ir import Alias, ClassRef, Group, Resource, Subresource
from kubewright_gen.resolve.naming import class_name, distinct

__all__ = ["GroupView", "ResourceView", "view_of"]

# The class for each verb, in the order of bases.
_VERB_CLASSES = {
    "get": "GetClient",
    "list": "ListClient",
    "watch": "WatchClient",
    "create": "CreateClient",
    "update": "UpdateClient",
    "patch": "PatchClient",
    "delete": "DeleteClient",
    "deletecollection": "DeleteCollectionClient",
}
_COMMON_VERBS = {
    frozenset(ALL_VERBS): "ResourceClient",
    frozenset({"get", "list"}): "ReadOnlyClient",
}
# What is more than an object, and the subresources that it takes.
_OPERATIONS = {
    "PodOperations": {"attach", "exec", "log", "portforward"},
    "ProxyOperations": {"proxy"},
}
# Those that apply.
_APPLYING = frozenset({"PatchClient", "ResourceClient", "StatusClient"})
_SUBRESOURCE_CLASSES = {
    "get": "GetSubresource",
    "create": "CreateSubresource",
    "update": "UpdateSubresource",
    "patch": "PatchSubresource",
}
# What the modules import by name beside the classes that are called after kinds.
_IMPORTED = {"RESTClient"}


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One resource as the templates spell it."""

    constant: str
    attribute: str
    model: str
    doc: str
    info: tuple[str, ...]  # the arguments of ResourceInfo
    client: str
    client_doc: str
    client_bases: tuple[str, ...]
    needs_model: bool
    subresources: tuple[str, ...]
    collection: str  # empty for resources of the cluster
    collection_doc: str
    collection_bases: tuple[str, ...]
    collection_has_model: bool
    entry: str  # the class behind the attribute
    lister: str
    lister_base: str
    lister_doc: str
    informer: str
    informer_doc: str
    is_cached: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group version as the templates spell it."""

    api_version: str
    module: str
    class_prefix: str
    model_names: tuple[str, ...]
    aliases: tuple[Alias, ...]
    resources: tuple[ResourceView, ...]
    defined: tuple[tuple[str, tuple[str, ...]], ...]  # not built in: constants and subresources
    client_imports: tuple[str, ...]
    checker_imports: tuple[str, ...]
    lister_imports: tuple[str, ...]
    informer_imports: tuple[str, ...]

    @property
    def cached(self) -> tuple[ResourceView, ...]:
        """The resources that informers can follow."""
        return tuple(resource for resource in self.resources if resource.is_cached)


def view_of(group: Group, package: str) -> GroupView:
    """Spell one group version."""
    speller = _Speller(group, package)
    taken = {*_IMPORTED, f"{group.class_prefix}Client", f"{group.class_prefix}Informers"}
    prefixes = tuple(distinct((r.prefix for r in group.resources), _prefixes(taken)))
    clients = {*taken, *(f"{prefix}Client" for prefix in prefixes)}
    collections = distinct((f"All{class_name(r.plural)}" for r in group.resources), clients)
    resources = tuple(
        speller.resource(resource, prefix, collection)
        for resource, prefix, collection in zip(group.resources, prefixes, collections, strict=True)
    )
    models = tuple(sorted({m.name for m in group.models} | {a.name for a in group.aliases}))
    cached = tuple(resource for resource in resources if resource.is_cached)
    return GroupView(
        api_version=group.group_version.api_version,
        module=group.module,
        class_prefix=group.class_prefix,
        model_names=models,
        aliases=group.aliases,
        resources=resources,
        defined=(
            () if is_built_in(group.group_version.group) else tuple(map(_defined, group.resources))
        ),
        client_imports=speller.client_imports(),
        checker_imports=speller.checker_imports(),
        lister_imports=speller.lister_imports(cached),
        informer_imports=speller.informer_imports(cached),
    )


def _defined(r: Resource) -> tuple[str, tuple[str, ...]]:
    return r.constant, tuple(sub.name for sub in r.discovered.subresources)


def _prefixes(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for ending in ("Client", "Informer", "Informers", "Lister"):
            yield name.removesuffix(ending)


class _Speller:
    """Spells resources and remembers which modules they refer to."""

    def __init__(self, group: Group, package: str) -> None:
        self._group = group
        self._package = package
        self._here = f"{package}.{group.module}"
        self._modules: dict[str, str] = {}  # imported as -> import line
        self._for_checkers: set[str] = set()  # import lines of what exists for them alone

    def _name(self, ref: ClassRef) -> str:
        package, _, module = ref.module.rpartition(".")
        bound = module if package == self._here or module != "models" else package.split(".")[-1]
        spelled = module if bound == module else f"{module} as {bound}"
        self._modules[bound] = f"from {package} import {spelled}"
        return f"{bound}.{ref.name}"

    def resource(self, r: Resource, prefix: str, collection: str) -> ResourceView:
        """Spell one resource."""
        verbs = frozenset(r.discovered.verbs)
        model = self._name(r.model)
        namespaced = r.discovered.namespaced
        client = f"{prefix}Client"
        reads = frozenset({"list", "watch"} & verbs) if namespaced else frozenset[str]()
        where = "one namespace" if namespaced else "the cluster"
        bases = self._client_bases(r, verbs, model)
        cached = verbs >= {"list", "watch"}
        return ResourceView(
            constant=r.constant,
            attribute=r.attribute,
            model=model,
            doc=r.doc,
            info=_info(self._group, r),
            client=client,
            client_doc=f"The {r.plural} of {where}.",
            client_bases=bases,
            needs_model=any(base.endswith("]") for base in bases),
            subresources=tuple(line for s in r.subresources for line in self._subresource(s)),
            collection=collection if namespaced else "",
            collection_doc=f'The {r.plural} of all namespaces; ``{r.attribute}("prod")`` narrows '
            "to one.",
            collection_bases=self._collection_bases(reads, model, client),
            collection_has_model=bool(reads),
            entry=collection if namespaced else client,
            lister=f"{prefix}Lister",
            lister_base="cache.Lister" if namespaced else "cache.ClusterLister",
            lister_doc=f"Reads {r.plural} from the cache of an informer.",
            informer=f"{prefix}Informer",
            informer_doc=f"Keeps a cache of {r.plural} and tells handlers what changes.",
            is_cached=cached,
        )

    def _client_bases(self, r: Resource, verbs: frozenset[str], model: str) -> tuple[str, ...]:
        common = _COMMON_VERBS.get(verbs)
        names = [common] if common else [c for verb, c in _VERB_CLASSES.items() if verb in verbs]
        offered = {sub.name: sub.verbs for sub in r.discovered.subresources}
        if "update" in offered.get("status", ()):
            names.append("StatusClient")
        if "update" in offered.get("scale", ()):
            names.append("ScaleClient")
        names += [name for name, needed in _OPERATIONS.items() if needed <= offered.keys()]
        applied = self._applied(r.model) if _APPLYING.intersection(names) else ""
        return tuple(f"typed.{name}{self._arguments(name, model, applied)}" for name in names) or (
            "typed.Scope",
        )

    def _arguments(self, name: str, model: str, applied: str) -> str:
        if name in _OPERATIONS:
            return ""  # they are about no model
        return f"[{model}{applied if name in _APPLYING else ''}]"

    def _applied(self, model: ClassRef) -> str:
        """What the clients of a generated model take for an apply, as a second type argument."""
        package, _, module = model.module.rpartition(".")
        if module != "models":
            return ""
        bound = "applyconfigurations"
        line = f"from {package} import {bound}"
        if package != self._here:
            bound = f"{package.rpartition('.')[2]}_{bound}"
            line = f"{line} as {bound}"
        self._for_checkers.add(line)
        return f", {literal(f'{bound}.{model.name}{SUFFIX}')}"

    def _collection_bases(self, reads: frozenset[str], model: str, client: str) -> tuple[str, ...]:
        if len(reads) == 2:
            return (f"typed.AllNamespaces[{model}, {client}]",)
        reading = [f"typed.{_VERB_CLASSES[verb]}[{model}]" for verb in sorted(reads)]
        return (*reading, f"typed.Namespaced[{client}]")

    def _subresource(self, sub: Subresource) -> Iterator[str]:
        name = sub.name.replace("-", "_")
        for verb, kind in _SUBRESOURCE_CLASSES.items():
            if verb not in sub.verbs:
                continue
            result = self._name(sub.result)
            call = f"typed.{kind}({literal(sub.name)}, {result})"
            types = f"{self._name(sub.body)}, {result}" if verb == "create" else result
            yield f"{verb}_{name}: typed.{kind}[{types}] = {call}"

    def client_imports(self) -> tuple[str, ...]:
        """For client.py."""
        lines = {
            "from kubewright import typed",
            *self._modules.values(),
            *self._info_imports(),
            "from kubewright.rest.client import RESTClient",
        }
        return tuple(sorted(lines))

    def checker_imports(self) -> tuple[str, ...]:
        """For client.py, where type checkers look only."""
        return tuple(sorted(self._for_checkers))

    def _info_imports(self) -> Iterator[str]:
        names = {"ResourceInfo"}
        for resource in self._group.resources:
            names |= {"PrinterColumn"} if resource.discovered.printer_columns else set()
            names |= {"ScalePaths"} if resource.discovered.scale_paths else set()
        if self._group.resources:
            yield f"from kubewright.resource import {', '.join(sorted(names))}"
            yield "from kubewright.schema import GroupVersionKind, GroupVersionResource"

    def lister_imports(self, cached: tuple[ResourceView, ...]) -> tuple[str, ...]:
        """For lister.py."""
        lines = ["from kubewright import cache"] if cached else []
        return (*lines, *self._model_imports(cached))

    def informer_imports(self, cached: tuple[ResourceView, ...]) -> tuple[str, ...]:
        """For informer.py."""
        client = [*(r.constant for r in cached), f"{self._group.class_prefix}Client"]
        listers = [r.lister for r in cached]
        lines = ["from kubewright import cache"]
        lines += self._model_imports(cached)
        lines.append(f"from {self._here}.client import {', '.join(sorted(client))}")
        if listers:
            lines.append(f"from {self._here}.lister import {', '.join(sorted(listers))}")
        return tuple(lines)

    def _model_imports(self, cached: tuple[ResourceView, ...]) -> tuple[str, ...]:
        used = {resource.model.partition(".")[0] for resource in cached}
        return tuple(sorted(line for bound, line in self._modules.items() if bound in used))


def _info(group: Group, r: Resource) -> tuple[str, ...]:
    d = r.discovered
    gv = group.group_version
    arguments = [
        f"GroupVersionResource({literal(gv.group)}, {literal(gv.version)}, {literal(d.name)})",
        f"kind=GroupVersionKind({literal(d.kind.group)}, {literal(d.kind.version)}, "
        f"{literal(d.kind.kind)})",
        f"namespaced={literal(d.namespaced)}",
        f"singular={literal(d.singular)}",
    ]
    if frozenset(d.verbs) != frozenset(ALL_VERBS):
        arguments.append(f"verbs={literal(tuple(sorted(d.verbs)))}")
    names = ("short_names", "categories", "selectable_fields")
    arguments.extend(f"{n}={literal(getattr(d, n))}" for n in names if getattr(d, n))
    if d.printer_columns:
        columns = "".join(f"PrinterColumn({_keywords(asdict(c))}), " for c in d.printer_columns)
        arguments.append(f"printer_columns=({columns})")
    if d.scale_paths:
        arguments.append(f"scale_paths=ScalePaths({_keywords(asdict(d.scale_paths))})")
    return tuple(arguments)


def _keywords(values: Mapping[str, str | int]) -> str:
    return ", ".join(f"{k}={literal(v)}" for k, v in values.items() if v not in ("", 0))
