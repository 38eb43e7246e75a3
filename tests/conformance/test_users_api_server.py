"""The API server that users' own suites start: with nothing but the binaries and the base install."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubewright import ForbiddenError, ObjectMeta, UnauthorizedError, connect
from kubewright.rest.client import RESTClient
from kubewright.testing.api_server import APIServer
from kubewright.testing.api_server_program import Program, find_binaries
from kubewright_k8s import Clientset
from kubewright_k8s.authentication_v1 import TokenRequest
from kubewright_k8s.core_v1 import ConfigMap, ServiceAccount
from tests.support.apiserver_program import find_program

pytestmark = pytest.mark.conformance
pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def program() -> Program:
    """Found before pytester changes HOME, where the cache of the build is."""
    return find_program()


@pytest.fixture(scope="module")
def server(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    folder = tmp_path_factory.mktemp("server")
    with APIServer(
        program=program, folder=folder, users={"dev": (), "ops": ("system:masters",)}
    ) as server:
        yield server


def test_a_clientset_reaches_it_by_its_kubeconfig(server: APIServer) -> None:
    with connect(kubeconfig=server.kubeconfig) as rest:
        maps = Clientset(rest).core_v1.config_maps("default")
        maps.create(ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "v"}))

        assert maps.get("a").data == {"k": "v"}


@pytest.mark.parametrize(("user", "may"), [("admin", True), ("ops", True), ("dev", False)])
def test_users_may_what_their_groups_may(server: APIServer, user: str, may: bool) -> None:
    with RESTClient.for_config(server.config_of(user)) as rest:
        try:
            Clientset(rest).core_v1.config_maps("default").list()
            found = True
        except ForbiddenError as error:
            found = f'User "{user}"' not in str(error)

    assert found is may


def test_a_stranger_is_unknown(server: APIServer) -> None:
    kubeconfig = server.kubeconfig_text().replace(server.token, "no-such-token")
    with connect(kubeconfig=json.loads(kubeconfig)) as rest, pytest.raises(UnauthorizedError):
        Clientset(rest).core_v1.config_maps("default").list()


def test_it_signs_tokens_of_service_accounts(server: APIServer) -> None:
    with RESTClient.for_config(server.config) as rest:
        accounts = Clientset(rest).core_v1.service_accounts("default")
        accounts.create(ServiceAccount(metadata=ObjectMeta(name="robot")))
        asked = TokenRequest.from_wire({"spec": {"audiences": []}})

        token = accounts.create_token("robot", asked).status.token

    assert token.count(".") == 2


def test_secrets_are_the_users_alone(server: APIServer) -> None:
    folder = server.log.parent
    modes = {
        name: stat.S_IMODE((folder / name).stat().st_mode)
        for name in ("kubeconfig", "service-accounts.key", "tokens.csv")
    }

    assert modes == dict.fromkeys(modes, 0o600)


def test_it_comes_back_with_what_it_had(server: APIServer) -> None:
    with connect(kubeconfig=server.kubeconfig) as rest:
        maps = Clientset(rest).core_v1.config_maps("default")
        maps.create(ConfigMap(metadata=ObjectMeta(name="kept")))
        server.restart()

        assert maps.get("kept").metadata.name == "kept"


def test_the_plugin_starts_it_where_the_binaries_are(
    program: Program, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # the program of these tests has its etcd inside: two scripts make it look like a release
    if program.server.name == "apiserver":
        assets = tmp_path / "assets"
        _release(assets, program.server)
        monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert find_binaries().server.name == "kube-apiserver"
    pytester.makeconftest('pytest_plugins = ["kubewright.testing.pytest_plugin"]')
    pytester.makepyfile("""
        from kubewright import connect
        from kubewright_k8s import Clientset

        def test_real(api_server):
            with connect(kubeconfig=api_server.kubeconfig) as rest:
                names = [n.metadata.name for n in Clientset(rest).core_v1.namespaces.list()]
            assert "default" in names
    """)

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def _release(folder: Path, program: Path) -> None:
    folder.mkdir()
    data = folder / "data"
    # its own flag takes the place of the last one, which names the other etcd
    server = f'set -- --etcd-data-dir={data} -- "$@"; exec {program} "${{@:1:$#-1}}"'
    scripts = {"etcd": "exec sleep 600", "kube-apiserver": server}
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
