"""Kubeconfig files that are changed: what goes where, what stays, what is never half-written."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubewright import ConfigError
from kubewright.config import _locked
from kubewright.config.editing import edit_kubeconfig
from kubewright.config.loader import load_config
from kubewright.config.viewing import view_kubeconfig

FIRST = """\
# a comment, which is lost
apiVersion: v1
kind: Config
clusters:
- name: here
  cluster: {server: "https://here:6443", certificate-authority: ca.crt, own-field: {deep: [1, x]}}
users:
- name: me
  user: {token: "0123"}
contexts:
- name: one
  context: {cluster: here, user: me, extensions: [{name: e, extension: {a: 1}}]}
preferences: {colors: true}
"""
SECOND = """\
apiVersion: v1
kind: Config
current-context: two
clusters:
- name: here
  cluster: {server: "https://hidden"}
- name: there
  cluster: {server: "https://there"}
contexts:
- name: two
  context: {cluster: there, user: me}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "a" / "first", tmp_path / "second"
    first.parent.mkdir()
    first.write_text(FIRST)
    second.write_text(SECOND)
    (tmp_path / "a" / "ca.crt").write_text("a certificate")
    return first, second


@pytest.fixture
def environ(files: tuple[Path, Path]) -> dict[str, str]:
    return {"KUBECONFIG": os.pathsep.join(map(str, files))}


