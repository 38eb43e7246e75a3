"""Patterns of schemas find what they find in Go, or are refused in Go's words."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import SchemaError, SchemaValidator, core_schema

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.custom.patterns import PatternError, matches, translated
from tests.differential import ask, seeded
from tests.support.generating import crds_in

pytestmark = pytest.mark.conformance

_COUNT = 20_000
_SHARED = os.environ.get("KUBEWRIGHT_SHARED", "")
# of another kind or with another case in Unicode 16, or said by one table of Go and not by another
_MOVED = {"\U0001171e", "\u019b", "\u0264", "\u0345"}


def _words(text: str) -> list[str]:
    return text.split()


_LETTERS: list[str] = [
    *_words("a b k s S Z _ 0 7 - \u00e9 \u03a3 \u03c2 \u017f \u212a \ufffd { } ] # < , \u65e5"),
    *_words("&& ~~ -- \U0001f600"),
    *" \n\x00",
]
_ESCAPES = [
    *_words(
        r"\d \D \s \S \w \W \pL \PN \p{Greek} \p{^lu} \P{^Han} \p{Letter} \p{lowercase-letter}"
    ),
    *_words(r"\P{any} \p{Cs} \pC \n \t \v \a \f \_ \. \- \] \\ \/ \0 \07 \141 \400 \x61 \x{1F600}"),
    *_words(r"\x{0000e9} \x{d800}"),
    "\\ ",
]
_WRONG = [
    *_words(
        r"\1 \8 \p{Grek} \p{Old_Italic} \p{sc=Greek} \p{Alphabetic} \p \p{L \p{} \x \x4 \x{ \y"
    ),
    *_words(r"\x{} \x{110000} \x{10ffff0} \xg1 \C \Z \E \u0061 \h"),
    *_words("\\ \\\u00e9 \\p{gree\u212a}"),
]
_PLACES = _words(r"^ $ \A \z \b \B (?i) (?s) (?m) (?-i) (?U) \Q\E (?im-s) (?) (?ii) \Qa.b\E \Q[*")
_OPENINGS = _words("( ( (?: (?: (?i: (?s-i: (?P<n> (?<n1> (?U: (?m:")
_BAD_OPENINGS = [
    *_words("(?= (?! (?<= (?<! (?P=n) (?P>n) (?> (?# (?x: (?u: (?-: (?i-: (?--i: (?<> (?<n (?P<"),
    *_words("(?P<\u00e9> (? (?i (?R)"),
]
_TIMES = _words("* + ? *? +? ?? {2} {0} {1,} {0,2} {2,3}? {,2} {01} {2, {30} {40}")
_BAD_TIMES = _words("** ++ ?+ {2}{3} {2,1} {1001} {0,1001} {1001,} {99999999999} {600}")
_POSIX = _words("[:alpha:] [:^alpha:] [:word:] [:space:] [:punct:]")
_ODD_ITEMS = [*_WRONG, *_words(r"[:foo:] [:alpha [ a-\d \x{d7ff}-\x{e000} \x{d800}-\x{dfff} \b")]


def _element(rand: random.Random, depth: int) -> str:
    kind = rand.random()
    if kind < 0.45:
        return rand.choice(_LETTERS)
    if kind < 0.6:
        return rand.choice(_ESCAPES)
    if kind < 0.7:
        return _class(rand)
    if kind < 0.8:
        return rand.choice(_PLACES)
    if kind < 0.83:
        return "."
    if kind < 0.845:
        return rand.choice(_WRONG)
    if depth > 3:
        return rand.choice(_LETTERS)
    opening = rand.choice(_OPENINGS) if rand.random() < 0.95 else rand.choice(_BAD_OPENINGS)
    return f"{opening}{_pattern(rand, depth + 1)})"


def _class(rand: random.Random) -> str:
    items: list[str] = []
    for _ in range(rand.randrange(1, 4)):
        kind = rand.random()
        if kind < 0.35:
            items.append(rand.choice(_LETTERS))
        elif kind < 0.5:
            low, high = sorted(rand.choices([a for a in _LETTERS if len(a) == 1], k=2))
            items.append(f"{low}-{high}" if rand.random() < 0.95 else f"{high}-{low}")
        elif kind < 0.8:
            items.append(rand.choice(_ESCAPES))
        elif kind < 0.95:
            items.append(rand.choice(_POSIX))
        else:
            items.append(rand.choice(_ODD_ITEMS))
    return rand.choice(["[", "[", "[^", "[]", "[^]", "[-"]) + "".join(items) + "]"


def _pattern(rand: random.Random, depth: int = 0) -> str:
    parts: list[str] = []
    for _ in range(rand.randrange(4)):
        parts.append(_element(rand, depth))
        kind = rand.random()
        if kind < 0.2:
            parts.append(rand.choice(_TIMES))
        elif kind < 0.21:
            parts.append(rand.choice(_BAD_TIMES))
        elif kind < 0.27:
            parts.append("|")
    text = "".join(parts)
    if depth == 0 and rand.random() < 0.05:  # broken in some way
        at = rand.randrange(len(text) + 1)
        text = text[:at] + rand.choice("()[]{}*?|\\^$-:") + text[at:]
    return text if depth or rand.random() < 0.5 else f"^(?:{text})$"


def _texts(rand: random.Random, pattern: str) -> list[str]:
    """Odd texts, and more that are made of what is in the pattern, with a chance of being found."""
    odd = [*_LETTERS, *"aabAKx159.\t\r\v\f\\/[^i\u0130\u0131\u0345\u0378"]
    near = [*pattern, *pattern.swapcase(), *"ab\n"]
    near = [letter for letter in near if letter not in "()[]{}*+?|\\^$"]
    return ["".join(rand.choices(some, k=rand.randrange(5))) for some in (odd, near) * 8]


def _ours(question: dict[str, Any]) -> tuple[list[bool] | None, str]:
    try:
        translated(question["pattern"])
    except PatternError as error:
        return None, str(error)
    return [matches(question["pattern"], text) for text in question["texts"]], ""


def _is_meant(question: dict[str, Any]) -> bool:
    """Whether an answer differs for one of the reasons in the docstring of ``patterns``."""
    if r"\x{d800}" in question["pattern"] and "\ufffd" in "".join(question["texts"]):
        return True
    try:
        SchemaValidator(core_schema.str_schema(pattern=translated(question["pattern"])))
    except SchemaError as error:
        return "exceeds size limit" in str(error)
    return False


def _compare(questions: list[dict[str, Any]]) -> int:
    """Return how many patterns both took."""
    taken = 0
    differences: list[Any] = []
    for question, theirs in zip(questions, ask("patterns", questions), strict=True):
        ours = _ours(question)
        if ours == (theirs.output, theirs.error):
            taken += theirs.output is not None
        elif theirs.error or ours[1] or not _is_meant(question):
            differences.append((question, ours, theirs))
    assert not differences, (len(differences), differences[:5])
    return taken


def test_patterns_find_what_they_find_in_go_or_are_refused_in_its_words() -> None:
    rand = seeded()
    patterns = [_pattern(rand) for _ in range(_COUNT)]
    questions = [{"pattern": each, "texts": _texts(rand, each)} for each in patterns]

    taken = _compare(questions)

    assert _COUNT * 0.5 < taken < _COUNT * 0.9


def test_sets_of_unicode_have_the_letters_that_they_have_in_go() -> None:
    rand = seeded()
    codes = [rand.randrange(0x80, rand.choice([0x800, 0x3000, 0x20000])) for _ in range(4000)]
    letters = sorted({chr(code) for code in codes if not 0xD800 <= code < 0xE000} - _MOVED)
    assigned = ask("patterns", [{"pattern": r"\p{Assigned}", "texts": letters}])[0].output
    texts = [letter for letter, is_assigned in zip(letters, assigned, strict=True) if is_assigned]
    names: list[str] = ask("unicode", [{}])[0].output
    spelled = [*names, *(name.replace("_", "").upper() for name in names), "Grek", "Alphabetic"]
    patterns = [rf"{flag}\p{{{name}}}" for flag in ("", "(?i)") for name in spelled]

    taken = _compare([{"pattern": pattern, "texts": texts} for pattern in patterns])

    assert taken > 700


@pytest.mark.shared
@pytest.mark.skipif(not _SHARED, reason="KUBEWRIGHT_SHARED names no collection of CRDs")
def test_patterns_of_public_crds_find_what_they_find_in_go() -> None:
    rand = seeded()
    found = {pattern for crd in crds_in(Path(_SHARED) / "crds") for pattern in _patterns_in(crd)}
    assert len(found) > 40

    taken = _compare(
        [{"pattern": pattern, "texts": _near(rand, pattern)} for pattern in sorted(found)]
    )

    assert taken == len(found)


def _patterns_in(schema: Any) -> Iterator[str]:
    if is_object(schema):
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            yield pattern
    for below in schema.values() if is_object(schema) else schema if is_array(schema) else ():
        yield from _patterns_in(below)


def _near(rand: random.Random, pattern: str) -> list[str]:
    """Texts of what the pattern itself is made of, which has a chance of being found."""
    some = [*re.findall(r"[a-z]{2,}|\w", pattern), *"-./:0a1bZ", "ms", "\n"]
    return ["".join(rand.choices(some, k=rand.randrange(8))) for _ in range(300)]
