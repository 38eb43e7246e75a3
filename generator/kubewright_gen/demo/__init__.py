"""``kubewright demo``: from a running server to a typed client at work, in seconds, with no cluster.

It starts the server in memory, generates a package from it as the command does, imports it, runs
the program of ``examples/websites.py`` step by step, and then the operator example.
"""

from __future__ import annotations

import importlib
import inspect
import io
import tempfile
import textwrap
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from kubewright_gen.config import ClusterSource, PackageOptions, Sources
from kubewright_gen.demo.examples import example_file, importable, load_program
from kubewright_gen.demo.operating import operate
from kubewright_gen.demo.stage import Stage
from kubewright_gen.progress import SilentProgress, TerminalProgress
from kubewright_gen.sources.yaml_documents import load_documents

if TYPE_CHECKING:
    from rich.console import Console

    from kubewright.rest.client import RESTClient
    from kubewright.rest.warnings import ServerWarning
    from kubewright.testing import ClusterServer, FakeCluster

__all__ = ["main"]

_PACKAGE: Final = "acme.kube"
_GROUP: Final = "web.example.com/*"
_CRD: Final = "website-crd.yaml"
_PROGRAM: Final = "websites.py"
_EXCERPT: Final = ("class WebsiteSpec(Model):", 24)

Step = Callable[[object], None]


def main(console: Console | None = None, *, output: Path | None = None) -> int:
    """Show it all and return 0.

    Args:
        console: where to; by default standard output, with colours on a terminal only.
        output: keep the generated package there; by default it is gone at the end.

    Raises:
        GeneratorError: the examples are missing, or `output` cannot be written.
    """
    from kubewright.config.connect import connect
    from kubewright.testing import FakeCluster

    stage = Stage(console)
    started = time.perf_counter()
    cluster = FakeCluster()
    _define(cluster)
    with _folder(output) as folder, cluster.serve() as server:
        _generate(stage, folder, server)
        _show_code(stage, folder)
        told = _warnings(stage)
        with importable(folder, _PACKAGE), connect(server.config, warning_handler=told) as rest:
            package: Any = importlib.import_module(_PACKAGE)
            _run(stage, rest, package)
            operate(stage, cluster, rest, package)
        if output is not None:
            stage.say(f"The package stays in {folder.joinpath(*_PACKAGE.split('.'))}.")
    took = time.perf_counter() - started
    stage.title("That was all")
    stage.say(f"{len(cluster.requests)} requests, no cluster, {took:.1f} s. Now with your own:")
    stage.code("kubewright generate --crd crds/ --package acme.kube --output src", "console")
    return 0


@contextmanager
def _folder(output: Path | None) -> Generator[Path]:
    if output is not None:
        yield output
        return
    with tempfile.TemporaryDirectory(prefix="kubewright-demo-") as folder:
        yield Path(folder)


def _define(cluster: FakeCluster) -> None:
    path = example_file(_CRD)
    for manifest, _ in load_documents(path.read_bytes(), str(path)):
        cluster.add_crd(cast("dict[str, Any]", manifest))


def _warnings(stage: Stage) -> Callable[[ServerWarning], None]:
    return lambda warning: stage.say(f"! the server warns: {warning.text}")


def _generate(stage: Stage, folder: Path, server: ClusterServer) -> None:
    from kubewright_gen.generate import generate

    stage.title("A package out of a running server")
    stage.code(f"$ kubewright testserver --crd {_CRD} --kubeconfig kubeconfig", "console")
    stage.say(
        f"A Kubernetes API server in memory answers at {server.url}; kubectl works on it, too."
    )
    stage.console.print()
    command = f"kubewright generate --cluster --include '{_GROUP}' --package {_PACKAGE}"
    stage.code(f"$ {command} --output src", "console")
    progress = TerminalProgress(stage.console) if stage.is_terminal else SilentProgress()
    with tempfile.TemporaryDirectory(prefix="kubewright-demo-") as private:
        kubeconfig = server.write_kubeconfig(Path(private, "kubeconfig"))
        source = Sources(cluster=ClusterSource(kubeconfig=str(kubeconfig)))
        options = PackageOptions(package=_PACKAGE, output=folder, sources=source, include=(_GROUP,))
        generate(options, progress)
    seconds = ", ".join(f"{name} {took:.2f} s" for name, took in progress.seconds.items())
    if not stage.is_terminal:
        stage.say(seconds)
    for path in sorted(folder.rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        stage.say(f"{path.relative_to(folder).as_posix():<52} {lines:>4} lines")


def _show_code(stage: Stage, folder: Path) -> None:
    path = folder.joinpath(*_PACKAGE.split("."), "web_example_com_v1", "models.py")
    lines = path.read_text(encoding="utf-8").splitlines()
    first, count = _EXCERPT
    start = lines.index(first) if first in lines else 0
    stage.title(f"What is in it: {path.name}")
    stage.code("\n".join(lines[start : start + count]).rstrip() + "\n    ...", "python")


def _run(stage: Stage, rest: RESTClient, package: Any) -> None:
    started = time.perf_counter()
    steps: tuple[Step, ...] = load_program(_PROGRAM).STEPS
    took = time.perf_counter() - started
    stage.title("A program that uses it")
    stage.say(f"{_PROGRAM} and the package are imported in {took:.2f} s.")
    clientset: object = package.Clientset(rest)
    for step in steps:
        stage.title((step.__doc__ or "").strip().splitlines()[0].rstrip("."))
        stage.code(_body_of(step), "python")
        for line in _printed_by(step, clientset):
            stage.answer(line)


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
