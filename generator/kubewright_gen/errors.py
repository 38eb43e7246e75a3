"""What the generator refuses, each as one line: the file, the place in it, what is wrong, a remedy.

* GeneratorError
  * SourceError      input that cannot be read, or is not what it should be
    - SchemaError    a schema in it that cannot be used
  * NameClashError   two things that would get the same Python name
  * VerifyError      generated code that is not what was meant
  * OutputError      the output folder cannot be written, or holds what must not be overwritten

client-go: code-generator has none; its tools end in ``klog.Fatalf``.
"""

from __future__ import annotations

__all__ = [
    "GeneratorError",
    "NameClashError",
    "OutputError",
    "SchemaError",
    "SourceError",
    "VerifyError",
    "one_line",
    "shown",
]

_SHOWN_LENGTH = 60


def one_line(text: str) -> str:
    """Text for one line of a terminal: what is not printable is escaped, so input cannot act."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(value: object) -> str:
    """A value from the input, quoted for a message: cut short and without control characters."""
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN_LENGTH else value[:_SHOWN_LENGTH] + "…"
        return one_line(f"'{cut}'")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        # str() of a huge integer is refused by Python
        huge = isinstance(value, int) and value.bit_length() > 256
        return "a huge number" if huge else str(value)
    names: dict[type, str] = {dict: "an object", list: "a list", tuple: "a list", bytes: "bytes"}
    return names.get(type(value), type(value).__name__)


class GeneratorError(Exception):
    """The generator cannot go on; ``str()`` of it is the whole message, on one line.

    Attributes:
        problem: what is wrong.
        file: the file, URL or server that it is in; empty if it is about none.
        place: where in there (``line 3``, ``spec.versions[0]``); may be empty.
        remedy: what to do about it; may be empty.
    """

    def __init__(self, problem: str, *, file: str = "", place: str = "", remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = file
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [one_line(part) for part in (self.file, self.place, self.problem) if part]
        remedy = f"; {one_line(self.remedy)}" if self.remedy else ""
        return ": ".join(parts) + remedy


class SourceError(GeneratorError):
    """Input that cannot be read, or is not what it should be."""


class SchemaError(SourceError):
    """A schema that cannot be used: wrong types, dangling references, beyond the limits."""


class NameClashError(GeneratorError):
    """Two things that would get the same Python name."""


class VerifyError(GeneratorError):
    """Generated code that is not what was meant; a fault of the generator."""


class OutputError(GeneratorError):
    """The output folder cannot be written, or holds what must not be overwritten."""
