"""Templates find and print what they do in client-go."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest

from kubewright.jsonpath import JSONPath, JSONPathError
from tests.differential import Answer, ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 6000
_NAMES = ["a", "b", "items", "k8s.io/x", "name"]


def _data(rand: random.Random, texts: list[str], depth: int = 0) -> Any:
    kind = rand.random()
    if depth < 4 and (kind < 0.35 or depth == 0):
        return {
            name: _data(rand, texts, depth + 1)
            for name in rand.sample(_NAMES, rand.randrange(1, 5))
        }
    if depth < 4 and kind < 0.6:
        return [_data(rand, texts, depth + 1) for _ in range(rand.randrange(4))]
    return rand.choice([1, 2, 3, 0, -7, 1.5, 2.25, True, False, None, *texts])


def _field(rand: random.Random) -> str:
    name = rand.choice(_NAMES).replace(".", "\\.")
    return rand.choice([f".{name}", f".{name}", f"['{name}']", f"..{name}", ".*"])


def _step(rand: random.Random) -> str:
    number = rand.randrange(-3, 4)
    choices = ["[*]", f"[{number}]", f"[{number}:]", f"[:{number}]", f"[0:{number}]", "[::2]"]
    choices += [f"['{rand.choice('ab')}','{rand.choice(['b', 'name'])}']", f"[0,{number}]", "[]"]
    if rand.random() < 0.6:
        return _field(rand)
    return rand.choice([_filter(rand), *choices])


def _filter(rand: random.Random) -> str:
    left = f"@{_field(rand)}"
    if rand.random() < 0.3:
        return f"[?({left})]"
    sign = rand.choice(["==", "!=", "<", ">", "<=", ">=", "=", "=>"])
    right = rand.choice(["1", "2.25", '"x"', "'y'", "true", "@.b", "-7", '"a)b"'])
    return f"[?({left}{rand.choice(['', ' '])}{sign}{rand.choice(['', ' '])}{right})]"


def _path(rand: random.Random) -> str:
    start = rand.choice(["", "", "", "@", "$"])
    return start + "".join(_step(rand) for _ in range(rand.randrange(1, 4)))


def _template(rand: random.Random) -> str:
    parts: list[str] = []
    for _ in range(rand.randrange(1, 4)):
        inside = rand.random()
        if inside < 0.5:
            parts.append(f"{{{_path(rand)}}}")
        elif inside < 0.65:
            parts.append(
                rand.choice(["text ", '{"quoted\\n"}', "{'a\\x41'}", "{3}", "{true}", "{-1.5}"])
            )
        else:
            body = f"{{{_path(rand)}}}{rand.choice(['', ' - ', '{@}'])}"
            parts.append(f"{{range {_path(rand)}}}{body}{{end}}")
    text = "".join(parts)
    if rand.random() < 0.15:  # broken in some way
        at = rand.randrange(len(text) + 1)
        text = (
            text[:at]
            + rand.choice(["{", "}", "[", "]", "'", '"', "..", "(", "\n", "-", ","])
            + text[at:]
        )
    return text


def _question(rand: random.Random) -> dict[str, Any]:
    template = _template(rand)
    # in client-go the children of a text are its bytes
    texts = [""] if ".*" in template else ["x", "y", "", "é\n"]
    return {
        "template": template,
        "data": _data(rand, texts),
        "allow_missing": rand.random() < 0.7,
    }


def _ours(template: str, data: Any, *, allow_missing: bool) -> dict[str, Any] | None:
    try:
        path = JSONPath.parse(template, allow_missing=allow_missing)
        return {"results": path.find(data), "text": path.render(data)}
    except JSONPathError:
        return None


def _unordered(answer: dict[str, Any] | None) -> Any:
    """Without the order, which is chance in Go where a template goes over the fields of an object."""
    if answer is None:
        return None
    return sorted(
        sorted(json.dumps(_plain(value), sort_keys=True) for value in row)
        for row in answer["results"]
    )


def _plain(value: Any) -> Any:
    """Go prints whole fractions as whole numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_part(theirs: Any, ours: Any) -> bool:
    """Whether Go found less, where we found more or something that is no list."""
    if theirs is None or ours is None:
        return theirs is not None
    rows, more_rows = theirs["results"], ours["results"]
    return len(rows) < len(more_rows) or sum(map(len, rows)) < sum(map(len, more_rows))


def _is_meant(question: dict[str, Any], ours: Any, theirs: Answer) -> bool:
    """Whether an answer differs for one of the reasons in ``kubewright.jsonpath``."""
    template: str = question["template"]
    if "incompatible types for comparison" in theirs.error:
        return True  # whole numbers and fractions
    if theirs.error.startswith("panic: "):
        return True  # a range over nothing, or over null
    if ours is None and re.search(r"[^=!<>]=[^=]|=>|\[[^\]]*}", template):
        return True  # no comparison, or a brace in brackets: told when the template is read
    if re.search(r"\[\*\]|\[[^\]]*:[^\]]*\]", template) and _is_part(theirs.output, ours):
        return True  # a slice of nothing ends its step in client-go, what comes after it is lost
    if "range" in template and ours is None and template.count("{range") != template.count("{end}"):
        return True  # told when the template is read
    empty_range = "range" in template and theirs.output is None
    return empty_range and ("is not found" in theirs.error or "cannot be filtered" in theirs.error)


def test_templates_find_and_print_what_they_do_in_go() -> None:
    rand = seeded()
    questions = [_question(rand) for _ in range(_COUNT)]
    answers = ask("jsonpath", questions)
    compared = 0
    differences: list[Any] = []
    for question, theirs in zip(questions, answers, strict=True):
        ours = _ours(
            question["template"], question["data"], allow_missing=question["allow_missing"]
        )
        loose = ".*" in question["template"] or ".." in question["template"]
        same = (_unordered(ours) == _unordered(theirs.output)) if loose else ours == theirs.output
        if not same and not _is_meant(question, ours, theirs):
            differences.append((question, ours, theirs))
        compared += ours is not None and theirs.output is not None
    assert compared > _COUNT / 8
    assert not differences, (len(differences), differences[:4])
