"""What to generate: options from the command line, or ``[tool.kubewright]`` in pyproject.toml.

.. code-block:: toml

    [tool.kubewright]
    package = "acme.kube"               # the import name of what is written
    output = "src"                      # the source root that holds it
    crd = ["crds/", "more/*.yaml"]      # files, folders, globs
    openapi = ["dump/"]                 # saved documents
    cluster = true                      # and `context`, `kubeconfig`
    include = ["*.acme.com/*"]          # over group/version and group/version/resource
    exclude = ["*/v1alpha1"]

    [tool.kubewright.group-names]
    "widgets.acme.com" = "widgets"      # widgets_v1 instead of widgets_acme_com_v1

Several packages are several ``[[tool.kubewright.packages]]`` tables with the same keys; then
``group-names`` alone may stay above, for all of them. Paths are relative to pyproject.toml.

client-go: the flags of ``client-gen``, ``lister-gen`` and ``informer-gen``.
"""

from __future__ import annotations

import difflib
import keyword
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from kubewright._json import is_array, is_object
from kubewright._shown import shown
from kubewright_gen.errors import GeneratorError

__all__ = ["ClusterSource", "OptionsError", "PackageOptions", "Sources", "find", "load"]

_RESERVED = ("kubewright", "kubewright_gen", "kubewright_templates")
_SHORT_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TABLE = "tool.kubewright"


class OptionsError(GeneratorError):
    """Options that make no sense, wherever they are written."""


