r"""Patterns of schemas, in the syntax of Go, which reads them in a real server.

A pattern is translated into the syntax of Rust's crate ``regex``, which pydantic brings: as in Go,
the time is linear in the text, whatever the pattern. What Go refuses is refused in its words.

The model is ``regexp/syntax`` with its Perl flags, of Go 1.26, which Kubernetes 1.37 is built with:
it knows no scripts whose names have several words (``\p{Old_Italic}``), for one. What differs:

* Rust knows the letters of Unicode 16, Go those of Unicode 15 (and forgets U+0345 in
  ``(?i)\p{LC}``).
* In Go some patterns of one surrogate (``^\x{d800}$``) find U+FFFD; here none is ever found.
* What is too much for Rust alone lets everything through: some 250 groups inside each other, and
  repetitions that compile to more than 10 MB, such as ``\pL{200}``.
* What is too much for Go (``expression too large``, ``expression nests too deeply``) is not refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

from kubewright.testing._apiserver.custom.pattern_letters import (
    Cursor,
    PatternError,
    read_single,
    spelled,
)

__all__ = ["PatternError", "matches", "translated"]

_MOST_COPIES: Final = 1000
_FLAGS: Final = "ims"
_COUNT: Final = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_NAMED_GROUP: Final = re.compile(r"\(\?P?<(?=.)([^>]*)(>?)", re.DOTALL)
_SIGNS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; one that cannot be used lets everything through."""
    found = _compiled(pattern)
    return found is None or found.isinstance_python(text)


@lru_cache(1024)
def _compiled(pattern: str) -> SchemaValidator | None:
    try:
        rust = translated(pattern)
        return SchemaValidator(core_schema.str_schema(pattern=rust, regex_engine="rust-regex"))
    except (PatternError, SchemaError):
        return None


def translated(pattern: str) -> str:
    """Return a pattern that is found by Rust in those texts in which Go finds the given one.

    It does not say which part of the text is found: groups have no names, and no repetition is lazy.

    Raises:
        PatternError: Go refuses it.
    """
    return _Reader(pattern).read()


@dataclass(slots=True)
class _Group:
    """What was read of a group, or of the whole pattern."""

    flags: str
    """Those that hold again after it."""
    last: int | None = None
    """Where that ends which a repetition would repeat."""
    copies: int = 1
    """How often the repetitions in it make copies of what is innermost; Go has a limit for it."""
    copies_before: int = 1
    """The most of what stands before it."""


class _Reader(Cursor):
    """Walks over a pattern once, in Go's order, so as to meet the same fault first."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._parts: list[str] = []
        self._flags = ""
        self._groups = [_Group("")]
        self._repetition: int | None = None  # where the one begins that was just read

    def read(self) -> str:
        while self.at < len(self.text):
            limits = self._limits()
            if limits is not None:
                self._repeat(*limits)
            else:
                self._repetition = None
                self._element(self.text[self.at])
        if len(self._groups) > 1:
            raise self.fault("missing closing )", 0)
        return "".join(self._parts)

    def _add(self, part: str, copies: int = 1) -> None:
        group = self._groups[-1]
        group.copies_before = max(group.copies_before, group.copies)
        group.last, group.copies = len(self._parts), copies
        self._parts.append(part)

    def _element(self, letter: str) -> None:
        if letter == "(":
            self._open()
        elif letter == ")":
            self._close()
        elif letter == "|":
            self.at += 1
            self._parts.append("|")
            self._groups[-1].last = None
        elif self.text.startswith(r"\Q", self.at):
            self._quotation()
        else:
            self._add(read_single(self))

    def _limits(self) -> tuple[int, int | None, int] | None:
        """Return the least and the most of a repetition, and its end, if there is one."""
        sign = _SIGNS.get(self.text[self.at])
        if sign is not None:
            return *sign, self.at + 1
        found = _COUNT.match(self.text, self.at)
        if found is None:
            return None
        # five digits are too many already, and Python does not read very long numbers
        low = int(found[1][:5])
        high = int(found[3][:5]) if found[3] else None if found[2] else low
        if max(low, high or 0) > _MOST_COPIES or (high is not None and low > high):
            raise self.fault("invalid repeat count", self.at, found.end())
        return low, high, found.end()

    def _repeat(self, low: int, high: int | None, end: int) -> None:
        start, group = self.at, self._groups[-1]
        self.at = end + 1 if self.text.startswith("?", end) else end
        if self._repetition is not None:
            raise self.fault("invalid nested repetition operator", self._repetition, self.at)
        if group.last is None:
            raise self.fault("missing argument to repetition operator", start, self.at)
        self._repetition = start
        # spelled so, a second one (after flags, as in "a+(?i)?") does not make the first one lazy
        self._parts[group.last] += f"{{{low},{'' if high is None else high}}}"
        times = low if high is None else high
        group.copies = group.copies * max(times, 1) if high != 0 else 1
        if times > 1 and group.copies > _MOST_COPIES:
            raise self.fault("invalid repeat count", start, self.at)

    def _open(self) -> None:
        text, start, flags = self.text, self.at, self._flags
        named = _NAMED_GROUP.match(text, start)
        if named is not None:
            self.at = named.end()
            if not named[2] or not re.fullmatch("[0-9A-Za-z_]+", named[1]):
                raise self.fault("invalid named capture", start, self.at)
        elif text.startswith("(?", start):
            flags = self._new_flags()
        else:
            self.at += 1
        off = "".join(each for each in _FLAGS if each not in flags)
        is_group = text[self.at - 1] != ")"
        self._parts.append(f"(?{flags}{off and '-'}{off}{':' if is_group else ')'}")
        if is_group:
            self._groups.append(_Group(self._flags))
        self._flags = flags

    def _new_flags(self) -> str:
        start, on, sign, letter = self.at, set(self._flags), "", ""
        self.at += 2
        while self.at < len(self.text):
            before, letter = letter, self.text[self.at]
            self.at += 1
            if letter in "imsU":
                on = on - {letter} if sign else on | {letter}
            elif letter == "-" and not sign:
                sign = letter
            elif letter in ":)" and before != "-":
                return "".join(sorted(on.intersection(_FLAGS)))  # U is of no account here
            else:
                break
        raise self.fault("invalid or unsupported Perl syntax", start, self.at)

    def _close(self) -> None:
        if len(self._groups) == 1:
            raise self.fault("unexpected )", 0)
        self.at += 1
        group = self._groups.pop()
        self._flags = group.flags
        self._add(")", max(group.copies_before, group.copies))

    def _quotation(self) -> None:
        start, end = self.at + 2, self.text.find(r"\E", self.at)
        for letter in self.text[start : end if end >= 0 else None]:
            self._add(spelled(ord(letter)))
        self.at = end + 2 if end >= 0 else len(self.text)
