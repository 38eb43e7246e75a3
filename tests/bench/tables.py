"""Samples, their medians and ratios, and how they are shown; nothing is measured here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

__all__ = ["Row", "Table"]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one subject; with a problem, why it was not, or not all of it."""

    name: str
    samples: tuple[float, ...] = ()
    problem: str = ""

    @property
    def median(self) -> float:
        return median(self.samples)


@dataclass(frozen=True, slots=True)
class Table:
    """One figure of several subjects, beside that of the baseline.

    Attributes:
        title: what was measured.
        unit: of the samples.
        baseline: the name of the row that the ratios are to; a subject that took twice as much
            has the ratio 2. Empty where the rows are not to be compared.
        rows: one a subject.
        digits: after the point, in the text.
    """

    title: str
    unit: str
    baseline: str
    rows: tuple[Row, ...]
    digits: int = 2

    def ratio(self, row: Row) -> float | None:
        """How many times the baseline's median the row's is."""
        base = next((each for each in self.rows if each.name == self.baseline), None)
        if base is None or not base.samples or not row.samples or not base.median:
            return None
        return row.median / base.median

    def text(self) -> str:
        """The table for people.

        Beside a baseline the best come first and what could not be measured last; without one the
        rows stay in their order.
        """
        head = (f"{self.title} [{self.unit}]", "median", "min", "max", "n", "ratio")
        ordered = list(self.rows)
        if self.baseline:
            ordered.sort(key=lambda row: row.median if row.samples else float("inf"))
        return _aligned([head, *map(self._cells, ordered)], [row.problem for row in ordered])

    def data(self) -> dict[str, Any]:
        """The table for programs."""
        return {
            **asdict(self),
            "rows": [
                {
                    **asdict(row),
                    "median": row.median if row.samples else None,
                    "ratio": self.ratio(row),
                }
                for row in self.rows
            ],
        }

    def _cells(self, row: Row) -> tuple[str, ...]:
        if not row.samples:
            return (f"  {row.name}", *("-" * 5))
        figures = (row.median, min(row.samples), max(row.samples))
        shown = [f"{figure:.{self.digits}f}" for figure in figures]
        ratio = self.ratio(row)
        times = "-" if ratio is None else f"{ratio:.2f}"
        return (f"  {row.name}", *shown, str(len(row.samples)), times)


def _aligned(lines: Sequence[Sequence[str]], remarks: Iterable[str]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text: list[str] = []
    for (name, *cells), remark in zip(lines, ["", *remarks], strict=True):
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        text.append("  ".join([name.ljust(widths[0]), *padded, remark]).rstrip())
    return "\n".join(text)
