"""The configuration that a pod has without any file of its own: its service account.

client-go: ``rest.InClusterConfig``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kubewright.config._build import build_config
from kubewright.config.kubeconfig import Cluster, User
from kubewright.config.overrides import Overrides
from kubewright.errors import ConfigError
from kubewright.rest.config import Config

__all__ = [
    "SERVICE_ACCOUNT",
    "NotInClusterError",
    "in_cluster_config",
    "in_cluster_namespace",
    "is_in_cluster",
]

_log = logging.getLogger(__name__)

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class NotInClusterError(ConfigError):
    """This process does not run in a pod, or its service account is not mounted."""


def is_in_cluster(
    *, environ: Mapping[str, str] | None = None, service_account: Path = SERVICE_ACCOUNT
) -> bool:
    """Whether there is all that `in_cluster_config` needs."""
    environ = os.environ if environ is None else environ
    return bool(
        environ.get("KUBERNETES_SERVICE_HOST")
        and environ.get("KUBERNETES_SERVICE_PORT")
        and (service_account / "token").is_file()
    )


def in_cluster_config(
    *,
    overrides: Overrides | None = None,
    environ: Mapping[str, str] | None = None,
    service_account: Path = SERVICE_ACCOUNT,
) -> Config:
    """Return the configuration of the pod; its token is read again as the kubelet renews it.

    Args:
        overrides: what to do differently; a token replaces the file's for good.
        environ: the variables of this process.
        service_account: the folder with ``token``, ``ca.crt`` and ``namespace``.

    Raises:
        NotInClusterError: if this is no pod.
        ConfigError: if the token cannot be read.
    """
    environ = os.environ if environ is None else environ
    overrides = overrides or Overrides()
    host = environ.get("KUBERNETES_SERVICE_HOST", "")
    port = environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise NotInClusterError(
            "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"
        )
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    cluster = Cluster(
        name="in-cluster",
        server=f"https://{host}:{port}",
        certificate_authority=_authority(service_account / "ca.crt"),
    )
    user = User(name="service account", token_file=str(service_account / "token"))
    namespace = overrides.namespace or in_cluster_namespace(
        environ=environ, service_account=service_account
    )
    return build_config(cluster, user, overrides=overrides, namespace=namespace or "default")


def in_cluster_namespace(
    *, environ: Mapping[str, str] | None = None, service_account: Path = SERVICE_ACCOUNT
) -> str | None:
    """Return the namespace of the pod: ``POD_NAMESPACE``, else what the service account says."""
    environ = os.environ if environ is None else environ
    if named := environ.get("POD_NAMESPACE"):
        return named
    try:
        return (service_account / "namespace").read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _authority(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        _log.error("cannot read %s: %s; the system's certificates count", path, error.strerror)
        return ""
    return str(path)
