"""Where the harness looks for a kube-apiserver, in which order; no server runs here."""

from pathlib import Path

import pytest

from kubewright.testing.api_server_program import APIServerUnavailableError, Binaries
from tests.support.apiserver_program import find_program


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return monkeypatch


def executables(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        path = folder / name
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod(0o755)
    return folder


def test_kubebuilder_assets_win_over_path(
    clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    executables(tmp_path / "path", "kube-apiserver", "etcd")
    assets = executables(tmp_path / "assets", "kube-apiserver", "etcd")
    clean_environment.setenv("KUBEBUILDER_ASSETS", str(assets))

    assert find_program() == Binaries(assets / "kube-apiserver", assets / "etcd")


def test_path_is_used_when_it_holds_both(
    clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = executables(tmp_path / "path", "kube-apiserver", "etcd")

    assert find_program() == Binaries(path / "kube-apiserver", path / "etcd")


@pytest.mark.parametrize(
    ("present", "message"),
    [
        ([], "holds no executable kube-apiserver and no etcd$"),
        (["kube-apiserver"], "holds no executable etcd$"),
    ],
    ids=["nothing", "no etcd"],
)
def test_incomplete_kubebuilder_assets_are_refused(
    clean_environment: pytest.MonkeyPatch, tmp_path: Path, present: list[str], message: str
) -> None:
    assets = executables(tmp_path / "assets", *present)
    clean_environment.setenv("KUBEBUILDER_ASSETS", str(assets))

    with pytest.raises(APIServerUnavailableError, match=message):
        find_program()


def test_a_failing_build_says_so_and_leaves_no_program(
    clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = executables(tmp_path / "path", "go") / "go"
    go.write_text(
        '#!/bin/sh\n[ "$1" = env ] && echo go99.0 && exit 0\necho no network >&2; exit 1\n'
    )

    with pytest.raises(APIServerUnavailableError, match=r"failed; set .*\nno network"):
        find_program()

    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".lock"}
