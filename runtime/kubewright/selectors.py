"""Label and field selectors: parse, match, print, as apimachinery's ``labels`` and ``fields``.

A selector is a conjunction of terms. Calls take it as text, as a mapping, or parsed (`Selector`,
`FieldSelector`); text goes to the server as it is, so that a newer server's grammar works.

The trap to know: *no selector* means different things. A call without ``label_selector``, or with
an empty one, takes every object. In an object's ``spec.selector`` (the API type LabelSelector) an
empty one takes every object as well, but an absent one takes none. `requirements_of` keeps to
this, and `LabelRequirements.nothing` has no wire text: sending ``""`` would select everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol, Self, TypeAlias

from kubewright._dns import is_dns_subdomain
from kubewright._field_selectors import (
    FieldRequirements,
    FieldSelector,
    FieldSelectorTerm,
    SelectorError,
    field_requirements,
    field_selector_text,
    parse_field_selector,
    quoted,
)
from kubewright._json import is_array, is_object

__all__ = [
    "FieldRequirements",
    "FieldSelector",
    "FieldSelectorTerm",
    "LabelExpressionLike",
    "LabelRequirements",
    "LabelSelectorLike",
    "LabelSelectorTerm",
    "Operator",
    "Selector",
    "SelectorError",
    "field_requirements",
    "field_selector_text",
    "label_requirements",
    "parse_field_selector",
    "parse_label_selector",
    "requirements_of",
    "selector_text",
]

Operator: TypeAlias = Literal["=", "==", "!=", "in", "notin", "exists", "!", ">", "<"]

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,40}")

_TOKEN: Final = re.compile(r"[ \t\r\n]*(==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+|\Z)")
_SPECIAL: Final = frozenset({"", "=", "==", "!=", "!", "(", ")", ",", ">", "<"})
_BINARY_OPERATORS: Final = "one of = == != in notin > <"
_API_OPERATORS: Final[Mapping[str, Operator]] = {
    "In": "in",
    "NotIn": "notin",
    "Exists": "exists",
    "DoesNotExist": "!",
}


@dataclass(frozen=True, slots=True)
class LabelSelectorTerm:
    """One condition on one label, checked with the server's rules.

    The values are sorted and free of duplicates: one for ``= == != > <``, at least one for
    ``in`` and ``notin``, none for ``exists`` and ``!``.

    Raises:
        SelectorError: an invalid key or value, or the wrong number of values.
    """

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(sorted(set(self.values))))
        _check_key(self.key)
        _check_count(self)
        for value in self.values:
            _check_value(value)
        if self.operator in (">", "<") and _int64(self.values[0]) is None:
            raise SelectorError(f"bad value {quoted(self.values[0])}", expected="a 64-bit integer")

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy the condition; ``!=`` and ``notin`` take absent labels too."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "!=" | "notin":
                return value not in self.values
            case "=" | "==" | "in":
                return value in self.values
            case ">" | "<":
                found, limit = _int64(value), _int64(self.values[0])
                if found is None or limit is None:
                    return False
                return found > limit if self.operator == ">" else found < limit

    def __str__(self) -> str:
        match self.operator:
            case "exists":
                return self.key
            case "!":
                return "!" + self.key
            case "in" | "notin":
                return f"{self.key} {self.operator} ({','.join(self.values)})"
            case _:
                return f"{self.key}{self.operator}{self.values[0]}"


@dataclass(frozen=True, slots=True)
class LabelRequirements:
    """A label selector: all terms must hold. Without terms it takes everything, unless `nothing`.

    The terms are sorted by key, so that equal selectors print the same text.
    """

    terms: tuple[LabelSelectorTerm, ...] = ()
    is_nothing: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(sorted(self.terms, key=lambda term: term.key)))

    @classmethod
    def everything(cls) -> Self:
        """Return the selector that takes every object."""
        return cls()

    @classmethod
    def nothing(cls) -> Self:
        """Return the selector that takes no object; it cannot be sent to a server."""
        return cls(is_nothing=True)

    @classmethod
    def from_mapping(cls, labels: Mapping[str, str | Sequence[str]]) -> Self:
        """Require these values: text for equality, a sequence for "one of".

        Raises:
            SelectorError: a key or value that no label can have, or an empty sequence.
        """
        return cls(tuple(_mapped_term(key, value) for key, value in labels.items()))

    @property
    def is_everything(self) -> bool:
        """Whether it takes every object."""
        return not self.terms and not self.is_nothing

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return not self.is_nothing and all(term.matches(labels) for term in self.terms)

    def required_value(self, key: str) -> str | None:
        """Return the one value that the label must have, for a look-up in an index."""
        for term in self.terms:
            if term.key == key and term.operator in ("=", "==", "in") and len(term.values) == 1:
                return term.values[0]
        return None

    def __str__(self) -> str:
        """Print canonically; `nothing` prints as what no server would take for a selector."""
        return "<nothing>" if self.is_nothing else ",".join(map(str, self.terms))


Selector: TypeAlias = str | Mapping[str, str | Sequence[str]] | LabelRequirements
"""A label selector as calls take it: text, ``{"app": "web", "tier": ["a", "b"]}``, or parsed."""


class LabelExpressionLike(Protocol):
    """An entry of ``matchExpressions``, as in meta/v1."""

    @property
    def key(self) -> str:
        """The label that the condition is about."""
        ...

    @property
    def operator(self) -> str:
        """One of ``In``, ``NotIn``, ``Exists``, ``DoesNotExist``."""
        ...

    @property
    def values(self) -> Sequence[str]:
        """What ``In`` and ``NotIn`` compare with."""
        ...


class LabelSelectorLike(Protocol):
    """The API type LabelSelector, as in meta/v1; a model has this shape."""

    @property
    def match_labels(self) -> Mapping[str, str]:
        """Labels that must have these values."""
        ...

    @property
    def match_expressions(self) -> Sequence[LabelExpressionLike]:
        """Further conditions."""
        ...


def selector_text(selector: Selector | None) -> str | None:
    """Return what goes into the query; None where the parameter can be left out.

    Raises:
        SelectorError: a mapping that is no valid selector, or the selector of nothing.
    """
    if isinstance(selector, str):
        return selector or None
    requirements = label_requirements(selector)
    if requirements.is_nothing:
        problem = "a selector that takes nothing has no text"
        raise SelectorError(problem, expected="the caller not to ask the server at all")
    return str(requirements) or None


def label_requirements(selector: Selector | None) -> LabelRequirements:
    """Return any form of a label selector, ready to match; None takes everything.

    Raises:
        SelectorError: it is not valid.
    """
    if isinstance(selector, LabelRequirements):
        return selector
    if isinstance(selector, str):
        return parse_label_selector(selector)
    return LabelRequirements.from_mapping(selector or {})


def requirements_of(selector: LabelSelectorLike | Mapping[str, Any] | None) -> LabelRequirements:
    """Read the API type LabelSelector, as a model or as it is in JSON (``matchLabels``).

    The counterpart of ``metav1.LabelSelectorAsSelector``: None takes nothing, an empty selector
    takes everything.

    Raises:
        SelectorError: an unknown operator, or a key or value that no label can have.
    """
    if selector is None:
        return LabelRequirements.nothing()
    if isinstance(selector, Mapping):
        labels, expressions = _wire_parts(selector)
    else:
        labels = selector.match_labels
        expressions = [(e.key, e.operator, e.values) for e in selector.match_expressions]
    terms = [LabelSelectorTerm(key, "=", (value,)) for key, value in labels.items()]
    for key, operator, values in expressions:
        if operator not in _API_OPERATORS:
            expected = "In, NotIn, Exists or DoesNotExist"
            raise SelectorError(
                f"unknown operator {quoted(operator)} for {quoted(key)}", expected=expected
            )
        terms.append(LabelSelectorTerm(key, _API_OPERATORS[operator], tuple(values)))
    return LabelRequirements(tuple(terms))


def _wire_parts(
    wire: Mapping[str, Any],
) -> tuple[Mapping[str, str], Sequence[tuple[str, str, Sequence[str]]]]:
    labels: Any = wire.get("matchLabels") or {}
    entries: Any = wire.get("matchExpressions") or []
    if is_object(labels) and _are_texts(list(labels.values())) and is_array(entries):
        return labels, [_wire_expression(entry) for entry in entries]
    problem = "matchLabels or matchExpressions of another type"
    raise SelectorError(problem, expected="an object of texts and a list of objects")


def _wire_expression(entry: Any) -> tuple[str, str, Sequence[str]]:
    if is_object(entry):
        key: Any = entry.get("key", "")
        operator: Any = entry.get("operator", "")
        values: Any = entry.get("values") or ()
        if _are_texts([key, operator]) and (not values or _are_texts(values)):
            return key, operator, values
    problem = "an entry of matchExpressions of another type"
    raise SelectorError(problem, expected="key and operator as text, values as a list of texts")


def _are_texts(items: Any) -> bool:
    return is_array(items) and all(isinstance(item, str) for item in items)


def parse_label_selector(text: str) -> LabelRequirements:
    """Parse ``app=web,tier in (a,b),!canary``; empty text takes everything.

    The server's grammar: ``key``, ``!key``, ``= == !=`` with a value or none, ``in`` and
    ``notin`` with values in parentheses, ``>`` and ``<`` with an integer. There is no quoting.

    Raises:
        SelectorError: names the position and what was expected there.
    """
    return _LabelParser(text).parse()


class _Token(NamedTuple):
    text: str
    position: int

    @property
    def is_word(self) -> bool:
        return self.text not in _SPECIAL


class _LabelParser:
    """A recursive descent over the tokens of one selector; the last token is empty."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [_Token(m[1], m.start(1)) for m in _TOKEN.finditer(text)]
        self._next = 0

    def parse(self) -> LabelRequirements:
        terms: list[LabelSelectorTerm] = []
        if self._peek().text == "":
            return LabelRequirements()
        while True:
            terms.append(self._term())
            if self._peek().text == "":
                return LabelRequirements(tuple(terms))
            self._take(",", expected="',' or the end")

    def _term(self) -> LabelSelectorTerm:
        absent = self._peek().text == "!"
        if absent:
            self._advance()
        key = self._word("a label key" if absent else "a label key or '!'")
        if absent or self._peek().text in ("", ","):
            return self._checked(key, key, "!" if absent else "exists", ())
        sign = self._advance()
        match sign.text:
            case "in" | "notin":
                at = self._peek()
                return self._checked(key, at, sign.text, self._values())
            case "=" | "==" | "!=" | ">" | "<":
                at = self._peek()
                value = "" if at.text in ("", ",") else self._word("a label value").text
                return self._checked(key, at, sign.text, (value,))
            case _:
                raise self._unexpected(sign, _BINARY_OPERATORS)

    def _values(self) -> tuple[str, ...]:
        self._take("(", expected="'('")
        values: list[str] = []
        while True:
            values.append(self._advance().text if self._peek().is_word else "")
            if self._peek().text == ")":
                self._advance()
                return tuple(values)
            self._take(",", expected="',' or ')'")

    def _checked(
        self, key: _Token, at: _Token, operator: Operator, values: tuple[str, ...]
    ) -> LabelSelectorTerm:
        try:
            _check_key(key.text)
        except SelectorError as error:
            raise error.within(self._text, key.position) from None
        try:
            return LabelSelectorTerm(key.text, operator, values)
        except SelectorError as error:
            raise error.within(self._text, at.position) from None

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _word(self, expected: str) -> _Token:
        token = self._advance()
        if token.is_word:
            return token
        raise self._unexpected(token, expected)

    def _take(self, text: str, *, expected: str) -> None:
        token = self._advance()
        if token.text != text:
            raise self._unexpected(token, expected)

    def _unexpected(self, token: _Token, expected: str) -> SelectorError:
        found = quoted(token.text) if token.text else "the end"
        return SelectorError(
            f"found {found}", expected=expected, text=self._text, position=token.position
        )


