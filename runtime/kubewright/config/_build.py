"""From a cluster and a user, as written, to a configuration that is ready for use."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from kubewright._json import is_object
from kubewright.auth._text import checked_header_text
from kubewright.auth.certificates import CertificateSource, PEMSource
from kubewright.auth.combined import CombinedSource
from kubewright.auth.exec_plugin import is_allowed, shared_exec_source
from kubewright.auth.exec_spec import INTERACTIVE_MODES, ExecCluster, ExecSpec, InteractiveMode
from kubewright.auth.providers import ProviderSettings, auth_provider
from kubewright.auth.token_file import TokenFileSource
from kubewright.config._fields import one_line
from kubewright.config.editing import edit_kubeconfig
from kubewright.config.kubeconfig import Cluster, ExecStanza, ProviderStanza, User
from kubewright.config.overrides import Overrides
from kubewright.config.validation import check_cluster, check_namespace, check_user
from kubewright.errors import ConfigError
from kubewright.rest.config import Config, Impersonation
from kubewright.rest.credentials import (
    Anonymous,
    Credentials,
    CredentialSource,
    StaticCredentials,
)
from kubewright.rest.proxies import is_this_machine

__all__ = ["build_config", "raise_problems"]

_log = logging.getLogger(__name__)


def raise_problems(problems: Iterable[str]) -> None:
    """Raise one error for all of them, none of them twice.

    Raises:
        ConfigError: if there is any.
    """
    lines = [one_line(problem) for problem in dict.fromkeys(problems)]
    if len(lines) == 1:
        raise ConfigError(lines[0])
    if lines:
        raise ConfigError("\n".join([f"{len(lines)} things are wrong:", *lines]))


def build_config(
    cluster: Cluster,
    user: User,
    *,
    overrides: Overrides,
    namespace: str,
    problems: Iterable[str] = (),
) -> Config:
    """Apply the overrides, check everything, and make the sources of credentials.

    Raises:
        ConfigError: with a line for each thing that is wrong.
    """
    cluster = overrides.on_cluster(cluster)
    user = overrides.on_user(user)
    given = overrides.given()
    problems = [*problems, *check_cluster(cluster, given), *check_user(user, given)]
    if overrides.namespace:
        problems += check_namespace(overrides.namespace, given["namespace"])
    raise_problems(problems)
    config = Config(
        host=cluster.server,
        ca_data=cluster.certificate_authority_data or None,
        ca_file=(not cluster.certificate_authority_data and cluster.certificate_authority) or None,
        insecure_skip_tls_verify=cluster.insecure_skip_tls_verify,
        tls_server_name=cluster.tls_server_name or None,
        impersonate=_impersonation(user),
        proxy_url=cluster.proxy_url or None,
        timeout=overrides.timeout,
        namespace=namespace,
    )
    if config.url.startswith("https://"):
        return replace(config, credentials=_credentials(cluster, user, overrides.exec_plugins))
    if _has_credentials(user):
        # test servers and proxies on this machine mostly want none
        is_near = is_this_machine(urlsplit(config.url).hostname or "")
        level = logging.INFO if is_near else logging.WARNING
        _log.log(level, "no credentials are sent to %s: it is not https", config.url)
    return config


def _impersonation(user: User) -> Impersonation | None:
    if not user.impersonate:
        return None
    return Impersonation(
        user=user.impersonate,
        uid=user.impersonate_uid,
        groups=user.impersonate_groups,
        extra=dict(user.impersonate_extra),
    )


def _has_credentials(user: User) -> bool:
    return bool(
        user.token
        or user.token_file
        or user.username
        or user.client_certificate
        or user.client_certificate_data
        or user.exec
        or user.auth_provider
    )


def _credentials(
    cluster: Cluster, user: User, allowed_plugins: Collection[str] | None
) -> CredentialSource:
    """Return the sources that the user has; a plugin counts only where nothing else is."""
    sources: list[CredentialSource] = []
    token = user.token and checked_header_text(user.token, what=_named(user, "token"))
    if user.token_file:
        file_source = TokenFileSource(user.token_file, initial=token or None)
        _ = file_source.current()
        sources.append(file_source)
    elif token:
        sources.append(StaticCredentials(Credentials(token=token)))
    elif user.username or user.password:
        basic = Credentials(username=user.username, password=user.password)
        sources.append(StaticCredentials(basic))
    if user.client_certificate or user.client_certificate_data:
        sources.append(_certificate_source(user))
    if not sources and user.auth_provider is not None:
        sources.append(_provided(user, user.auth_provider))
    if not sources and user.exec is not None:
        spec = _exec_spec(user.exec)
        if allowed_plugins is not None and not is_allowed(spec, allowed_plugins):
            raise ConfigError(
                f"{_named(user, 'exec')}: {spec.command} is none of the credential plugins that"
                " this program allows (exec_plugins)"
            )
        info = _exec_cluster(cluster) if spec.provide_cluster_info else None
        sources.append(shared_exec_source(spec, info))
    if len(sources) > 1:
        return CombinedSource(*sources)
    return sources[0] if sources else Anonymous()


def _provided(user: User, stanza: ProviderStanza) -> CredentialSource:
    """The source of an auth-provider, which may write into the kubeconfig."""
    provider = auth_provider(stanza.name)
    assert provider is not None  # noqa: S101 - the check of the user has found it

    def persist(texts: Mapping[str, str]) -> None:
        if user.file is None:
            return
        with edit_kubeconfig(user.file) as kubeconfig:
            told = kubeconfig.users.get(user.name, {}).get("auth-provider")
            if not is_object(told) or told.get("name") != stanza.name:
                raise ConfigError(f"{user.file}: the user {user.name!r} is another by now")
            told["config"] = {**(told.get("config") or {}), **texts}

    settings = ProviderSettings(
        place=_named(user, "auth-provider"), config=dict(stanza.config), persist=persist
    )
    return provider(settings)


def _certificate_source(user: User) -> CertificateSource:
    source = CertificateSource(
        cert=PEMSource(
            data=user.client_certificate_data or None,
            file=user.client_certificate or None,
            name=_named(user, "client-certificate-data"),
        ),
        key=PEMSource(
            data=user.client_key_data or None,
            file=user.client_key or None,
            name=_named(user, "client-key-data"),
        ),
    )
    _ = source.current()
    return source


def _named(user: User, field: str) -> str:
    place = f"users[{user.name}].user.{field}"
    return f"{user.file}: {place}" if user.file else place


def _exec_spec(stanza: ExecStanza) -> ExecSpec:
    modes: dict[str, InteractiveMode] = {mode: mode for mode in INTERACTIVE_MODES}
    return ExecSpec(
        command=stanza.command,
        api_version=stanza.api_version,
        args=stanza.args,
        env=stanza.env,
        install_hint=stanza.install_hint,
        provide_cluster_info=stanza.provide_cluster_info,
        interactive_mode=modes.get(stanza.interactive_mode, "IfAvailable"),
    )


def _exec_cluster(cluster: Cluster) -> ExecCluster:
    ca_data = cluster.certificate_authority_data
    if not ca_data and cluster.certificate_authority:
        ca_data = PEMSource(file=os.fspath(cluster.certificate_authority)).read()
    return ExecCluster(
        server=cluster.server,
        tls_server_name=cluster.tls_server_name,
        insecure_skip_tls_verify=cluster.insecure_skip_tls_verify,
        ca_data=ca_data,
        proxy_url=cluster.proxy_url,
        disable_compression=cluster.disable_compression,
        config=cluster.exec_config,
    )
