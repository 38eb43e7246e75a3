"""The way from a command to a cluster, with every failure as one line."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kubewright_gen.config import ClusterSource
from kubewright_gen.errors import SourceError

if TYPE_CHECKING:
    from kubewright.rest.client import RESTClient

__all__ = ["connected"]


@contextmanager
def connected(source: ClusterSource) -> Generator[RESTClient]:
    """A client of the cluster that a source names, closed at the end.

    Raises:
        SourceError: the kubeconfig is not usable, or the cluster does not answer.
    """
    from kubewright._errors import KubeError
    from kubewright.config.connect import connect

    try:
        with connect(kubeconfig=source.kubeconfig, context=source.context) as rest:
            yield rest
    except KubeError as error:
        raise SourceError("; ".join(str(error).splitlines())) from error
