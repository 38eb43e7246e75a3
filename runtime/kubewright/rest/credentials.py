"""Who the client is: values that hold secrets, and the seam that keeps them fresh.

Nothing here shows a secret in its ``repr``, so that a value that ends up in a log or in a traceback
tells what kind of credential it is and no more. client-go: ``transport.TLSConfig``,
``rest.Config.BearerToken`` and the exec and token-file wrappers of ``transport``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "Anonymous",
    "ClientCertificate",
    "CredentialSource",
    "Credentials",
    "StaticCredentials",
]

HIDDEN = "<hidden>"


@dataclass(frozen=True, slots=True, repr=False)
class ClientCertificate:
    """A certificate, with the chain above it if there is one, and its private key; both PEM."""

    cert: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"ClientCertificate(cert=<{len(self.cert)} bytes>, key={HIDDEN})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """What is sent with a request: a bearer token, or a user and password, and a certificate.

    A certificate goes with either of the other two; a token and a password exclude each other,
    which the transport reports as a `ConfigError`.
    """

    token: str | None = None
    username: str | None = None
    password: str | None = None
    certificate: ClientCertificate | None = None

    def __repr__(self) -> str:
        shown = [
            f"{name}={value}"
            for name, value in (
                ("token", self.token and HIDDEN),
                ("username", self.username and repr(self.username)),
                ("password", self.password and HIDDEN),
                ("certificate", self.certificate and repr(self.certificate)),
            )
            if value
        ]
        return f"Credentials({', '.join(shown)})"


class CredentialSource(Protocol):
    """Gives the credentials for the next request; many threads ask at once."""

    def current(self) -> Credentials:
        """Return credentials that are valid now, renewed ahead of their expiry.

        Equal credentials are the same value from call to call, and cheap to ask for: this runs
        once for every request.

        Raises:
            ConfigError: if there are none to be had.
        """
        ...

    def refresh(self, rejected: Credentials) -> bool:
        """Replace credentials that the server answered with 401.

        Returns:
            Whether `current` now gives others than ``rejected``, so that the request is worth
            sending once more.
        """
        ...


@dataclass(frozen=True, slots=True)
class StaticCredentials:
    """Credentials that never change."""

    credentials: Credentials

    def current(self) -> Credentials:
        """Return the credentials that this was made with."""
        return self.credentials

    def refresh(self, rejected: Credentials) -> bool:
        """Say that there are no others."""
        return False


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No credentials at all: the server sees ``system:anonymous``, or refuses."""

    def current(self) -> Credentials:
        """Return empty credentials."""
        return _NOBODY

    def refresh(self, rejected: Credentials) -> bool:
        """Say that there are no others."""
        return False


_NOBODY = Credentials()
