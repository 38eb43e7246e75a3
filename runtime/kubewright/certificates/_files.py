"""Files that hold private keys: for their user alone, and each whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from kubewright.errors import ConfigError

__all__ = ["replace_file", "replace_link"]


def replace_file(path: Path, data: bytes) -> None:
    """Write a file of mode 0600; folders on the way are made.

    Raises:
        ConfigError: that cannot be done; then the file is what it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def replace_link(path: Path, target: Path, *, by_way_of: Path) -> None:
    """Make a link point elsewhere in one step: at no time is there none.

    Args:
        path: the link; it need not be there yet.
        target: where it is to point.
        by_way_of: the name that the new link has before it takes the place of the old one.

    Raises:
        ConfigError: something that is no link is in the way, or that cannot be done.
    """
    for link in (path, by_way_of):
        if os.path.lexists(link) and not link.is_symlink():
            raise ConfigError(f"{link} is in the way: it is a file, and a link is to be there")
    try:
        with suppress(FileNotFoundError):
            by_way_of.unlink()
        by_way_of.symlink_to(target.absolute())
        by_way_of.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot make {path} point at {target}: {error.strerror}") from error