def _mapped_term(key: str, value: str | Sequence[str]) -> LabelSelectorTerm:
    if isinstance(value, str):
        return LabelSelectorTerm(key, "=", (value,))
    return LabelSelectorTerm(key, "in", tuple(value))


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    fits = len(name) <= 63 and _NAME.fullmatch(name) is not None
    if slash:
        fits = fits and is_dns_subdomain(prefix)
    if not fits:
        expected = (
            "letters, digits, '-', '_' and '.' (63 at most), after an optional DNS name and '/'"
        )
        raise SelectorError(f"bad label key {quoted(key)}", expected=expected)


def _check_value(value: str) -> None:
    if value and (len(value) > 63 or _NAME.fullmatch(value) is None):
        expected = "letters, digits, '-', '_' and '.', at most 63, none of '-_.' at the ends"
        raise SelectorError(f"bad label value {quoted(value)}", expected=expected)


def _check_count(term: LabelSelectorTerm) -> None:
    match term.operator:
        case "in" | "notin":
            fits, expected = bool(term.values), "one value or more"
        case "exists" | "!":
            fits, expected = not term.values, "no value"
        case _:
            fits, expected = len(term.values) == 1, "one value"
    if not fits:
        problem = f"{len(term.values)} values for {quoted(term.key)} {term.operator}"
        raise SelectorError(problem, expected=expected)


def _int64(text: str | None) -> int | None:
    if text is None or _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None
