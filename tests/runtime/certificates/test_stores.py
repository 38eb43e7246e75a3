"""The current certificate is found again, by us and by programs that know client-go's files."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubewright.certificates import (
    CertificatePair,
    FileStore,
    MemoryStore,
    generate_key,
    key_to_pem,
    self_signed_pair,
)
from kubewright.errors import ConfigError
from tests.support.scripted import FakeClock

ONE = self_signed_pair("one")
TWO = self_signed_pair("two")


class Dated(FakeClock):
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 9, 30, int(self.time - 1000)).astimezone(UTC)


@pytest.fixture
def clock() -> Dated:
    return Dated()


@pytest.fixture
def store(tmp_path: Path, clock: Dated) -> FileStore:
    return FileStore("client", tmp_path / "pki", clock=clock)


def leaf(store: FileStore | MemoryStore) -> object:
    pair = store.current()
    return None if pair is None else pair.leaf


def names(store: FileStore) -> list[str]:
    return sorted(each.name for each in store.current_path.parent.iterdir())


def test_memory_keeps_the_last_certificate() -> None:
    store = MemoryStore()
    assert store.current() is None

    store.update(ONE)
    store.update(TWO)
    assert store.current() is TWO
    assert MemoryStore(ONE).current() is ONE


def test_a_folder_that_is_not_there_holds_none(store: FileStore) -> None:
    assert store.current() is None


def test_files_are_named_as_those_of_client_go(store: FileStore, clock: Dated) -> None:
    store.update(ONE)
    clock.advance(5)()
    store.update(TWO)

    assert names(store) == [
        "client-2026-11-24-09-30-00.pem",
        "client-2026-11-24-09-30-05.pem",
        "client-current.pem",
    ]
    assert os.readlink(store.current_path) == str(
        store.current_path.parent / "client-2026-11-24-09-30-05.pem"
    )
    assert store.current_path.read_bytes() == TWO.pem


def test_what_was_written_is_found_by_another(store: FileStore, tmp_path: Path) -> None:
    store.update(ONE)

    assert leaf(FileStore("client", tmp_path / "pki")) == ONE.leaf
    assert leaf(FileStore("other", tmp_path / "pki")) is None


def test_files_are_for_their_user_alone(store: FileStore) -> None:
    store.update(ONE)

    assert store.current_path.stat().st_mode & 0o777 == 0o600


def test_the_link_is_absolute_where_the_folder_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    FileStore("client", "pki").update(ONE)
    monkeypatch.chdir("/")

    assert leaf(FileStore("client", tmp_path / "pki")) == ONE.leaf


def test_two_in_one_second_are_no_trouble(store: FileStore) -> None:
    store.update(ONE)
    store.update(TWO)

    assert leaf(store) == TWO.leaf
    assert len(names(store)) == 2


def test_the_link_is_never_away(
    store: FileStore, clock: Dated, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.update(ONE)
    clock.advance(5)()
    seen: list[object] = []
    replace, unlink = Path.replace, Path.unlink

    def watched_replace(path: Path, target: Path) -> Path:
        seen.append(leaf(store))
        return replace(path, target)

    def watched_unlink(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        seen.append(leaf(store))

    monkeypatch.setattr(Path, "replace", watched_replace)
    monkeypatch.setattr(Path, "unlink", watched_unlink)
    store.update(TWO)

    assert set(seen) == {ONE.leaf}
    assert leaf(store) == TWO.leaf


def test_a_file_in_the_place_of_the_link_is_not_replaced(store: FileStore) -> None:
    store.update(ONE)
    store.current_path.unlink()
    store.current_path.write_bytes(ONE.pem)

    with pytest.raises(ConfigError, match=r"client-current\.pem is in the way"):
        store.update(TWO)
    assert store.current_path.read_bytes() == ONE.pem


def test_what_another_program_left_half_done_is_finished(store: FileStore, clock: Dated) -> None:
    store.update(ONE)
    updated = store.current_path.with_name("client-updated.pem")
    store.current_path.rename(updated)

    assert leaf(store) == ONE.leaf
    assert not updated.is_symlink()


def test_the_first_certificate_may_be_in_two_files(tmp_path: Path, clock: Dated) -> None:
    (tmp_path / "client.crt").write_bytes(ONE.certificate_pem)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "client.key").write_bytes(ONE.key_pem)
    store = FileStore("client", tmp_path, key_folder=tmp_path / "keys", clock=clock)

    assert leaf(store) == ONE.leaf
    store.update(TWO)
    assert leaf(store) == TWO.leaf


def test_files_that_are_named_go_before_those_of_the_folder(tmp_path: Path) -> None:
    for name, pair in (("client", ONE), ("named", TWO)):
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate_pem)
        (tmp_path / f"{name}.key").write_bytes(pair.key_pem)
    named = tmp_path / "named.crt", tmp_path / "named.key"
    store = FileStore("client", tmp_path, cert_file=named[0], key_file=named[1])

    assert leaf(store) == TWO.leaf
    named[1].unlink()
    assert leaf(store) == ONE.leaf


def test_a_certificate_with_the_key_of_another_is_refused(store: FileStore) -> None:
    store.update(ONE)
    other = key_to_pem(generate_key())
    store.current_path.write_bytes(ONE.certificate_pem + other)

    with pytest.raises(ConfigError, match=r"client-current\.pem: the private key is not the one"):
        store.current()


@pytest.mark.parametrize("name", ["", "a/b", "../a"])
def test_a_name_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot begin the name of a file"):
        FileStore(name, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = FileStore("client", tmp_path / "file" / "pki")

    with pytest.raises(ConfigError, match=r"cannot write .*Not a directory"):
        store.update(ONE)


def test_a_pair_of_the_store_is_whole(store: FileStore) -> None:
    store.update(ONE)
    found = store.current()

    assert isinstance(found, CertificatePair)
    assert found.pem == ONE.pem
