"""The messages of Kubernetes' built-in kinds: which number a field has, and how JSON shows it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["SCALARS", "Field", "JsonOnlyError", "Message", "message", "message_of"]

_HERE = "kubewright.protobuf"
SCALARS = frozenset(("bool", "bytes", "double", "int32", "int64", "string"))


class JsonOnlyError(Exception):
    """Only JSON can carry it: this version knows no number for it, or protobuf has no form."""


class Field(NamedTuple):
    """One field of a message.

    Attributes:
        name: in JSON; empty for one whose members stand in the outer object.
        number: on the wire.
        kind: a scalar or the name of a message.
        is_list: whether it may come more than once.
        is_map: whether it is a map from text to the kind.
        is_pointer: whether Go tells its zero from its absence.
        omits_empty: whether JSON leaves an empty one out.
        omits_zero: whether JSON leaves a struct out in which nothing is set.
    """

    name: str
    number: int
    kind: str
    is_list: bool
    is_map: bool
    is_pointer: bool
    omits_empty: bool
    omits_zero: bool


class Message(NamedTuple):
    """One message.

    Attributes:
        name: with its package, such as ``core.v1.Pod``.
        fields: in the order of the ``.proto`` file.
        has_kind: whether its JSON has ``kind`` and ``apiVersion``, for which it has no fields.
        is_list: whether its JSON is the list that is its only field.
    """

    name: str
    fields: tuple[Field, ...]
    has_kind: bool
    is_list: bool


def message(name: str) -> Message:
    """The message of this name; the table has all that are named in it."""
    text = _table().messages[name]
    mark, *fields = text.split(" ")
    package = name.rpartition(".")[0]
    return Message(
        name,
        tuple(_field(package, *field.split(":")) for field in fields),
        has_kind=mark == "*",
        is_list=mark == "[]",
    )


@cache
def message_of(api_version: str, kind: str) -> str:
    """The name of the message that holds objects of a kind.

    Raises:
        JsonOnlyError: it is none of the built-in kinds that this version knows.
    """
    table = _table()
    # Status and the like are of every group version
    for package in (table.packages.get(api_version), "meta.v1"):
        name = f"{package}.{kind}"
        if table.messages.get(name, "").startswith("*"):
            return name
    raise JsonOnlyError(f"{api_version} {kind} is no kind that has a protobuf form")


def _field(package: str, name: str, number: str, kind: str, flags: str) -> Field:
    full = f"{package}{kind}" if kind.startswith(".") else kind
    return Field(name, int(number), full, *(flag in flags for flag in "rmpez"))


class _Table(NamedTuple):
    packages: dict[str, str]
    messages: dict[str, str]


@cache
def _table() -> _Table:
    table = _Table({}, {})
    for line in files(_HERE).joinpath("fields.txt").read_text("ascii").splitlines():
        what, _, rest = line.partition(" ")
        name, _, text = rest.partition(" ")
        if what == "group":
            table.packages[name] = text
        elif what == "message":
            bare = name.rstrip("*[]")
            mark = name[len(bare) :]
            table.messages[bare] = f"{mark} {text}" if text else mark
    return table
