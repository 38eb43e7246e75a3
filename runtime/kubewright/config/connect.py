"""One call from nothing to a client.

client-go: ``clientcmd.BuildConfigFromFlags`` and ``rest.RESTClientFor``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kubewright.config.loader import KubeconfigSource, default_config
from kubewright.config.overrides import Overrides
from kubewright.errors import ConfigError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.transport import Transport
from kubewright.rest.warnings import WarningHandler

__all__ = ["connect"]


def connect(
    config: Config | None = None,
    *,
    kubeconfig: KubeconfigSource | None = None,
    context: str | None = None,
    namespace: str | None = None,
    overrides: Overrides | None = None,
    warning_handler: WarningHandler | None = None,
    wrap: Sequence[Callable[[Transport], Transport]] = (),
) -> RESTClient:
    """Return a client for the cluster that kubectl would talk to; nothing is sent yet.

    Args:
        config: a finished configuration, instead of looking for one.
        kubeconfig: one file, or its decoded content. Without it, the files of ``KUBECONFIG`` or
            ``~/.kube/config`` count, and in a pod without those its service account.
        context: the context to use instead of the current one.
        namespace: the default namespace of the client.
        overrides: what else goes before the kubeconfig.
        warning_handler: gets each warning of the server; without one they are logged once.
        wrap: each makes another transport of the one before: `observing` for logs and figures,
            `rate_limited`.

    Raises:
        ConfigError: with a line for each thing that is wrong, or with what was looked for.
    """
    if config is None:
        config = default_config(
            kubeconfig, context=context, overrides=_with_namespace(overrides, namespace)
        )
    elif not isinstance(config, Config):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(f"config is no Config but {type(config).__name__}; a file is kubeconfig=")
    elif kubeconfig is not None or context is not None or overrides is not None:
        raise ConfigError("config is finished: kubeconfig, context and overrides do not go with it")
    elif namespace is not None:
        config = replace(config, namespace=namespace)
    return RESTClient.for_config(config, warning_handler=warning_handler, wrap=wrap)


def _with_namespace(overrides: Overrides | None, namespace: str | None) -> Overrides:
    overrides = overrides or Overrides()
    return overrides if namespace is None else replace(overrides, namespace=namespace)
