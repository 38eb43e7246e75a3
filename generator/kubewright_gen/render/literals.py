"""Text becomes code here and nowhere else: literals that cannot be left early.

REMOVING A CALL OF THESE FUNCTIONS, OR WEAKENING ONE, OPENS GENERATED CODE TO INJECTION. They are
the filters of all templates; `kubewright_gen.output.verify` checks what came out.
"""

from __future__ import annotations

import textwrap
import unicodedata
from typing import Any, TypeGuard

from kubewright._json import is_array

__all__ = ["docstring", "literal"]

_WIDTH = 100


def literal(value: Any) -> str:
    """A Python literal of a string, integer, boolean, None, or a tuple or list of such.

    Raises:
        TypeError: the value is something else.
    """
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(_escaped(char, quote=True) for char in value) + '"'
    if _is_tuple(value):
        items = [literal(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if is_array(value):
        return f"[{', '.join(literal(item) for item in value)}]"
    raise TypeError(f"no literal for {type(value).__name__}")


def _is_tuple(value: Any) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)


def docstring(text: str, indent: int = 4) -> str:
    """A docstring with the text wrapped to 100 columns, to be put ``indent`` spaces deep.

    Quotes, backslashes and everything that is not printable are escaped, so that the text is the
    same when it is read, and cannot end the string.
    """
    paragraphs = [_line(line) for line in text.strip().splitlines()]
    lines = [line for paragraph in paragraphs for line in _wrapped(paragraph, indent)]
    if not lines:
        return '""""""'
    if len(lines) == 1 and len(lines[0]) + indent + 6 <= _WIDTH and not lines[0].endswith('"'):
        return f'"""{lines[0]}"""'
    margin = "\n" + " " * indent
    body = margin.join(lines).replace(margin + "\n", "\n\n")
    body = "\n".join(line.rstrip() for line in body.split("\n"))
    return f'"""{body}{margin}"""'


def _line(line: str) -> str:
    expanded = line.expandtabs(4).rstrip()
    return "".join(_escaped(char, quote=False) for char in expanded).replace('"""', '\\"\\"\\"')


def _wrapped(line: str, indent: int) -> list[str]:
    margin = line[: len(line) - len(line.lstrip())][:40]
    return textwrap.wrap(
        line.lstrip(),
        width=_WIDTH - indent - 3,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _escaped(char: str, *, quote: bool) -> str:
    if char == "\\" or (quote and char == '"'):
        return "\\" + char
    if char.isprintable() and not _changes_reading(char):
        return char
    code = ord(char)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _changes_reading(char: str) -> bool:
    """Whether it is one of the marks that make text look like something else than it is."""
    return not char.isascii() and unicodedata.category(char) in ("Cf", "Zl", "Zp", "Cs", "Co", "Cn")
