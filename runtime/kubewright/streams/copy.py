"""Files to and from a container, as an archive through the container's own ``tar``.

client-go has none of this; ``kubectl cp`` does the same.
"""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from typing_extensions import Buffer

from kubewright.errors import KubeError, RequestError
from kubewright.streams.remote_command import RemoteSession
from kubewright.streams.unpacking import unpack

__all__ = ["CopyError", "receive_files", "send_files"]

_CHUNK: Final = 1 << 20
_MESSAGE: Final = 2000  # bytes of what tar complains about
OpenSession = Callable[[list[str]], RemoteSession]


class CopyError(KubeError):
    """Files could not be copied; the message is that of ``tar`` in the container."""


def send_files(open_session: OpenSession, source: Path, target: str) -> None:
    """Copy a file or a folder into a container.

    Args:
        open_session: runs a command in the container, with an input.
        source: of this machine.
        target: what it is called there; the folder above it must exist.

    Raises:
        CopyError: tar failed.
        RequestError: the target is no absolute path.
        OSError: the source cannot be read.
    """
    path = PurePosixPath(target)
    if not path.is_absolute() or not path.name:
        raise RequestError(f"the target {target!r} is no absolute path of a file or folder")
    source.stat()
    # -v: it names what it has written
    with open_session(["tar", "-xmvf", "-", "-C", str(path.parent)]) as session:
        packing = _Packing(session, source, path.name)
        packing.start()
        try:
            written, complaint = _read_answers(session)
        finally:
            if session.exit_code is None:
                session.close()
            packing.join()
    if packing.failure is not None:
        raise packing.failure
    if session.exit_code:
        raise CopyError(f"tar in the container ended with {session.exit_code}: {complaint}")
    # a node that closes a connection with unread input may lose tar's exit code on the way, and then
    # the server says that all went well
    if written < packing.members:
        raise CopyError(
            f"tar in the container wrote {written} of {packing.members} files and folders"
            + (f": {complaint}" if complaint else "")
        )


def receive_files(open_session: OpenSession, source: str, target: Path) -> None:
    """Copy a file or a folder out of a container.

    What is in the archive is not trusted: nothing is written outside of the target, and neither
    devices nor links that lead out of it are made; see `unpack`.

    Args:
        open_session: runs a command in the container.
        source: an absolute path there.
        target: what it is called here; the folder above it must exist.

    Raises:
        CopyError: tar failed, or the archive holds what must not be.
        RequestError: the source is no absolute path.
        OSError: the target cannot be written.
    """
    path = PurePosixPath(source)
    if not path.is_absolute() or not path.name:
        raise RequestError(f"the source {source!r} is no absolute path of a file or folder")
    # the name is in the folder, so that one that begins with a dash is no option
    with open_session(["tar", "-cf", "-", "-C", str(path.parent), f"./{path.name}"]) as session:
        archive = _Output(session)
        try:
            unpack(archive, path.name, target)
        except tarfile.TarError as error:
            archive.drain()
            if not session.exit_code:
                raise CopyError(f"the archive of {source} cannot be unpacked: {error}") from error
        archive.drain()
    if session.exit_code:
        complaint = archive.complaint.decode(errors="replace").strip()
        raise CopyError(f"tar in the container ended with {session.exit_code}: {complaint}")


class _Packing(threading.Thread):
    """Writes the archive while the answers are read."""

    def __init__(self, session: RemoteSession, source: Path, name: str) -> None:
        super().__init__(name="kubewright copy")
        self.members = 1  # at least, until it is known
        self.failure: Exception | None = None
        self._session = session
        self._source = source
        self._name = name

    def run(self) -> None:
        try:
            with tarfile.open(fileobj=_Input(self._session), mode="w|", bufsize=_CHUNK) as archive:
                archive.add(self._source, arcname=self._name)
                self.members = len(archive.getmembers())
            self._session.close_stdin()
        except KubeError:
            pass  # tar ended before it had everything; it says why
        except Exception as error:  # whoever reads the answers would wait for them for ever
            self.failure = error
            self._session.close()


def _read_answers(session: RemoteSession) -> tuple[int, str]:
    """Return how many lines it wrote, and what it complains about."""
    lines = 0
    said = b""
    for stream, data in session:
        if stream == "stderr":
            said = (said + data)[:_MESSAGE]
        else:
            lines += data.count(b"\n")
    return lines, said.decode(errors="replace").strip()


class _Input(io.RawIOBase):
    """The input of a command, to write to."""

    def __init__(self, session: RemoteSession) -> None:
        self._session = session

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        content = bytes(data)
        self._session.write(content)
        return len(content)


class _Output(io.RawIOBase):
    """The output of a command, to read from; what it complains about is kept apart."""

    def __init__(self, session: RemoteSession) -> None:
        self._session = session
        self._buffer = b""
        self.complaint = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._buffer:
            piece = self._session.read()
            if piece is None:
                return b""
            stream, data = piece
            if stream == "stdout":
                self._buffer = data
            else:
                self.complaint = (self.complaint + data)[:_MESSAGE]
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def drain(self) -> None:
        """Read to the end, where the exit code is."""
        while self.read(_CHUNK):
            pass
