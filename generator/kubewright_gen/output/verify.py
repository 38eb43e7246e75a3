"""The last defence: generated code is read again and must be nothing but names and types.

Whatever a hostile schema got past the escaping of the templates would show as a statement, a
name, a call or a character that generated code has no use for. So this is a list of what is
allowed; everything else is an error, and nothing is written.

client-go: none; its input is Go code that its authors wrote.
"""

from __future__ import annotations

import ast
import io
import tokenize
import unicodedata
import warnings
from collections.abc import Mapping
from typing import Final

from kubewright_gen.errors import VerifyError
from kubewright_gen.output.allowed import ALLOWED, Allowed
from kubewright_gen.output.verify_tree import Scope, UnexpectedCodeError, bound_names, check_module

__all__ = ["verify_package", "verify_text"]

# Control, format (bidi, zero width), surrogate, line and paragraph separators: an editor or a
# terminal would show other code than Python runs.
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def verify_package(files: Mapping[str, str], *, package: str, allowed: Allowed = ALLOWED) -> None:
    """Check every file of a rendered package.

    Args:
        files: path inside the package folder to text.
        package: import name, whose modules may import each other.
        allowed: what generated code may use.

    Raises:
        VerifyError: a file is not what generated code looks like.
    """
    trees: dict[str, ast.Module] = {}
    for path, text in files.items():
        if path.endswith(".py"):
            trees[path] = verify_text(text, path)
        elif text:
            raise _bug("holds text, and only Python files should", path, 1)
    modules = {_module(package, path): bound_names(tree) for path, tree in trees.items()}
    for path, tree in trees.items():
        try:
            check_module(tree, Scope(path, package, allowed, modules))
            compile(tree, path, "exec", dont_inherit=True)
        except UnexpectedCodeError as error:
            raise _bug(error.problem, path, error.line) from None
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _bug(f"does not compile: {error}", path, getattr(error, "lineno", 0)) from error


def verify_text(text: str, path: str) -> ast.Module:
    """Check the characters of one file and parse it.

    Raises:
        VerifyError: it does not parse without a warning, or an editor would not show it as it is.
    """
    for character in sorted(set(text)):
        if character != "\n" and unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
            line = text.count("\n", 0, text.index(character)) + 1
            raise _bug(f"holds the character U+{ord(character):04X} unescaped", path, line)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # such as "\d": no escape, and an error one day
            tree = ast.parse(text, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _bug(f"is no Python: {error}", path, getattr(error, "lineno", 0) or 0) from error
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        _check_spelling(text, path)
    return tree


def _check_spelling(text: str, path: str) -> None:
    """Python normalises identifiers silently, so two spellings would be one name."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and not unicodedata.is_normalized("NFKC", token.string):
            raise _bug(f"spells the name {token.string!a} as Python does not", path, token.start[0])


def _module(package: str, path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join((package, *parts))


def _bug(problem: str, path: str, line: int) -> VerifyError:
    return VerifyError(
        f"generated code {problem}",
        file=path,
        place=f"line {line}" if line else "",
        remedy="nothing was written; this is a bug in kubewright, please report it",
    )
