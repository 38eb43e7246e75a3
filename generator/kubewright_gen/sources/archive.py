"""Saved documents: a folder of JSON files, or the same folder packed in one file.

A packed folder is never unpacked to disk, and never beyond the limits in memory. ``pack`` writes
the same bytes for the same files, so that a copy can be kept in a repository.
"""

from __future__ import annotations

import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from kubewright_gen.errors import SourceError
from kubewright_gen.sources.files import read_file

__all__ = ["ARCHIVE_SUFFIXES", "pack", "read_saved_files"]

ARCHIVE_SUFFIXES = (".tar.xz", ".tar.gz", ".tgz", ".zip")
MAX_TOTAL = 512 * 1024 * 1024  # bytes, unpacked; a cluster with 500 CRDs has some 100 MB
MAX_FILES = 10_000
_XZ_MEMORY = 256 * 1024 * 1024  # bytes; the highest level of xz takes a quarter of it


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files by their relative paths into a ``.tar.xz``."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)  # no time, no owner
            entry.size = len(files[name])
            archive.addfile(entry, io.BytesIO(files[name]))
    return lzma.compress(packed.getvalue(), preset=9)


def read_saved_files(path: Path) -> dict[str, bytes]:
    """Read the ``*.json`` of a folder or of a packed one, by their paths relative to it.

    Raises:
        SourceError: it cannot be read, or is beyond the limits.
    """
    files: dict[str, bytes] = {}
    total = 0
    for name, content in _members(path):
        total += len(content)
        if total > MAX_TOTAL or len(files) >= MAX_FILES:
            raise _too_large(path)
        files[name] = content
    return files


def _too_large(path: Path) -> SourceError:
    return SourceError(
        f"more than {MAX_TOTAL:,} bytes or {MAX_FILES:,} files are not read", file=str(path)
    )


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    name = path.name
    if path.is_dir():
        yield from _of_folder(path)
    elif name.endswith(".zip"):
        yield from _of_zip(path)
    elif name.endswith(ARCHIVE_SUFFIXES):
        yield from _of_tar(path)
    else:
        raise SourceError(
            "expected a folder, *.json, " + ", ".join("*" + end for end in ARCHIVE_SUFFIXES),
            file=str(path),
        )


def _of_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if name.endswith(".json") and file.is_file():
                yield file.relative_to(path).as_posix(), read_file(file)


def _of_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(read_file(path))) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(".json") and not entry.is_dir():
                    with archive.open(entry) as stream:
                        yield entry.filename, _limited(stream.read(MAX_TOTAL + 1), path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, OSError) as error:
        raise SourceError(f"no zip archive: {error}", file=str(path)) from None


def _of_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    # unpacked as a whole and bounded first: a tar's own headers can have any size
    try:
        content = _limited(_decompressed(path, read_file(path)), path)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for entry in archive:
                stream = archive.extractfile(entry) if entry.isreg() else None
                if stream is not None and entry.name.endswith(".json"):
                    yield entry.name, stream.read()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise SourceError(f"no tar archive: {error}", file=str(path)) from None


def _decompressed(path: Path, packed: bytes) -> bytes:
    if path.name.endswith(".xz"):
        xz = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
        content, complete = xz.decompress(packed, MAX_TOTAL + 1), xz.eof
    else:
        gz = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        content, complete = gz.decompress(packed, MAX_TOTAL + 1), gz.eof
    if not complete and len(content) <= MAX_TOTAL:
        raise EOFError("the end is missing")
    return content


def _limited(content: bytes, path: Path) -> bytes:
    if len(content) > MAX_TOTAL:
        raise _too_large(path)
    return content
