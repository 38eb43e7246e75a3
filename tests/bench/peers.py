"""The other clients, each in an environment of its own in the cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.runs import RunError
from tests.support.programs import BuildError, cache_folder, go_program, locked

__all__ = ["PEERS", "Peer", "client_go"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A Python client from PyPI.

    Attributes:
        name: as `reader.py` knows it.
        requirements: the client, its models and what it needs to speak HTTP; exact.
    """

    name: str
    requirements: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name and version for tables."""
        return self.requirements[0].replace("==", " ")

    def python(self) -> Path:
        """The interpreter of the peer's environment, which is made when it is not there.

        Raises:
            RunError: it cannot be installed.
        """
        version = f"py{sys.version_info[0]}.{sys.version_info[1]}"
        named = "-".join(each.replace("==", "-") for each in self.requirements)
        folder = cache_folder() / f"bench-{version}-{named}"
        complete = folder / "complete"
        with locked(folder.with_name(f"{folder.name}.lock")):
            if not complete.exists():
                shutil.rmtree(folder, ignore_errors=True)
                _install(folder, self.requirements)
                complete.touch()
        return folder / "bin" / "python"


def _install(folder: Path, requirements: tuple[str, ...]) -> None:
    print(f"installing {' '.join(requirements)} into {folder} ...", file=sys.stderr)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, *requirements]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise RunError(f"not installed: {last[-1][:200]}")


PEERS = (
    Peer("kubernetes", ("kubernetes==37.0.2",)),
    Peer("lightkube", ("lightkube==1.0.1", "lightkube-models==1.37.0.8")),
    Peer("cloudcoil", ("cloudcoil==0.6.0", "cloudcoil.models.kubernetes==1.32.1.3")),
    Peer("kubex", ("kubex==0.1.0b3", "kubex-k8s-1-37==0.1.0b1", "aiohttp==3.14.5")),
    Peer("kubesdk", ("kubesdk==0.3.4", "kube-models==0.6.0")),
    Peer("kr8s", ("kr8s==0.20.15",)),
)
"""The newest of each that this Python can install; aiohttp is what kubex takes where it is."""


def client_go() -> Path:
    """The Go program beside this module, built when the cache does not have it.

    Raises:
        RunError: it cannot be built.
    """
    sources = Path(__file__).parent / "clientgo"
    try:
        return go_program(sources, notice="building the benchmark of client-go")
    except BuildError as error:
        raise RunError(str(error).partition("\n")[0]) from error
