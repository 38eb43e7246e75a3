"""Field selectors, and the error of all selectors; public in `kubewright.selectors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = [
    "FieldRequirements",
    "FieldSelector",
    "FieldSelectorTerm",
    "SelectorError",
    "field_requirements",
    "field_selector_text",
    "parse_field_selector",
    "quoted",
]

_FIELD: Final = re.compile(r"[^\s,=!\\]+")
# What is between two commas that no backslash escapes.
_PART: Final = re.compile(r"(?:[^,\\]|\\.?)+", re.DOTALL)


def quoted(text: str) -> str:
    """Show text in a message of one readable line, however long it is."""
    return repr(text if len(text) <= 100 else text[:97] + "...")


class SelectorError(ValueError):
    """A selector that the server would refuse: what was expected, and where in the text."""

    def __init__(
        self, problem: str, *, expected: str, text: str | None = None, position: int | None = None
    ) -> None:
        """Describe the problem; `position` counts characters of `text` from 0."""
        where = "" if text is None else f" in the selector {quoted(text)}"
        where += "" if position is None else f" at position {position}"
        super().__init__(f"{problem}{where}: expected {expected}")
        self.problem = problem
        self.expected = expected
        self.text = text
        self.position = position

    def within(self, text: str, position: int) -> SelectorError:
        """Return the same error with its place."""
        return SelectorError(self.problem, expected=self.expected, text=text, position=position)


@dataclass(frozen=True, slots=True)
class FieldSelectorTerm:
    r"""One condition on one field, such as ``spec.nodeName=n1``.

    Raises:
        SelectorError: the name of the field is empty or has one of ``, = ! \`` or white space.
    """

    field: str
    operator: Literal["=", "!="]
    value: str

    def __post_init__(self) -> None:
        if _FIELD.fullmatch(self.field) is None:
            expected = "a path such as metadata.name, without white space"
            raise SelectorError(f"bad field {quoted(self.field)}", expected=expected)

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether fields satisfy the condition; an absent field is as an empty one, as in Go."""
        return (fields.get(self.field, "") == self.value) == (self.operator == "=")

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{_escaped(self.value)}"


@dataclass(frozen=True, slots=True)
class FieldRequirements:
    """A field selector: all terms must hold, and without terms it takes everything."""

    terms: tuple[FieldSelectorTerm, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(sorted(self.terms, key=str)))

    @property
    def is_everything(self) -> bool:
        """Whether it takes every object."""
        return not self.terms

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether an object is selected; `fields` maps paths to values as text."""
        return all(term.matches(fields) for term in self.terms)

    def required_value(self, field: str) -> str | None:
        """Return the one value that the field must have, for a look-up by name."""
        for term in self.terms:
            if term.field == field and term.operator == "=":
                return term.value
        return None

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))


FieldSelector: TypeAlias = str | Mapping[str, str] | FieldRequirements
"""A field selector as calls take it: text, ``{"spec.nodeName": "n1"}``, or parsed."""


def field_selector_text(selector: FieldSelector | None) -> str | None:
    """Return what goes into the query; None where the parameter can be left out.

    Raises:
        SelectorError: a mapping with an invalid field name.
    """
    if isinstance(selector, str):
        return selector or None
    return str(field_requirements(selector)) or None


def field_requirements(selector: FieldSelector | None) -> FieldRequirements:
    """Return any form of a field selector, ready to match; None takes everything.

    Raises:
        SelectorError: it is not valid.
    """
    if isinstance(selector, FieldRequirements):
        return selector
    if isinstance(selector, str):
        return parse_field_selector(selector)
    pairs = (selector or {}).items()
    return FieldRequirements(tuple(FieldSelectorTerm(field, "=", value) for field, value in pairs))


def parse_field_selector(text: str) -> FieldRequirements:
    r"""Parse ``metadata.name=x,spec.nodeName!=y``; empty text takes everything.

    In values a backslash escapes ``\``, ``,`` and ``=``. Whether a field can be selected by is
    for the server to say.

    Raises:
        SelectorError: names the position and what was expected there.
    """
    return FieldRequirements(
        tuple(_parsed_term(match[0], text, match.start()) for match in _PART.finditer(text))
    )


def _parsed_term(part: str, text: str, start: int) -> FieldSelectorTerm:
    match = re.search(r"!=|==?", part)
    if match is None:
        raise SelectorError(
            f"found {quoted(part)}", expected="field=value", text=text, position=start
        )
    value = part[match.end() :]
    bad = re.search(r"\\(?![\\,=])|=", re.sub(r"\\[\\,=]", "__", value))
    if bad is not None:
        expected = r"a value with \ , and = each after a backslash, and no other backslash"
        position = start + match.end() + bad.start()
        raise SelectorError(f"found {bad[0]!r}", expected=expected, text=text, position=position)
    operator: Literal["=", "!="] = "!=" if match[0] == "!=" else "="
    try:
        return FieldSelectorTerm(
            part[: match.start()], operator, re.sub(r"\\([\\,=])", r"\1", value)
        )
    except SelectorError as error:
        raise error.within(text, start) from None


def _escaped(value: str) -> str:
    return re.sub(r"([\\,=])", r"\\\1", value)
