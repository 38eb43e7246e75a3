"""Write ``runtime/kubewright/protobuf/fields.txt`` from Kubernetes' modules of one version.

The messages, the numbers and the types come from the ``generated.proto`` files. How a field looks
in JSON stands only in the tags of the Go structs beside them: its name, whether its zero is left
out, whether it is a pointer, whether its members belong to the outer object. Comments are not kept.

Run it with ``make protobuf-fields``, with Go on ``PATH``; an argument is another file to write.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VERSION = "v0.37.2"
TARGET = Path(__file__).parents[1] / "runtime/kubewright/protobuf/fields.txt"
# the modules, and where in them types are that an API server serves
MODULES = {
    "k8s.io/api": ".",
    "k8s.io/apimachinery": "pkg",
    "k8s.io/apiextensions-apiserver": "pkg/apis",
    "k8s.io/kube-aggregator": "pkg/apis",
}
LEFT_OUT = ("testapigroup",)
# their JSON is made by code of their own, which kubewright.protobuf has too
OWN_JSON = {"Duration", "FieldsV1", "IntOrString", "MicroTime", "Quantity", "RawExtension", "Time"}

_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_PROTO_FIELD = re.compile(r"^\s+(optional|repeated|map<string,) ?\s*([.\w]+)>? (\w+) = (\d+);$")
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_GO_FIELD = re.compile(r"^\s+(?:\w+\s+)?(\*?)([\w.\[\]*]+)\s+`(.*)`", re.MULTILINE)
_TAG = re.compile(r'(\w+):"([^"]*)"')
_SCALARS = {"bool", "bytes", "double", "int32", "int64", "string"}


@dataclass(frozen=True)
class JsonForm:
    """What the Go struct says of a field."""

    name: str
    flags: str


@dataclass(frozen=True)
class Struct:
    """A Go struct: its fields by number, and whether it has ``kind`` and ``apiVersion``."""

    fields: dict[int, JsonForm]
    has_kind: bool


def main(target: Path = TARGET) -> None:
    """Read the modules and write the table."""
    folders = [path.parent for module in MODULES for path in _proto_files(module)]
    versions: dict[str, str] = {}
    messages: dict[str, str] = {}
    for folder in folders:
        text = _without_comments((folder / "generated.proto").read_text())
        package = _one(r"^package ([\w.]+);$", text)
        sources = "\n".join(_go_sources(folder))
        if group_version := _group_version(folder, sources):
            versions[group_version] = _short(package)
        structs = dict(_structs(sources))
        for name, body in _MESSAGE.findall(text):
            messages[f"{_short(package)}.{name}"] = _message(package, name, body, structs)
    lines = [f"version {VERSION}"]
    lines += [f"group {group} {package}" for group, package in sorted(versions.items())]
    lines += [f"message {name}{fields}" for name, fields in sorted(messages.items())]
    target.write_text("\n".join(lines) + "\n")
    print(f"{target}: {len(messages)} messages of {len(versions)} group versions")


def _proto_files(module: str) -> Iterator[Path]:
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{module}@{VERSION}"], capture_output=True, check=False
    )
    if done.returncode != 0:
        sys.exit(
            f"go mod download {module}@{VERSION}: {done.stderr.decode()}{done.stdout.decode()}"
        )
    root = Path(json.loads(done.stdout)["Dir"], MODULES[module])
    for path in sorted(root.rglob("generated.proto")):
        if not set(LEFT_OUT) & set(path.parts):
            yield path


def _go_sources(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.go")):
        if not path.name.endswith("_test.go") and not path.name.startswith(("generated", "zz_")):
            yield path.read_text()


def _group_version(folder: Path, sources: str) -> str:
    """The group version of a package, as it stands in ``apiVersion``."""
    found = re.search(r"SchemeGroupVersion = schema.GroupVersion\{Group: GroupName, .*", sources)
    if found is None:
        return ""
    version = _one(r'Version: "(\w+)"', found[0]) if '"' in found[0] else folder.name
    group = _one(r'^const GroupName = "([\w.]*)"', sources)
    return f"{group}/{version}" if group else version


def _structs(sources: str) -> Iterator[tuple[str, Struct]]:
    """The structs by name.

    The flags of a field are ``p`` for a pointer, ``e`` for omitempty, ``z`` for omitzero, and ``i``
    where its members stand in the outer object.
    """
    for name, body in _STRUCT.findall(sources):
        fields: dict[int, JsonForm] = {}
        has_kind = False
        for pointer, go_type, tags in _GO_FIELD.findall(_without_comments(body)):
            tag = dict(_TAG.findall(tags))
            json_name, *options = tag.get("json", "").split(",")
            if "," not in tag.get("protobuf", ""):
                has_kind = has_kind or go_type.endswith("TypeMeta")
                continue
            flags = "p" if pointer else ""
            flags += "e" if "omitempty" in options else ""
            flags += "z" if "omitzero" in options else ""
            flags += "" if json_name else "i"
            fields[int(tag["protobuf"].split(",")[1])] = JsonForm(json_name, flags)
        yield name, Struct(fields, has_kind)


def _message(package: str, name: str, body: str, structs: dict[str, Struct]) -> str:
    """The fields of a message, ``name:number:type:flags`` each.

    The flags are ``r`` for a list and ``m`` for a map with text keys, and what `_structs` finds. A
    ``*`` at the message says that it has a kind, ``[]`` that it is the list that it holds.
    """
    struct = structs.get(name, Struct({}, has_kind=False))
    fields: list[str] = []
    for line in filter(str.strip, body.splitlines()):
        found = _PROTO_FIELD.match(line)
        if found is None:
            sys.exit(f"{package}.{name}: cannot read {line.strip()!r}")
        label, kind, proto_name, number = found.groups()
        form = struct.fields.get(int(number))
        if form is None:
            if struct.fields and name not in OWN_JSON and not name.startswith("JSON"):
                sys.exit(f"{package}.{name}.{proto_name}: the Go struct has no such field")
            form = JsonForm(proto_name, "")
        flags = {"optional": "", "repeated": "r", "map<string,": "m"}[label] + form.flags
        fields.append(f" {form.name}:{number}:{_type(kind)}:{flags}")
    mark = "*" if struct.has_kind else ""
    if name not in structs and len(fields) == 1 and fields[0].startswith(" items:1:"):
        mark = "[]"
    return mark + "".join(fields)


def _type(kind: str) -> str:
    if kind in _SCALARS:
        return kind
    # what starts with a dot is of the same package here, and of another one in the .proto file
    return _short(kind.removeprefix(".")) if kind.startswith(".") else f".{kind}"


def _short(name: str) -> str:
    """``k8s.io.api.core.v1.Pod`` is ``core.v1.Pod``: what comes before says nothing."""
    for prefix in ("k8s.io.api.", "k8s.io.apimachinery.pkg."):
        if name.startswith(prefix):
            return name.removeprefix(prefix).removeprefix("apis.").removeprefix("util.")
    return name.partition(".pkg.apis.")[2]


def _without_comments(text: str) -> str:
    return re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE)


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        sys.exit(f"nothing is like {pattern}")
    return found[1]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
