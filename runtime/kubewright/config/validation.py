"""Whether one context can be used: every reason why not, each with its place and its remedy.

Only what the context points at counts, as for kubectl: an old user that nobody uses does no harm.
client-go: ``clientcmd.ConfirmUsable``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from kubewright.auth.exec_spec import API_VERSIONS, INTERACTIVE_MODES
from kubewright.auth.providers import auth_provider
from kubewright.config._fields import one_line
from kubewright.config.kubeconfig import Cluster, Context, ExecStanza, User
from kubewright.errors import ConfigError
from kubewright.rest.config import without_password

__all__ = ["check_cluster", "check_context", "check_namespace", "check_user"]

_log = logging.getLogger(__name__)

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_KNOWN: Final = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
    "extensions",
    "token",
    "tokenFile",
    "username",
    "password",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "as",
    "as-uid",
    "as-groups",
    "as-user-extra",
    "exec",
    "auth-provider",
    "command",
    "apiVersion",
    "args",
    "env",
    "installHint",
    "provideClusterInfo",
    "interactiveMode",
    "cluster",
    "user",
    "namespace",
)
_GONE_PROVIDERS: Final = {
    "gcp": "use the exec plugin gke-gcloud-auth-plugin",
    "azure": "use the exec plugin kubelogin",
}


_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def _squeezed(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


_BY_SQUEEZED: Final = {_squeezed(name): name for name in _KNOWN}


def check_context(context: Context) -> Iterator[str]:
    """Yield what is wrong with a context itself."""
    at = _placer(context.file, f"contexts[{context.name}].context")
    if context.namespace:
        yield from check_namespace(context.namespace, at("namespace", "")[:-2])
    yield from _check_unknown(context)


def check_namespace(name: str, place: str) -> Iterator[str]:
    """Yield what is wrong with the name of a namespace."""
    if not _DNS_LABEL.fullmatch(name):
        yield (
            f"{place}: {name[:70]!r} is no name of a namespace: lower-case letters, digits and"
            " '-', 63 at most"
        )


def check_cluster(cluster: Cluster, given: Mapping[str, str] = _NOTHING) -> Iterator[str]:
    """Yield what is wrong with a cluster; files are opened, not kept.

    Args:
        cluster: with the overrides applied.
        given: the names of the fields that come from an override, and what to call them.
    """
    at = _placer(cluster.file, f"clusters[{cluster.name}].cluster", given)
    if not cluster.server:
        yield at("server", "is missing: set it to the URL of the API server")
    else:
        yield from (at("server", p) for p in _check_server(cluster.server))
    if cluster.proxy_url:
        yield from (at("proxy-url", p) for p in _check_proxy(cluster.proxy_url))
    if cluster.certificate_authority and not cluster.certificate_authority_data:
        yield from _check_readable(at, "certificate-authority", cluster.certificate_authority)
    if cluster.insecure_skip_tls_verify and (
        cluster.certificate_authority or cluster.certificate_authority_data
    ):
        yield at(
            "insecure-skip-tls-verify",
            "and a certificate authority exclude each other: remove one, preferably this",
        )
    yield from _check_unknown(cluster)


def check_user(user: User, given: Mapping[str, str] = _NOTHING) -> Iterator[str]:
    """Yield what is wrong with a user, as `check_cluster` does."""
    at = _placer(user.file, f"users[{user.name}].user", given)
    kinds = [
        kind
        for kind, there in (
            ("token", user.token or user.token_file),
            ("username and password", user.username or user.password),
        )
        if there
    ]
    if len(kinds) > 1:
        yield at("", f"has both {' and '.join(kinds)}: keep one")
    yield from _check_client_certificate(at, user)
    if user.exec is not None:
        if user.auth_provider is not None:
            yield at("exec", "and auth-provider exclude each other: keep exec")
        yield from _check_exec(at, user.exec)
    elif user.auth_provider is not None:
        yield from _check_provider(at, user.auth_provider.name)
    if not user.impersonate and (
        user.impersonate_uid or user.impersonate_groups or user.impersonate_extra
    ):
        yield at("as", "is missing: as-uid, as-groups and as-user-extra need a user")
    yield from _check_unknown(user)


def _check_provider(at: Callable[[str, str], str], name: str) -> Iterator[str]:
    try:
        if auth_provider(name) is not None:
            return
    except ConfigError as error:
        yield at("auth-provider", str(error))
        return
    known = _GONE_PROVIDERS.get(name, "use an exec plugin, or install the package that has it")
    yield at("auth-provider", f"{name[:64]!r} is not supported: {known}")


_At = Callable[[str, str], str]


def _placer(file: str | None, place: str, given: Mapping[str, str] = _NOTHING) -> _At:
    def at(key: str, problem: str) -> str:
        if key in given:
            return f"{given[key]}: {problem}"
        field = f"{place}.{key}" if key else place
        return f"{file}: {field}: {problem}" if file else f"{field}: {problem}"

    return at


def _check_server(server: str) -> Iterator[str]:
    try:
        parts = urlsplit(server if "://" in server else f"//{server}")
        _ = parts.port
    except ValueError:
        yield "is not a URL: write it as https://host:port"
        return
    if parts.scheme not in ("", "http", "https") or not parts.hostname:
        yield f"{without_password(server)[:200]!r} is not an http or https URL"
    if "@" in parts.netloc:
        yield "carries a user or a password: give them as username and password of the user"


def _check_proxy(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        _ = parts.port
        usable = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        yield (
            f"{without_password(url)[:200]!r} is no proxy:"
            " write it as http://, https:// or socks5:// with host and port"
        )


def _check_client_certificate(at: _At, user: User) -> Iterator[str]:
    cert = bool(user.client_certificate or user.client_certificate_data)
    key = bool(user.client_key or user.client_key_data)
    if cert and not key:
        yield at("client-key", "is missing: a client certificate needs its key")
    if key and not cert:
        yield at("client-certificate", "is missing: a client key needs its certificate")
    if user.client_certificate and not user.client_certificate_data:
        yield from _check_readable(at, "client-certificate", user.client_certificate)
    if user.client_key and not user.client_key_data:
        yield from _check_readable(at, "client-key", user.client_key)


def _check_exec(at: _At, exec_: ExecStanza) -> Iterator[str]:
    if not exec_.command:
        yield at("exec.command", "is missing: name the program to run")
    if not exec_.api_version:
        yield at("exec.apiVersion", f"is missing: set it to {API_VERSIONS[0]}")
    elif exec_.api_version not in API_VERSIONS:
        yield at(
            "exec.apiVersion",
            f"{exec_.api_version[:80]!r} is not known: update the plugin to {API_VERSIONS[0]}",
        )
    modes = ", ".join(INTERACTIVE_MODES)
    if not exec_.interactive_mode:
        if exec_.api_version == API_VERSIONS[0]:
            yield at("exec.interactiveMode", f"is missing: {API_VERSIONS[0]} needs one of {modes}")
    elif exec_.interactive_mode not in INTERACTIVE_MODES:
        yield at(
            "exec.interactiveMode", f"{exec_.interactive_mode[:64]!r} is not known: use {modes}"
        )
    for index, (name, _) in enumerate(exec_.env):
        if not name:
            yield at(f"exec.env[{index}].name", "is missing: name the variable")
        elif "=" in name or "\0" in name:
            yield at(f"exec.env[{index}].name", "has a character that no variable can have")


def _check_readable(at: _At, key: str, path: str) -> Iterator[str]:
    try:
        with Path(path).open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        yield at(key, f"cannot read {path}: {reason}")


def _check_unknown(stanza: Cluster | User | Context) -> Iterator[str]:
    """Yield unknown fields that can only be misspelled ones; a warning is enough for others."""
    for place in stanza.unknown:
        field = place.rpartition(".")[2]
        meant = _BY_SQUEEZED.get(_squeezed(field))
        if meant is not None:
            advice = "belongs one level deeper" if meant == field else f"write it as {meant}"
            yield ": ".join(p for p in (stanza.file, place, f"is not known here: {advice}") if p)
        else:
            _log.warning(
                "%s: %s is not known and does nothing",
                stanza.file or "kubeconfig",
                one_line(place),
            )
