"""The current certificate as credentials of a REST client, which rotate without a restart.

client-go: what the kubelet does with ``transport.TLSConfig.GetCertHolder`` and ``connrotation``: when
the certificate changes, connections that show the old one are closed. Here the transport does so by
itself: it makes new connections for new credentials.
"""

from __future__ import annotations

from collections.abc import Callable

from kubewright.certificates.pairs import CertificatePair
from kubewright.errors import ConfigError
from kubewright.rest.credentials import Credentials, CredentialSource

__all__ = ["RotatingCredentials"]


class RotatingCredentials:
    """Gives the certificate that is current; a `CredentialSource`."""

    def __init__(
        self,
        current: Callable[[], CertificatePair | None],
        *,
        until_then: CredentialSource | None = None,
    ) -> None:
        """Ask nobody yet.

        Args:
            current: returns the certificate; the same object as long as it is the same.
            until_then: used while there is none, such as a bootstrap token.
        """
        self._current = current
        self._until_then = until_then
        # one value, so that no lock is needed: at worst two threads make the same one
        self._last: tuple[CertificatePair, Credentials] | None = None

    def __repr__(self) -> str:
        return "RotatingCredentials()"

    def current(self) -> Credentials:
        """Return the certificate with its key, or what there is until then.

        Raises:
            ConfigError: there is neither.
        """
        pair = self._current()
        if pair is not None:
            last = self._last
            if last is None or last[0] is not pair:
                last = self._last = (pair, pair.credentials)
            return last[1]
        if self._until_then is None:
            raise ConfigError("there is no client certificate yet, and nothing to use until then")
        return self._until_then.current()

    def refresh(self, rejected: Credentials) -> bool:
        """Say whether there are others by now; a certificate does not come sooner by asking."""
        if self._until_then is not None and self._current() is None:
            return self._until_then.refresh(rejected)
        return self.current() != rejected