@dataclass(frozen=True, slots=True)
class ClusterSource:
    """A live cluster, found as kubectl finds it."""

    context: str | None = None  # None: the current one
    kubeconfig: str | None = None  # None: $KUBECONFIG, else ~/.kube/config


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the documents come from; several make one package."""

    crd: tuple[str, ...] = ()  # files, folders, globs, "-" for standard input
    openapi: tuple[str, ...] = ()  # folders of saved documents, or files
    cluster: ClusterSource | None = None

    def __bool__(self) -> bool:
        return bool(self.crd or self.openapi or self.cluster is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOptions:
    """One package to generate.

    Raises:
        OptionsError: the package name cannot be imported, a short name is none, a pattern is
            empty, or there is no source.
    """

    package: str  # import name: "acme.kube"
    output: Path  # the source root: the package's folder is output/acme/kube
    sources: Sources
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    group_names: Mapping[str, str] = field(default_factory=dict[str, str])  # group → short name

    def __post_init__(self) -> None:
        _check_package(self.package)
        for group, name in self.group_names.items():
            if not _SHORT_NAME.fullmatch(name) or keyword.iskeyword(name):
                raise OptionsError(
                    f"{shown(name)} cannot name the group {shown(group)} in Python",
                    remedy="take lower-case letters, digits and _, a letter first",
                )
        for pattern in (*self.include, *self.exclude):
            if not pattern.strip("/"):
                raise OptionsError(
                    f"{shown(pattern)} is no pattern",
                    remedy="write 'group/version' or 'group/version/resource', such as 'apps/v1'",
                )
        if not self.sources:
            raise OptionsError(
                f"nothing to generate {shown(self.package)} from",
                remedy="name a source: cluster, crd or openapi",
            )

    @property
    def folder(self) -> Path:
        """Where the package is written."""
        return self.output.joinpath(*self.package.split("."))


def _check_package(package: str) -> None:
    parts = package.split(".")
    if not all(p.isascii() and p.isidentifier() and not keyword.iskeyword(p) for p in parts):
        problem = "is no name to import"
        remedy = "take names of letters, digits and _, joined by dots, such as 'acme.kube'"
    elif parts[0] in _RESERVED:
        problem, remedy = "is a name of kubewright's own", "take one of yours"
    elif parts[0] in sys.stdlib_module_names:
        problem, remedy = "would hide a module of the standard library", "take another name"
    elif any(part.startswith("__") for part in parts):
        problem, remedy = "starts as Python's own names do", "take another name"
    else:
        return
    raise OptionsError(f"package {shown(package)} {problem}", remedy=remedy)


def find(start: Path) -> Path:
    """The nearest pyproject.toml in `start` or above.

    Raises:
        OptionsError: there is none.
    """
    folder = start.absolute()
    for candidate in (folder, *folder.parents):
        if (candidate / "pyproject.toml").is_file():
            return candidate / "pyproject.toml"
    raise OptionsError(
        f"no pyproject.toml in {folder} or above",
        remedy="add one with [tool.kubewright], or give --package and a source",
    )


def load(path: Path) -> tuple[PackageOptions, ...]:
    """What the ``[tool.kubewright]`` table of a pyproject.toml asks for.

    Raises:
        OptionsError: the file cannot be read, has no such table, or holds what is not known.
    """
    table = _Table(str(path), _TABLE, _read(path))
    if "packages" not in table.values:
        return (_package(table, path.parent, {}),)
    table.only(("packages", "group-names"), known=_KEYS)
    shared = table.names("group-names")
    tables = table.tables("packages")
    packages = tuple(_package(each, path.parent, shared) for each in tables)
    if len({package.folder for package in packages}) < len(packages):
        names = sorted(package.package for package in packages)
        twice = next(a for a, b in pairwise(names) if a == b)
        raise OptionsError(
            f"two packages would be written to one folder, as {shown(twice)}",
            file=str(path),
            place=f"[{_TABLE}]",
            remedy="give them different names or outputs",
        )
    return packages


def _read(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise OptionsError(error.strerror or "cannot be read", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise OptionsError("is not UTF-8", file=str(path), remedy="save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise OptionsError(f"is no valid TOML: {error}", file=str(path)) from error
    tool: Any = document.get("tool")
    table: Any = tool.get("kubewright") if is_object(tool) else None
    if not is_object(table):
        raise OptionsError(
            "has no table [tool.kubewright]",
            file=str(path),
            remedy="add it with package, output and a source, or give them on the command line",
        )
    return table


_KEYS = (
    "package",
    "output",
    "crd",
    "openapi",
    "cluster",
    "context",
    "kubeconfig",
    "include",
    "exclude",
    "group-names",
)


def _package(table: _Table, base: Path, shared: Mapping[str, str]) -> PackageOptions:
    table.only(_KEYS, known=())
    cluster = table.flag("cluster")
    context, kubeconfig = table.text("context"), table.text("kubeconfig")
    if not cluster and (context or kubeconfig):
        raise table.error(
            "context" if context else "kubeconfig", "has no meaning alone", "add cluster = true"
        )
    output = table.text("output")
    package = table.text("package")
    if package is None:
        raise table.error("package", "is missing", 'add it, such as package = "acme.kube"')
    try:
        return PackageOptions(
            package=package,
            output=base / (output or "."),
            sources=Sources(
                crd=tuple(_located(base, p) for p in table.texts("crd")),
                openapi=tuple(_located(base, p) for p in table.texts("openapi")),
                cluster=(
                    ClusterSource(context, _located(base, kubeconfig) if kubeconfig else None)
                    if cluster
                    else None
                ),
            ),
            include=table.texts("include"),
            exclude=table.texts("exclude"),
            group_names={**shared, **table.names("group-names")},
        )
    except OptionsError as error:
        if error.file:
            raise
        raise OptionsError(
            error.problem, file=table.file, place=f"[{table.place}]", remedy=error.remedy
        ) from None


def _located(base: Path, path: str) -> str:
    """A path as the file means it: relative to the file's folder; '-' and URLs are left alone."""
    return path if path == "-" or "://" in path else str(base / os.path.expanduser(path))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file, read with errors that say where and what to do."""

    file: str
    place: str
    values: Mapping[str, Any]

    def error(self, key: str, problem: str, remedy: str) -> OptionsError:
        return OptionsError(problem, file=self.file, place=f"[{self.place}] {key}", remedy=remedy)

    def only(self, allowed: tuple[str, ...], *, known: tuple[str, ...]) -> None:
        for key in self.values:
            if key in allowed:
                continue
            if key in known:
                remedy = f"move it into [[{_TABLE}.packages]]"
                raise self.error(key, "cannot stand beside packages", remedy)
            close = difflib.get_close_matches(key, allowed, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"known are {', '.join(allowed)}"
            raise self.error(shown(key), "is no known key", remedy)

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        raise self.error(key, f"is {shown(value)}", "write a text in quotes, not empty")

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        raise self.error(key, f"is {shown(value)}", "write true or false")

    def texts(self, key: str) -> tuple[str, ...]:
        value: Any = self.values.get(key, [])
        items: list[Any] = value if is_array(value) else [value]
        if all(isinstance(item, str) and item for item in items):
            return tuple(items)
        raise self.error(key, "is no list of texts", f'write {key} = ["…", "…"]')

    def names(self, key: str) -> Mapping[str, str]:
        value: Any = self.values.get(key, {})
        if is_object(value) and all(isinstance(name, str) for name in value.values()):
            return value
        raise self.error(
            key, "is no table of texts", f'write "group" = "name" under [{_TABLE}.{key}]'
        )

    def tables(self, key: str) -> list[_Table]:
        value: Any = self.values[key]
        items = [item for item in value if is_object(item)] if is_array(value) else []
        if not items or len(items) != len(value):
            raise self.error(key, "is no list of tables", f"write [[{_TABLE}.{key}]]")
        return [
            _Table(self.file, f"{self.place}.{key}[{index}]", item)
            for index, item in enumerate(items)
        ]
