"""Writes a package folder: all of it or nothing, and never over what is not ours.

First a plan is made, which reads only; everything that can be refused is refused there. Then the
new files are written beside the old ones, and at the end put in their places.

A file is ours if the manifest of the last run names it with the digest that it has. Folders above
the package (``acme`` of ``acme.kube``) get no ``__init__.py``: they are namespace packages, which
several distributions may share; one that has an ``__init__.py`` keeps it.

client-go: code-generator writes over what is there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubewright_gen.config import PackageOptions
from kubewright_gen.errors import OutputError
from kubewright_gen.output.atomic import make_folders, stage, uninterrupted
from kubewright_gen.output.manifest import MANIFEST_NAME, Fingerprint, Manifest, digest
from kubewright_gen.output.write_paths import check_paths, check_way

__all__ = ["Change", "Plan", "apply", "is_current", "plan"]

_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A file that would be written or removed.

    Attributes:
        path: relative to the package folder.
        old: its bytes now, or None if it is not there.
        new: its bytes then, or None if it goes.
    """

    path: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do to a package folder.

    Attributes:
        folder: of the package.
        changes: sorted by path; without the manifest.
        unchanged: how many files stay as they are.
        manifest: the bytes of the new manifest, or None if it stays.
    """

    folder: Path
    changes: tuple[Change, ...]
    unchanged: int
    manifest: bytes | None

    @property
    def added(self) -> tuple[Change, ...]:
        """New files."""
        return tuple(c for c in self.changes if c.old is None)

    @property
    def changed(self) -> tuple[Change, ...]:
        """Files whose text changes."""
        return tuple(c for c in self.changes if c.old is not None and c.new is not None)

    @property
    def removed(self) -> tuple[Change, ...]:
        """Files that nothing generates any more."""
        return tuple(c for c in self.changes if c.new is None)


def is_current(options: PackageOptions, fingerprint: Fingerprint) -> bool:
    """Whether the package was made by such a run, and its files are as that run wrote them."""
    manifest = Manifest.read(options.folder)
    if manifest.fingerprint != fingerprint or not manifest.files:
        return False
    return all(
        data is not None and digest(data) == wanted
        for path, wanted in manifest.files.items()
        for data in [_read(options.folder / path)]
    )


def plan(
    options: PackageOptions,
    files: Mapping[str, str],
    fingerprint: Fingerprint,
    *,
    writing: bool = True,
) -> Plan:
    """Compare a rendered package with what is in its folder; writes nothing.

    Args:
        options: of the package.
        files: path inside the package folder to text.
        fingerprint: goes into the manifest.
        writing: False to look only: then what would be refused is shown as a change.

    Raises:
        OutputError: a path is no path of ours, a file of somebody else is in the way, one of ours
            was edited, or the folder cannot be written.
    """
    check_paths(files)
    folder = options.folder
    known = Manifest.read(folder)
    paths = sorted({*files, *known.files})
    check_way(options.output, [folder / p for p in (*paths, MANIFEST_NAME)], writing=writing)
    changes: list[Change] = []
    foreign: list[str] = []
    edited: list[str] = []
    for path in paths:
        new = files[path].encode() if path in files else None
        old = _read(folder / path)
        if old is None and new is None:
            continue
        if old is not None and new is not None and digest(old) == digest(new):
            continue
        if old is not None and path not in known.files:
            foreign.append(path)
        elif old is not None and known.files[path] != digest(old):
            edited.append(path)
        changes.append(Change(path, old, new))
    if writing:
        _refuse(folder, foreign, "is not of kubewright and would be overwritten", "move it away")
        _refuse(
            folder,
            edited,
            "was edited since kubewright wrote it",
            "move your changes out of generated code and delete it, or restore it",
        )
    manifest = Manifest(fingerprint, {p: digest(t.encode()) for p, t in files.items()}).encode()
    stays = (_read(folder / MANIFEST_NAME) or b"").replace(b"\r\n", b"\n") == manifest
    written = sum(1 for change in changes if change.new is not None)
    return Plan(folder, tuple(changes), len(files) - written, None if stays else manifest)


def _refuse(folder: Path, paths: list[str], problem: str, remedy: str) -> None:
    if not paths:
        return
    if len(paths) > 1:
        rest = len(paths) - _NAMES_SHOWN
        more = f" and {rest} more" if rest > 0 else ""
        problem += f" (so also {', '.join(paths[1:_NAMES_SHOWN])}{more})"
    raise OutputError(problem, file=str(folder / paths[0]), remedy=remedy)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(error.strerror or "cannot be read", file=str(path)) from error


def apply(plan: Plan) -> None:
    """Carry out a plan: all of it, or, if that fails or is interrupted, nothing of it.

    Raises:
        OutputError: the disk is full, or the folder changed meanwhile.
    """
    writes = {c.path: c.new for c in plan.changes if c.new is not None}
    if plan.manifest is not None:
        writes[MANIFEST_NAME] = plan.manifest  # last: until then the old one stands
    if not writes and not plan.removed:
        return
    staged: dict[str, Path] = {}
    made: list[Path] = []
    current = plan.folder
    try:
        for path, data in writes.items():
            current = plan.folder / path
            made += make_folders(current.parent)
            staged[path] = stage(current, data)
        current = plan.folder
        with uninterrupted():
            _switch(plan, staged)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", file=str(error.filename or current)
        ) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()  # only if nothing came into it


def _switch(plan: Plan, staged: Mapping[str, Path]) -> None:
    """Put the staged files in their places and remove the stale ones; undo it all on an error."""
    before = {change.path: change.old for change in plan.changes}
    before[MANIFEST_NAME] = _read(plan.folder / MANIFEST_NAME)
    done: list[str] = []
    try:
        for change in plan.removed:
            done.append(change.path)
            (plan.folder / change.path).unlink()
        for path, temporary in staged.items():
            done.append(path)
            os.replace(temporary, plan.folder / path)
    except BaseException:
        for path in reversed(done):
            with contextlib.suppress(OSError):
                _restore(plan.folder / path, before[path])
        raise
    for change in plan.removed:
        _remove_traces(plan.folder, plan.folder / change.path)


def _restore(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    elif _read(path) != data:
        os.replace(stage(path, data), path)


def _remove_traces(root: Path, removed: Path) -> None:
    """Remove Python's cache of a removed module, and the folders that are empty without it."""
    with contextlib.suppress(OSError):
        cached = removed.parent / "__pycache__"
        for compiled in cached.glob(f"{removed.stem}.*.pyc"):
            compiled.unlink()
        if cached.is_dir() and not any(cached.iterdir()):
            cached.rmdir()
        folder = removed.parent
        while folder != root and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
