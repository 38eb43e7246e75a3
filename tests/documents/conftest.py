"""What the examples of the documents find when they run."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kubewright.testing import FakeCluster
from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.generate import generate
from kubewright_gen.progress import SilentProgress
from kubewright_k8s import Clientset
from tests.support.documents import ROOT, Block
from tests.support.examples import Example
from tests.support.fake_cluster import website_crd
from tests.support.generating import crds_in, importable

CRDS = Path(__file__).parent / "crds"
LABELS = {"app": "web", "tier": "front"}


@pytest.fixture
def example(block: Block) -> Iterator[Example]:
    """The block that the test is marked with; the test must run it."""
    example = Example(block)
    yield example
    assert example.has_run


@pytest.fixture(scope="session")
def acme_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source root with `acme.kube`, generated from the CRDs that the documents speak of."""
    root = tmp_path_factory.mktemp("acme")
    sources = Sources(crd=(str(CRDS), str(ROOT / "examples" / "website-crd.yaml")))
    generate(PackageOptions(package="acme.kube", output=root, sources=sources), SilentProgress())
    return root


@pytest.fixture
def acme(acme_folder: Path) -> Iterator[ModuleType]:
    """`acme.kube`, imported instead of the one of the examples."""
    with importable(acme_folder, "acme.kube") as package:
        yield package


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """A node, a deployment, a pod of it, and the custom resources."""
    cluster = FakeCluster()
    for definition in (*crds_in(CRDS), website_crd()):
        cluster.add_crd(definition)
    container = {"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "100m"}}}
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}
    cluster.add(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "prod", "labels": LABELS},
            "spec": {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-0", "labels": LABELS},
            "spec": {"nodeName": "n1", "containers": [container]},
            "status": {"phase": "Running"},
        },
    )
    yield cluster
    cluster.close()


@pytest.fixture
def cs(cluster: FakeCluster) -> Clientset:
    """What the first example makes."""
    return Clientset(cluster.rest)


@pytest.fixture
def home(cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose ``.kube`` this is: its ``config`` leads to the cluster, also as ``prod``."""
    home = tmp_path / ".kube"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with cluster.serve() as server:
        kubeconfig = server.kubeconfig()
        (context,) = kubeconfig["contexts"]
        kubeconfig["contexts"].append({**context, "name": "prod"})
        (home / "config").write_text(json.dumps(kubeconfig))
        yield home


@pytest.fixture
def signals() -> Iterator[None]:
    """What this process does when it is told to end, is what it did before."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
