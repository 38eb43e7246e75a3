"""``kubewright testserver`` as a user meets it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from kubewright import connect
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster
from kubewright_gen import cli
from kubewright_k8s import Clientset
from tests.support.fake_cluster import WEBSITES, website_crd

LIMIT = 20  # seconds


@contextmanager
def running(*arguments: str | Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and the first line that it says."""
    command = [sys.executable, "-m", "kubewright", "testserver", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    folder = tmp_path / "manifests"
    folder.mkdir()
    site = {
        "apiVersion": "web.example.com/v1",
        "kind": "Website",
        "metadata": {"name": "shop"},
        "spec": {"domain": "a.b", "image": "c"},
    }
    maps = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "kube-system"},
        }
        for name in ("a", "b")
    ]
    items = {"apiVersion": "v1", "kind": "List", "items": maps}
    (folder / "a.yaml").write_text(yaml.safe_dump_all([site, items]))
    (folder / "z.json").write_text(json.dumps(website_crd()))
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(
    tmp_path: Path, manifests: Path, number: signal.Signals
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    options = ("--manifests", manifests, "--kubeconfig", kubeconfig)
    with running(*options) as (process, told):
        assert re.fullmatch(r"A Kubernetes API server .* at http://127\.0\.0\.1:\d+\n", told)
        assert process.stdout is not None
        assert f"--kubeconfig={kubeconfig} " in process.stdout.readline()
        with connect(kubeconfig=kubeconfig) as rest:
            maps = Clientset(rest).core_v1.config_maps("kube-system").list()
            assert [each.metadata.name for each in maps] == ["a", "b"]
            assert b'"image":"c"' in rest.send(Request("GET", f"{WEBSITES}/shop")).body
        process.send_signal(number)
        assert process.wait(LIMIT) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def failure(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    code = cli.run(["testserver", *map(str, arguments)])
    assert code == 1
    return capsys.readouterr().err


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_an_object_of_a_kind_that_nobody_serves(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("{apiVersion: a/v1, kind: B, metadata: {name: c}}")
    told = failure(capsys, "--manifests", path)
    assert told.startswith(
        f"error: {path}: document 1: the object a/v1 B is of no kind that is served; "
    )
    assert told.count("\n") == 1


def test_a_definition_that_is_not_valid(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: c}}"
    )
    told = failure(capsys, "--crd", path)
    assert told.startswith(f"error: {path}: ")
    assert "Required value" in told
    assert told.count("\n") == 1


def test_what_is_no_object(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("text")
    told = failure(capsys, "--manifests", path)
    assert told == f"error: {path}: document 1: 'text' is no Kubernetes object\n"


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeCluster().serve() as server:
        told = failure(capsys, "--port", str(server.port))
    assert told.startswith(f"error: cannot listen on 127.0.0.1:{server.port}: ")


def test_a_kubeconfig_of_somebody_is_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "config"
    path.write_text("apiVersion: v1\ncurrent-context: production\n")
    told = failure(capsys, "--kubeconfig", path)
    assert told == f"error: {path}: there is another kubeconfig in this file; name a new one\n"
    assert "production" in path.read_text()
