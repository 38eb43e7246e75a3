"""Manifests in and out: files as a cluster's state, and a cluster's state as files.

client-go: none; envtest installs CRDs from files (``envtest.CRDInstallOptions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kubewright._errors import DecodeError
from kubewright._json import is_array, is_object
from kubewright._shown import shown
from kubewright._yaml_documents import DocumentError, load_documents

__all__ = [
    "Manifest",
    "ManifestError",
    "read_manifests",
    "write_manifests",
]

_SUFFIXES = frozenset({".json", ".yaml", ".yml"})
_FIRST_KEYS = ("apiVersion", "kind", "metadata")


class ManifestError(DecodeError):
    """Manifests that cannot be the state of a cluster.

    Attributes:
        file: where it is.
        document: which of the file, from 1; 0 where it is about the whole file.
    """

    def __init__(self, problem: str, *, file: str, document: int = 0, remedy: str = "") -> None:
        parts = [file, f"document {document}" if document else "", problem]
        super().__init__(": ".join(filter(None, parts)) + (f"; {remedy}" if remedy else ""))
        self.file = file
        self.document = document


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object, and where it was read.

    Attributes:
        wire: the object.
        file: the path, as it was given.
        document: which of the file, from 1; the items of a ``List`` are one document.
    """

    wire: Mapping[str, Any]
    file: str
    document: int

    @property
    def api_version(self) -> str:
        """Such as ``apps/v1``."""
        return str(self.wire["apiVersion"])

    @property
    def kind(self) -> str:
        """Such as ``Deployment``."""
        return str(self.wire["kind"])

    def error(self, problem: str, remedy: str = "") -> ManifestError:
        """Return an error about this object."""
        return ManifestError(problem, file=self.file, document=self.document, remedy=remedy)


def read_manifests(*paths: Path | str) -> list[Manifest]:
    """Read all objects of files and folders.

    Args:
        paths: YAML or JSON, of any number of documents; of a folder all that end in ``.yaml``,
            ``.yml`` or ``.json``, those of folders below it too. ``List`` objects are taken apart.

    Raises:
        ManifestError: a file cannot be read, holds something else than objects, or one comes twice.
    """
    found = [
        manifest for path in paths for file in _files(Path(path)) for manifest in _objects_of(file)
    ]
    _refuse_repeated(found)
    return found


def write_manifests(objects: Iterable[Mapping[str, Any]], folder: Path | str) -> list[Path]:
    """Write objects into a folder, one file for each kind; the same objects give the same bytes.

    Files of other names in the folder stay.

    Args:
        objects: with ``apiVersion`` and ``kind``, in the order in which they are to be written.
        folder: is made if it is not there.

    Returns:
        The files, sorted.
    """
    files: dict[str, list[Mapping[str, Any]]] = {}
    for obj in objects:
        group, slash, _ = str(obj["apiVersion"]).rpartition("/")
        name = f"{obj['kind']}.{group}" if slash else str(obj["kind"])
        files.setdefault(f"{name.lower()}.yaml", []).append(obj)
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    for file, found in files.items():
        text = yaml.safe_dump_all(
            map(_ordered, found), sort_keys=False, allow_unicode=True, explicit_start=True
        )
        (root / file).write_text(text, encoding="utf-8")
    return [root / file for file in sorted(files)]


def _ordered(obj: Mapping[str, Any]) -> dict[str, Any]:
    first = {key: _sorted(obj[key]) for key in _FIRST_KEYS if key in obj}
    rest = {key: _sorted(obj[key]) for key in sorted(obj) if key not in _FIRST_KEYS}
    return first | rest


def _sorted(value: Any) -> Any:
    if is_object(value):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if is_array(value) else value


def _refuse_repeated(manifests: Iterable[Manifest]) -> None:
    seen: dict[tuple[str, ...], Manifest] = {}
    for manifest in manifests:
        metadata = manifest.wire["metadata"]
        group = manifest.api_version.rpartition("/")[0]
        where = str(metadata.get("namespace", "")), str(metadata["name"])
        first = seen.setdefault((group, manifest.kind, *where), manifest)
        if first is not manifest:
            name = "/".join(filter(None, where))
            problem = (
                f"the {manifest.kind} {name} is in {first.file} (document {first.document}) too"
            )
            raise manifest.error(problem, "keep one of them")


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = [p for p in sorted(path.rglob("*")) if p.suffix in _SUFFIXES and p.is_file()]
    if not found:
        problem = "the folder holds no .yaml, .yml or .json file"
        raise ManifestError(problem, file=str(path))
    yield from found


def _objects_of(path: Path) -> Iterator[Manifest]:
    file = str(path)
    try:
        for number, (value, _) in enumerate(load_documents(path.read_bytes(), file), 1):
            yield from _flattened(value, file, number)
    except OSError as error:
        raise ManifestError(f"cannot be read: {error.strerror}", file=file) from error
    except DocumentError as error:
        problem = f"{error.place}: {error.problem}" if error.place else error.problem
        raise ManifestError(problem, file=file) from error


def _flattened(value: Any, file: str, document: int) -> Iterator[Manifest]:
    if is_array(value):
        for item in value:
            yield from _flattened(item, file, document)
        return
    if not is_object(value):
        problem = f"{shown(value)} is no Kubernetes object"
        raise ManifestError(problem, file=file, document=document)
    for key in ("apiVersion", "kind"):
        if not isinstance(value.get(key), str) or not value[key]:
            raise ManifestError(f"the object has no {key}", file=file, document=document)
    items = value.get("items")
    if value["kind"].endswith("List") and is_array(items):
        for item in items:
            # typed lists leave out of their items what the list says already
            head = {"apiVersion": value["apiVersion"], "kind": value["kind"].removesuffix("List")}
            whole = {**head, **item} if is_object(item) and value["kind"] != "List" else item
            yield from _flattened(whole, file, document)
        return
    metadata = value.get("metadata")
    if not is_object(metadata) or not metadata.get("name"):
        raise ManifestError(
            f"the {value['kind']} has no metadata.name", file=file, document=document
        )
    yield Manifest(value, file, document)
