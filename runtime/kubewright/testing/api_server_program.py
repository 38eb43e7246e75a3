"""Find a kube-apiserver that this machine can run.

The order: ``KUBEBUILDER_ASSETS`` (a folder with kube-apiserver and etcd, as setup-envtest leaves
it), then both on ``PATH``. controller-runtime: ``envtest``, ``testing/controlplane``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kubewright._errors import KubeError

__all__ = ["APIServerUnavailableError", "Binaries", "Program", "find_binaries"]


class APIServerUnavailableError(KubeError):
    """There is no API server to run, or it does not come up; the message says why."""


class Program(Protocol):
    """What runs an API server."""

    @property
    def server(self) -> Path:
        """The kube-apiserver."""
        ...

    def commands(
        self, *, data: Path, etcd_ports: tuple[int, int], flags: Sequence[str]
    ) -> list[list[str]]:
        """Return the processes to start; the API server is the last one.

        Args:
            data: the folder of etcd's data.
            etcd_ports: client and peer port of an etcd that is a process of its own.
            flags: kube-apiserver's, all but ``--etcd-servers``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Binaries:
    """The executables as Kubernetes releases them."""

    server: Path
    etcd: Path

    def commands(
        self, *, data: Path, etcd_ports: tuple[int, int], flags: Sequence[str]
    ) -> list[list[str]]:
        """Return etcd's command and the API server's."""
        client, peer = (f"http://127.0.0.1:{port}" for port in etcd_ports)
        etcd = [
            str(self.etcd),
            f"--data-dir={data}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--log-level=error",
        ]
        return [etcd, [str(self.server), *flags, f"--etcd-servers={client}"]]


def find_binaries() -> Binaries:
    """Return the API server and the etcd of this machine.

    Raises:
        APIServerUnavailableError: there are none.
    """
    if folder := os.environ.get("KUBEBUILDER_ASSETS"):
        server, etcd = Path(folder, "kube-apiserver"), Path(folder, "etcd")
        missing = [path.name for path in (server, etcd) if not os.access(path, os.X_OK)]
        if missing:
            raise APIServerUnavailableError(
                f"KUBEBUILDER_ASSETS={folder} holds no executable {' and no '.join(missing)}"
            )
        return Binaries(server, etcd)
    found = {name: shutil.which(name) for name in ("kube-apiserver", "etcd")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise APIServerUnavailableError(
            f"there is no {' and no '.join(missing)} on PATH, and KUBEBUILDER_ASSETS is not set"
            " (setup-envtest downloads both and prints the folder to set)"
        )
    return Binaries(*(Path(path) for path in found.values() if path is not None))
