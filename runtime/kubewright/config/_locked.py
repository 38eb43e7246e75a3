"""Files that several programs may write: one at a time, each whole or not at all.

client-go: ``clientcmd.lockFile`` and ``clientcmd.WriteToFile``.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

from kubewright.errors import ConfigError

__all__ = ["locked", "replace_file"]

_PATIENCE = 5.0  # seconds; nobody holds a lock for longer than it takes to write a file
_PAUSE = 0.02


@contextmanager
def locked(path: str) -> Generator[None]:
    """Keep other programs from writing a file; its folder is made if it is not there.

    Raises:
        ConfigError: another program keeps it, or the folder cannot be written.
    """
    lock = f"{path}.lock"
    deadline = time.monotonic() + _PATIENCE
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        while True:
            try:
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                break
            except FileExistsError:
                if time.monotonic() >= deadline:
                    raise ConfigError(
                        f"{path}: another program is changing it; if none is, delete {lock}"
                    ) from None
                time.sleep(_PAUSE)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.unlink(lock)


def replace_file(path: str, data: bytes) -> None:
    """Write a file that only its user can read, or with the mode and owner that it has.

    Raises:
        ConfigError: that cannot be done; then the file is what it was.
    """
    try:
        handle, partial = tempfile.mkstemp(prefix=".kubeconfig-", dir=os.path.dirname(path))
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if os.path.exists(path):
                _make_alike(partial, os.stat(path))
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


def _make_alike(path: str, other: os.stat_result) -> None:
    os.chmod(path, other.st_mode & 0o777)
    if hasattr(os, "chown") and other.st_uid != os.geteuid():
        with suppress(PermissionError):  # root, by sudo, must not take a file away from its user
            os.chown(path, other.st_uid, other.st_gid)
