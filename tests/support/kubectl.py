"""kubectl as a user runs it, built once from its Go module; see tests/kubectl."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.apiserver_program import VERSION_LDFLAGS
from tests.support.programs import go_program

__all__ = ["Kubectl", "kubectl_program"]

_SOURCES = Path(__file__).parents[1] / "kubectl"
_LIMIT = 60.0  # seconds until a command counts as hung


def kubectl_program() -> Path:
    """The program, built if the cache does not hold it.

    Raises:
        BuildError: if there is no Go, or it fails.
    """
    return go_program(
        _SOURCES,
        ldflags=VERSION_LDFLAGS,
        notice="building kubectl for the tests, once, up to 3 minutes,",
    )


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl with the kubeconfig of one server.

    Attributes:
        program: the executable.
        kubeconfig: of the server.
        home: where it keeps what it remembers of servers; a folder of the test's own.
    """

    program: Path
    kubeconfig: Path
    home: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program), f"--kubeconfig={self.kubeconfig}", *arguments]

    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "KUBECACHEDIR": str(self.home / "cache"), "TZ": "UTC"}
        return {**os.environ, **own, "KUBE_EDITOR": "true", "TMPDIR": str(self.home)}

    def run(
        self, arguments: Sequence[str], folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever that is."""
        return subprocess.run(
            self.command(*arguments),
            cwd=folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
