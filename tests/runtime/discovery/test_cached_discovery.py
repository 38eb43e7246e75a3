"""Discovery that is remembered: which requests it takes, and when the memory is not believed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kubewright.discovery import CachedDiscoveryClient
from kubewright.errors import ServiceUnavailableError
from tests.support.discovering import Answers, api_version, discovery_list, resource

PODS = discovery_list({"": [api_version("v1", resource("pods", "Pod"))]})
APPS = discovery_list({"apps": [api_version("v1", resource("deployments", "Deployment"))]})
MORE = discovery_list({"shop": [api_version("v1", resource("carts", "Cart"))]})
STALE = discovery_list({"shop": [api_version("v1", stale=True)]})


@pytest.fixture
def server() -> Answers:
    return Answers({"/api": PODS, "/apis": APPS}, etags=True)


def client(server: Answers, folder: Path, *, now: float | None = None) -> CachedDiscoveryClient:
    rest = server.client()
    if now is None:
        return CachedDiscoveryClient(rest, folder=folder)
    return CachedDiscoveryClient(rest, folder=folder, now=lambda: now)


def the_file(folder: Path) -> Path:
    (found,) = folder.glob("*/discovery.json")
    return found


def test_the_server_is_asked_once_for_many_calls(server: Answers, tmp_path: Path) -> None:
    cached = client(server, tmp_path)
    assert cached.apis() is cached.apis()
    assert server.asked == ["/api", "/apis"]


def test_a_second_start_asks_nothing(server: Answers, tmp_path: Path) -> None:
    first = client(server, tmp_path).apis()
    server.asked.clear()
    assert client(server, tmp_path).apis() == first
    assert server.asked == []


def test_an_old_answer_is_asked_for_with_its_etag(server: Answers, tmp_path: Path) -> None:
    first = client(server, tmp_path).apis()
    later = the_file(tmp_path).stat().st_mtime + 7 * 3600
    again = client(server, tmp_path, now=later)
    server.answers["/apis"] = MORE
    assert [each.gvr.resource for each in again.apis().resources] == ["pods", "carts"]
    assert [each.gvr.resource for each in first.resources] == ["pods", "deployments"]


def test_refresh_of_what_did_not_change_keeps_it(server: Answers, tmp_path: Path) -> None:
    cached = client(server, tmp_path)
    before = cached.apis()
    assert cached.refresh() is before
    assert len(server.asked) == 4


def test_refresh_sees_what_is_new(server: Answers, tmp_path: Path) -> None:
    cached = client(server, tmp_path)
    cached.apis()
    server.answers["/apis"] = MORE
    assert [each.gvr.resource for each in cached.apis().resources] == ["pods", "deployments"]
    assert [each.gvr.resource for each in cached.refresh().resources] == ["pods", "carts"]
    assert [each.gvr.resource for each in cached.apis().resources] == ["pods", "carts"]


def test_a_file_from_the_future_is_not_believed(server: Answers, tmp_path: Path) -> None:
    client(server, tmp_path).apis()
    os.utime(the_file(tmp_path), (2e9, 2e9))
    client(server, tmp_path).apis()
    assert len(server.asked) == 4


@pytest.mark.parametrize("content", [b"", b"{", b'{"format":0,"documents":[]}', b"[1]", b"\xff"])
def test_a_file_that_is_none_is_written_anew(
    server: Answers, tmp_path: Path, content: bytes
) -> None:
    first = client(server, tmp_path).apis()
    the_file(tmp_path).write_bytes(content)
    assert client(server, tmp_path).apis() == first
    assert len(the_file(tmp_path).read_bytes()) > 100


def test_only_the_user_can_read_it(server: Answers, tmp_path: Path) -> None:
    client(server, tmp_path / "new").apis()
    file = the_file(tmp_path / "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_another_server_has_its_own_memory(server: Answers, tmp_path: Path) -> None:
    client(server, tmp_path).apis()
    other = Answers({"/api": PODS, "/apis": MORE})
    found = CachedDiscoveryClient(other.client("https://example.com/b"), folder=tmp_path).apis()
    assert [each.gvr.resource for each in found.resources] == ["pods", "carts"]


def test_a_partial_answer_is_not_kept_on_disk(server: Answers, tmp_path: Path) -> None:
    server.answers["/apis"] = STALE
    cached = client(server, tmp_path)
    assert cached.apis().failures
    assert list(tmp_path.glob("*/*.json")) == []


def test_a_folder_that_cannot_be_written_is_no_error(server: Answers, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert client(server, in_the_way).apis().resources


def test_a_failure_is_not_remembered(server: Answers, tmp_path: Path) -> None:
    server.answers["/apis"] = 503
    cached = client(server, tmp_path)
    with pytest.raises(ServiceUnavailableError):
        cached.apis()
    server.answers["/apis"] = APPS
    assert len(cached.apis().resources) == 2


def test_what_is_invalid_is_forgotten_on_disk_too(server: Answers, tmp_path: Path) -> None:
    cached = client(server, tmp_path)
    cached.apis()
    cached.invalidate()
    assert list(tmp_path.glob("*/*.json")) == []
    cached.apis()
    assert len(server.asked) == 4


def test_a_client_without_a_server_keeps_nothing_on_disk(
    server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    CachedDiscoveryClient(server.client("")).apis()
    assert list(tmp_path.iterdir()) == []


def test_a_user_without_a_home_has_no_cache_on_disk(
    server: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cached = CachedDiscoveryClient(server.client())
    assert cached.apis() is cached.apis()
