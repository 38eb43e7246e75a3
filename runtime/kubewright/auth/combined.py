"""Credentials from several sources at once, such as a certificate and a token."""

from __future__ import annotations

from kubewright.rest.credentials import Credentials, CredentialSource

__all__ = ["CombinedSource"]


class CombinedSource:
    """Takes each part of the credentials from the first source that has it."""

    def __init__(self, *sources: CredentialSource) -> None:
        """Ask them in this order."""
        self._sources = sources
        self._last: tuple[tuple[Credentials, ...], Credentials] | None = None

    def __repr__(self) -> str:
        return f"CombinedSource({', '.join(map(repr, self._sources))})"

    def current(self) -> Credentials:
        """Return the parts as one value, the same one as long as no part changes.

        Raises:
            ConfigError: if a source has none.
        """
        parts = tuple(source.current() for source in self._sources)
        last = self._last
        if last is not None and last[0] == parts:
            return last[1]
        whole = _merged(parts)
        self._last = (parts, whole)
        return whole

    def refresh(self, rejected: Credentials) -> bool:
        """Let every source replace what was rejected; true if one could."""
        replaced = [source.refresh(rejected) for source in self._sources]
        return any(replaced)


def _merged(parts: tuple[Credentials, ...]) -> Credentials:
    token = next((p.token for p in parts if p.token), None)
    basic = next((p for p in parts if p.username or p.password), Credentials())
    certificate = next((p.certificate for p in parts if p.certificate), None)
    return Credentials(
        token=token, username=basic.username, password=basic.password, certificate=certificate
    )
