"""The lines with `kubewright` in the documents are understood by the command, and do what is said."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import threading
from pathlib import Path

import click
import pytest
import yaml

from kubewright import connect
from kubewright_gen import cli
from kubewright_k8s import Clientset
from tests.support.documents import block_at, blocks
from tests.support.patience import wait_until

CRDS = Path(__file__).parent / "crds"
_PROMPT = "$ kubewright "
_OPEN_END = "…"  # of a line that leaves the rest to the reader
_PACKAGE = ("--package", "acme.kube", "--output", "src")
_FEW = ("--include", "cert-manager.io/*")  # the whole cluster takes ten seconds

SHOWS = {
    "resources --group apps": "deployments ",
    "explain deployments.spec.strategy": "FIELD: strategy <DeploymentStrategy>",
}
GENERATES = {
    "generate --crd crds/ --package acme.kube --output src": (),
    "generate --cluster --context prod --package acme.kube --output src": _FEW,
    "generate --cluster --include '*.cert-manager.io/*' --include 'cert-manager.io/*'": _PACKAGE,
    "generate --openapi dump/ --package acme.kube --output src": _FEW,
}
FETCHES = "fetch --output dump/"
CHECKS = "generate --check"
SERVES = "testserver --crd crds/ --manifests state/ --kubeconfig kubeconfig"


def _lines() -> list[str]:
    lines = [line for block in blocks("console") for line in block.text.splitlines()]
    commands = [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]
    return [
        shlex.join(part for part in shlex.split(command, comments=True) if part != _OPEN_END)
        for command in commands
    ]


@pytest.mark.parametrize("line", _lines())
def test_a_line_is_understood(line: str) -> None:
    context = click.Context(cli.app)
    name, command, rest = cli.app.resolve_command(context, shlex.split(line))
    assert command is not None

    command.make_context(name, rest, parent=context)


def test_each_line_is_run() -> None:
    assert sorted(_lines()) == sorted([*SHOWS, *GENERATES, FETCHES, CHECKS, SERVES])


@pytest.fixture
def folder(home: Path) -> Path:
    """Where the lines are run: with CRDs, manifests, and a pyproject.toml as the README has it."""
    folder = home.parent
    shutil.copytree(CRDS, folder / "crds")
    (folder / "state").mkdir()
    pod = {"containers": [{"name": "a", "image": "a"}]}
    wire = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": pod}
    (folder / "state" / "pod.yaml").write_text(yaml.safe_dump(wire))
    settings = block_at(("README.md", "Generate clients for your CRDs", 1), "toml")
    (folder / "pyproject.toml").write_text(settings.text)
    return folder


def run(line: str, *more: str, expect: int = 0) -> None:
    assert cli.run([*shlex.split(line), *more]) == expect


@pytest.mark.parametrize("line", SHOWS)
def test_it_shows(folder: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    run(line)

    assert SHOWS[line] in capsys.readouterr().out


@pytest.mark.parametrize("line", GENERATES)
def test_it_generates(folder: Path, line: str) -> None:
    run(FETCHES)

    run(line, *GENERATES[line])

    package = folder / "src" / "acme" / "kube"
    assert (package / "cert_manager_io_v1" / "models.py").is_file()


def test_it_checks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("generate")
    run(CHECKS)
    crd = folder / "crds" / "certificates.yaml"
    crd.write_text(crd.read_text().replace("dnsNames", "hosts"))
    capsys.readouterr()

    run(CHECKS, expect=1)

    told = capsys.readouterr()
    assert "+    hosts: " in told.out, told


def test_it_serves(folder: Path, capsys: pytest.CaptureFixture[str], signals: None) -> None:
    kubeconfig = folder / "kubeconfig"
    seen: list[str] = []

    def look() -> None:
        try:
            wait_until(lambda: kubeconfig.is_file() and kubeconfig.read_text().endswith("\n"))
            with connect(kubeconfig=kubeconfig) as rest:
                seen.extend(pod.metadata.name for pod in Clientset(rest).core_v1.pods.list())
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=look)
    thread.start()
    run(SERVES)
    thread.join()

    assert seen == ["web"]
    shown = block_at(("TESTING.md", "kubectl and other languages", 1), "console")
    told = capsys.readouterr().out.splitlines()[0]
    assert re.sub(r"\d+$", "", told) == re.sub(r"\d+$", "", shown.text.splitlines()[1])
