"""Where the current certificate is kept: in files, or in memory.

client-go: ``certificate.FileStore``. Its names are used, so that a program in Go and this one can
take over from each other in one folder.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Protocol

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.auth.certificates import PEMSource
from kubewright.certificates._files import replace_file, replace_link
from kubewright.certificates.pairs import CertificatePair
from kubewright.errors import ConfigError, DecodeError

__all__ = ["CertificateStore", "FileStore", "MemoryStore"]


class CertificateStore(Protocol):
    """Keeps one certificate with its key; may be asked from several threads."""

    def current(self) -> CertificatePair | None:
        """Return what was kept last; ``None`` if nothing was.

        Raises:
            ConfigError: there is something that cannot be read.
        """
        ...

    def update(self, pair: CertificatePair) -> None:
        """Keep it in the place of the one before.

        Raises:
            ConfigError: it cannot be kept; then the one before still is.
        """
        ...


class MemoryStore:
    """Keeps the certificate as long as the program runs."""

    def __init__(self, pair: CertificatePair | None = None) -> None:
        """Begin with a certificate, or with none."""
        self._lock = threading.Lock()
        self._pair = pair

    def current(self) -> CertificatePair | None:
        """Return what was kept last."""
        with self._lock:
            return self._pair

    def update(self, pair: CertificatePair) -> None:
        """Keep it."""
        with self._lock:
            self._pair = pair


class FileStore:
    """Keeps each certificate with its key in a file of its own, and a link to the current one.

    ``NAME-2026-11-24-09-30-00.pem`` is such a file, for its user alone, and ``NAME-current.pem`` the
    link, which is replaced in one step: who reads it finds the old pair or the new one. Files of
    before stay.
    """

    def __init__(
        self,
        name: str,
        folder: str | os.PathLike[str],
        *,
        key_folder: str | os.PathLike[str] | None = None,
        cert_file: str | os.PathLike[str] | None = None,
        key_file: str | os.PathLike[str] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Name the files; nothing is read yet.

        Args:
            name: with which the names of all files begin, such as ``kubelet-client``.
            folder: where they are; it is made when the first is written.
            key_folder: where ``NAME.key`` is looked for, ``folder`` by default.
            cert_file: read with ``key_file`` as long as there is no link; else ``NAME.crt`` and
                ``NAME.key`` are.
            key_file: see ``cert_file``.
            clock: tells the time in the names of the files.

        Raises:
            ValueError: the name is empty or a path.
        """
        if not name or name != os.path.basename(name):
            raise ValueError(f"{name!r} cannot begin the name of a file")
        self._name = name
        self._folder = Path(folder)
        key_folder = folder if key_folder is None else key_folder
        self._other_files = [(self._folder / f"{name}.crt", Path(key_folder) / f"{name}.key")]
        if cert_file is not None and key_file is not None:
            self._other_files.insert(0, (Path(cert_file), Path(key_file)))
        self._clock = clock

    @property
    def current_path(self) -> Path:
        """The link to the current certificate and its key."""
        return self._file("current")

    def current(self) -> CertificatePair | None:
        """Read the current certificate: by the link, else from the files that may be there instead.

        Raises:
            ConfigError: a file cannot be read, or holds no certificate with its key.
        """
        self._recover()
        if self.current_path.exists():
            return _pair_in(self.current_path)
        for cert, key in self._other_files:
            if cert.exists() and key.exists():
                return _pair_in(cert, key)
        return None

    def update(self, pair: CertificatePair) -> None:
        """Write the certificate and its key, and make the link point there.

        Raises:
            ConfigError: that cannot be done; then the link points where it did.
        """
        # client-go names its files by local time too
        stamp = self._clock.now().astimezone().strftime("%Y-%m-%d-%H-%M-%S")
        path = self._file(stamp)
        replace_file(path, pair.pem)
        replace_link(self.current_path, path, by_way_of=self._file("updated"))

    def __repr__(self) -> str:
        return f"FileStore({self._name!r}, {str(self._folder)!r})"

    def _file(self, qualifier: str) -> Path:
        return self._folder / f"{self._name}-{qualifier}.pem"

    def _recover(self) -> None:
        """Finish what a program began that replaces the link in two steps, as client-go does."""
        updated = self._file("updated")
        if not self.current_path.exists() and updated.is_symlink():
            replace_link(self.current_path, updated.readlink(), by_way_of=updated)


def _pair_in(cert: Path, key: Path | None = None) -> CertificatePair:
    files = [PEMSource(file=str(path)).read() for path in (cert, key) if path is not None]
    try:
        return CertificatePair.from_pem(*files)
    except DecodeError as error:
        where = cert if key is None else f"{cert} and {key}"
        raise ConfigError(f"{where}: {error}") from error
