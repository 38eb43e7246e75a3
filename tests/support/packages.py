"""Packages made in memory by the whole pipeline, and imported without a file or a process."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from kubewright._json import is_array, is_object
from kubewright.model import Model
from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.documents import Documents
from kubewright_gen.generate import render_files
from kubewright_gen.progress import SilentProgress
from kubewright_gen.sources.crd import read_crds

JSONObject = dict[str, Any]

__all__ = [
    "crd",
    "documents_of",
    "imported",
    "models_of",
    "package_of",
    "package_options",
    "touch",
]


def crd(
    schema: JSONObject,
    *,
    kind: str = "Thing",
    group: str = "example.com",
    plural: str | None = None,
    version: str = "v1",
    scope: str = "Namespaced",
    names: JSONObject | None = None,
    more: JSONObject | None = None,
) -> JSONObject:
    """A CustomResourceDefinition of one version.

    ``schema`` is that of ``spec``; ``names`` and ``more`` go into ``spec.names`` and the version.
    """
    plural = plural or f"{kind.lower()}s"
    root = {"type": "object", "properties": {"spec": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, **(names or {})},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": root},
                    **(more or {}),
                }
            ],
        },
    }


def documents_of(*definitions: JSONObject) -> Documents:
    """What the definitions say; they go through JSON as a file would."""
    data = b"\n---\n".join(msgspec.json.encode(definition) for definition in definitions)
    return read_crds(["-"], stdin=BytesIO(data)).documents


def package_options(package: str, group_names: Mapping[str, str] | None = None) -> PackageOptions:
    """Options of a package that comes from documents."""
    sources = Sources(crd=("-",))
    return PackageOptions(
        package=package, output=Path(), sources=sources, group_names=group_names or {}
    )


def package_of(documents: Documents, package: str = "made") -> dict[str, str]:
    """The files of the package, formatted and verified."""
    return render_files(documents, package_options(package), SilentProgress())[0]


class _Finder(MetaPathFinder, InspectLoader):
    """Finds the modules of one package in a dict."""

    def __init__(self, package: str, files: Mapping[str, str]) -> None:
        self._sources: dict[str, tuple[str, bool]] = {}
        for path, text in files.items():
            if path.endswith(".py"):
                parts = [package, *path.removesuffix(".py").split("/")]
                is_package = parts[-1] == "__init__"
                name = ".".join(parts[:-1] if is_package else parts)
                self._sources[name] = (text, is_package)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._sources:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname][0]

    def is_package(self, fullname: str) -> bool:
        return self._sources[fullname][1]

    @property
    def modules(self) -> list[str]:
        return sorted(self._sources)


@contextmanager
def imported(files: Mapping[str, str], package: str = "made") -> Generator[dict[str, ModuleType]]:
    """Every module of a package by its name inside the package; gone at the end."""
    finder = _Finder(package, files)
    sys.meta_path.insert(0, finder)
    try:
        modules = {name: importlib.import_module(name) for name in finder.modules}
        yield {name.removeprefix(package).lstrip("."): m for name, m in modules.items()}
    finally:
        sys.meta_path.remove(finder)
        for name in finder.modules:
            sys.modules.pop(name, None)


def models_of(module: ModuleType) -> dict[str, type[Model]]:
    """The models of a group version by all of their names."""
    return {name: getattr(module, name) for name in module.__all__}


def touch(value: Any) -> None:
    """Look at every field of a model and of all in it."""
    if isinstance(value, Model):
        for name in type(value).model_fields:
            touch(getattr(value, name))
    elif is_array(value):
        for item in value:
            touch(item)
    elif is_object(value):
        for item in value.values():
            touch(item)
