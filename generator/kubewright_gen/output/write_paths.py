"""Which paths may be written: plain names inside the package folder, and no links on the way."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kubewright._shown import shown
from kubewright_gen.errors import OutputError

__all__ = ["check_paths", "check_way"]

_FOLDER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.(py|typed)")
_NAME_LENGTH: Final = 200  # characters; file systems take 255, and temporary names are longer


def check_paths(paths: Iterable[str]) -> None:
    """Check relative paths of generated files, separated by slashes.

    Raises:
        OutputError: one could leave the folder, is no name of generated code, is too long, or
            differs from another in the case of letters alone, which some file systems ignore.
    """
    seen: dict[str, str] = {}
    for path in sorted(paths):
        *folders, name = path.split("/")
        if not _FILE.fullmatch(name) or not all(_FOLDER.fullmatch(part) for part in folders):
            raise OutputError(f"{shown(path)} is no path of a generated file")
        for part in (*folders, name):
            if len(part) > _NAME_LENGTH:
                raise OutputError(
                    f"{shown(part)} is too long for a file name",
                    remedy="give its group a short name under group-names",
                )
        for end in range(1, len(folders) + 2):
            part = "/".join((*folders, name)[:end])
            other = seen.setdefault(part.casefold(), part)
            if other != part:
                raise OutputError(
                    f"{other} and {part} are one where letter case does not count",
                    remedy="exclude one of them, or give its group another name under group-names",
                )


def check_way(root: Path, paths: Iterable[Path], *, writing: bool) -> None:
    """Check that `paths`, all below `root`, can be reached and written as they are named.

    Args:
        root: the source root the user named; it may be a link, what is below it may not.
        paths: of files.
        writing: whether folders must be writable.

    Raises:
        OutputError: a link, a file or something special is in the way, or a folder is read-only.
    """
    checked: set[Path] = set()
    for path in paths:
        if _mode(path) is not None:
            _check_file(path)
        folder = path.parent
        while folder not in checked:
            checked.add(folder)
            _check_folder(folder, is_root=folder == root, writing=writing)
            if folder in (root, folder.parent):
                break
            folder = folder.parent
    above = root
    while writing and _mode(above) is None and above != above.parent:
        above = above.parent
        _check_folder(above, is_root=True, writing=True)


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise OutputError(f"cannot be looked at: {reason}", file=str(path)) from error


def _check_folder(path: Path, *, is_root: bool, writing: bool) -> None:
    mode = _mode(path)
    if mode is not None and stat.S_ISLNK(mode) and is_root:
        mode = path.stat().st_mode if path.exists() else mode
    if mode is None:
        return
    if stat.S_ISLNK(mode):
        raise OutputError(
            "is a symbolic link where a folder of the package must be",
            file=str(path),
            remedy="remove it, or name the real folder with --output",
        )
    if not stat.S_ISDIR(mode):
        raise OutputError(
            "is a file where a folder must be",
            file=str(path),
            remedy="move it, or name another folder with --output",
        )
    if writing and not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(
            "is a folder that you may not write to",
            file=str(path),
            remedy="change its permissions, or name another folder with --output",
        )


def _check_file(path: Path) -> None:
    mode = _mode(path)
    if mode is None or stat.S_ISREG(mode):
        return
    kind = "a symbolic link" if stat.S_ISLNK(mode) else "a folder or a special file"
    raise OutputError(
        f"is {kind} where a generated file must be", file=str(path), remedy="move it away"
    )
