"""What a real server answered, written down: one file for each topic, one line for each answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["expected", "write_down"]

_FOLDER = Path(__file__).parent / "expected"
Answers = list[Any]


def expected(name: str) -> Answers | None:
    """Return the answers of a case; None when they were not written down yet."""
    return _read(_topic(name)).get(name)


def write_down(found: Mapping[str, Answers], known: frozenset[str]) -> None:
    """Put new answers in the place of those of the same cases, and drop cases that are no more."""
    for topic in {_topic(name) for name in found}:
        cases = {**_read(topic), **{n: a for n, a in found.items() if _topic(n) == topic}}
        parts = [
            f"{json.dumps(name)}: [\n" + ",\n".join(f"  {_line(a)}" for a in answers) + "\n]"
            for name, answers in sorted(cases.items())
            if name in known
        ]
        path = _FOLDER / f"{topic}.json"
        path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _line(answer: Any) -> str:
    return json.dumps(answer, sort_keys=True, ensure_ascii=False)


def _topic(name: str) -> str:
    return name.partition(".")[0]


@cache
def _read(topic: str) -> dict[str, Answers]:
    path = _FOLDER / f"{topic}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
