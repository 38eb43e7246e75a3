"""Importing the package is cheap: a group version is loaded when it is first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHECK = """
import sys
{statement}
print(*sorted(m for m in sys.modules if m.partition(".")[0] in {packages}))
"""
RUNTIME_MODELS = {"kubewright.model", "kubewright.meta_v1", "kubewright.rest.client"}


def loaded(statement: str, *packages: str) -> list[str]:
    """The modules of some packages that a new interpreter has after a statement."""
    code = CHECK.format(statement=statement, packages=set(packages))
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout.split()


def test_the_clientset_alone_loads_no_model_and_no_http() -> None:
    found = loaded("from kubewright_k8s import Clientset", "kubewright_k8s", "kubewright")

    assert found == [
        "kubewright",
        "kubewright.clientset",
        "kubewright_k8s",
        "kubewright_k8s.clientset",
    ]


def test_heavy_libraries_wait_for_their_first_use() -> None:
    assert loaded("import kubewright; import kubewright_k8s", "requests", "pydantic_core") == []


@pytest.mark.parametrize(
    ("statement", "models"),
    [
        ("from kubewright_k8s import SharedInformerFactory", []),
        ("import kubewright_k8s.coordination_v1", ["coordination_v1"]),
        ("import kubewright_k8s.apps_v1", ["apps_v1", "core_v1"]),
    ],
    ids=["informers", "a group of its own", "a group and what it refers to"],
)
def test_models_are_imported_when_used(statement: str, models: list[str]) -> None:
    found = [m.split(".")[1] for m in loaded(statement, "kubewright_k8s") if m.endswith(".models")]

    assert found == models


def test_reading_builds_no_validator() -> None:
    statement = (
        "from kubewright_k8s.core_v1 import Pod, PodSpec\n"
        'Pod.from_json(b\'{"spec": {"containers": [{}]}}\').spec.containers[0].name\n'
        "assert not PodSpec.__pydantic_complete__"
    )

    assert loaded(statement, "kubewright_k8s.nothing") == []


def test_the_package_does_not_import_what_tests_need() -> None:
    statement = "import kubewright_k8s; from kubewright_k8s import Clientset; Clientset.core_v1"

    assert [m for m in loaded(statement, "kubewright") if m.startswith("kubewright.testing")] == []
