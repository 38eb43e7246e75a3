"""Label and field selectors are read, printed and matched as in apimachinery."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from kubewright.selectors import (
    SelectorError,
    parse_field_selector,
    parse_label_selector,
    requirements_of,
)
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 2500
_KEYS = ["a", "b", "app.kubernetes.io/name", "x-y", "Z_1", "in", "notin"]
_VALUES = ["", "1", "2", "10", "web", "a.b", "A-b", "in"]
_ODD = ["a b", "-a", "a/b/c", "é", "x" * 64, "a,b", "(", "/a", "a/", "x" * 300 + "/a", "1.5", "+3"]


def _key(rand: random.Random) -> str:
    return rand.choice(_KEYS) if rand.random() < 0.93 else rand.choice(_ODD)


def _value(rand: random.Random) -> str:
    return rand.choice(_VALUES) if rand.random() < 0.93 else rand.choice(_ODD)


def _blank(rand: random.Random) -> str:
    return rand.choice(["", "", "", " ", "  "])


def _term(rand: random.Random) -> str:
    key = _key(rand)
    kind = rand.random()
    if kind < 0.15:
        return rand.choice([key, f"!{_blank(rand)}{key}"])
    if kind < 0.7:
        sign = rand.choice(["=", "==", "!=", ">", "<", "=!", "===", ">="])
        return f"{key}{_blank(rand)}{sign}{_blank(rand)}{_value(rand)}"
    values = f",{_blank(rand)}".join(_value(rand) for _ in range(rand.randrange(4)))
    return f"{key} {rand.choice(['in', 'notin', 'In'])} {rand.choice(['(', '( ', ''])}{values})"


def _text(rand: random.Random) -> str:
    text = f"{_blank(rand)},{_blank(rand)}".join(_term(rand) for _ in range(rand.randrange(4)))
    if rand.random() < 0.1:
        at = rand.randrange(len(text) + 1)
        text = text[:at] + rand.choice([",", "(", ")", "!", "=", " ", "\t"]) + text[at:]
    return text


def _sets(rand: random.Random) -> list[dict[str, str]]:
    return [
        {key: rand.choice(_VALUES) for key in rand.sample(_KEYS, rand.randrange(4))}
        for _ in range(6)
    ]


def _sorted(answer: dict[str, Any] | None) -> Any:
    """Terms of one key come in any order from apimachinery."""
    return answer and {**answer, "text": sorted(answer["text"].split(","))}


def _compare(topic: str, questions: list[Any], ours: Callable[[Any], Any]) -> None:
    answers = ask(topic, questions)
    assert sum(answer.output is not None for answer in answers) > len(answers) / 5
    differences: list[Any] = []
    for question, answer in zip(questions, answers, strict=True):
        try:
            requirements = ours(question)
        except SelectorError as error:
            found, why = None, str(error)
        else:
            why = ""
            found = {
                # apimachinery prints nothing for a selector that takes nothing
                "text": str(requirements).replace("<nothing>", ""),
                "matches": [requirements.matches(each) for each in question["sets"]],
                "everything": requirements.is_everything,
            }
        if why.startswith("bad field"):
            continue  # a path that is empty or has blanks; apimachinery takes it, and finds nothing
        if _sorted(found) != _sorted(answer.output):
            differences.append((question, found, why, answer))
    assert not differences, (len(differences), differences[:5])


def test_label_selectors_are_those_of_go() -> None:
    rand = seeded()
    questions = [{"text": _text(rand), "sets": _sets(rand)} for _ in range(_COUNT)]
    _compare("labels", questions, lambda question: parse_label_selector(question["text"]))


def test_selectors_of_objects_are_those_of_go() -> None:
    rand = seeded()

    def expression() -> dict[str, Any]:
        operator = rand.choice(["In", "NotIn", "Exists", "DoesNotExist", "Equals"])
        # apimachinery prints a value that is there twice as often
        values = list({_value(rand) for _ in range(rand.choice([0, 1, 2]))})
        return {"key": _key(rand), "operator": operator, "values": values}

    def selector() -> dict[str, Any] | None:
        if rand.random() < 0.1:
            return {} if rand.random() < 0.5 else None
        return {
            "matchLabels": {_key(rand): _value(rand) for _ in range(rand.randrange(3))},
            "matchExpressions": [expression() for _ in range(rand.randrange(3))],
        }

    questions = [
        {
            "selector": selector(),
            "sets": _sets(rand),
        }
        for _ in range(_COUNT)
    ]
    _compare("labelselector", questions, lambda question: requirements_of(question["selector"]))


def test_field_selectors_are_those_of_go() -> None:
    rand = seeded()
    paths = ["metadata.name", "status.phase", "a", ""]

    def term() -> str:
        value = rand.choice(["", "x", r"a\,b", r"a\=b", r"\\", r"\x", "a=b", " x ", "é"])
        return f"{rand.choice(paths)}{rand.choice(['=', '==', '!=', '', '===', '!'])}{value}"

    def text() -> str:
        return ",".join(term() for _ in range(rand.randrange(4)))

    def sets() -> list[dict[str, str]]:
        values = ["", "x", "a,b", "a=b", "\\"]
        return [
            {path: rand.choice(values) for path in paths[: rand.randrange(4)]} for _ in range(5)
        ]

    questions = [{"text": text(), "sets": sets()} for _ in range(_COUNT)]
    _compare("fields", questions, lambda question: parse_field_selector(question["text"]))
