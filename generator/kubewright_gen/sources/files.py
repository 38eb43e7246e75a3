"""Finding and reading the files that a source names, within bounds.

client-go: ``k8s.io/cli-runtime/pkg/resource`` (``FilenameOptions``), without its visitors.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from kubewright._yaml_documents import MAX_FILE_SIZE
from kubewright_gen.errors import SourceError

__all__ = ["STDIN", "Fetch", "find_files", "read_file", "read_stream"]

STDIN = "<stdin>"
Fetch = Callable[[str], bytes]
_SUFFIXES = (".yaml", ".yml", ".json")


def find_files(source: str) -> list[Path]:
    """The files that one argument of a user names: a file, a folder with all below it, a pattern.

    Raises:
        SourceError: there is no such file, or nothing in the folder or under the pattern.
    """
    path = Path(source)
    if path.is_dir():
        found = list(_walk(path))
        if not found:
            raise SourceError("no *.yaml, *.yml or *.json in this folder", file=source)
        return found
    if path.exists():
        return [path]
    if glob.has_magic(source):
        matches = [Path(name) for name in sorted(glob.glob(source, recursive=True))]
        found = [file for match in matches for file in _below(match)]
        if not found:
            raise SourceError("the pattern matches no file", file=source)
        return found
    raise SourceError("no such file or folder", file=source)


def _below(path: Path) -> list[Path]:
    return list(_walk(path)) if path.is_dir() else [path]


def _walk(folder: Path) -> Iterator[Path]:
    # links to folders are not followed: they can lead round in circles
    names: Sequence[str]
    for current, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(current, name)
            if name.endswith(_SUFFIXES) and path.is_file():
                yield path


def read_file(path: Path, *, limit: int = MAX_FILE_SIZE) -> bytes:
    """The content of a file of at most `limit` bytes.

    Raises:
        SourceError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as stream:
            return read_stream(stream, str(path), limit=limit)
    except OSError as error:
        raise SourceError(error.strerror or "cannot be read", file=str(path)) from None


def read_stream(stream: BinaryIO, file: str, *, limit: int = MAX_FILE_SIZE) -> bytes:
    """What a stream holds, at most `limit` bytes; `file` names it in messages.

    Raises:
        SourceError: there is more.
    """
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise SourceError(f"more than {limit:,} bytes are not read", file=file)
    return data
