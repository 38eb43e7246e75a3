"""Hostile documents end in safe code or in one clear line.

Whatever is in them, the package holds nothing but names and types. While they are read, rendered
and imported no socket is opened, no process started, nothing written outside of the output.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.errors import GeneratorError
from kubewright_gen.generate import generate
from kubewright_gen.progress import SilentProgress
from tests.support.hostile import CANARY, DOCUMENTS, Hostile, definition
from tests.support.packages import documents_of, imported, models_of, package_of, touch

LIMIT = 60.0  # seconds; the slowest take two

FORBIDDEN = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.putenv", "os.spawn", "os.startfile",
    "os.system", "pty.spawn", "socket.bind", "socket.connect", "socket.getaddrinfo",
    "socket.gethostbyname", "subprocess.Popen", "urllib.Request",
}  # fmt: skip
SEEN: list[str] = []
ARMED: list[bool] = []


@pytest.fixture(scope="module")
def audit() -> None:
    """Notes what is forbidden while a guard is up; such a hook can never be taken away."""
    with imported(package_of(documents_of(definition()))):
        pass  # what is imported for the first time may look at the network it has

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if ARMED and event in FORBIDDEN:
            SEEN.append(f"{event} {str(arguments)[:200]}")

    sys.addaudithook(hook)


@contextmanager
def guard() -> Generator[None]:
    """No socket, no process, no change of the environment."""
    SEEN.clear()
    ARMED.append(True)
    try:
        yield
    finally:
        ARMED.clear()
    assert SEEN == []
    assert CANARY not in os.environ


def test_there_are_enough_of_them() -> None:
    assert len(DOCUMENTS) >= 105
    assert len({hostile.name for hostile in DOCUMENTS}) == len(DOCUMENTS)


@pytest.mark.usefixtures("audit")
@pytest.mark.parametrize("hostile", DOCUMENTS, ids=lambda hostile: hostile.name)
def test_it_ends_in_safe_code_or_in_one_clear_line(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # no processes to help the formatter
    output = tmp_path / "a" / "b" / "output"
    output.mkdir(parents=True)
    options = options_of(hostile, tmp_path / "input", output)
    before = files_in(tmp_path)
    started = time.monotonic()
    with guard():
        message = outcome(options)
    written = files_in(tmp_path) - before
    if message is None:
        assert {path.parts[:4] for path in written} == {("a", "b", "output", "hostile")}
    else:
        assert is_one_clear_line(message)
        assert written == set()
    assert time.monotonic() - started < LIMIT


def outcome(options: PackageOptions) -> str | None:
    """Generate a package and use it; the message if it is refused."""
    try:
        generate(options, SilentProgress())
    except GeneratorError as error:
        return str(error)
    use(options.folder)
    return None


def options_of(hostile: Hostile, folder: Path, output: Path) -> PackageOptions:
    name = "openapi/v3/apis__x.io__v1.json" if hostile.openapi else "crd.yaml"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(hostile.data())
    source = (str(folder),)
    sources = Sources(openapi=source) if hostile.openapi else Sources(crd=source)
    return PackageOptions(package="hostile", output=output, sources=sources)


def files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def is_one_clear_line(message: str) -> bool:
    return message.isprintable() and 10 < len(message) < 2_000


def use(package: Path) -> None:
    """Import all of a package and look at every field of every model."""
    files = {
        path.relative_to(package).as_posix(): path.read_text(encoding="utf-8")
        for path in package.rglob("*.py")
    }
    with imported(files, package.name) as modules:
        for name, module in modules.items():
            for model in models_of(module).values() if name.endswith(".models") else ():
                touch(model.from_wire({}))


@pytest.mark.usefixtures("audit")
def test_the_guard_sees_a_process() -> None:
    with pytest.raises(AssertionError, match="Popen"), guard():
        subprocess.run([sys.executable, "-c", ""], check=True)
