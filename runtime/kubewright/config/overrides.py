"""What a caller may say instead of the kubeconfig, as kubectl's flags do.

client-go: ``clientcmd.ConfigOverrides``.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace

from kubewright.config.kubeconfig import Cluster, User
from kubewright.rest.config import Impersonation
from kubewright.rest.credentials import HIDDEN

__all__ = ["Overrides"]

_SECRET = frozenset(("token", "password"))
_FIELDS = {
    "server": "server",
    "proxy_url": "proxy-url",
    "ca": "certificate-authority",
    "insecure": "insecure-skip-tls-verify",
    "client_certificate": "client-certificate",
    "client_key": "client-key",
    "namespace": "namespace",
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Overrides:
    """Goes before what a kubeconfig says; None leaves a setting alone.

    Attributes:
        context: the context to use instead of the current one.
        cluster: the cluster to use instead of the context's, by its name in the kubeconfig.
        user: the user to use instead of the context's, by its name in the kubeconfig.
        namespace: the default namespace.
        server: the URL of the API server. The kubeconfig's ``tls-server-name`` was meant for
            another one, and no longer counts.
        ca: a file with PEM certificates, or its bytes; replaces the CA, and makes TLS strict.
        insecure: true trusts any certificate, and drops the CA.
        token: a bearer token; replaces a password and a token file.
        username: with ``password``, replaces a token and a token file.
        client_certificate: the file of a client certificate; ``client_key`` is that of its key.
        timeout: seconds for a whole call.
        exec_plugins: the only credential plugins that may be run, by path or by a name in ``PATH``;
            an empty one allows none.
    """

    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None
    server: str | None = None
    ca: str | os.PathLike[str] | bytes | None = None
    insecure: bool | None = None
    tls_server_name: str | None = None
    proxy_url: str | None = None
    token: str | None = None
    username: str | None = None
    password: str | None = None
    client_certificate: str | os.PathLike[str] | None = None
    client_key: str | os.PathLike[str] | None = None
    impersonate: Impersonation | None = None
    timeout: float | None = None
    exec_plugins: Collection[str] | None = None

    def __repr__(self) -> str:
        shown = (
            f"{name}={HIDDEN if name in _SECRET else repr(getattr(self, name))}"
            for name in self.__slots__
            if getattr(self, name) is not None and name != "ca"
        )
        return f"Overrides({', '.join(shown)})"

    def given(self) -> dict[str, str]:
        """Return the fields of a kubeconfig that do not count, and what is given instead."""
        return {
            field: f"{name}="
            for name, field in _FIELDS.items()
            if getattr(self, name) not in (None, "")
        }

    def on_cluster(self, cluster: Cluster) -> Cluster:
        """Return the cluster as the caller wants it."""
        if self.server:
            cluster = replace(cluster, server=self.server, tls_server_name="")
        if self.tls_server_name is not None:
            cluster = replace(cluster, tls_server_name=self.tls_server_name)
        if self.proxy_url is not None:
            cluster = replace(cluster, proxy_url=self.proxy_url)
        if self.ca is not None or self.insecure:
            data = self.ca if isinstance(self.ca, bytes) else b""
            path = "" if self.ca is None or isinstance(self.ca, bytes) else _absolute(self.ca)
            cluster = replace(
                cluster,
                insecure_skip_tls_verify=bool(self.insecure),
                certificate_authority=path,
                certificate_authority_data=data,
            )
        elif self.insecure is not None:
            cluster = replace(cluster, insecure_skip_tls_verify=False)
        return cluster

    def on_user(self, user: User) -> User:
        """Return the user as the caller wants it."""
        if self.token:
            user = replace(user, token=self.token, token_file="", username="", password="")
        if self.username or self.password:
            keeps = self.token or ""
            user = replace(
                user,
                token=keeps,
                token_file="",
                username=self.username or user.username,
                password=self.password or user.password,
            )
        if self.client_certificate is not None:
            path = _absolute(self.client_certificate)
            user = replace(user, client_certificate=path, client_certificate_data=b"")
        if self.client_key is not None:
            path = _absolute(self.client_key)
            user = replace(user, client_key=path, client_key_data=b"")
        if self.impersonate is not None:
            user = replace(
                user,
                impersonate=self.impersonate.user,
                impersonate_uid=self.impersonate.uid,
                impersonate_groups=tuple(self.impersonate.groups),
                impersonate_extra=tuple(
                    (key, tuple(values)) for key, values in self.impersonate.extra.items()
                ),
            )
        return user


def _absolute(path: str | os.PathLike[str]) -> str:
    return os.path.abspath(os.path.expanduser(path))
