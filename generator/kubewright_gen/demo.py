"""``kubewright demo``: from a CRD to a typed client at work, in seconds and without a cluster.

It generates a package as the command does, imports it, and runs the program of
``examples/websites.py`` step by step against an API server in memory.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.errors import SourceError
from kubewright_gen.progress import SilentProgress, TerminalProgress
from kubewright_gen.sources.yaml_documents import load_documents

if TYPE_CHECKING:
    from rich.console import Console

    from kubewright.testing import FakeCluster

__all__ = ["example_file", "main"]

_PACKAGE: Final = "acme.kube"
_CRD: Final = "website-crd.yaml"
_PROGRAM: Final = "websites.py"
_EXCERPT: Final = ("class WebsiteSpec(Model):", 24)
_PIPE_WIDTH: Final = 100

Step = Callable[[object], None]


class _Program(Protocol):
    """What `examples/websites.py` has."""

    STEPS: tuple[Step, ...]


def main(console: Console | None = None, *, output: Path | None = None) -> int:
    """Show it all and return 0.

    Args:
        console: where to; by default standard output, with colours on a terminal only.
        output: keep the generated package there; by default it is gone at the end.

    Raises:
        GeneratorError: the examples are missing, or `output` cannot be written.
    """
    console = console or _console()
    started = time.perf_counter()
    with _folder(output) as folder:
        _generate(console, folder)
        _show_code(console, folder)
        with _importable(folder):
            requests = _run(console)
        if output is not None:
            _say(console, f"The package stays in {folder.joinpath(*_PACKAGE.split('.'))}.")
    took = time.perf_counter() - started
    _title(console, "That was all")
    _say(console, f"{requests} requests, no cluster, {took:.1f} s. Now with your own:")
    _code(console, "kubewright generate --crd crds/ --package acme.kube --output src", "console")
    return 0


def example_file(name: str) -> Path:
    """Find a file of the examples, in a checkout or where a wheel has them.

    Raises:
        SourceError: it is in neither.
    """
    here = Path(__file__).resolve()
    for folder in (here.parent / "examples", here.parents[2] / "examples"):
        if (folder / name).is_file():
            return folder / name
    raise SourceError("this example is not installed", file=name)


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(highlight=False, width=width)


@contextmanager
def _folder(output: Path | None) -> Generator[Path]:
    if output is not None:
        yield output
        return
    with tempfile.TemporaryDirectory(prefix="kubewright-demo-") as folder:
        yield Path(folder)


def _generate(console: Console, folder: Path) -> None:
    from kubewright_gen.generate import generate

    _title(console, "A package out of a CRD")
    command = f"kubewright generate --crd {_CRD} --package {_PACKAGE} --output src"
    _code(console, f"$ {command}", "console")
    progress = TerminalProgress(console) if console.is_terminal else SilentProgress()
    crd = str(example_file(_CRD))
    options = PackageOptions(package=_PACKAGE, output=folder, sources=Sources(crd=(crd,)))
    generate(options, progress)
    seconds = ", ".join(f"{name} {took:.2f} s" for name, took in progress.seconds.items())
    if not console.is_terminal:
        _say(console, seconds)
    for path in sorted(folder.rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        _say(console, f"{path.relative_to(folder).as_posix():<52} {lines:>4} lines")


def _show_code(console: Console, folder: Path) -> None:
    path = folder.joinpath(*_PACKAGE.split("."), "web_example_com_v1", "models.py")
    lines = path.read_text(encoding="utf-8").splitlines()
    first, count = _EXCERPT
    start = lines.index(first) if first in lines else 0
    _title(console, f"What is in it: {path.name}")
    _code(console, "\n".join(lines[start : start + count]).rstrip() + "\n    ...", "python")


def _run(console: Console) -> int:
    """Run the program and return how many requests it made."""
    from kubewright.testing import FakeCluster

    started = time.perf_counter()
    package: Any = importlib.import_module(_PACKAGE)
    program = _load_program(example_file(_PROGRAM))
    took = time.perf_counter() - started
    cluster = FakeCluster()
    _define(cluster)
    _title(console, "A program that uses it")
    _say(console, f"{_PROGRAM} and the package are imported in {took:.2f} s; a cluster in memory")
    _say(console, "got the CRD and serves it as a real one would.")
    clientset: object = package.Clientset(cluster.rest)
    before = len(cluster.requests)
    for step in program.STEPS:
        _title(console, (step.__doc__ or "").strip().splitlines()[0].rstrip("."))
        _code(console, _body_of(step), "python")
        for line in _printed_by(step, clientset):
            console.print(f"  → {line}", style="green", markup=False, soft_wrap=True)
    cluster.close()
    return len(cluster.requests) - before


def _define(cluster: FakeCluster) -> None:
    path = example_file(_CRD)
    for manifest, _ in load_documents(path.read_bytes(), str(path)):
        cluster.add_crd(cast("dict[str, Any]", manifest))


def _load_program(path: Path) -> _Program:
    spec = importlib.util.spec_from_file_location("kubewright_demo_program", path)
    if spec is None or spec.loader is None:
        raise SourceError("this is no Python file", file=str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("_Program", module)


def _body_of(step: Step) -> str:
    """Return the code of a function without its first line and its docstring."""
    lines = inspect.getsource(step).splitlines()
    docstring = next((i for i, line in enumerate(lines) if line.strip().endswith('"""')), 0)
    return textwrap.dedent("\n".join(lines[docstring + 1 :])).strip()


def _printed_by(step: Step, clientset: object) -> list[str]:
    printed = io.StringIO()
    with redirect_stdout(printed):
        step(clientset)
    return printed.getvalue().splitlines()


@contextmanager
def _importable(folder: Path) -> Generator[None]:
    """Import the package from the folder meanwhile, and leave no trace of it."""
    root = _PACKAGE.partition(".")[0]
    before = _take_modules(root)
    writes_bytecode = not sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = not writes_bytecode
        _take_modules(root)
        sys.modules.update(before)


def _take_modules(root: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == root or name.startswith(f"{root}.")]
    return {name: sys.modules.pop(name) for name in names}


def _title(console: Console, text: str) -> None:
    console.print()
    if console.is_terminal:
        console.rule(f"[bold]{text}", align="left")
    else:
        console.print(f"## {text}", markup=False)
    console.print()


def _say(console: Console, text: str) -> None:
    console.print(f"  {text}", markup=False, soft_wrap=True)


def _code(console: Console, text: str, language: str) -> None:
    if not console.is_terminal:
        console.print(textwrap.indent(text, "    "), markup=False, soft_wrap=True)
        console.print()
        return
    from rich.padding import Padding
    from rich.syntax import Syntax

    syntax = Syntax(text, language, theme="ansi_dark", background_color="default", word_wrap=True)
    console.print(Padding(syntax, (0, 0, 1, 4)))
