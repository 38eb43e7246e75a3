"""Reads templates.

The grammar is client-go's, character by character: what ends a name, where a slice may stand, and
that ``['a.b']`` means ``.a.b``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, cast, get_args

from kubewright.jsonpath._nodes import (
    Action,
    Constant,
    Field,
    Filter,
    JSONPathError,
    Loop,
    Node,
    Operator,
    Part,
    Recursive,
    Slice,
    Text,
    Union,
    Wildcard,
)

__all__ = ["parse"]

_MAX_LENGTH: Final = 100_000
_MAX_LOOPS: Final = 50  # one in the other
_NAME: Final = re.compile(r"(?:\\.?|[^\\ \t\r\n.,\[\]$@{}])*", re.DOTALL)
_WORD: Final = re.compile(r"[^ \t\r\n.,\[\]$@{}]*")
_NUMBER: Final = re.compile(r"[+-]?[\d.]*")
_KEY: Final = re.compile(r"'([^']*)'", re.DOTALL)
_SLICE: Final = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?")
_COMPARISON: Final = re.compile(r"([^!<>=]+)([!<>=]+)(.+)", re.DOTALL)
_ESCAPE: Final = re.compile(
    r"""\\(?:([abfnrtv\\])|(['"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))"""
)
_CONTROL: Final = dict(zip("abfnrtv\\", "\a\b\f\n\r\t\v\\", strict=True))
_WORDS: Final = {"true": True, "false": False}


def parse(text: str) -> tuple[Part, ...]:
    """Read a template.

    Raises:
        JSONPathError: it is none; the message says where.
    """
    if len(text) > _MAX_LENGTH:
        raise JSONPathError(f"the template has more than {_MAX_LENGTH} characters")
    return _Parser(text).template()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def template(self) -> tuple[Part, ...]:
        """Read everything: text, actions, and loops of both."""
        blocks: list[tuple[tuple[Node, ...], list[Part]]] = [((), [])]
        while self._at < len(self._text):
            opening = self._text.find("{", self._at)
            end = len(self._text) if opening < 0 else opening
            if end > self._at:
                blocks[-1][1].append(Text(self._text[self._at : end]))
            if opening < 0:
                break
            self._at = opening + 1
            word, nodes = self.action()
            if word == "range":
                if len(blocks) > _MAX_LOOPS:
                    raise self.error(f"more than {_MAX_LOOPS} ranges, one in the other")
                blocks.append((nodes, []))
            elif word == "end":
                if len(blocks) == 1:
                    raise self.error("an end without a range")
                over, parts = blocks.pop()
                blocks[-1][1].append(Loop(over, tuple(parts)))
            else:
                blocks[-1][1].append(Action(nodes))
        if len(blocks) > 1:
            raise self.error("a range without an end")
        return tuple(blocks[0][1])

    def action(self) -> tuple[str, tuple[Node, ...]]:
        """Read up to the closing brace; return ``range`` or ``end`` if one is there, and the rest."""
        word = ""
        nodes: list[Node] = []
        while True:
            if self._at >= len(self._text) or self._text[self._at] in "\r\n":
                raise self.error("an action that is not closed")
            char = self._text[self._at]
            if char == "}":
                self._at += 1
                return word, tuple(nodes)
            if char.isalpha() or char == "_":
                word = self._word(word, nodes)
                continue
            nodes += self._node(char, nodes)

    def _node(self, char: str, before: list[Node]) -> list[Node]:
        if self._text.startswith("[?(", self._at):
            return [self._filter()]
        if self._text.startswith("..", self._at):
            return self._recursive(before)
        if char in "+-" or char.isdigit():
            return [self._number()]
        readers: dict[str, Callable[[], list[Node]]] = {
            " ": self._skip,
            "@": self._skip,  # the current object, which is meant anyway
            "$": self._skip,
            "[": self._bracket,
            '"': self._quote,
            "'": self._quote,
            ".": self._field,
        }
        if char not in readers:
            raise self.error(f"the character {char!r} means nothing here")
        return readers[char]()

    def error(self, problem: str) -> JSONPathError:
        """An error at this place."""
        return JSONPathError(f"{self._text[:200]!r}, character {self._at + 1}: {problem}")

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None  # noqa: S101 - every pattern here matches nothing at all too
        self._at = found.end()
        return found[0]

    def _skip(self) -> list[Node]:
        self._at += 1
        return []

    def _word(self, word: str, nodes: list[Node]) -> str:
        found = self._take(_WORD)
        if found in _WORDS:
            nodes.append(Constant(_WORDS[found]))
            return word
        if found not in ("range", "end") or word:
            raise self.error(f"the word {found!r} means nothing here")
        return found

    def _field(self) -> list[Node]:
        self._at += 1
        name = self._take(_NAME)
        return [Wildcard() if name == "*" else Field(name.replace("\\", ""))]

    def _recursive(self, before: list[Node]) -> list[Node]:
        if before and isinstance(before[-1], Recursive):
            raise self.error("two recursive descents, one after the other")
        self._at += 2
        following = self._text[self._at : self._at + 1]
        if following.isalnum() or following == "_":
            self._at -= 1  # the second dot is that of the field
            return [Recursive(), *self._field()]
        return [Recursive()]

    def _number(self) -> Node:
        text = self._take(_NUMBER)
        try:
            return Constant(int(text)) if "." not in text else Constant(float(text))
        except ValueError:
            raise self.error(f"{text[:50]!r} is no number") from None

    def _quote(self) -> list[Node]:
        quote, start = self._text[self._at], self._at + 1
        end = start
        while True:
            end = self._text.find(quote, end)
            if end < 0 or "\n" in self._text[start:end]:
                raise self.error("a text that is not closed")
            if self._text[end - 1] != "\\" or end == start:
                break
            end += 1
        self._at = end + 1
        return [Text(self._unquoted(self._text[start:end], quote))]

    def _unquoted(self, text: str, quote: str) -> str:
        if "\\" not in text:
            return text
        rest = _ESCAPE.sub("", text)
        if "\\" in rest or quote in rest:
            raise self.error(f"an escape in {text[:50]!r} that there is none of")

        def char(found: re.Match[str]) -> str:
            control, own, *numbers = found.groups()
            if own and own != quote:
                raise self.error(f"{found[0]} in a text in {quote}")
            if control or own:
                return _CONTROL.get(control, own)
            *hexadecimal, octal = numbers
            code = int(octal, 8) if octal else int("".join(filter(None, hexadecimal)), 16)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000 or (octal and code > 0xFF):
                raise self.error(f"{found[0]} is no character")
            return chr(code)

        return _ESCAPE.sub(char, text)

    def _bracket(self) -> list[Node]:
        end = self._text.find("]", self._at)
        if end < 0 or "\n" in self._text[self._at : end]:
            raise self.error("a bracket that is not closed")
        inside = self._text[self._at + 1 : end]
        self._at = end + 1
        if "," in inside:
            members = [self._nodes(f"[{each.strip(' ')}]") for each in inside.split(",")]
            return [Union(tuple(members))]
        if key := _KEY.fullmatch(inside):
            return list(self._nodes(f".{key[1]}"))
        return [self._slice(inside)]

    def _slice(self, inside: str) -> Slice:
        found = _SLICE.fullmatch(":" if inside == "*" else inside)
        if found is None:
            raise self.error(f"{inside[:50]!r} is no index, slice or name in single quotes")
        first, end, step = found.groups()
        try:
            numbers = [
                int(each) if each else None for each in (first, (end or "")[1:], (step or "")[1:])
            ]
        except ValueError:  # a lone minus, or more digits than any list has items
            raise self.error(f"{inside[:50]!r} is no index or slice") from None
        return Slice(numbers[0], numbers[1], numbers[2], is_index=end is None)

    def _filter(self) -> Filter:
        self._at += len("[?(")
        inside = self._parenthesis()
        if not self._text.startswith("]", self._at):
            raise self.error("a filter that is not closed with ]")
        self._at += 1
        found = _COMPARISON.fullmatch(inside)
        if found is None:
            return Filter(self._nodes(inside), None)
        left, operator, right = found.groups()
        if operator not in get_args(Operator):
            raise self.error(f"{operator[:20]!r} is no comparison")
        return Filter(self._nodes(left), cast("Operator", operator), self._nodes(right))

    def _parenthesis(self) -> str:
        """What is inside a parenthesis, in which one text may be in quotes."""
        start = self._at
        quote, is_closed = "", False
        while self._at < len(self._text) and self._text[self._at] != "\n":
            char = self._text[self._at]
            self._at += 1
            if char in "\"'":
                if not quote:
                    quote = char
                elif char == quote and self._text[self._at - 2] != "\\":
                    is_closed = True
            elif char == ")" and bool(quote) == is_closed:
                return self._text[start : self._at - 1]
        raise self.error("a filter that is not closed")

    def _nodes(self, text: str) -> tuple[Node, ...]:
        """Read the inside of an action that stands in another."""
        inner = _Parser(f"{{{text}}}")
        inner._at = 1
        word, nodes = inner.action()
        if word or inner._at != len(inner._text):
            raise self.error(f"{text[:50]!r} means nothing here")
        return nodes
