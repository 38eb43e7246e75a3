"""Archives from a container, unpacked where they can do no harm.

`tarfile` keeps what it unpacks inside of one folder. Here that would be the folder above the target,
such as somebody's home, so that the bounds are drawn tighter.
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path, PurePosixPath
from typing import Final

__all__ = ["unpack"]

_CHUNK: Final = 1 << 20


def unpack(archive: io.RawIOBase | io.BytesIO, name: str, target: Path) -> None:
    """Unpack what comes as a stream.

    Nothing is written through a link, but for the target itself when it was one before. A link in
    the place of a file or folder is replaced.

    Args:
        archive: its bytes, read once from start to end.
        name: of the one file or folder that is to be in it.
        target: what it is called here.

    Raises:
        TarError: the archive is broken, or holds what must not be: another name, a device, a link
            that leads out of the target.
        OSError: the target cannot be written.
    """
    try:
        with tarfile.open(fileobj=archive, mode="r|", bufsize=_CHUNK) as members:
            for member in members:
                path = _renamed(member, name, target)
                _make_way(member, path, target)
                members.extract(member, target.parent, filter="data")
    except (KeyError, ValueError, OverflowError) as error:
        # what tarfile lets through of links to nothing, and of numbers that are none
        raise tarfile.ReadError(f"it is broken: {error}") from error


def _renamed(member: tarfile.TarInfo, name: str, target: Path) -> Path:
    """Give a member its name here, and return its path."""
    below = _below(member.name, name)
    member.name = str(PurePosixPath(target.name, *below))
    if member.islnk():
        # its name for the other file is as in the archive, not as here
        other = _below(member.linkname, name)
        _check_way(target, other)
        if target.joinpath(*other).is_symlink():
            raise tarfile.TarError(f"{member.name!r} is a second name of a link")
        member.linkname = str(PurePosixPath(target.name, *other))
    if member.issym():
        _check_link(member, target.joinpath(*below), target)
    _check_way(target, below)
    return target.joinpath(*below)


def _below(path: str, name: str) -> tuple[str, ...]:
    """The parts of a path below the one name that was asked for."""
    parts = PurePosixPath(path).parts
    parts = parts[1:] if parts[:1] == (".",) else parts
    if parts[:1] != (name,) or ".." in parts[1:]:
        raise tarfile.TarError(f"{path!r} was not asked for")
    return parts[1:]


def _check_way(target: Path, below: tuple[str, ...]) -> None:
    """Refuse a path that leads through a link: what tar packs never does."""
    for depth in range(1, len(below)):
        if (step := target.joinpath(*below[:depth])).is_symlink():
            raise tarfile.TarError(f"{'/'.join(below)!r} leads through the link {str(step)!r}")


def _check_link(member: tarfile.TarInfo, path: Path, target: Path) -> None:
    inside = os.path.realpath(target)
    led_to = os.path.realpath(path.parent / member.linkname)
    if path == target or os.path.commonpath([inside, led_to]) != inside:
        raise tarfile.TarError(
            f"{member.name!r} links to {member.linkname!r}, outside of the target"
        )


def _make_way(member: tarfile.TarInfo, path: Path, target: Path) -> None:
    """Remove what would be written through, or cannot be a second name."""
    if path == target and not member.islnk():
        return
    if path.is_symlink() or (member.islnk() and path.is_file()):
        path.unlink()
