"""The commands that look at a cluster, run against a real API server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.apiserver import Endpoint
from tests.support.generating import kubewright

pytestmark = pytest.mark.conformance


@pytest.fixture
def kubeconfig(api_server: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return api_server.write_kubeconfig(tmp_path / "kubeconfig")


def test_resources_of_the_server(kubeconfig: Path) -> None:
    lines = kubewright("resources", "--kubeconfig", kubeconfig, "-o", "wide").stdout.splitlines()
    (deployments,) = [line for line in lines if line.startswith("deployments ")]
    assert deployments.split()[:5] == ["deployments", "deploy", "apps/v1", "true", "Deployment"]
    assert len(lines) > 50


def test_explanation_by_the_server(kubeconfig: Path) -> None:
    field = "deployments.spec.strategy"
    done = kubewright("explain", field, "--kubeconfig", kubeconfig)
    lines = done.stdout.splitlines()
    assert "FIELD: strategy <DeploymentStrategy>" in lines
    assert "    enum: Recreate, RollingUpdate" in lines
    assert "  rollingUpdate <RollingUpdateDeployment>" in lines


def test_everything_below_a_kind(kubeconfig: Path) -> None:
    done = kubewright("explain", "crd", "--recursive", "--kubeconfig", kubeconfig)
    assert "..." in done.stdout  # a JSON schema holds itself
    pods = kubewright("explain", "po", "--recursive", "--kubeconfig", kubeconfig).stdout
    assert "              valueFrom <EnvVarSource>" not in pods
    assert "      env <[]EnvVar>" in pods.splitlines()
