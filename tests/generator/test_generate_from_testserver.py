"""A package made from the cluster in memory is the one that is made from documents and CRDs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubewright.testing import FakeCluster
from tests.support.fake_cluster import website_crd
from tests.support.generating import files_of, kubewright

ROOT = Path(__file__).parents[2]


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    with cluster.serve() as server:
        yield server.write_kubeconfig(tmp_path / "kubeconfig")


@pytest.mark.parametrize(
    ("package", "choice", "committed"),
    [
        ("kubewright_k8s", ["--exclude", "web.example.com/*"], ROOT / "generated"),
        ("acme.kube", ["--include", "web.example.com/*"], ROOT / "examples"),
    ],
    ids=["built-in kinds", "custom resources"],
)
def test_the_same_package(
    kubeconfig: Path, tmp_path: Path, package: str, choice: list[str], committed: Path
) -> None:
    output = tmp_path / "output"
    where: list[str | Path] = ["--package", package, "--output", output]
    kubewright("generate", "--cluster", "--kubeconfig", kubeconfig, *choice, *where)
    folder = package.replace(".", "/")
    made, expected = files_of(output / folder), files_of(committed / folder)
    assert list(made) == list(expected)
    assert {name for name in made if made[name] != expected[name]} == set()
