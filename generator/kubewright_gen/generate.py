"""One run: read, render, format, verify, and only then write.

client-go: ``code-generator``'s ``kube_codegen.sh``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kubewright_gen.config import ClusterSource, PackageOptions
from kubewright_gen.connection import connected
from kubewright_gen.documents import Documents
from kubewright_gen.output.manifest import Fingerprint, fingerprint
from kubewright_gen.output.write import Plan, apply, is_current, plan
from kubewright_gen.progress import Progress

__all__ = ["Outcome", "check", "generate", "read_documents", "render_files", "save"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, or, for `check`, would do.

    Attributes:
        options: of the package.
        plan: the changes; None if a look at the manifest was enough to see that there are none.
        notes: what a user should know about the package, one line each.
        problems: what could not be read while the rest could, one line each.
    """

    options: PackageOptions
    plan: Plan | None
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the generated files were as they must be before the run."""
        return self.plan is None or not self.plan.changes


ReadDocuments = Callable[[PackageOptions, Progress], Documents]
RenderFiles = Callable[
    [Documents, PackageOptions, Progress], tuple[dict[str, str], tuple[str, ...]]
]


def read_documents(
    options: PackageOptions, progress: Progress, *, stdin: BinaryIO | None = None
) -> Documents:
    """Read all sources of a package, merged, and what include and exclude leave of them.

    Raises:
        SourceError: one of them cannot be read, or nothing is left.
    """
    from kubewright_gen.sources.merge import merge, select

    def tell(stage: str, done: int, total: int) -> None:
        progress.advance(f"{done} of {total}")

    read: list[tuple[str, Documents]] = []
    with progress.stage("read"):
        if options.sources.cluster is not None:
            read.append(("cluster", _read_cluster(options.sources.cluster, tell)))
        if options.sources.openapi:
            from kubewright_gen.sources.openapi import read_openapi

            read += [(p, read_openapi(p, progress=tell)) for p in options.sources.openapi]
        if options.sources.crd:
            from kubewright_gen.sources.crd import read_crds

            crd = options.sources.crd
            stream = stdin if stdin is not None else sys.stdin.buffer
            read.append((", ".join(crd), read_crds(crd, stdin=stream, progress=tell).documents))
        return select(merge(read), options.include, options.exclude)


def _read_cluster(source: ClusterSource, tell: Callable[[str, int, int], None]) -> Documents:
    from kubewright_gen.sources.cluster import read_cluster

    with connected(source) as rest:
        return read_cluster(rest, progress=tell)


def save(source: ClusterSource, output: Path, progress: Progress) -> tuple[int, tuple[str, ...]]:
    """Save what a cluster says about itself; ``--openapi`` reads it again.

    Returns:
        How many files were saved, and what could not be had, one line each.

    Raises:
        SourceError: the cluster cannot be reached.
        OutputError: `output` cannot be written, or holds other documents.
    """
    from kubewright_gen.output.save import save_documents
    from kubewright_gen.sources.cluster import fetch

    def tell(stage: str, done: int, total: int) -> None:
        progress.advance(f"{done} of {total}")

    files: dict[str, bytes] = {}
    with progress.stage("read"), connected(source) as rest:
        problems = fetch(rest, files.__setitem__, progress=tell)
    with progress.stage("write"):
        save_documents(files, output)
    return len(files), problems


def render_files(
    documents: Documents, options: PackageOptions, progress: Progress
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Render, format and verify a package; return its files and notes.

    Raises:
        GeneratorError: a name clash, or code that is not what was meant.
    """
    # Slow to import, and not needed when nothing changed.
    from kubewright_gen.output.verify import verify_package
    from kubewright_gen.render.format import format_files
    from kubewright_gen.render.renderer import render_package

    rendered = render_package(documents, options, progress)
    with progress.stage("format"):
        files = format_files(rendered.files, advance=progress.advance)
    with progress.stage("verify"):
        verify_package(files, package=options.package)
    return files, rendered.notes


def generate(
    options: PackageOptions,
    progress: Progress,
    *,
    read: ReadDocuments = read_documents,
    render: RenderFiles = render_files,
) -> Outcome:
    """Bring a package up to date; nothing is written unless all of it can be.

    Raises:
        GeneratorError: what is wrong, and where.
    """
    outcome = _run(options, progress, read, render, writing=True)
    if outcome.plan is not None:
        with progress.stage("write"):
            apply(outcome.plan)
    return outcome


def check(
    options: PackageOptions,
    progress: Progress,
    *,
    read: ReadDocuments = read_documents,
    render: RenderFiles = render_files,
) -> Outcome:
    """Tell what `generate` would change; writes nothing and needs no permission to.

    Raises:
        GeneratorError: what is wrong, and where.
    """
    return _run(options, progress, read, render, writing=False)


def _run(
    options: PackageOptions,
    progress: Progress,
    read: ReadDocuments,
    render: RenderFiles,
    *,
    writing: bool,
) -> Outcome:
    documents = read(options, progress)
    made_by: Fingerprint = fingerprint(documents, options)
    if is_current(options, made_by):
        return Outcome(options, None, problems=documents.problems)
    files, notes = render(documents, options, progress)
    return Outcome(
        options, plan(options, files, made_by, writing=writing), notes, documents.problems
    )
