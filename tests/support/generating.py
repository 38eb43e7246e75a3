"""The command `kubewright`, as a user runs it, and packages that it wrote."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import yaml

from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright_k8s import Clientset
from kubewright_k8s.apiextensions_v1 import CustomResourceDefinition

__all__ = ["crds_in", "files_of", "importable", "install_crds", "kubewright"]

LIMIT = 30.0  # seconds until a server counts as hung


def kubewright(
    *arguments: str | Path, cwd: Path | None = None, expect: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "kubewright", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return done


class _Loader(yaml.CSafeLoader):
    """Reads as Go does: a bare ``=`` and what looks like a time are text."""


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


for _tag in ("value", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _text)


@contextmanager
def importable(root: Path, package: str) -> Generator[ModuleType]:
    """Import a package that was written below `root`; it is gone at the end, and another is back."""
    top = package.partition(".")[0]
    before = _taken_out(top)
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(package)
    finally:
        sys.path.remove(str(root))
        _taken_out(top)
        sys.modules.update(before)


def _taken_out(top: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] == top]
    return {name: sys.modules.pop(name) for name in names}


def files_of(package: Path) -> Mapping[str, bytes]:
    """What was written, but for the manifest, which also says from what it was made."""
    return {
        str(path.relative_to(package)): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.name != "_manifest.json"
    }


def crds_in(*paths: Path) -> list[dict[str, Any]]:
    """The CustomResourceDefinitions of files and folders."""
    files = [
        file for path in paths for file in ([path] if path.is_file() else path.rglob("*.yaml"))
    ]
    documents = [
        each for file in sorted(files) for each in yaml.load_all(file.read_bytes(), _Loader)
    ]
    return [each for each in documents if each and each["kind"] == "CustomResourceDefinition"]


def install_crds(rest: RESTClient, definitions: list[dict[str, Any]]) -> None:
    """Put the definitions on a server and wait until it serves and describes them all."""
    client = Clientset(rest).apiextensions_v1.custom_resource_definitions
    for definition in definitions:
        client.apply(
            CustomResourceDefinition.from_wire(definition), field_manager="tests", force=True
        )
    deadline = time.monotonic() + LIMIT
    missing = {plural for definition in definitions for plural in _paths_of(definition)}
    while missing:
        assert time.monotonic() < deadline, f"the server does not describe {sorted(missing)}"
        missing -= _described(rest, {path.rpartition("/")[0] for path in missing})
        if missing:
            time.sleep(0.1)  # nothing tells when a server has published its documents


def _paths_of(definition: Mapping[str, Any]) -> list[str]:
    spec = definition["spec"]
    plural = spec["names"]["plural"]
    return [
        f"{spec['group']}/{version['name']}/{plural}"
        for version in spec["versions"]
        if version["served"]
    ]


def _described(rest: RESTClient, group_versions: set[str]) -> set[str]:
    index = _get(rest, "/openapi/v3")["paths"]
    return {
        f"{name}/{path.split('/')[-1]}"
        for name in group_versions
        if f"apis/{name}" in index
        for path in _get(rest, f"/openapi/v3/apis/{name}")["paths"]
    }


def _get(rest: RESTClient, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.json.decode(rest.send(Request("GET", path)).body)
    return answer
