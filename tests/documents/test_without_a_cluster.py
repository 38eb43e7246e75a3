"""The examples of the documents about tests without a cluster are run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kubewright.tools import retry_on_conflict
from kubewright_k8s import Clientset
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.core_v1 import ConfigMap
from tests.support.examples import Example, example_of

SUITE = """
def test_a_cluster(fake_cluster, clientset):
    clientset.core_v1.namespaces.get("default")
    assert [each.verb for each in fake_cluster.actions] == ["get"]


def test_a_real_server(api_server):
    pass
"""


def deployment_of(name: str) -> Deployment:
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": name, "image": "a"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return Deployment.from_wire({"metadata": {"name": name}, "spec": spec})


def config_map_of(name: str) -> ConfigMap:
    return ConfigMap.from_wire({"metadata": {"name": name}, "data": {"replicas": "2"}})


def reconcile(cs: Clientset) -> None:
    """Scale, as a reader's controller might."""
    deployments = cs.apps_v1.deployments("default")

    def scale() -> None:
        web = deployments.get("web")
        web.spec.replicas = 2
        deployments.update(web)

    retry_on_conflict(scale)


@example_of("README.md", "Without a cluster")
def test_a_test(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifests = tmp_path / "tests" / "manifests"
    manifests.mkdir(parents=True)
    web = {"apiVersion": "apps/v1", "kind": "Deployment", **deployment_of("web").to_wire()}
    (manifests / "web.yaml").write_text(yaml.safe_dump(web))
    monkeypatch.chdir(tmp_path)

    example.run(reconcile=reconcile)

    assert _ready(example.names["cs"]) == 2


@example_of("TESTING.md", "A test of a controller")
def test_a_test_of_a_controller(example: Example) -> None:
    made: list[Clientset] = []

    def watched(cs: Clientset) -> None:
        made.append(cs)
        reconcile(cs)

    example.run(config_map_of=config_map_of, deployment_of=deployment_of, reconcile=watched)
    example.names["test_it_scales"]()

    assert _ready(made[0]) == 2


@example_of("TESTING.md", "pytest")
def test_the_plugin(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    example.run()
    (tmp_path / "conftest.py").write_text(example.block.text)
    (tmp_path / "test_it.py").write_text(SUITE)

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.stdout.splitlines()[-1].startswith("1 passed, 1 skipped in "), done.stdout


def _ready(cs: Clientset) -> int | None:
    return cs.apps_v1.deployments("default").get("web").status.ready_replicas
