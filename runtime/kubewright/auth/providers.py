"""Where credentials come from when a kubeconfig names an ``auth-provider``; others may add some.

A package adds one by an entry point in the group ``kubewright.auth_providers``, whose name is that
of the provider and whose value an `AuthProvider`; a program by `register_auth_provider`.
client-go: ``rest.RegisterAuthProviderPlugin``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final, Protocol

from kubewright.auth.oidc import OIDCSource
from kubewright.errors import ConfigError
from kubewright.rest.credentials import CredentialSource

__all__ = [
    "ENTRY_POINTS",
    "AuthProvider",
    "ProviderSettings",
    "auth_provider",
    "register_auth_provider",
]

ENTRY_POINTS: Final = "kubewright.auth_providers"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProviderSettings:
    """What the kubeconfig tells a provider.

    Attributes:
        place: what to call it in messages: the file and the user.
        config: texts by name, as they are written.
        persist: writes such texts back into the kubeconfig, those of other names stay; raises
            `ConfigError` where it cannot be written, and does nothing where there is no file.
    """

    place: str
    config: Mapping[str, str]
    persist: Callable[[Mapping[str, str]], None]

    def __repr__(self) -> str:
        return f"ProviderSettings(place={self.place!r}, config={sorted(self.config)!r})"


class AuthProvider(Protocol):
    """Makes the source of credentials for one user of a kubeconfig."""

    def __call__(self, settings: ProviderSettings) -> CredentialSource:
        """Return the source; what it needs from elsewhere it gets when it is first asked.

        Raises:
            ConfigError: the settings cannot be used; the message names the field.
        """
        ...


def _oidc(settings: ProviderSettings) -> CredentialSource:
    return OIDCSource(settings.config, persist=settings.persist, place=settings.place)


_lock = threading.Lock()
_registered: dict[str, AuthProvider] = {"oidc": _oidc}


def register_auth_provider(name: str, provider: AuthProvider) -> None:
    """Let kubeconfigs name a provider; one of that name before is replaced."""
    with _lock:
        _registered[name] = provider


def auth_provider(name: str) -> AuthProvider | None:
    """Return the provider of a name, if there is one; an entry point is loaded when first asked for.

    Raises:
        ConfigError: the package that has it cannot be imported.
    """
    with _lock:
        found = _registered.get(name)
    if found is not None:
        return found
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        try:
            loaded: AuthProvider = entry.load()
        except Exception as error:  # whatever a package raises when it is imported
            raise ConfigError(
                f"the auth-provider {name!r} of {entry.value} cannot be loaded: {error}"
            ) from error
        register_auth_provider(name, loaded)
        return loaded
    return None
