"""What generated code may use; extend these lists where a template needs more.

`kubewright_gen.output.verify` refuses everything else. Keep them as small as the templates allow: each
entry is something that text from a schema could reach if it ever became code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ALLOWED", "Allowed"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The names that generated code may use.

    Attributes:
        imports: module to the names that may come from it.
        packages: packages of which any public name may come, from any public module.
        calls: what may be called outside functions, as ``module.name``.
        builtins: builtin names that may stand in types, values and functions.
        function_calls: builtins that functions may call.
        decorators: of functions in a class.
        dunders: the only names with two underscores in front that may be bound or read.
        model_files: names of files that hold models: classes with fields and nothing else.
    """

    imports: Mapping[str, frozenset[str]]
    packages: frozenset[str]
    calls: frozenset[str]
    builtins: frozenset[str]
    function_calls: frozenset[str]
    decorators: frozenset[str]
    dunders: frozenset[str]
    model_files: frozenset[str]


ALLOWED: Final = Allowed(
    imports={
        "__future__": frozenset({"annotations"}),
        "collections.abc": frozenset({"Callable", "Iterable", "Iterator", "Mapping", "Sequence"}),
        "datetime": frozenset({"datetime", "timedelta"}),
        "functools": frozenset({"cached_property"}),
        "pydantic": frozenset({"ConfigDict", "Field"}),
        "typing": frozenset(
            {
                "Annotated",
                "Any",
                "ClassVar",
                "Final",
                "Generic",
                "Literal",
                "Self",
                "TYPE_CHECKING",
                "TypeAlias",
                "TypedDict",
                "TypeVar",
                "Unpack",
                "overload",
            }
        ),
    },
    packages=frozenset({"kubewright", "kubewright_k8s"}),
    calls=frozenset(
        {
            "kubewright.model.empty",
            "kubewright.model.required",
            "kubewright.resource.PrinterColumn",
            "kubewright.resource.ResourceInfo",
            "kubewright.resource.ScalePaths",
            "kubewright.schema.GroupVersionKind",
            "kubewright.schema.GroupVersionResource",
            "kubewright.typed.CreateSubresource",
            "kubewright.typed.GetSubresource",
            "kubewright.typed.PatchSubresource",
            "kubewright.typed.UpdateSubresource",
            "typing.TypedDict",
            "pydantic.ConfigDict",
            "pydantic.Field",
        }
    ),
    builtins=frozenset(
        {
            "AttributeError",
            "bool",
            "bytes",
            "dict",
            "float",
            "frozenset",
            "int",
            "list",
            "object",
            "set",
            "str",
            "tuple",
            "type",
        }
    ),
    function_calls=frozenset({"AttributeError", "super"}),
    decorators=frozenset({"builtins.property", "functools.cached_property", "typing.overload"}),
    dunders=frozenset({"__all__", "__dir__", "__getattr__", "__init__", "__name__"}),
    model_files=frozenset({"models.py"}),
)
