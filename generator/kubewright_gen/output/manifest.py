"""``_manifest.json``: which files of a package folder are ours, and what they were made from.

It answers two questions without generating anything: is the package up to date, and may a file
be replaced or removed. Nothing in it depends on the machine or the time.

client-go: none; its ``hack/verify-codegen.sh`` generates everything again and compares.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

import msgspec

import kubewright_gen
import kubewright_templates
from kubewright._json import is_object
from kubewright_gen.config import PackageOptions
from kubewright_gen.documents import Documents, GroupVersionDocument
from kubewright_gen.errors import OutputError, SchemaError
from kubewright_gen.output.write_paths import check_paths
from kubewright_gen.resolve.placement import runtime_type

__all__ = ["MANIFEST_NAME", "Fingerprint", "Manifest", "digest", "fingerprint"]

MANIFEST_NAME: Final = "_manifest.json"

# What a changed version of may change the text that is written.
_TOOLS: Final = ("black", "datamodel-code-generator", "jinja2", "pydantic")
# Modules that only ask, check and write; a change in them changes no generated text.
_NO_INFLUENCE: Final = (
    "__main__.py",
    "cli.py",
    "demo.py",
    "generate.py",
    "output/",
    "progress.py",
    "report.py",
)
# Schemas that only those of the runtime's own types refer to.
_ONLY_THERE: Final = frozenset({"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"})
# Of the runtime: what names and shapes are taken from.
_RUNTIME: Final = (
    "kubewright.autoscaling_v1",
    "kubewright.meta_v1",
    "kubewright.model",
    "kubewright.resource",
    "kubewright.schema",
)


def digest(data: bytes) -> str:
    """The SHA-256 of a file's text; line ends do not count, as git may change them."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All that decides on the text of a package, as digests and versions."""

    inputs: str  # documents and options
    generator: str  # templates and the modules that make text
    tools: Mapping[str, str]  # versions


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written last: the fingerprint, and the digest of each file."""

    fingerprint: Fingerprint | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])

    def encode(self) -> bytes:
        """The text of the file, always the same for the same manifest."""
        made_by = self.fingerprint
        content = {
            "comment": "Written by kubewright. DO NOT EDIT.",
            "files": dict(sorted(self.files.items())),
            "generator": {
                "digest": made_by.generator if made_by else "",
                "version": kubewright_gen.__version__,
            },
            "inputs": made_by.inputs if made_by else "",
            "tools": dict(sorted(made_by.tools.items())) if made_by else {},
        }
        return (json.dumps(content, indent=2) + "\n").encode()

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a package folder; an empty one if there is none.

        Raises:
            OutputError: there is something of that name that is no manifest.
        """
        path = folder / MANIFEST_NAME
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return cls()
        except OSError as error:
            raise OutputError(error.strerror or "cannot be read", file=str(path)) from error
        try:
            content = json.loads(data)
            made_by = Fingerprint(
                inputs=_text(content["inputs"]),
                generator=_text(content["generator"]["digest"]),
                tools=_texts(content["tools"]),
            )
            files = _texts(content["files"])
            check_paths(files)
        except (ValueError, KeyError, TypeError, RecursionError, OutputError) as error:
            raise OutputError(
                "is no manifest of kubewright (edited, or a merge left marks in it)",
                file=str(path),
                remedy="restore it from version control, or remove the package folder and generate",
            ) from error
        return cls(made_by, files)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _texts(value: Any) -> dict[str, str]:
    if not is_object(value):
        raise TypeError("no object")
    return {key: _text(item) for key, item in value.items()}


def fingerprint(documents: Documents, options: PackageOptions) -> Fingerprint:
    """The fingerprint of a run, over values and not over the bytes they were read from.

    Args:
        documents: what is left of them after include and exclude.
        options: of these only the package and the group names count.

    Raises:
        SchemaError: a text in the documents is no Unicode text.
    """
    names = dict(sorted(options.group_names.items()))
    try:
        inputs = msgspec.json.encode(
            (options.package, names, [_decisive(doc) for doc in documents.group_versions]),
            order="deterministic",
        )
    except (UnicodeEncodeError, RecursionError) as error:
        raise SchemaError(
            "the schemas hold text that is no Unicode, or are nested too deep"
        ) from error
    return Fingerprint(
        inputs=hashlib.sha256(inputs).hexdigest(),
        generator=_generator_digest(),
        tools={tool: _version(tool) for tool in _TOOLS},
    )


def _decisive(doc: GroupVersionDocument) -> tuple[Any, ...]:
    """What of a document decides on the text: a server adds types that the runtime has by hand."""
    own = {n: s for n, s in doc.schemas.items() if runtime_type(n) is None and n not in _ONLY_THERE}
    return doc.group_version, doc.resources, own


def _version(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        return "none"


@cache
def _generator_digest() -> str:
    total = hashlib.sha256(kubewright_gen.__version__.encode())
    for package in (kubewright_gen, kubewright_templates):
        root = Path(cast("str", package.__file__)).parent
        for path in sorted(root.rglob("*"), key=lambda p: p.relative_to(root).as_posix()):
            name = path.relative_to(root).as_posix()
            if path.suffix in {".py", ".jinja", ".jinja2"} and not name.startswith(_NO_INFLUENCE):
                total.update(f"\0{name}\0{digest(path.read_bytes())}".encode())
    for module in _RUNTIME:
        spec = find_spec(module)  # looked up, not imported
        if spec is not None and spec.origin is not None:
            total.update(f"\0{module}\0{digest(Path(spec.origin).read_bytes())}".encode())
    return total.hexdigest()
