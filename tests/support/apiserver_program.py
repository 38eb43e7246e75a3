"""Find a kube-apiserver that this machine can run, or build one.

The order: `KUBEBUILDER_ASSETS` (a folder with kube-apiserver and etcd, as setup-envtest leaves
it), both on PATH, else the Go program in tests/apiserver, built once into the user's cache.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import BuildError, go_program

__all__ = ["VERSION_LDFLAGS", "APIServerUnavailableError", "Program", "find_program"]

KUBERNETES_VERSION = "1.37.2"
_MAJOR, _MINOR, _ = KUBERNETES_VERSION.split(".")
SOURCES = Path(__file__).resolve().parent.parent / "apiserver"
_VERSION_PACKAGE = "k8s.io/component-base/version"
# Without these the programs call themselves v0.0.0.
VERSION_LDFLAGS = " ".join(
    [
        "-s -w",
        f"-X {_VERSION_PACKAGE}.gitVersion=v{KUBERNETES_VERSION}",
        f"-X {_VERSION_PACKAGE}.gitMajor={_MAJOR}",
        f"-X {_VERSION_PACKAGE}.gitMinor={_MINOR}",
    ]
)
_HINT = "set KUBEBUILDER_ASSETS, or run without the marker `conformance` (make test-fast)"


class APIServerUnavailableError(Exception):
    """There is no API server to run, or it does not come up; the message says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """The executables that make an API server; without `etcd`, the first one embeds it."""

    server: Path
    etcd: Path | None = None

    def commands(
        self, *, data: Path, etcd_ports: tuple[int, int], flags: Sequence[str]
    ) -> list[list[str]]:
        """The processes to start; the API server is the last one.

        Args:
            data: the folder of etcd's data.
            etcd_ports: client and peer port, used by an etcd that is a process of its own.
            flags: kube-apiserver's, all but `--etcd-servers`.
        """
        if self.etcd is None:
            return [[str(self.server), f"--etcd-data-dir={data}", "--", *flags]]
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


def find_program() -> Program:
    """The API server of this machine, built if there is none yet.

    Raises:
        APIServerUnavailableError: if it can be neither found nor built.
    """
    if folder := os.environ.get("KUBEBUILDER_ASSETS"):
        server, etcd = Path(folder, "kube-apiserver"), Path(folder, "etcd")
        missing = [path.name for path in (server, etcd) if not os.access(path, os.X_OK)]
        if missing:
            raise APIServerUnavailableError(
                f"KUBEBUILDER_ASSETS={folder} holds no executable {' and no '.join(missing)}"
            )
        return Program(server, etcd)
    on_path = shutil.which("kube-apiserver"), shutil.which("etcd")
    if on_path[0] and on_path[1]:
        return Program(Path(on_path[0]), Path(on_path[1]))
    return Program(_built())


def _built() -> Path:
    notice = f"building kube-apiserver {KUBERNETES_VERSION} for the tests, once, up to 5 minutes,"
    try:
        return go_program(SOURCES, ldflags=VERSION_LDFLAGS, notice=notice)
    except BuildError as error:
        what, _, output = str(error).partition("\n")
        raise APIServerUnavailableError(f"{what}; {_HINT}\n{output}") from error
