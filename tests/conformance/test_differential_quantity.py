"""Quantities are read, printed, compared and added as in Go."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kubewright import Quantity
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 4000
_SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
_ODD = ["", "1.", ".5", "1e3", "1E-3", "1e", "0x1", "1 Ki", "--1", "1ki", "1K", "12e", "1Mi5", "é"]
# what Go's documentation of the grammar does not allow, and its scanner reads as zero
_WITHOUT_DIGITS = ["+", ".", "-", "k"]


def _text(rand: random.Random) -> str:
    if rand.random() < 0.1:
        return rand.choice(_ODD + _WITHOUT_DIGITS)
    digits = str(rand.randrange(10 ** rand.randrange(1, 12)))
    fraction = f".{rand.randrange(10 ** rand.randrange(1, 5))}" if rand.random() < 0.4 else ""
    exponent = f"{rand.choice('eE')}{rand.randrange(-6, 7)}"
    suffix = exponent if rand.random() < 0.15 else rand.choice(_SUFFIXES)
    return rand.choice(["", "", "", "-", "+"]) + digits + fraction + suffix


def _ours(question: dict[str, str]) -> dict[str, Any] | None:
    try:
        quantity, other = Quantity(question["text"]), Quantity(question["other"])
    except ValueError:
        return None
    return {
        "canonical": quantity.canonical(),
        "compared": (quantity > other) - (quantity < other),
        "sum": (quantity + other).canonical(),
    }


def _with_magnitude(theirs: Any, ours: Any) -> Any:
    """Go loses the suffix, and zeros with it, of what is a thousand times the largest one."""
    lost = str(ours).endswith("000E") and str(ours).startswith(f"{theirs}000")
    return ours if lost else theirs


def test_quantities_are_those_of_go() -> None:
    rand = seeded()
    questions = [{"text": _text(rand), "other": _text(rand)} for _ in range(_COUNT)]
    answers = ask("quantity", questions)
    differences: list[object] = []
    for question, answer in zip(questions, answers, strict=True):
        ours = _ours(question)
        theirs = answer.output and {
            key: answer.output[key] for key in ("canonical", "compared", "sum")
        }
        odd = ours is None and not set(question.values()).isdisjoint(_WITHOUT_DIGITS)
        if ours is not None and theirs is not None:
            theirs = {key: _with_magnitude(value, ours[key]) for key, value in theirs.items()}
        if ours != theirs and not odd:
            differences.append((question, ours, answer))
    assert not differences, (len(differences), differences[:5])
