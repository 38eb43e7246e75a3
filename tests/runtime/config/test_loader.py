"""From files and options to one configuration."""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubewright.auth.exec_plugin import ExecPluginSource
from kubewright.config.loader import default_config, load_config
from kubewright.config.overrides import Overrides
from kubewright.errors import ConfigError
from kubewright.rest.config import Config, Impersonation
from kubewright.rest.credentials import Anonymous, Credentials, StaticCredentials
from tests.runtime.config.conftest import Write

SERVER = "https://dev.example:6443"


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    """A client certificate and its key, PEM."""
    cert = trustme.CA().issue_cert("me@example.org")
    return cert.cert_chain_pems[0].bytes(), cert.private_key_pem.bytes()


def with_user(kubeconfig: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**kubeconfig, "users": [{"name": "me", "user": fields}]}


def with_cluster(kubeconfig: dict[str, Any], **fields: Any) -> dict[str, Any]:
    cluster = {"server": SERVER, **fields}
    return {**kubeconfig, "clusters": [{"name": "dev", "cluster": cluster}]}


def test_the_current_context_decides(kubeconfig: dict[str, Any]) -> None:
    assert load_config(kubeconfig) == Config(
        host=SERVER,
        credentials=StaticCredentials(Credentials(token="s3cret")),
        namespace="team",
    )


def test_every_setting_of_the_cluster_is_taken(kubeconfig: dict[str, Any]) -> None:
    data = base64.b64encode(b"PEM").decode()
    fields = {
        "certificate-authority-data": data,
        "certificate-authority": "/not/there",
        "tls-server-name": "api",
        "proxy-url": "socks5://proxy:1080",
    }

    config = load_config(with_cluster(kubeconfig, **fields))

    assert (config.ca_data, config.ca_file) == (b"PEM", None)
    assert (config.tls_server_name, config.proxy_url) == ("api", "socks5://proxy:1080")


