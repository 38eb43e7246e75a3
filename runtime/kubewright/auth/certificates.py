"""Client certificates, from files that may be replaced while a client lives, or given as data.

client-go: ``transport.TLSConfig`` with ``ReloadTLSFiles``, which reads the files at each handshake
and at most once a second.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kubewright.errors import ConfigError
from kubewright.rest.credentials import ClientCertificate, Credentials

__all__ = ["CertificateSource", "PEMSource", "check_certificate"]

_log = logging.getLogger(__name__)

_LARGEST_PEM = 4 << 20  # bytes
_MARKER = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----")


@dataclass(frozen=True, slots=True, repr=False)
class PEMSource:
    """PEM bytes that are here already, or the file that has them; data goes before the file.

    Attributes:
        name: what messages call the data.
    """

    data: bytes | None = None
    file: str | None = None
    name: str = "the data given"

    def __repr__(self) -> str:
        if self.data is not None:
            return f"PEMSource(data=<{len(self.data)} bytes>)"
        return f"PEMSource(file={self.file!r})"

    @property
    def origin(self) -> str:
        """Name it in a message: the file, or that it came as data."""
        return self.name if self.data is not None else str(self.file)

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            ConfigError: if the file cannot be read, or there is neither data nor a file.
        """
        if self.data is not None:
            return self.data
        if self.file is None:
            raise ConfigError("a client certificate needs a key, and a key a certificate")
        try:
            with Path(self.file).open("rb") as file:
                content = file.read(_LARGEST_PEM + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigError(f"cannot read {self.file}: {reason}") from error
        if len(content) > _LARGEST_PEM:
            raise ConfigError(f"{self.file} is over 4 MiB: that is no certificate and no key")
        return content

    def version(self) -> tuple[int, int, int] | None:
        """Return what changes when the file is replaced or written to; None for data."""
        if self.data is not None or self.file is None:
            return None
        try:
            stat = Path(self.file).stat()
        except OSError:
            return (0, 0, 0)
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


class CertificateSource:
    """Gives a client certificate, and looks at its files at most once a second for a new one.

    A file that cannot be read, or half of a new pair, leaves the certificate from before in use.
    """

    def __init__(
        self,
        *,
        cert: PEMSource,
        key: PEMSource,
        check_after: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read nothing yet; ``check_after`` is in seconds of ``clock``."""
        self._cert = cert
        self._key = key
        self._check_after = check_after
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Credentials | None = None
        self._checked_at = 0.0
        self._version: object = None

    def __repr__(self) -> str:
        return f"CertificateSource(cert={self._cert!r}, key={self._key!r})"

    def current(self) -> Credentials:
        """Return the certificate with its key.

        Raises:
            ConfigError: if the first pair cannot be read, or is none; it names the file.
        """
        with self._lock:
            now = self._clock()
            if self._current is None:
                self._load()
                self._checked_at = now
            elif now - self._checked_at >= self._check_after:
                self._checked_at = now
                self._reload()
            assert self._current is not None  # noqa: S101  (_load raises otherwise)
            return self._current

    def refresh(self, rejected: Credentials) -> bool:
        """Look at the files now."""
        with self._lock:
            if self._current is not None and self._current.certificate == rejected.certificate:
                self._checked_at = self._clock()
                self._reload()
            return self._current is not None and self._current.certificate != rejected.certificate

    def _load(self) -> None:
        # the versions are taken before the bytes: a change in between is then seen next time
        version = (self._cert.version(), self._key.version())
        certificate = ClientCertificate(self._cert.read(), self._key.read())
        check_certificate(certificate, cert_origin=self._cert.origin, key_origin=self._key.origin)
        _check_pair(self._cert, self._key)
        self._version = version
        if self._current is None or self._current.certificate != certificate:
            self._current = Credentials(certificate=certificate)

    def _reload(self) -> None:
        if (self._cert.version(), self._key.version()) == self._version:
            return
        try:
            self._load()
        except ConfigError as error:
            _log.warning("%s; going on with the client certificate from before", error)


def check_certificate(certificate: ClientCertificate, *, cert_origin: str, key_origin: str) -> None:
    """Say what is wrong with a pair before TLS does, in terms of where the halves came from.

    Raises:
        ConfigError: if one of them is no PEM, or the key is encrypted (OpenSSL would stop and ask
            for its password on the terminal).
    """
    labels = _labels(certificate.cert, origin=cert_origin)
    if not any(label.endswith("CERTIFICATE") for label in labels):
        raise ConfigError(f"no client certificate (PEM) in {cert_origin}")
    labels = _labels(certificate.key, origin=key_origin)
    if "ENCRYPTED PRIVATE KEY" in labels or b"Proc-Type: 4,ENCRYPTED" in certificate.key:
        raise ConfigError(
            f"the client key in {key_origin} is encrypted: store it without a password"
        )
    if not any(label.endswith("PRIVATE KEY") for label in labels):
        raise ConfigError(f"no client key (PEM) in {key_origin}")


def _labels(pem: bytes, *, origin: str) -> list[str]:
    labels: list[str] = []
    begin: re.Match[bytes] | None = None
    for marker in _MARKER.finditer(pem):
        if marker[1] == b"BEGIN":
            begin = marker
        elif begin is not None and begin[2] == marker[2]:
            label = marker[2].decode("ascii")
            if not _is_base64(pem[begin.end() : marker.start()]):
                raise ConfigError(f"the {label} in {origin} is damaged: no valid base64")
            labels.append(label)
            begin = None
    return labels


def _is_base64(body: bytes) -> bool:
    headers, blank, data = body.replace(b"\r\n", b"\n").strip().partition(b"\n\n")
    try:
        base64.b64decode(b"".join((data if blank else headers).split()), validate=True)
    except binascii.Error:
        return False
    return True


def _check_pair(cert: PEMSource, key: PEMSource) -> None:
    """Compare the halves where OpenSSL can: it reads files only, and no key is written to one."""
    if cert.data is not None or key.data is not None or cert.file is None or key.file is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
            cert.file, key.file, password=lambda: ""
        )
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise ConfigError(
            f"the client certificate in {cert.file} and the key in {key.file}"
            f" do not go together ({reason})"
        ) from error
