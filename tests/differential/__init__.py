"""Questions to client-go's libraries, answered by a Go program that is built once."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.programs import go_program

__all__ = ["SOURCES", "Answer", "ask", "seeded"]

SOURCES = Path(__file__).parent / "clientgo"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Go says: an output, or the text of an error."""

    output: Any
    error: str


def ask(topic: str, inputs: Iterable[Any]) -> list[Answer]:
    """Put all inputs to one run of the Go program; a topic is a file in ``clientgo``."""
    program = go_program(SOURCES, notice="building the Go side of the comparisons")
    lines = "".join(json.dumps({"topic": topic, "input": each}) + "\n" for each in inputs)
    done = subprocess.run(
        [program], input=lines, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [Answer(each.get("output"), each.get("error", "")) for each in answers]


def seeded() -> random.Random:
    """Random numbers whose seed pytest shows when a test fails."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    return random.Random(seed)