class TestWhichFiles:
    def test_an_explicit_file_is_used_alone(
        self, write: Write, kubeconfig: dict[str, Any], environ: Mapping[str, str]
    ) -> None:
        named = write("named", kubeconfig)
        other = {**kubeconfig, "current-context": "other"}
        environ = {**environ, "KUBECONFIG": str(write("other", other))}

        assert load_config(named, environ=environ).host == SERVER

    def test_an_explicit_file_has_to_exist(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"nope: there is no such file$"):
            load_config(tmp_path / "nope")

    def test_a_whole_kubeconfig_is_no_path_and_is_not_shown(self) -> None:
        with pytest.raises(ConfigError) as caught:
            load_config("users:\n- name: me\n  user: {token: hunter2}\n")

        assert str(caught.value) == (
            "kubeconfig is the path of a file, or decoded content, never text"
        )

    def test_the_list_skips_empty_entries_and_missing_files(
        self, write: Write, kubeconfig: dict[str, Any], environ: Mapping[str, str]
    ) -> None:
        there = str(write("there", kubeconfig))
        listed = os.pathsep.join(["", "/not/there", there, there, ""])

        assert load_config(environ={**environ, "KUBECONFIG": listed}).host == SERVER

    def test_the_home_folder_is_the_last_place(
        self, write: Write, kubeconfig: dict[str, Any], environ: Mapping[str, str]
    ) -> None:
        write("home/.kube/config", kubeconfig)

        assert load_config(environ=environ).host == SERVER

    def test_a_later_file_completes_the_first(
        self, write: Write, kubeconfig: dict[str, Any], environ: Mapping[str, str]
    ) -> None:
        first = write("1", {"current-context": "dev", "users": kubeconfig["users"]})
        other = {**with_user(kubeconfig, token="other"), "current-context": "x"}
        second = write("2", other)

        config = load_config(environ={**environ, "KUBECONFIG": f"{first}{os.pathsep}{second}"})

        assert (config.host, config.credentials.current().token) == (SERVER, "s3cret")

    def test_a_warning_when_none_of_the_list_exists(
        self, environ: Mapping[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(ConfigError, match="/a does not exist, /b does not exist"):
            load_config(environ={**environ, "KUBECONFIG": f"/a{os.pathsep}/b"})

        assert caplog.messages == ["none of the files in KUBECONFIG exists: /a, /b"]

    def test_the_error_names_every_broken_file(
        self, write: Write, kubeconfig: dict[str, Any], environ: Mapping[str, str], tmp_path: Path
    ) -> None:
        files = [
            write("broken", "a: ["),
            write("good", kubeconfig),
            write("odd", {"clusters": 1}),
            tmp_path,
        ]
        listed = os.pathsep.join(map(str, files))

        with pytest.raises(ConfigError) as caught:
            load_config(environ={**environ, "KUBECONFIG": listed})

        assert str(caught.value).splitlines() == [
            "3 things are wrong:",
            f"{files[0]}: line 2, column 1: not YAML: did not find expected node content",
            f"{files[2]}: clusters: a number where a list is expected",
            f"{tmp_path}: cannot be read: Is a directory",
        ]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_file_may_be_a_pipe(self, tmp_path: Path, kubeconfig: dict[str, Any]) -> None:
        read_end, write_end = os.pipe()
        os.write(write_end, str(kubeconfig).encode())
        os.close(write_end)

        try:
            assert load_config(f"/dev/fd/{read_end}").host == SERVER
        finally:
            os.close(read_end)


class TestNothingFound:
    def test_it_says_what_was_looked_for(self, environ: Mapping[str, str]) -> None:
        home = environ["HOME"]

        with pytest.raises(ConfigError) as caught:
            default_config(environ=environ)

        assert str(caught.value) == (
            f"no cluster is configured: KUBECONFIG is not set, {home}/.kube/config does not exist,"
            " this is not a pod. Set KUBECONFIG, or pass kubeconfig= with a file or config= with"
            " a Config(host=...)"
        )

    def test_it_names_the_contexts_that_are_there(
        self, write: Write, kubeconfig: dict[str, Any]
    ) -> None:
        del kubeconfig["current-context"]
        path = write("c", kubeconfig)

        with pytest.raises(ConfigError, match=r"c: current-context is missing: .*there is dev$"):
            load_config(path)

    def test_an_empty_file_is_said_to_be_empty(self, write: Write) -> None:
        path = write("c", "")

        with pytest.raises(ConfigError, match=f"no cluster is configured: {path} is empty"):
            load_config(path)

    def test_an_empty_mapping_too(self) -> None:
        with pytest.raises(ConfigError, match="the kubeconfig given is empty"):
            load_config({})


OVERRIDES = [
    pytest.param({"namespace": "n"}, {"namespace": "n"}, id="namespace"),
    pytest.param({"timeout": 5.0}, {"timeout": 5.0}, id="timeout"),
    pytest.param(
        {"server": "https://other"},
        {"host": "https://other", "tls_server_name": None},
        id="a server clears the name that was for another",
    ),
    pytest.param(
        {"server": "https://other", "tls_server_name": "x"},
        {"host": "https://other", "tls_server_name": "x"},
        id="unless a name comes with it",
    ),
    pytest.param(
        {"insecure": True},
        {"insecure_skip_tls_verify": True, "ca_data": None},
        id="insecure clears the CA",
    ),
    pytest.param({"ca": b"other"}, {"ca_data": b"other"}, id="CA bytes"),
    pytest.param(
        {"ca": __file__}, {"ca_data": None, "ca_file": __file__}, id="CA file clears data"
    ),
    pytest.param({"proxy_url": "http://p:1"}, {"proxy_url": "http://p:1"}, id="proxy"),
    pytest.param({"proxy_url": ""}, {"proxy_url": None}, id="no proxy"),
    pytest.param(
        {"token": "t"},
        {"credentials": StaticCredentials(Credentials(token="t"))},
        id="token",
    ),
    pytest.param(
        {"username": "u", "password": "p"},
        {"credentials": StaticCredentials(Credentials(username="u", password="p"))},
        id="a password replaces a token",
    ),
    pytest.param(
        {"impersonate": Impersonation(user="bob", groups=("g",))},
        {"impersonate": Impersonation(user="bob", groups=("g",))},
        id="impersonation",
    ),
    pytest.param({"user": "nobody"}, {"credentials": Anonymous()}, id="other user"),
    pytest.param(
        {"cluster": "prod"},
        {"host": "https://prod", "ca_data": None, "tls_server_name": None, "proxy_url": None},
        id="other cluster",
    ),
    pytest.param(
        {"context": "prod"},
        {
            "host": "https://prod",
            "ca_data": None,
            "tls_server_name": None,
            "proxy_url": None,
            "namespace": "default",
            "credentials": Anonymous(),
        },
        id="other context",
    ),
]


@pytest.mark.parametrize(("given", "changed"), OVERRIDES)
def test_an_override_changes_this_and_nothing_else(
    kubeconfig: dict[str, Any], given: dict[str, Any], changed: dict[str, Any]
) -> None:
    data = base64.b64encode(b"PEM").decode()
    kubeconfig = with_cluster(
        kubeconfig,
        **{
            "certificate-authority-data": data,
            "tls-server-name": "api",
            "proxy-url": "http://proxy:8080",
        },
    )
    kubeconfig["clusters"].append({"name": "prod", "cluster": {"server": "https://prod"}})
    kubeconfig["users"].append({"name": "nobody", "user": {}})
    kubeconfig["contexts"].append(
        {"name": "prod", "context": {"cluster": "prod", "user": "nobody"}}
    )
    before: dict[str, Any] = {
        "host": SERVER,
        "ca_data": b"PEM",
        "tls_server_name": "api",
        "proxy_url": "http://proxy:8080",
        "credentials": StaticCredentials(Credentials(token="s3cret")),
        "namespace": "team",
    }

    assert load_config(kubeconfig, overrides=Overrides(**given)) == Config(**{**before, **changed})


def test_a_server_alone_is_a_configuration(environ: Mapping[str, str]) -> None:
    overrides = Overrides(server="https://x", insecure=True)

    config = default_config(overrides=overrides, environ=environ)

    assert config == Config(host="https://x", insecure_skip_tls_verify=True)


def test_overrides_show_no_secret() -> None:
    shown = repr(Overrides(token="hunter2", password="hunter2", username="u", server="https://x"))

    assert shown == "Overrides(server='https://x', token=<hidden>, username='u', password=<hidden>)"


class TestCredentials:
    def test_a_token_file_goes_before_the_token_beside_it(
        self, kubeconfig: dict[str, Any], tmp_path: Path
    ) -> None:
        path = tmp_path / "token"
        kubeconfig = with_user(kubeconfig, token="first", tokenFile=str(path))

        source = load_config(kubeconfig).credentials
        before = source.current().token
        path.write_text("second\n")
        changed = source.refresh(Credentials(token="first"))

        assert (before, changed, source.current().token) == ("first", True, "second")

    def test_a_token_file_alone_has_to_be_there(self, kubeconfig: dict[str, Any]) -> None:
        with pytest.raises(ConfigError, match="cannot read the token file /not/there"):
            load_config(with_user(kubeconfig, tokenFile="/not/there"))

    def test_a_certificate_goes_with_a_token(
        self, kubeconfig: dict[str, Any], certificate: tuple[bytes, bytes]
    ) -> None:
        cert, key = certificate
        fields = {
            "token": "t",
            "client-certificate-data": base64.b64encode(cert).decode(),
            "client-key-data": base64.b64encode(key).decode(),
        }

        found = load_config(with_user(kubeconfig, **fields)).credentials.current()

        assert (found.token, found.certificate and found.certificate.cert) == ("t", cert)

    def test_damaged_certificate_data_is_named_by_its_place(
        self, kubeconfig: dict[str, Any], certificate: tuple[bytes, bytes]
    ) -> None:
        key = base64.b64encode(certificate[1]).decode()
        fields = {"client-certificate-data": "aHVudGVyMg==", "client-key-data": key}

        with pytest.raises(ConfigError) as caught:
            load_config(with_user(kubeconfig, **fields))

        assert str(caught.value) == (
            "no client certificate (PEM) in users[me].user.client-certificate-data"
        )

    def test_a_plugin_is_shared_by_equal_configurations(self, kubeconfig: dict[str, Any]) -> None:
        plugin = {
            "command": "login",
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
        }
        kubeconfig = with_user(kubeconfig, exec=plugin)

        first, second = load_config(kubeconfig), load_config(kubeconfig)

        assert isinstance(first.credentials, ExecPluginSource)
        assert first.credentials is second.credentials

    def test_a_plugin_beside_the_kubeconfig_is_told_of_its_cluster(
        self, write: Write, kubeconfig: dict[str, Any], tmp_path: Path
    ) -> None:
        program = write(
            "kube/bin/login",
            f"#!{sys.executable}\n"
            "import json, os\n"
            "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
            "cluster = json.dumps(info['spec']['cluster'], sort_keys=True)\n"
            "info['status'] = {'token': cluster}\n"
            "print(json.dumps(info))\n",
        )
        program.chmod(0o700)
        (tmp_path / "kube/ca.crt").write_bytes(b"PEM")
        extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}
        plugin = {
            "command": "bin/login",
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "provideClusterInfo": True,
        }
        kubeconfig = with_cluster(
            kubeconfig, **{"certificate-authority": "ca.crt", "extensions": [extension]}
        )

        config = load_config(write("kube/config", with_user(kubeconfig, exec=plugin)))

        assert json.loads(config.credentials.current().token or "") == {
            "server": SERVER,
            "certificate-authority-data": base64.b64encode(b"PEM").decode(),
            "config": {"audience": "a"},
        }

    def test_a_plugin_does_not_count_beside_a_token(self, kubeconfig: dict[str, Any]) -> None:
        plugin = {"command": "login", "apiVersion": "client.authentication.k8s.io/v1beta1"}

        config = load_config(with_user(kubeconfig, exec=plugin, token="t"))

        assert config.credentials == StaticCredentials(Credentials(token="t"))

    def test_nothing_secret_goes_over_http(
        self, kubeconfig: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        config = load_config(with_cluster(kubeconfig, server="http://dev:8080"))

        assert config.credentials == Anonymous()
        assert caplog.messages == ["no credentials are sent to http://dev:8080: it is not https"]

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
    def test_a_server_on_this_machine_without_tls_is_no_reason_to_warn(
        self, kubeconfig: dict[str, Any], caplog: pytest.LogCaptureFixture, host: str
    ) -> None:
        caplog.set_level(logging.INFO)

        load_config(with_cluster(kubeconfig, server=f"http://{host}:8080"))

        assert [record.levelname for record in caplog.records] == ["INFO"]

    def test_a_token_with_a_line_break_is_an_error_that_does_not_show_it(
        self, kubeconfig: dict[str, Any]
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            load_config(with_user(kubeconfig, token="hunter2\n"))

        assert str(caught.value) == (
            "users[me].user.token has a line break or another control character in it:"
            " store it without"
        )

    def test_impersonation_is_taken(self, kubeconfig: dict[str, Any]) -> None:
        fields = {
            "as": "bob",
            "as-uid": "7",
            "as-groups": ["dev"],
            "as-user-extra": {"scopes": ["view"]},
        }

        config = load_config(with_user(kubeconfig, **fields))

        assert config.impersonate == Impersonation(
            user="bob", uid="7", groups=("dev",), extra={"scopes": ("view",)}
        )

    def test_no_log_and_no_repr_shows_a_secret(
        self, write: Write, kubeconfig: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)

        config = load_config(write("c", with_user(kubeconfig, token="hunter2")))

        assert "hunter2" not in repr(config) + str(config) + caplog.text
