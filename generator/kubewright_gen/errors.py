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

from kubewright._shown import one_line

__all__ = [
    "GeneratorError",
    "NameClashError",
    "OutputError",
    "SchemaError",
    "SourceError",
    "VerifyError",
]


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
