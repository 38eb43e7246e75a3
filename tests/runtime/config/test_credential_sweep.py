"""Every kind of credential, from a kubeconfig to the server: sent with each request, shown nowhere."""

from __future__ import annotations

import base64
import json
import logging
import ssl
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubewright.config.connect import connect
from kubewright.config.in_cluster import in_cluster_config
from kubewright.config.overrides import Overrides
from kubewright.errors import UnauthorizedError
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from tests.runtime.rest.https_server import Exchange, Server, serve

LIST = Request("GET", "/api/v1/pods")
WATCH = Request("GET", "/api/v1/pods", query=[("watch", "true")])
SECRET = "hunter2"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(ca: trustme.CA) -> Iterator[Server]:
    """A server that takes client certificates and needs none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.tempfile() as path:
        context.load_cert_chain(path)
    context.load_verify_locations(cadata=ca.cert_pem.bytes().decode())
    context.verify_mode = ssl.CERT_OPTIONAL
    with serve(context) as running:
        yield running


@pytest.fixture(autouse=True)
def _misleading_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login netrc password netrc\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(home / "no-such-bundle.pem"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Account:
    """Kubeconfigs for the server, with users of all kinds."""

    def __init__(self, server: Server, ca: trustme.CA, folder: Path) -> None:
        self.server = server
        self.ca = ca
        self.token_file = folder / "token"
        self.token_file.write_text(SECRET)

    def kubeconfig(self, user: Mapping[str, Any]) -> dict[str, Any]:
        ca_data = base64.b64encode(self.ca.cert_pem.bytes()).decode()
        cluster = {"server": self.server.url, "certificate-authority-data": ca_data}
        return {
            "current-context": "c",
            "clusters": [{"name": "k", "cluster": cluster}],
            "users": [{"name": "u", "user": dict(user)}],
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        }

    def user(self, kind: str) -> dict[str, Any]:
        if kind == "token":
            return {"token": SECRET}
        if kind == "token file":
            return {"tokenFile": str(self.token_file)}
        if kind == "password":
            return {"username": "me", "password": SECRET}
        assert kind == "plugin"
        program = (
            "import json,sys; print(json.dumps({'kind': 'ExecCredential', 'apiVersion':"
            " 'client.authentication.k8s.io/v1', 'status': {'token': open(sys.argv[1]).read()}}))"
        )
        return {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": sys.executable,
                "args": ["-S", "-c", program, str(self.token_file)],
                "interactiveMode": "Never",
            }
        }


@pytest.fixture
def account(server: Server, ca: trustme.CA, tmp_path: Path) -> Account:
    return Account(server, ca, tmp_path)


def list_and_watch(client: RESTClient) -> None:
    client.send(LIST)
    with client.stream(WATCH) as stream:
        stream.read()


BEARER = f"Bearer {SECRET}"
BASIC = f"Basic {base64.b64encode(f'me:{SECRET}'.encode()).decode()}"
KINDS = {"token": BEARER, "token file": BEARER, "password": BASIC, "plugin": BEARER}


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_is_on_every_request_and_nowhere_else(
    account: Account, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with connect(kubeconfig=account.kubeconfig(account.user(kind))) as client:
        list_and_watch(client)
        shown = repr(client) + repr(client.transport)

    assert [seen.headers["Authorization"] for seen in account.server.requests] == [KINDS[kind]] * 2
    assert SECRET not in caplog.text + shown
    assert BASIC.partition(" ")[2] not in caplog.text + shown


def test_nobody_sends_nothing(account: Account) -> None:
    with connect(kubeconfig=account.kubeconfig({})) as client:
        list_and_watch(client)

    assert [seen.headers["Authorization"] for seen in account.server.requests] == [None] * 2


def test_the_certificate_is_on_every_request(account: Account) -> None:
    leaf = account.ca.issue_cert("me@example.org", common_name="me")
    fields = {
        "client-certificate-data": base64.b64encode(leaf.cert_chain_pems[0].bytes()).decode(),
        "client-key-data": base64.b64encode(leaf.private_key_pem.bytes()).decode(),
    }

    with connect(kubeconfig=account.kubeconfig(fields)) as client:
        list_and_watch(client)

    subjects = [dict(seen.peer or {}).get("subject", ()) for seen in account.server.requests]
    assert ["me" in json.dumps(subject) for subject in subjects] == [True, True]


def test_impersonation_goes_with_the_credentials(account: Account) -> None:
    fields = {"token": SECRET, "as": "bob", "as-uid": "7", "as-groups": ["a", "b"]}

    with connect(kubeconfig=account.kubeconfig(fields)) as client:
        client.send(LIST)

    headers = account.server.last.headers
    assert headers["Authorization"] == BEARER
    assert headers["Impersonate-User"] == "bob"
    assert headers["Impersonate-Uid"] == "7"
    assert headers.get_all("Impersonate-Group") == ["a", "b"]


def test_a_pod_sends_its_token(account: Account, tmp_path: Path) -> None:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text(SECRET)
    (folder / "ca.crt").write_bytes(account.ca.cert_pem.bytes())
    environ = {
        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
        "KUBERNETES_SERVICE_PORT": str(account.server.port),
    }

    with connect(in_cluster_config(environ=environ, service_account=folder)) as client:
        list_and_watch(client)

    assert [seen.headers["Authorization"] for seen in account.server.requests] == [BEARER] * 2


def refuse_the_first(token: str) -> Any:
    def answer(exchange: Exchange) -> None:
        refused = exchange.headers["Authorization"] == f"Bearer {token}"
        status = {"kind": "Status", "status": "Failure", "code": 401, "reason": "Unauthorized"}
        exchange.reply(401 if refused else 200, json.dumps(status).encode())

    return answer


@pytest.mark.parametrize("kind", ["token file", "plugin"])
def test_a_rotated_token_never_reaches_the_caller(account: Account, kind: str) -> None:
    with connect(kubeconfig=account.kubeconfig(account.user(kind))) as client:
        client.send(LIST)
        account.server.answer = refuse_the_first(SECRET)
        account.token_file.write_text("renewed")
        list_and_watch(client)

    assert [seen.headers["Authorization"] for seen in account.server.requests] == [
        BEARER,
        BEARER,
        "Bearer renewed",
        "Bearer renewed",
    ]


@pytest.mark.parametrize("kind", ["token", "token file", "plugin"])
def test_a_token_that_did_not_change_is_not_tried_twice(account: Account, kind: str) -> None:
    account.server.answer = refuse_the_first(SECRET)

    with (
        connect(kubeconfig=account.kubeconfig(account.user(kind))) as client,
        pytest.raises(UnauthorizedError) as caught,
    ):
        client.send(LIST)

    assert len(account.server.requests) == 1
    assert SECRET not in str(caught.value) + repr(caught.value)


def test_a_token_given_goes_before_the_plugin(account: Account) -> None:
    kubeconfig = account.kubeconfig(account.user("plugin"))

    with connect(kubeconfig=kubeconfig, overrides=Overrides(token="mine")) as client:
        client.send(LIST)

    assert account.server.last.headers["Authorization"] == "Bearer mine"
