"""The blocks of code in the documents, with the places where they stand."""

from __future__ import annotations

import builtins
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "Block", "Place", "block_at", "blocks"]

ROOT = Path(__file__).parents[2]
Place = tuple[str, str, int]
_FENCE = "```"


@dataclass(frozen=True)
class Block:
    """A block of code in a document.

    Attributes:
        document: the name of the file.
        heading: the last one above it.
        number: 1 for the first block of its language below that heading.
        language: as the fence says it.
        line: of the document, on which the code begins.
        text: the code.
    """

    document: str
    heading: str
    number: int
    language: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line} {self.heading} {self.number}"

    @property
    def place(self) -> Place:
        """What names it even when the document grows above it."""
        return self.document, self.heading, self.number

    @property
    def slug(self) -> str:
        """A name for a module."""
        return re.sub(r"\W+", "_", " ".join(map(str, self.place)).lower())

    @property
    def in_place(self) -> str:
        """The code on the lines that it has in the document, so that errors point there."""
        return "\n" * (self.line - 1) + self.text

    @property
    def last_line(self) -> int:
        """Of the document, on which the code ends."""
        return self.line + self.text.count("\n") - 1

    @property
    def takes(self) -> set[str]:
        """The names that the code uses and does not make: what the reader is to bring."""
        module = symtable.symtable(self.text, str(self), "exec")
        made = {
            each.get_name()
            for each in module.get_symbols()
            if each.is_assigned() or each.is_imported()
        }
        return _globals_in(module) - made - set(dir(builtins))

    def with_other(self, text: str, instead: object) -> Block:
        """The same with a part replaced that only the reader's machine has, such as a path."""
        assert text in self.text, f"{self} has no {text!r}"
        return replace(self, text=self.text.replace(text, str(instead)))


def _globals_in(table: symtable.SymbolTable) -> set[str]:
    outermost = table.get_type() == "module"
    found = {
        each.get_name()
        for each in table.get_symbols()
        if each.is_referenced() and (outermost or each.is_global())
    }
    return found.union(*(_globals_in(child) for child in table.get_children()))


@cache
def blocks(language: str) -> tuple[Block, ...]:
    """Return every block of a language, in all documents."""
    found = [each for path in sorted(ROOT.glob("*.md")) for each in _blocks_of(path)]
    return tuple(each for each in found if each.language == language)


def block_at(place: Place, language: str = "python") -> Block:
    """Return the block at a place.

    Raises:
        LookupError: there is none.
    """
    for each in blocks(language):
        if each.place == place:
            return each
    document, heading, number = place
    raise LookupError(f"{document} has no block {number} of {language} below {heading!r}")


def _blocks_of(path: Path) -> Iterator[Block]:
    heading, counts = "", dict[str, int]()
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if line.startswith("#"):
            heading, counts = line.lstrip("# "), {}
        elif line.startswith(_FENCE):
            language = line.removeprefix(_FENCE)
            counts[language] = counts.get(language, 0) + 1
            text = _until_fence(lines)
            yield Block(path.name, heading, counts[language], language, number + 1, text)


def _until_fence(lines: Iterator[tuple[int, str]]) -> str:
    found: list[str] = []
    for _, line in lines:
        if line == _FENCE:
            break
        found.append(f"{line}\n")
    return "".join(found)
