"""Where the API server is, how to trust it, and as whom to speak to it.

A `Config` is a finished value: files were read and contexts chosen by ``kubewright.config``.
client-go: ``rest.Config``, ``rest.DefaultServerURL``, ``transport.ImpersonationConfig``.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import PurePath
from urllib.parse import SplitResult, urlsplit, urlunsplit

from kubewright.errors import ConfigError
from kubewright.rest.credentials import Anonymous, CredentialSource, StaticCredentials

__all__ = ["Config", "Impersonation", "default_user_agent", "without_password"]

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Impersonation:
    """The user that the server should take the caller for; needs the ``impersonate`` verb."""

    user: str
    uid: str = ""
    groups: Sequence[str] = ()
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def __post_init__(self) -> None:
        if not self.user:
            raise ConfigError("impersonating a uid, groups or extras needs a user as well")


@cache
def default_user_agent() -> str:
    """Return ``<command>/<version> (<os>/<arch>) kubewright/<version>``.

    The command's own version is not known to a library, so both versions are kubewright's.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        own = version("kubewright")
    except PackageNotFoundError:
        own = "unknown"
    command = PurePath(sys.argv[0] if sys.argv else "").name
    printable = "".join(c for c in command if c.isascii() and (c.isalnum() or c in "._-"))
    machine = platform.machine().lower()
    machine = _ARCHITECTURES.get(machine, machine) or "unknown"
    return f"{printable or 'python'}/{own} ({sys.platform}/{machine}) kubewright/{own}"


def without_password(url: str) -> str:
    """Return the URL without user and password, to show it in an error or in a log."""
    scheme, found, rest = url.partition("://")
    if not found:
        scheme, rest = "", url
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Config:
    """All that a client needs to know to reach one API server.

    Attributes:
        host: ``host``, ``host:port`` or a URL, with a path in front of the API if there is one.
        ca_data: PEM certificates that the server's must come from; goes before ``ca_file``.
        ca_file: a file of such certificates, read when the client is made. With neither, the
            system's own certificates count. One without a certificate is an error, not a reason
            to trust the system's.
        insecure_skip_tls_verify: take any certificate; excludes ``ca_data`` and ``ca_file``.
        tls_server_name: the name to ask for (SNI) and to find in the certificate, instead of the
            host's.
        proxy_url: ``http``, ``https``, ``socks5`` or ``socks5h``; goes before the proxies of the
            environment.
        timeout: seconds for a whole call, retries included, where the call says nothing else.
        connect_timeout: seconds for one attempt to connect.
        compression: ask for gzip. Pays on slow networks; costs both sides time on fast ones.
        protobuf: read and write built-in kinds in Kubernetes' protobuf, and all others in JSON.
            Halves the server's work on a list and saves a quarter of the bytes; costs this
            process two to three times the CPU that JSON does.
        max_retries: how often a call may be sent again, see `RESTClient`.
        max_idle_connections: how many connections are kept open between calls.

    Raises:
        ConfigError: if the host is none, or options contradict each other.
    """

    host: str
    ca_data: bytes | None = None
    ca_file: str | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None
    credentials: CredentialSource = field(default_factory=Anonymous)
    impersonate: Impersonation | None = None
    proxy_url: str | None = None
    user_agent: str = field(default_factory=default_user_agent)
    timeout: float | None = None
    connect_timeout: float = 30.0
    compression: bool = False
    protobuf: bool = False
    namespace: str = "default"
    max_retries: int = 10
    max_idle_connections: int = 25

    def __post_init__(self) -> None:
        if self.insecure_skip_tls_verify and (self.ca_data is not None or self.ca_file):
            raise ConfigError("insecure_skip_tls_verify and a CA exclude each other: use one")
        _ = self.url

    @property
    def url(self) -> str:
        """The host as a URL without a slash at its end: ``https://10.0.0.1:6443/base``."""
        if "://" in self.host:
            parts = _split(self.host)
        else:
            parts = _split(f"{self._default_scheme}://{self.host}")
            if parts.path not in ("", "/"):
                raise ConfigError(
                    f"host {without_password(self.host)!r} has a path but no scheme:"
                    " write https:// in front of it"
                )
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))

    @property
    def _default_scheme(self) -> str:
        secure = (
            self.insecure_skip_tls_verify
            or self.ca_data is not None
            or self.ca_file
            or self.tls_server_name
        )
        return "https" if secure else "http"

    def __repr__(self) -> str:
        shown = (
            f"{f.name}={_show(f.name, getattr(self, f.name))}"
            for f in fields(self)
            if getattr(self, f.name) not in (None, False)
        )
        return f"Config({', '.join(shown)})"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError(f"host {without_password(url)!r} is not a URL") from None
    if any(character in parts.netloc for character in ' <>"{}|\\^`'):
        raise ConfigError(f"host {without_password(url)!r} is not a URL")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"host {without_password(url)!r} is not an http or https URL")
    if "@" in parts.netloc:
        raise ConfigError(
            f"host {without_password(url)!r} carries a user: give it as credentials instead"
        )
    if parts.query or parts.fragment:
        raise ConfigError(f"host {without_password(url)!r} has a query or a fragment")
    return parts


def _show(name: str, value: object) -> str:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if name in ("proxy_url", "host"):
        return repr(without_password(str(value)))
    if name == "credentials" and not isinstance(value, StaticCredentials | Anonymous):
        # a source is somebody else's class, and its repr may show what it holds
        return type(value).__name__
    return repr(value)
