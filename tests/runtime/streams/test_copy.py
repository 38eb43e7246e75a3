"""Copying where the other side does not say what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from kubewright._closing import Closing
from kubewright.streams.copy import CopyError, send_files
from kubewright.streams.remote_command import RemoteSession


class Successful(Closing):
    """A session of a tar that names some files, and is said to have ended well."""

    exit_code = 0

    def __init__(self, names: bytes) -> None:
        self.names = names
        self.input = b""

    def write(self, data: bytes) -> None:
        self.input += data

    def close_stdin(self) -> None:
        """The input is there."""

    def close(self) -> None:
        """Nothing is open."""

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        yield "stdout", self.names


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a").write_text("a")
    (folder / "b").write_text("b")
    return folder


def test_all_files_were_written(site: Path) -> None:
    session = Successful(b"site/\nsite/a\nsite/b\n")
    send_files(lambda _: cast("RemoteSession", session), site, "/srv/site")

    assert b"site/b" in session.input


def test_success_that_leaves_files_out_is_an_error(site: Path) -> None:
    session = Successful(b"site/\nsite/a\n")
    with pytest.raises(CopyError, match="wrote 2 of 3 files and folders"):
        send_files(lambda _: cast("RemoteSession", session), site, "/srv/site")


def test_whatever_stops_the_packing_ends_the_copy(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a time that no archive can hold")

    monkeypatch.setattr("tarfile.TarFile.add", broken)
    with pytest.raises(ValueError, match="no archive can hold"):
        send_files(lambda _: cast("RemoteSession", Successful(b"")), site, "/srv/site")
