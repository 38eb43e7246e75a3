"""Archives that a hostile container sends: nothing is written but the target."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from kubewright.streams.unpacking import unpack

Entry = tuple[str, bytes, bytes | str]
FOLDER: Entry = ("./data", tarfile.DIRTYPE, b"")
FILE, LINK, SECOND_NAME = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
KEYS = ".ssh/authorized_keys"


def archive(*entries: Entry, headers: dict[str, str] | None = None) -> io.BytesIO:
    """An archive of names, types, and contents or where links lead."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as packed:
        for name, kind, what in entries:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.mode = 0o755
            member.pax_headers = headers or {}
            if isinstance(what, str):
                member.linkname = what
            else:
                member.size = len(what)
            packed.addfile(member, io.BytesIO(what) if isinstance(what, bytes) else None)
    return io.BytesIO(buffer.getvalue())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / KEYS).write_text("mine")
    return tmp_path


@pytest.mark.parametrize(
    "entries",
    [
        [FOLDER, ("./data/x", LINK, "../.ssh"), ("./data/x/authorized_keys", FILE, b"evil")],
        [FOLDER, ("./data/x", SECOND_NAME, KEYS), ("./data/x", FILE, b"evil")],
        [FOLDER, ("./data/x", SECOND_NAME, f"./data/../{KEYS}"), ("./data/x", FILE, b"evil")],
        [("./data", LINK, ".ssh"), ("./data/authorized_keys", FILE, b"evil")],
        [FOLDER, (f"./data/../{KEYS}", FILE, b"evil")],
        [FOLDER, (KEYS, FILE, b"evil")],
    ],
    ids=["link", "hard link", "hard link up", "target is a link", "path up", "another name"],
)
def test_files_beside_the_target_stay_as_they_are(home: Path, entries: list[Entry]) -> None:
    with pytest.raises(tarfile.TarError):
        unpack(archive(*entries), "data", home / "out")

    assert (home / KEYS).read_text() == "mine"


def test_no_file_is_written_through_a_link_of_the_archive(tmp_path: Path) -> None:
    inside = [FOLDER, ("./data/x", LINK, "y"), ("./data/y", tarfile.DIRTYPE, b"")]
    with pytest.raises(tarfile.TarError, match="leads through the link"):
        unpack(archive(*inside, ("./data/x/a", FILE, b"a")), "data", tmp_path / "out")


def test_a_link_in_the_place_of_a_file_is_replaced(home: Path) -> None:
    (home / "out").mkdir()
    (home / "out" / "a").symlink_to(home / KEYS)
    unpack(archive(FOLDER, ("./data/a", FILE, b"new")), "data", home / "out")

    assert (home / "out" / "a").read_text() == "new"
    assert (home / KEYS).read_text() == "mine"


def test_hard_links_are_those_of_the_archive_whatever_the_target_is_called(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("another file of that name")
    entries = [FOLDER, ("./data/a", FILE, b"a"), ("./data/b", SECOND_NAME, "./data/a")]
    for _ in range(2):  # the second time it is all there
        unpack(archive(*entries), "data", tmp_path / "out")

    assert (tmp_path / "out" / "b").read_text() == "a"
    assert (tmp_path / "out" / "b").samefile(tmp_path / "out" / "a")


@pytest.mark.parametrize(
    "headers",
    [{"mtime": "1e30"}, {"mtime": "nan"}, {"path": "./data\0"}, {"GNU.sparse.map": "x,y"}],
    ids=str,
)
def test_headers_that_mean_nothing_are_an_error_of_the_archive(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    with pytest.raises(tarfile.TarError):
        unpack(archive(("./data", FILE, b"a"), headers=headers), "data", tmp_path / "out")


def test_a_hard_link_to_nothing_is_an_error_of_the_archive(tmp_path: Path) -> None:
    entries = [FOLDER, ("./data/b", SECOND_NAME, "./data/a")]
    with pytest.raises(tarfile.TarError):
        unpack(archive(*entries), "data", tmp_path / "out")
