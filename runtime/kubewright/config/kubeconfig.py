"""What a kubeconfig says, as values; each stanza remembers the file that it came from.

Reading here is about types and duplicate names. Whether a context can be used is decided in
`kubewright.config.validation`, for that one context only. client-go: ``clientcmd/api``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kubewright.config._fields import Fields, Problems
from kubewright.rest.credentials import HIDDEN

__all__ = [
    "Cluster",
    "Context",
    "ExecStanza",
    "Kubeconfig",
    "ProviderStanza",
    "User",
    "merge",
    "parse",
]

_EXEC_EXTENSION: Final = "client.authentication.k8s.io/exec"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Stanza:
    """What clusters, users and contexts have in common.

    Attributes:
        name: what contexts, and users of the library, call it.
        file: where it is written; None for one that was given as a mapping or an option.
        unknown: fields that are not known, by their full place, such as ``users[me].user.tokn``.
    """

    name: str = ""
    file: str | None = None
    unknown: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, file={self.file!r}, {HIDDEN})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Cluster(_Stanza):
    """Where an API server is, and how to trust it; paths are absolute, data is decoded."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: bytes = b""
    proxy_url: str = ""
    disable_compression: bool = False
    exec_config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExecStanza:
    """A credential plugin as written, not yet checked: see `kubewright.auth.exec_spec.ExecSpec`."""

    command: str = ""
    api_version: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""

    def __repr__(self) -> str:
        return f"ExecStanza(command={self.command!r}, {HIDDEN})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProviderStanza:
    """An ``auth-provider`` with what it is told, as written."""

    name: str
    config: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"ProviderStanza(name={self.name!r}, {HIDDEN})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class User(_Stanza):
    """Who one is to the server: at most one of token, password and plugin, or a certificate."""

    token: str = ""
    token_file: str = ""
    username: str = ""
    password: str = ""
    client_certificate: str = ""
    client_certificate_data: bytes = b""
    client_key: str = ""
    client_key_data: bytes = b""
    impersonate: str = ""
    impersonate_uid: str = ""
    impersonate_groups: tuple[str, ...] = ()
    impersonate_extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exec: ExecStanza | None = None
    auth_provider: ProviderStanza | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Context(_Stanza):
    """A cluster, a user and a namespace, by names."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """One kubeconfig, or several merged into one."""

    clusters: Mapping[str, Cluster] = field(default_factory=dict[str, Cluster])
    users: Mapping[str, User] = field(default_factory=dict[str, User])
    contexts: Mapping[str, Context] = field(default_factory=dict[str, Context])
    current_context: str = ""
    current_context_file: str | None = None


def merge(kubeconfigs: Sequence[Kubeconfig]) -> Kubeconfig:
    """Merge as kubectl does: the first one that has a name, or a current context, decides it.

    A stanza is taken whole: a later file never adds a field to the user of an earlier one.
    """
    merged = Kubeconfig()
    for later in kubeconfigs:
        merged = replace(
            merged,
            clusters={**later.clusters, **merged.clusters},
            users={**later.users, **merged.users},
            contexts={**later.contexts, **merged.contexts},
        )
        if not merged.current_context:
            merged = replace(
                merged,
                current_context=later.current_context,
                current_context_file=later.current_context_file,
            )
    return merged


def parse(document: object, *, file: str | None = None) -> tuple[Kubeconfig, list[str]]:
    """Turn a decoded document into values.

    Args:
        document: what the YAML says; None is an empty kubeconfig.
        file: its absolute path; relative paths in the document start at its folder, or at the
            current one.

    Returns:
        The kubeconfig, and what is wrong with it: a line for each place.
    """
    problems = Problems(file)
    top = Fields(document, "", problems)
    top.expect("apiVersion", "v1")
    top.expect("kind", "Config")
    current = top.text("current-context")
    kubeconfig = Kubeconfig(
        clusters={c.name: c for c in (_cluster(*f) for f in top.named("clusters", "cluster"))},
        users={u.name: u for u in (_user(*f) for f in top.named("users", "user"))},
        contexts={c.name: c for c in (_context(*f) for f in top.named("contexts", "context"))},
        current_context=current,
        current_context_file=file if current else None,
    )
    return kubeconfig, problems.lines


def _cluster(name: str, fields: Fields) -> Cluster:
    cluster = Cluster(
        name=name,
        file=fields.file,
        server=fields.text("server"),
        tls_server_name=fields.text("tls-server-name"),
        insecure_skip_tls_verify=fields.flag("insecure-skip-tls-verify"),
        certificate_authority=_path(fields, "certificate-authority"),
        certificate_authority_data=fields.data("certificate-authority-data"),
        proxy_url=fields.text("proxy-url"),
        disable_compression=fields.flag("disable-compression"),
        exec_config=_exec_config(fields),
    )
    return replace(cluster, unknown=fields.unknown())


def _user(name: str, fields: Fields) -> User:
    user = User(
        name=name,
        file=fields.file,
        token=fields.text("token"),
        token_file=_path(fields, "tokenFile"),
        username=fields.text("username"),
        password=fields.text("password"),
        client_certificate=_path(fields, "client-certificate"),
        client_certificate_data=fields.data("client-certificate-data"),
        client_key=_path(fields, "client-key"),
        client_key_data=fields.data("client-key-data"),
        impersonate=fields.text("as"),
        impersonate_uid=fields.text("as-uid"),
        impersonate_groups=fields.texts("as-groups"),
        impersonate_extra=fields.text_lists("as-user-extra"),
        exec=_exec(fields),
        auth_provider=_auth_provider(fields),
    )
    fields.ignore("extensions")
    return replace(user, unknown=fields.unknown())


def _context(name: str, fields: Fields) -> Context:
    context = Context(
        name=name,
        file=fields.file,
        cluster=fields.text("cluster"),
        user=fields.text("user"),
        namespace=fields.text("namespace"),
    )
    fields.ignore("extensions")
    return replace(context, unknown=fields.unknown())


def _exec(user: Fields) -> ExecStanza | None:
    fields = user.child("exec")
    if fields is None:
        return None
    env = tuple(
        (variable.text("name"), variable.text("value")) for variable in fields.children("env")
    )
    return ExecStanza(
        command=_path(fields, "command", only_with_separator=True),
        api_version=fields.text("apiVersion"),
        args=fields.texts("args"),
        env=env,
        install_hint=fields.text("installHint"),
        provide_cluster_info=fields.flag("provideClusterInfo"),
        interactive_mode=fields.text("interactiveMode"),
    )


def _auth_provider(user: Fields) -> ProviderStanza | None:
    fields = user.child("auth-provider")
    if fields is None:
        return None
    return ProviderStanza(name=fields.text("name"), config=fields.text_map("config"))


def _exec_config(cluster: Fields) -> str | None:
    for extension in cluster.children("extensions"):
        name = extension.text("name")
        value: Any = extension.raw("extension")
        if name == _EXEC_EXTENSION and value is not None:
            try:
                return json.dumps(value, allow_nan=False, separators=(",", ":"))
            except (TypeError, ValueError, RecursionError):
                extension.problem("extension", "cannot be written as JSON")
    return None


def _path(fields: Fields, key: str, *, only_with_separator: bool = False) -> str:
    """Return the path from the folder of the file, not from the one the program runs in."""
    written = fields.text(key)
    separators = (os.sep, os.altsep or os.sep)
    if not written or (only_with_separator and not any(s in written for s in separators)):
        return written
    folder = os.path.dirname(fields.file) if fields.file else os.getcwd()
    return os.path.normpath(os.path.join(folder, written))