def saved(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_each_change_goes_to_the_file_it_came_from(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    before = [saved(each) for each in files]
    with edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.contexts["one"]["namespace"] = "shop"
        kubeconfig.clusters["there"]["server"] = "https://elsewhere"
    first, second = (saved(each) for each in files)
    before[0]["contexts"][0]["context"]["namespace"] = "shop"
    before[1]["clusters"][1]["cluster"]["server"] = "https://elsewhere"
    assert [first, second] == before


def test_what_is_not_changed_is_not_written(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    with edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.clusters["there"]["server"] = "https://elsewhere"
    assert files[0].read_text() == FIRST
    with edit_kubeconfig(environ=environ):
        pass
    assert files[0].read_text() == FIRST


def test_what_is_new_goes_to_the_first_file(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    with edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.users["new"] = {"token": "on", "password": "1e3"}
        kubeconfig.contexts["new"] = {"cluster": "there", "user": "new"}
    assert saved(files[0])["users"][1] == {
        "name": "new",
        "user": {"token": "on", "password": "1e3"},
    }
    assert 'password: "1e3"' in files[0].read_text()
    assert files[1].read_text() == SECOND


def test_the_current_context_is_changed_where_it_is_said(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    with edit_kubeconfig(environ=environ) as kubeconfig:
        assert kubeconfig.current_context == "two"
        kubeconfig.use_context("one")
    assert saved(files[1])["current-context"] == "one"
    assert files[0].read_text() == FIRST
    with (
        pytest.raises(ConfigError, match=r"'three' does not exist: there is one, two"),
        edit_kubeconfig(environ=environ) as kubeconfig,
    ):
        kubeconfig.use_context("three")


def test_contexts_are_renamed_and_deleted(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    with edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.rename_context("two", "prod")
    assert saved(files[1])["contexts"] == [
        {"name": "prod", "context": {"cluster": "there", "user": "me"}}
    ]
    assert saved(files[1])["current-context"] == "prod"
    with edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.delete_context("prod")
    assert saved(files[1])["contexts"] == []
    assert "current-context" not in saved(files[1])


@pytest.mark.parametrize(
    ("name", "to", "message"), [("one", "two", "exists already"), ("x", "y", "does not exist")]
)
def test_a_name_that_is_wrong_is_an_error(
    environ: dict[str, str], name: str, to: str, message: str
) -> None:
    with (
        pytest.raises(ConfigError, match=message),
        edit_kubeconfig(environ=environ) as kubeconfig,
    ):
        kubeconfig.rename_context(name, to)


def test_what_is_deleted_lets_a_hidden_one_appear(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    with edit_kubeconfig(environ=environ) as kubeconfig:
        del kubeconfig.clusters["here"]
    assert saved(files[0])["clusters"] == []
    with edit_kubeconfig(environ=environ) as kubeconfig:
        assert kubeconfig.clusters["here"] == {"server": "https://hidden"}


def test_after_an_exception_nothing_is_written(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    with pytest.raises(ZeroDivisionError), edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.clusters["there"]["server"] = 1 / 0
    assert files[1].read_text() == SECOND
    assert not list(files[1].parent.glob("*.lock"))


@pytest.mark.parametrize("wrong", [{"server": 7}, {"server": {1, 2}}, {"server": object()}])
def test_what_is_no_kubeconfig_is_not_written(
    files: tuple[Path, Path], environ: dict[str, str], wrong: Any
) -> None:
    with pytest.raises(ConfigError), edit_kubeconfig(environ=environ) as kubeconfig:
        kubeconfig.clusters["there"] = wrong
    assert files[1].read_text() == SECOND


def test_a_broken_file_is_left_alone(files: tuple[Path, Path], environ: dict[str, str]) -> None:
    files[1].write_text("clusters: [")
    with pytest.raises(ConfigError, match="second: line 2"), edit_kubeconfig(environ=environ):
        pass
    assert files[1].read_text() == "clusters: ["


def test_a_new_file_is_private_and_another_keeps_its_mode(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    new = tmp_path / "new" / "config"
    with edit_kubeconfig(new) as kubeconfig:
        kubeconfig.clusters["c"] = {"server": "https://c"}
        kubeconfig.contexts["c"] = {"cluster": "c"}
        kubeconfig.use_context("c")
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert load_config(new).url == "https://c"
    files[1].chmod(0o640)
    with edit_kubeconfig(files[1]) as kubeconfig:
        kubeconfig.use_context("two")
        kubeconfig.contexts["two"]["namespace"] = "n"
    assert stat.S_IMODE(files[1].stat().st_mode) == 0o640


def test_a_link_stays_one(files: tuple[Path, Path], tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(files[1])
    with edit_kubeconfig(link) as kubeconfig:
        kubeconfig.contexts["two"]["namespace"] = "n"
    assert link.is_symlink()
    assert saved(files[1])["contexts"][0]["context"]["namespace"] == "n"


def test_a_lock_of_somebody_else_is_an_error_with_a_remedy(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_locked, "_PATIENCE", 0.1)
    lock = files[1].with_name("second.lock")
    lock.write_text("")
    with pytest.raises(ConfigError, match=r"delete .*second\.lock"), edit_kubeconfig(files[1]):
        pass
    assert lock.exists()


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config"

    def write(number: int) -> None:
        with edit_kubeconfig(path) as kubeconfig:
            kubeconfig.users[f"u{number}"] = {"token": str(number)}

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved(path)["users"]) == 20


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"), max_size=30
)


@given(st.dictionaries(_TEXT.filter(bool), _TEXT, max_size=4), _TEXT)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, unknown: dict[str, str], token: str
) -> None:
    path = tmp_path_factory.mktemp("config") / "config"
    extensions = [{"name": "e", "extension": unknown}]
    with edit_kubeconfig(path) as kubeconfig:
        kubeconfig.users["u"] = {"token": token, "extensions": extensions}
    with edit_kubeconfig(path) as kubeconfig:
        assert kubeconfig.users["u"] == {"token": token, "extensions": extensions}


def test_a_view_is_merged_and_without_secrets(
    files: tuple[Path, Path], environ: dict[str, str]
) -> None:
    view = view_kubeconfig(environ=environ)
    assert [each["name"] for each in view["clusters"]] == ["here", "there"]
    assert view["users"] == [{"name": "me", "user": {"token": "REDACTED"}}]
    assert view["current-context"] == "two"
    ca = view["clusters"][0]["cluster"]["certificate-authority"]
    assert ca == str(files[0].parent / "ca.crt")


def test_one_context_alone_that_stands_by_itself(environ: dict[str, str], tmp_path: Path) -> None:
    view = view_kubeconfig(environ=environ, context="one", minify=True, flatten=True, raw=True)
    assert [each["name"] for each in view["clusters"] + view["contexts"]] == ["here", "one"]
    cluster = view["clusters"][0]["cluster"]
    assert cluster["certificate-authority-data"] == "YSBjZXJ0aWZpY2F0ZQ=="
    assert "certificate-authority" not in cluster
    assert view["users"][0]["user"] == {"token": "0123"}


def test_what_plugins_are_told_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "config"
    with edit_kubeconfig(path) as kubeconfig:
        kubeconfig.users["u"] = {
            "password": "p",
            "client-key-data": "a2V5",
            "exec": {"command": "./x", "env": [{"name": "N", "value": "secret"}]},
            "auth-provider": {"name": "oidc", "config": {"id-token": "secret"}},
        }
    (entry,) = view_kubeconfig(path)["users"]
    assert "secret" not in str(entry)
    assert entry["user"]["password"] == "REDACTED"
    assert entry["user"]["client-key-data"] == "DATA+OMITTED"
    assert entry["user"]["exec"]["command"] == str(tmp_path / "x")


def test_a_view_of_nothing_is_empty(tmp_path: Path) -> None:
    view = view_kubeconfig(tmp_path / "none")
    assert (view["clusters"], view["current-context"]) == ([], "")
    with pytest.raises(ConfigError, match="name one"):
        view_kubeconfig(tmp_path / "none", minify=True)


def test_lists_that_are_null_can_be_added_to(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("apiVersion: v1\nkind: Config\nclusters: null\ncontexts: null\nusers: null\n")
    with edit_kubeconfig(path) as kubeconfig:
        kubeconfig.clusters["a"] = {"server": "https://a"}
        kubeconfig.clusters["b"] = {"server": "https://b"}

    with edit_kubeconfig(path) as kubeconfig:
        assert list(kubeconfig.clusters) == ["a", "b"]


def test_a_variable_that_names_no_file_is_one_clear_error() -> None:
    environ = {"KUBECONFIG": os.pathsep}
    with pytest.raises(ConfigError, match="names no file"), edit_kubeconfig(environ=environ):
        pass
    with pytest.raises(ConfigError, match="names no file"):
        view_kubeconfig(environ=environ)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_a_file_stays_its_owners(files: tuple[Path, Path]) -> None:
    first, _ = files
    os.chown(first, 12345, 12346)
    with edit_kubeconfig(first) as kubeconfig:
        kubeconfig.use_context("one")
    about = first.stat()
    assert (about.st_uid, about.st_gid) == (12345, 12346)
