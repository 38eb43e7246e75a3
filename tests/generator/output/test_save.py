"""What `kubewright fetch` saves is there as a whole, and alone."""

import os
from pathlib import Path

import pytest

from kubewright_gen.errors import OutputError
from kubewright_gen.output.save import save_documents
from kubewright_gen.sources.archive import read_saved_files

FILES = {"crds.json": b"{}\n", "discovery/api.json": b"[]\n"}


@pytest.mark.parametrize("name", ["dump", "a/b/dump", "dump.tar.xz"])
def test_what_is_saved_can_be_read(tmp_path: Path, name: str) -> None:
    save_documents(FILES, tmp_path / name)

    assert read_saved_files(tmp_path / name) == FILES


def test_a_packed_file_is_the_same_each_time(tmp_path: Path) -> None:
    save_documents(FILES, tmp_path / "a.tar.xz")
    save_documents(dict(reversed(FILES.items())), tmp_path / "b.tar.xz")

    assert (tmp_path / "a.tar.xz").read_bytes() == (tmp_path / "b.tar.xz").read_bytes()


def test_what_stays_the_same_is_not_touched(tmp_path: Path) -> None:
    save_documents(FILES, tmp_path)
    for path in FILES:
        os.utime(tmp_path / path, (1, 1))
    save_documents({**FILES, "crds.json": b"1\n"}, tmp_path)

    assert (tmp_path / "crds.json").read_bytes() == b"1\n"
    assert (tmp_path / "discovery/api.json").stat().st_mtime == 1


def test_documents_of_something_else_are_not_mixed_with(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/mine.json").write_bytes(b"mine")
    with pytest.raises(OutputError) as caught:
        save_documents(FILES, tmp_path)

    assert str(caught.value) == (
        f"{tmp_path}/other/mine.json: is not of this cluster, and would be read with what is saved"
        f" beside it; remove it, or name another folder than {tmp_path}"
    )
    assert sorted(os.listdir(tmp_path)) == ["other"]


@pytest.mark.parametrize("name", ["file", "file/dump"])
def test_a_file_in_the_way_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(OutputError, match="cannot be written"):
        save_documents(FILES, tmp_path / name)

    assert os.listdir(tmp_path) == ["file"]
