"""Quantities are read, printed, compared and added as in Go."""

from __future__ import annotations

import random

import pytest

from kubewright import Quantity
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
_ODD = [
    "",
    "+",
    ".",
    "1.",
    ".5",
    "1e3",
    "1E-3",
    "1e",
    "0x1",
    "1 Ki",
    "--1",
    "1ki",
    "1K",
    "12e",
    "1Mi5",
]


def _text(rand: random.Random) -> str:
    if rand.random() < 0.1:
        return rand.choice(_ODD)
    digits = str(rand.randrange(10 ** rand.randrange(1, 12)))
    fraction = f".{rand.randrange(10 ** rand.randrange(1, 5))}" if rand.random() < 0.4 else ""
    exponent = f"{rand.choice('eE')}{rand.randrange(-6, 7)}"
    suffix = exponent if rand.random() < 0.15 else rand.choice(_SUFFIXES)
    return rand.choice(["", "", "", "-", "+"]) + digits + fraction + suffix


def test_quantities_are_those_of_go() -> None:
    rand = seeded()
    inputs = [{"text": _text(rand), "other": _text(rand)} for _ in range(3000)]
    differences: list[object] = []
    for asked, answer in zip(inputs, ask("quantity", inputs), strict=True):
        ours: object
        try:
            quantity, other = Quantity(asked["text"]), Quantity(asked["other"])
        except ValueError:
            ours = None
        else:
            ours = {
                "canonical": str(quantity),
                "compared": (quantity > other) - (quantity < other),
                "sum": str(quantity + other),
            }
        theirs = answer.output and {
            key: answer.output[key] for key in ("canonical", "compared", "sum")
        }
        if ours != theirs:
            differences.append((asked, ours, answer))
    assert not differences[:5]
