"""From kubeconfig files to one `Config`: which context, which cluster, which user, which namespace.

client-go: ``clientcmd.DeferredLoadingClientConfig`` and ``DirectClientConfig``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kubewright.config._build import build_config, raise_problems
from kubewright.config.files import KubeconfigFiles, Loaded, find_files, read_files
from kubewright.config.in_cluster import (
    SERVICE_ACCOUNT,
    in_cluster_config,
    in_cluster_namespace,
    is_in_cluster,
)
from kubewright.config.kubeconfig import Cluster, Context, Kubeconfig, User, parse
from kubewright.config.overrides import Overrides
from kubewright.config.validation import check_context
from kubewright.errors import ConfigError
from kubewright.rest.config import Config

__all__ = ["KubeconfigSource", "default_config", "load_config"]

KubeconfigSource = str | os.PathLike[str] | Mapping[str, Any]
"""A path of a kubeconfig, or what one says, decoded."""

_MOST_NAMES = 10


def load_config(
    kubeconfig: KubeconfigSource | None = None,
    *,
    context: str | None = None,
    overrides: Overrides | None = None,
    environ: Mapping[str, str] | None = None,
    service_account: Path = SERVICE_ACCOUNT,
) -> Config:
    """Return what the kubeconfig says, for one context.

    Args:
        kubeconfig: one file, which must exist and is used alone, or its decoded content; without
            it, the files of ``KUBECONFIG`` or ``~/.kube/config``.
        context: the context to use instead of the current one.
        overrides: what else goes before the kubeconfig.
        environ: the variables of this process.
        service_account: where a pod's own namespace may be found, for a context that names none.

    Raises:
        ConfigError: with a line for each thing that is wrong, or that nothing was found.
    """
    environ = os.environ if environ is None else environ
    found = _find(kubeconfig, _with_context(overrides, context), environ)
    if found.selection is None:
        raise ConfigError(_nothing_found(found, environ))
    return _config(found.selection, found.overrides, environ, service_account)


def default_config(
    kubeconfig: KubeconfigSource | None = None,
    *,
    context: str | None = None,
    overrides: Overrides | None = None,
    environ: Mapping[str, str] | None = None,
    service_account: Path = SERVICE_ACCOUNT,
) -> Config:
    """Return what kubectl would use: the kubeconfig, and in a pod without one the pod's own.

    A kubeconfig that is there and broken is an error, and so is one that was named and is empty:
    falling back would act on another cluster than the one that was meant. Arguments are those of
    `load_config`.

    Raises:
        ConfigError: with a line for each thing that is wrong, or that nothing was found.
    """
    environ = os.environ if environ is None else environ
    found = _find(kubeconfig, _with_context(overrides, context), environ)
    if found.selection is not None:
        return _config(found.selection, found.overrides, environ, service_account)
    if kubeconfig is None and is_in_cluster(environ=environ, service_account=service_account):
        return in_cluster_config(
            overrides=found.overrides, environ=environ, service_account=service_account
        )
    raise ConfigError(_nothing_found(found, environ))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selection:
    """What one context points at."""

    context: Context
    cluster: Cluster
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was read, and what of it is to be used; None if it says nothing at all."""

    selection: _Selection | None
    loaded: Loaded
    files: KubeconfigFiles | None
    overrides: Overrides


def _with_context(overrides: Overrides | None, context: str | None) -> Overrides:
    overrides = overrides or Overrides()
    return replace(overrides, context=context) if context is not None else overrides


def _find(
    kubeconfig: KubeconfigSource | None, overrides: Overrides, environ: Mapping[str, str]
) -> _Found:
    if isinstance(kubeconfig, Mapping):
        parsed, problems = parse(kubeconfig)
        loaded, files = Loaded(kubeconfig=parsed, problems=tuple(problems)), None
    else:
        files = find_files(kubeconfig, environ=environ)
        loaded = read_files(files)
    # before the context is looked for: it may well be in the file that is broken
    raise_problems(loaded.problems)
    return _Found(
        selection=_select(loaded.kubeconfig, overrides),
        loaded=loaded,
        files=files,
        overrides=overrides,
    )


