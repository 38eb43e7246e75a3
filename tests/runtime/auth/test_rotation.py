"""Credentials that are taken back while many threads call: nobody sees an error."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kubewright import ConfigError
from kubewright.auth.exec_plugin import ExecPluginSource, is_allowed
from kubewright.auth.exec_spec import ExecCluster, ExecSpec
from kubewright.auth.token_file import TokenFileSource
from kubewright.config.loader import load_config
from kubewright.config.overrides import Overrides
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import CredentialSource
from kubewright.rest.request import Request
from tests.runtime.rest.https_server import Exchange, Server, serve

CALLS = 10_000
THREADS = 50
ROTATIONS = 5


def _nothing(_: str) -> None:
    pass


class Rotating:
    """A server that takes one token at a time, and another after each part of the calls."""

    def __init__(self, server: Server) -> None:
        self.valid = "token-0"
        self.rejected = 0
        self.answered = 0
        self.lock = threading.Lock()
        self.on_rotate: Callable[[str], None] = _nothing
        server.answer = self.reply
        self.server = server

    def reply(self, exchange: Exchange) -> None:
        with self.lock:
            good = exchange.seen.headers["Authorization"] == f"Bearer {self.valid}"
            if good:
                self.answered += 1
                if self.answered % (CALLS // ROTATIONS) == 0:
                    self.valid = f"token-{self.answered * ROTATIONS // CALLS}"
                    self.on_rotate(self.valid)
            else:
                self.rejected += 1
        exchange.reply(200 if good else 401)

    def call(self, source: CredentialSource) -> None:
        """Call it very often from many threads; every call must succeed."""
        config = Config(host=self.server.url, credentials=source, max_idle_connections=THREADS)
        with RESTClient.for_config(config) as client, ThreadPoolExecutor(THREADS) as pool:
            requests = [Request("GET", "/api")] * CALLS
            statuses = [answer.status for answer in pool.map(client.send, requests)]
            assert set(statuses) == {200}
        assert self.answered == CALLS


def test_a_plugin_runs_once_for_each_rotation() -> None:
    with serve() as server:
        rotating = Rotating(server)
        runs: list[str] = []

        def run(spec: ExecSpec, cluster: ExecCluster | None) -> bytes:
            runs.append(rotating.valid)
            status = {"token": rotating.valid}
            answer = {"apiVersion": spec.api_version, "kind": "ExecCredential", "status": status}
            return json.dumps(answer).encode()

        rotating.call(ExecPluginSource(ExecSpec(command="x"), run=run))
    # the last rotation came with the last answer, after which nobody called
    assert runs == [f"token-{number}" for number in range(ROTATIONS)]
    assert rotating.rejected >= ROTATIONS - 1


def test_a_token_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("token-0")

    def write(token: str) -> None:
        other = tmp_path / "new"
        other.write_text(token)
        os.replace(other, path)

    with serve() as server:
        rotating = Rotating(server)
        rotating.on_rotate = write
        rotating.call(TokenFileSource(path))
    assert rotating.rejected >= ROTATIONS - 1


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A credential plugin in PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "login"
    answer = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "t"},
    }
    path.write_text(f"#!{sys.executable}\nprint('''{json.dumps(answer)}''')\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return path


def kubeconfig() -> dict[str, Any]:
    spec = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "login",
        "interactiveMode": "Never",
    }
    return {
        "clusters": [{"name": "c", "cluster": {"server": "https://c"}}],
        "users": [{"name": "u", "user": {"exec": spec}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }


@pytest.mark.parametrize("named", ["login", "{path}", "{link}"])
def test_a_plugin_that_is_allowed_is_run(plugin: Path, tmp_path: Path, named: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(plugin)
    allowed = [named.format(path=plugin, link=link)]
    overrides = Overrides(exec_plugins=["other", *allowed])
    assert load_config(kubeconfig(), overrides=overrides).credentials.current().token == "t"
    assert load_config(kubeconfig()).credentials.current().token == "t"


@pytest.mark.parametrize("allowed", [[], ["other"], [sys.executable]])
def test_any_other_plugin_is_an_error(plugin: Path, allowed: list[str]) -> None:
    with pytest.raises(ConfigError, match="login is none of the credential plugins"):
        load_config(kubeconfig(), overrides=Overrides(exec_plugins=allowed))
    assert not is_allowed(ExecSpec(command="not-installed"), ["not-installed"])
