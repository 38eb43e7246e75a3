"""Saves a cluster's documents, for ``kubewright fetch``: a folder, or one packed file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kubewright_gen.errors import OutputError
from kubewright_gen.output.atomic import make_folders, stage, uninterrupted
from kubewright_gen.sources.archive import pack

__all__ = ["save_documents"]

_PACKED: Final = ".tar.xz"


def save_documents(files: Mapping[str, bytes], output: Path) -> None:
    """Write documents by their relative paths into a folder, or packed if it ends in ``.tar.xz``.

    Raises:
        OutputError: it cannot be written, or the folder holds JSON that is not among `files`:
            it would be read with them.
    """
    if output.name.endswith(_PACKED):
        targets = {output: pack(files)}
    else:
        others = sorted(
            path
            for path in (output.rglob("*.json") if output.is_dir() else ())
            if path.relative_to(output).as_posix() not in files
        )
        if others:
            raise OutputError(
                "is not of this cluster, and would be read with what is saved beside it",
                file=str(others[0]),
                remedy=f"remove it, or name another folder than {output}",
            )
        targets = {output / path: data for path, data in files.items()}
    staged: dict[Path, Path] = {}
    current = output
    try:
        for current, data in targets.items():
            make_folders(current.parent)
            if not (current.is_file() and current.read_bytes() == data):
                staged[current] = stage(current, data)
        with uninterrupted():
            for current, temporary in staged.items():
                os.replace(temporary, current)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", file=str(error.filename or current)
        ) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
