"""What a template is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from kubewright._errors import KubeError

__all__ = [
    "Action",
    "Constant",
    "Field",
    "Filter",
    "JSONPathError",
    "Loop",
    "Node",
    "Part",
    "Recursive",
    "Slice",
    "Text",
    "Union",
    "Wildcard",
]

Operator: TypeAlias = Literal["<", ">", "==", "!=", "<=", ">="]


class JSONPathError(KubeError, ValueError):
    """A template that is none, or that does not fit the data."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text, as it stands between actions or in quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a boolean: itself, once for each input."""

    value: float | bool


@dataclass(frozen=True, slots=True)
class Field:
    """``.name``: a member of each input."""

    name: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``.*``: all members or items of each input."""


@dataclass(frozen=True, slots=True)
class Recursive:
    """``..``: each input and everything below it that holds something."""


@dataclass(frozen=True, slots=True)
class Slice:
    """``[first:end:step]``; ``None`` where nothing was said.

    ``is_index`` tells ``[first]`` from a slice: it has to be there.
    """

    first: int | None
    end: int | None
    step: int | None
    is_index: bool = False


@dataclass(frozen=True, slots=True)
class Union:
    """``[a,b]``: the results of each, one after the other."""

    members: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?(left operator right)]``, or without an operator: those that have what is left."""

    left: tuple[Node, ...]
    operator: Operator | None
    right: tuple[Node, ...] = ()


Node: TypeAlias = Text | Constant | Field | Wildcard | Recursive | Slice | Union | Filter


@dataclass(frozen=True, slots=True)
class Action:
    """What stands in a pair of braces."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """From ``{range …}`` to its ``{end}``: the parts once for each result."""

    over: tuple[Node, ...]
    parts: tuple[Part, ...]


Part: TypeAlias = Text | Action | Loop
