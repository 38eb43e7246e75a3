"""Find a kube-apiserver that this machine can run, or build one.

Where the machine has none, it is the Go program in tests/apiserver, built once into the user's cache.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubewright.testing.api_server_program import (
    APIServerUnavailableError,
    Program,
    find_binaries,
)
from tests.support.programs import BuildError, go_program

__all__ = ["VERSION_LDFLAGS", "BuiltProgram", "find_program"]

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


@dataclass(frozen=True, slots=True)
class BuiltProgram:
    """The API server of tests/apiserver, which brings its etcd along."""

    server: Path

    def commands(
        self, *, data: Path, etcd_ports: tuple[int, int], flags: Sequence[str]
    ) -> list[list[str]]:
        del etcd_ports
        return [[str(self.server), f"--etcd-data-dir={data}", "--", *flags]]


def find_program() -> Program:
    """The API server of this machine, built if there is none yet.

    Raises:
        APIServerUnavailableError: if it can be neither found nor built.
    """
    try:
        return find_binaries()
    except APIServerUnavailableError:
        if os.environ.get("KUBEBUILDER_ASSETS"):
            raise
        return BuiltProgram(_built())


def _built() -> Path:
    notice = f"building kube-apiserver {KUBERNETES_VERSION} for the tests, once, up to 5 minutes,"
    try:
        return go_program(SOURCES, ldflags=VERSION_LDFLAGS, notice=notice)
    except BuildError as error:
        what, _, output = str(error).partition("\n")
        raise APIServerUnavailableError(f"{what}; {_HINT}\n{output}") from error
