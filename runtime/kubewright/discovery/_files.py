"""A private folder of what is known of one server; a cache that cannot be kept is none."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CacheFolder", "CachedFile"]

logger = logging.getLogger("kubewright.discovery")


@dataclass(frozen=True, slots=True)
class CachedFile:
    """What a file holds, and when it was written, in seconds since 1970."""

    data: bytes
    modified: float


class CacheFolder:
    """Files that only their user can read, each written whole or not at all."""

    def __init__(self, folder: Path | None) -> None:
        """Name the folder; ``None`` keeps nothing."""
        self._folder = folder

    @classmethod
    def of_server(cls, server: str, parent: Path | None) -> CacheFolder:
        """The folder of a server, by its URL; a server without one has none, nor has a homeless user.

        Args:
            server: its URL.
            parent: of the folders of all servers; by default in the user's cache folder.
        """
        parent = parent or _default_folder()
        if not server or parent is None:
            return cls(None)
        readable = re.sub(r"[^A-Za-z0-9.-]+", "_", server.partition("://")[2])[:100]
        digest = hashlib.sha256(server.encode()).hexdigest()[:12]
        return cls(parent / f"{readable}-{digest}")

    def read(self, name: str) -> CachedFile | None:
        """Return a file, or ``None`` when it is not there or is somebody else's."""
        if self._folder is None:
            return None
        try:
            with open(self._folder / name, "rb", opener=_open_at_once) as file:
                about = os.fstat(file.fileno())
                if hasattr(os, "getuid") and about.st_uid != os.getuid():
                    return None  # another user may have put it there
                return CachedFile(file.read(), about.st_mtime)
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file; where that cannot be done it is told to the log, and that is all."""
        if self._folder is None:
            return
        target = self._folder / name
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # made with mode 0600
            handle, partial = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                os.replace(partial, target)
            except BaseException:
                os.unlink(partial)
                raise
        except OSError as error:
            logger.info("nothing is cached in %s: %s", self._folder, error)

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        if self._folder is None:
            return
        try:
            os.unlink(self._folder / name)
        except FileNotFoundError:
            pass
        except OSError as error:
            logger.info("%s stays in the cache: %s", name, error)


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe that somebody put there is empty, and nobody waits for its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _default_folder() -> Path | None:
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "kubewright"
    except RuntimeError:  # a container's user may be a number that nobody knows
        return None
