"""The public CRDs of nine projects: everything imports, every sample comes back as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from kubewright._json import is_array, is_object
from kubewright.model import Model
from kubewright.schema import GroupVersion
from kubewright_gen.errors import SourceError
from kubewright_gen.resolve.naming import module_name
from kubewright_gen.sources.yaml_documents import load_documents
from tests.support.packages import imported, models_of, touch

SHARED = Path(os.environ.get("KUBEWRIGHT_SHARED", ""))
HAS_SHARED = bool(os.environ.get("KUBEWRIGHT_SHARED")) and (SHARED / "crds").is_dir()
PACKAGE = "shared_definitions"
SAMPLES = sorted(
    path.relative_to(SHARED).as_posix()
    for folder in ("crd-samples", "crd-samples-odd")
    for path in (SHARED / folder).rglob("*.y*ml")
    if HAS_SHARED
)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not HAS_SHARED, reason="KUBEWRIGHT_SHARED names no folder with crds"),
]

Files = dict[str, bytes]


def generated(definitions: Path, output: Path, hash_seed: str) -> Files:
    """The files of the package, made by the command in a process of its own."""
    arguments = [f"--crd={definitions}", f"--package={PACKAGE}", f"--output={output}", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "kubewright", "generate", *arguments],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    folder = output / PACKAGE
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return generated(SHARED / "crds", tmp_path_factory.mktemp("whole"), "0")


@pytest.fixture(scope="module")
def modules(files: Files) -> Generator[dict[str, ModuleType]]:
    with imported({name: data.decode() for name, data in files.items()}, PACKAGE) as found:
        yield found


Modules = dict[str, ModuleType]


def test_every_model_builds(modules: Modules) -> None:
    models = [
        model for m in modules if m.endswith(".models") for model in models_of(modules[m]).values()
    ]

    assert len(models) > 2_000
    for model in models:
        model.model_rebuild(force=True)
        assert model().to_wire().keys() <= {"apiVersion", "kind"}, model


def objects_in(path: str) -> list[dict[str, Any]]:
    data = (SHARED / path).read_bytes()
    try:
        return [value for value, _ in load_documents(data, path)]
    except SourceError:  # one has a key twice, which kubectl refuses as we do
        return list(yaml.safe_load_all(data))


def model_of(modules: Modules, sample: dict[str, Any]) -> type[Model]:
    """The class of a sample's kind; of one in a version that is not served, that of another."""
    wanted = GroupVersion.parse(sample["apiVersion"])
    names = [f"{module_name(wanted)}.models", *sorted(modules)]
    group = module_name(GroupVersion(wanted.group, ""))
    for name in names:
        if name.startswith(group) and name.endswith(".models") and name in modules:
            model = models_of(modules[name]).get(sample["kind"])
            if model is not None:
                return model
    raise AssertionError(f"no class for {wanted} {sample['kind']}")


@pytest.mark.parametrize("path", SAMPLES)
def test_a_sample_comes_back_as_it_was_after_every_field_was_looked_at(
    modules: Modules, path: str
) -> None:
    for sample in objects_in(path):
        read = model_of(modules, sample).from_wire(sample)
        touch(read)
        assert read.to_wire() == sample


@pytest.mark.parametrize("path", SAMPLES)
def test_unknown_fields_and_new_values_of_enums_come_back_from_everywhere(
    modules: Modules, path: str
) -> None:
    for sample in objects_in(path):
        changed = with_news(sample)
        read = model_of(modules, sample).from_wire(changed)
        touch(read)
        assert read.to_wire() == changed


def with_news(value: Any) -> Any:
    """Every object with a field more, every text another."""
    if is_object(value):
        return {**{key: with_news(item) for key, item in value.items()}, "addedLater": {"a": [1]}}
    if is_array(value):
        return [with_news(item) for item in value]
    return f"{value}-NEW" if isinstance(value, str) else value


def test_the_same_definitions_give_the_same_bytes(files: Files, tmp_path: Path) -> None:
    assert generated(SHARED / "crds", tmp_path, "1") == files


def test_a_definition_less_changes_its_own_group_version_and_the_indexes_alone(
    files: Files, tmp_path: Path
) -> None:
    definitions = tmp_path / "crds"
    shutil.copytree(SHARED / "crds", definitions)
    next(definitions.rglob("cert-manager.io_issuers.yaml")).unlink()  # one of several
    next(definitions.rglob("runtime.cluster.x-k8s.io_*.yaml")).unlink()  # all of its group
    less = generated(definitions, tmp_path / "output", "0")

    changed = {name for name in files.keys() | less.keys() if files.get(name) != less.get(name)}
    assert {name.partition("/")[0] for name in changed} == {
        "_manifest.json",
        "cert_manager_io_v1",
        "clientset.py",
        "fake.py",
        "informers.py",
        "runtime_cluster_x_k8s_io_v1alpha1",
        "runtime_cluster_x_k8s_io_v1beta2",
    }
