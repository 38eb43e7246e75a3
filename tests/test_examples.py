"""The examples run, and what they are generated from is what lies beside them."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kubewright import ObjectMeta
from kubewright.testing import FakeCluster
from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.generate import generate
from kubewright_gen.progress import SilentProgress
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap
from tests.support.fake_cluster import website_crd

EXAMPLES = Path(__file__).parents[1] / "examples"
MANIFEST = "_manifest.json"  # has the digest of the whole generator in it


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])


@pytest.fixture
def cluster() -> FakeCluster:
    """A deployment that runs, two pods of it, and a counter."""
    cluster = FakeCluster()
    labels = {"app": "web", "tier": "front"}
    web: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": labels},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}},
        "status": {"replicas": 2, "readyReplicas": 1},
    }
    cluster.add(web, ConfigMap(metadata=ObjectMeta(name="counter"), data={"visits": "41"}))
    for name, phase in (("web-a", "Running"), ("web-b", "Pending")):
        spec = {"containers": [{"name": "web", "image": "web:1"}]}
        metadata = {"name": name, "labels": labels}
        status = {"phase": phase}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
        cluster.add({**pod, "spec": spec, "status": status})
    return cluster


def printed_by(
    name: str, cluster: FakeCluster, capsys: pytest.CaptureFixture[str], **options: Any
) -> str:
    import_module(name).main(Clientset(cluster.rest), **options)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        (
            "list_pods",
            {},
            "default web-a Running\ndefault web-b Pending\n"
            "1 pods of the front are running, as of version 9\nimages: web:1\n",
        ),
        (
            "watch_pods",
            {"limit": 2},
            "ADDED    web-a                Running\nADDED    web-b                Pending\n",
        ),
        ("update_with_retry", {}, "visits: 42\n"),
        ("scale", {}, "web: 2 -> 3 wanted, 2 there, selected by 'app=web'\n"),
        (
            "connect_options",
            {},
            "namespaces: default, kube-node-lease, kube-public, kube-system\n",
        ),
    ],
    ids=["list", "watch", "retry", "scale", "connect"],
)
def test_an_example_does_what_it_says(
    cluster: FakeCluster,
    capsys: pytest.CaptureFixture[str],
    name: str,
    options: dict[str, Any],
    expected: str,
) -> None:
    assert printed_by(name, cluster, capsys, **options) == expected


def test_the_apply_example_tells_who_owns_what(capsys: pytest.CaptureFixture[str]) -> None:
    shown = printed_by("server_side_apply", FakeCluster(), capsys).splitlines()

    assert shown[1:] == [
        '.spec.replicas: conflict with "deployer"',
        "5 replicas; owners: {'autoscaler': ['f:spec'], 'deployer': ['f:metadata', 'f:spec']}",
    ]


def test_the_informer_example_tells_of_rollouts_and_ends(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    deployments = Clientset(cluster.rest).apps_v1.deployments("default")

    class AfterChanges(threading.Event):
        """Changes the cluster when the example begins to wait, and ends it when it has heard."""

        def wait(self, timeout: float | None = None) -> bool:
            del timeout
            deployments.patch("web", {"status": {"readyReplicas": 2}}, subresource="status")
            deployments.delete("web")
            shown: list[str] = []
            for _ in range(500):
                shown.append(capsys.readouterr().out)
                if "deleted" in shown[-1]:
                    break
                threading.Event().wait(0.01)
            self.shown = "".join(shown)
            return True

    until = AfterChanges()
    printed_by("informer", cluster, capsys, until=until)

    assert until.shown.splitlines() == [
        "default/web: 2 wanted",
        "default/web: 1 -> 2 ready",
        "default/web: deleted",
    ]


def test_the_program_of_the_demo_runs(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    clientset: Any = import_module("acme.kube").Clientset(cluster.rest)

    import_module("websites").main(clientset)

    assert capsys.readouterr().out.splitlines()[-1] == "left: ['shop']"


def test_the_example_package_is_what_the_generator_makes(tmp_path: Path) -> None:
    """When it is not: kubewright generate --crd examples/website-crd.yaml --package acme.kube --output examples."""
    sources = Sources(crd=(str(EXAMPLES / "website-crd.yaml"),))
    options = PackageOptions(package="acme.kube", output=tmp_path, sources=sources)

    generate(options, SilentProgress())

    assert _texts(tmp_path) == _texts(EXAMPLES)


def _texts(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in (root / "acme" / "kube").rglob("*")
        if path.is_file() and path.name != MANIFEST and "__pycache__" not in path.parts
    }