def _select(kubeconfig: Kubeconfig, overrides: Overrides) -> _Selection | None:
    name = overrides.context or kubeconfig.current_context
    context = kubeconfig.contexts.get(name)
    if context is None:
        if name:
            where = "" if overrides.context else f"{kubeconfig.current_context_file}: "
            kind = "the context" if overrides.context else "the current-context"
            raise ConfigError(
                f"{where}{kind} {name!r} does not exist: {_choice('context', kubeconfig.contexts)}"
            )
        context = Context()
    cluster_name = overrides.cluster or context.cluster
    if not name and not cluster_name and not overrides.server:
        return None
    user_name = overrides.user or context.user
    problems = [
        _missing(kind, wanted, context, names)
        for kind, wanted, names in (
            ("cluster", cluster_name, kubeconfig.clusters),
            ("user", user_name, kubeconfig.users),
        )
        if wanted and wanted not in names
    ]
    if not cluster_name and not overrides.server:
        problems.append(_placed(context, "cluster", "is missing: name one of the clusters"))
    raise_problems(problems)
    return _Selection(
        context=context,
        cluster=kubeconfig.clusters.get(cluster_name) or Cluster(name=cluster_name),
        user=kubeconfig.users.get(user_name) or User(name=user_name),
    )


def _config(
    selection: _Selection,
    overrides: Overrides,
    environ: Mapping[str, str],
    service_account: Path,
) -> Config:
    namespace = overrides.namespace or selection.context.namespace
    if not namespace and is_in_cluster(environ=environ, service_account=service_account):
        namespace = in_cluster_namespace(environ=environ, service_account=service_account) or ""
    return build_config(
        selection.cluster,
        selection.user,
        overrides=overrides,
        namespace=namespace or "default",
        problems=check_context(selection.context),
    )


def _missing(kind: str, name: str, context: Context, names: Mapping[str, object]) -> str:
    choice = _choice(kind, names)
    if name != (context.cluster if kind == "cluster" else context.user):
        return f"the {kind} {name!r} does not exist: {choice}"
    return _placed(context, kind, f"{name!r} does not exist: {choice}")


def _placed(context: Context, field: str, problem: str) -> str:
    place = f"contexts[{context.name}].context.{field}: {problem}"
    return f"{context.file}: {place}" if context.file else place


def _choice(kind: str, names: Mapping[str, object]) -> str:
    if not names:
        return f"there is no {kind} at all"
    shown = ", ".join(sorted(names)[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"there is {shown}" + (f" and {more} more" if more > 0 else "")


def _nothing_found(found: _Found, environ: Mapping[str, str]) -> str:
    contexts = found.loaded.kubeconfig.contexts
    paths = found.files.paths if found.files else ()
    there = [path for path in paths if path not in found.loaded.missing]
    if contexts:
        where = ", ".join(there) or "the kubeconfig"
        return (
            f"{where}: current-context is missing: set it with `kubectl config use-context`,"
            f" or pass context=; {_choice('context', contexts)}"
        )
    looked = [f"{path} {'is empty' if path in there else 'does not exist'}" for path in paths]
    if found.files is None:
        looked = ["the kubeconfig given is empty"]
    elif found.files.named_by == "default":
        looked.insert(0, "KUBECONFIG is not set")
    if found.files is None or not found.files.explicit:
        pod = "KUBERNETES_SERVICE_HOST" in environ
        looked.append("the service account is not mounted" if pod else "this is not a pod")
    return (
        f"no cluster is configured: {', '.join(looked)}."
        " Set KUBECONFIG, or pass kubeconfig= with a file or config= with a Config(host=...)"
    )
