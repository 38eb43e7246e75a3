"""What server-side apply can own, as TypedDicts of the wire form: no second tree of models.

client-go: ``applyconfiguration-gen``, whose builders are classes of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubewright import applyconfigurations
from kubewright_gen.render.literals import literal
from kubewright_gen.resolve.ir import Group, Model, TypeRef

__all__ = ["SUFFIX", "ApplyConfigurations", "apply_configurations"]

SUFFIX = "ApplyConfiguration"
_SHARED = "kubewright"
_OBJECT = (
    ("apiVersion", "str"),
    ("kind", "str"),
    ("metadata", f"kubewright.ObjectMeta{SUFFIX}"),
)
_ANY = TypeRef("any")


@dataclass(frozen=True, slots=True)
class ApplyConfigurations:
    """The module of one group version.

    Attributes:
        imports: its import lines.
        types: each name, with the arguments of its TypedDict as code.
        aliases: further names, each with what it stands for.
    """

    imports: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...]


def apply_configurations(group: Group, package: str) -> ApplyConfigurations:
    """Spell the types of one group version."""
    speller = _Speller(f"{package}.{group.module}")
    types = tuple((f"{model.name}{SUFFIX}", speller.fields(model)) for model in group.models)
    aliases = tuple((f"{a.name}{SUFFIX}", f"{a.target}{SUFFIX}") for a in group.aliases)
    return ApplyConfigurations(speller.imports(), types, aliases)


class _Speller:
    """Spells types and remembers what they are made of."""

    def __init__(self, here: str) -> None:
        self._here = here
        self._imports: dict[str, str] = {}
        self._typing = {"TypedDict"}

    def fields(self, model: Model) -> str:
        """The name and the fields of a TypedDict, as its arguments."""
        fields = {name: self._shared(kind) for name, kind in _OBJECT} if model.is_object else {}
        own = ((field.wire_name, self.type(field.type)) for field in model.fields)
        fields.update((name, kind) for name, kind in own if name not in fields)
        items = "".join(f"{literal(name)}: {kind}, " for name, kind in fields.items())
        return f"{literal(model.name + SUFFIX)}, {{{items}}}, total=False"

    def type(self, kind: TypeRef) -> str:
        """A type as code; ``None`` is left out, as nobody applies that."""
        match kind.form:
            case "scalar":
                return kind.name
            case "enum":
                self._typing.add("Literal")
                return f"Literal[{', '.join(map(literal, kind.values))}] | {kind.name}"
            case "local":
                return literal(f"{kind.name}{SUFFIX}")  # it may come later in the module
            case "external":
                return self._external(kind.name)
            case "int_or_string":
                return "int | str"
            case "list":
                return f"list[{self.type(kind.item or _ANY)}]"
            case "map":
                return f"dict[str, {self.type(kind.item or _ANY)}]"
            case _:
                return self._any()

    def imports(self) -> tuple[str, ...]:
        """The import lines, in order."""
        typing = f"from typing import {', '.join(sorted(self._typing))}"
        return (typing, *sorted(self._imports.values()))

    def _any(self) -> str:
        self._typing.add("Any")
        return "Any"

    def _external(self, path: str) -> str:
        module, _, name = path.rpartition(".")
        package = module.removesuffix(".models")
        if package == module:  # a type of the runtime
            name = f"{name}{SUFFIX}"
            return self._shared(f"kubewright.{name}") if name in _KNOWN else self._any()
        if package == self._here:
            return literal(f"{name}{SUFFIX}")
        bound = package.rpartition(".")[2]
        self._imports[bound] = f"from {package} import applyconfigurations as {bound}"
        return f"{bound}.{name}{SUFFIX}"

    def _shared(self, kind: str) -> str:
        if kind.startswith("kubewright."):
            self._imports[_SHARED] = "from kubewright import applyconfigurations as kubewright"
        return kind


_KNOWN = frozenset(applyconfigurations.__all__)
