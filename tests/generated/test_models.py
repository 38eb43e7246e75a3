"""Every generated model against the documents that it was made from."""

from __future__ import annotations

import importlib
import json
import lzma
import tarfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from kubewright import applyconfigurations, autoscaling_v1, meta_v1
from kubewright.model import Model
from kubewright_gen.resolve.naming import module_name
from kubewright_gen.sources.openapi import read_openapi

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT / "runtime/kubewright/testing/_apiserver/documents/kubernetes.tar.xz"
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
MODULES = sorted(path.parent.name for path in (ROOT / "generated").glob("*/*/models.py"))


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """All schemas of the documents, as the server wrote them."""
    found: dict[str, dict[str, Any]] = {}
    with tarfile.open(fileobj=BytesIO(lzma.decompress(ARCHIVE.read_bytes()))) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if member.name.startswith("openapi/v3/") and content is not None:
                found |= json.load(content)["components"]["schemas"]
    return found


def models_of(module: str) -> list[type[Model]]:
    models = importlib.import_module(f"kubewright_k8s.{module}.models")
    return [getattr(models, name) for name in models.__all__]


def wire_names(model: type[Model]) -> set[str]:
    """The names under which a model writes its fields."""
    everything = model.from_wire({})
    for name in model.model_fields:
        setattr(everything, name, None)
    return set(everything.to_wire())


@pytest.mark.parametrize("module", MODULES)
def test_what_can_be_applied_is_what_the_models_have(module: str) -> None:
    applied = importlib.import_module(f"kubewright_k8s.{module}.applyconfigurations")
    for model in models_of(module):
        keys = getattr(applied, f"{model.__name__}ApplyConfiguration").__annotations__
        assert set(keys) == wire_names(model), model.__name__


# what only the server writes
_SERVERS_OWN = {
    "selfLink",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
}


def test_what_can_be_applied_of_shared_types_is_what_they_have() -> None:
    checked = 0
    for name in applyconfigurations.__all__:
        model = getattr(meta_v1, name.removesuffix("ApplyConfiguration"), None)
        if isinstance(model, type) and issubclass(model, Model):
            checked += 1
            keys = getattr(applyconfigurations, name).__annotations__
            assert set(keys) == wire_names(model) - _SERVERS_OWN, name
    assert checked == 9


@pytest.mark.parametrize("module", MODULES)
def test_every_model_has_the_fields_of_its_schema(module: str) -> None:
    # a type of a group version that is not served is written where it is needed, under its name
    order = sorted(schemas(), key=lambda name: schema_module(name) == module)
    by_name = {n.rpartition(".")[2]: set(schemas()[n].get("properties", {})) for n in order}
    expected = {model.__name__: by_name[model.__name__] for model in models_of(module)}

    assert {model.__name__: wire_names(model) for model in models_of(module)} == expected


def schema_module(name: str) -> str:
    """The module of a schema by its Go package: ``io.k8s.api.core.v1.Pod`` lives in core_v1."""
    parts = name.split(".")
    return f"{parts[-3]}_{parts[-2]}"


@pytest.mark.parametrize("module", MODULES)
def test_every_model_builds_and_is_absent_safe(module: str) -> None:
    for model in models_of(module):
        model.model_rebuild(force=True)  # what a first build with arguments does
        assert model().to_wire().keys() <= {"apiVersion", "kind"}
        nothing = model.from_wire({})
        for name in model.model_fields:
            getattr(nothing, name)
        assert nothing.to_wire() == {}


@pytest.mark.parametrize(
    ("module", "prefix"),
    [(meta_v1, META), (autoscaling_v1, "io.k8s.api.autoscaling.v1.")],
    ids=["meta_v1", "autoscaling_v1"],
)
def test_models_written_by_hand_have_the_published_fields(module: Any, prefix: str) -> None:
    for name in module.__all__:
        schema = schemas().get(prefix + name)
        if schema is not None:
            assert wire_names(getattr(module, name)) == set(schema["properties"]), name


def test_every_resource_that_the_server_has_has_a_client() -> None:
    documents = read_openapi(str(ARCHIVE))
    expected: dict[str, set[str]] = {}
    found: dict[str, set[str]] = {}
    for doc in documents.group_versions:
        module = module_name(doc.group_version)
        client = importlib.import_module(f"kubewright_k8s.{module}.client")
        infos = [v for v in vars(client).values() if type(v).__name__ == "ResourceInfo"]
        found[module] = {info.gvr.resource for info in infos}
        expected[module] = {resource.name for resource in doc.resources}

    assert found == expected
    assert sum(map(len, expected.values())) > 60
