"""CLIENT-GO.md as data: which package of client-go has which row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Row", "rows"]

ROOT = Path(__file__).parents[2]
_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table with three columns."""

    section: str
    packages: tuple[str, ...]
    ours: str
    shown: str

    @property
    def modules(self) -> list[str]:
        """The modules and names of ours that it mentions, with dots."""
        return [name for name in _QUOTED.findall(self.ours) if name.startswith("kubewright.")]

    @property
    def files(self) -> list[str]:
        """The tests that it names."""
        return [name for name in _QUOTED.findall(self.shown) if name.startswith("tests/")]


def rows() -> list[Row]:
    """Return every row that has three columns."""
    found: list[Row] = []
    section = ""
    for line in (ROOT / "CLIENT-GO.md").read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] not in ("client-go", "Go"):
            found.append(Row(section, tuple(_QUOTED.findall(cells[0])), cells[1], cells[2]))
    return found
