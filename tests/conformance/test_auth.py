"""Every way to say who one is, through a kubeconfig, to a server that says who it took one for."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubewright import connect
from kubewright.errors import CertificateError, ForbiddenError, KubeError, UnauthorizedError
from kubewright_k8s import Clientset
from kubewright_k8s.authentication_v1 import SelfSubjectReview
from tests.support.apiserver import Endpoint

pytestmark = pytest.mark.conformance

ADMINS = "system:masters"
PLUGIN = """
import json, os, sys
status = json.loads(os.environ["STATUS"])
about = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
with open(sys.argv[1], "a") as calls:
    calls.write(about["kind"] + " " + about["apiVersion"] + "\\n")
print(json.dumps({"apiVersion": about["apiVersion"], "kind": "ExecCredential", "status": status}))
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the tests write what a kubeconfig points at."""

    endpoint: Endpoint
    folder: Path

    def write(self, name: str, data: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(0o600)
        return str(path)

    def kubeconfig(self, user: dict[str, Any], **cluster: Any) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(self.endpoint.kubeconfig_text())
        config["users"][0]["user"] = user
        config["clusters"][0]["cluster"].update(cluster)
        return config

    def plugin(self, status: dict[str, Any]) -> dict[str, Any]:
        arguments = [self.write("plugin.py", PLUGIN), str(self.folder / "calls")]
        return {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": sys.executable,
                "args": arguments,
                "env": [{"name": "STATUS", "value": json.dumps(status)}],
                "interactiveMode": "Never",
            }
        }

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def desk(api_server: Endpoint, tmp_path: Path) -> Desk:
    return Desk(api_server, tmp_path)


def with_token(desk: Desk) -> dict[str, Any]:
    return {"token": desk.endpoint.token}


def with_token_file(desk: Desk) -> dict[str, Any]:
    return {"tokenFile": desk.write("token", desk.endpoint.token + "\n")}


def with_certificate_data(desk: Desk) -> dict[str, Any]:
    certificate, key = desk.endpoint.client_certificate("alice", ADMINS)
    return {
        "client-certificate-data": base64.b64encode(certificate).decode(),
        "client-key-data": base64.b64encode(key).decode(),
    }


def with_certificate_files(desk: Desk) -> dict[str, Any]:
    certificate, key = desk.endpoint.client_certificate("bob", ADMINS)
    return {
        "client-certificate": desk.write("bob.crt", certificate),
        "client-key": desk.write("bob.key", key),
    }


def with_plugin_token(desk: Desk) -> dict[str, Any]:
    return desk.plugin({"token": desk.endpoint.token})


def with_plugin_certificate(desk: Desk) -> dict[str, Any]:
    certificate, key = desk.endpoint.client_certificate("carol", ADMINS)
    return desk.plugin(
        {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}
    )


def with_other_groups(desk: Desk) -> dict[str, Any]:
    return {"token": desk.endpoint.token, "as": "dave", "as-groups": [ADMINS, "größe"]}


Kind = tuple[Callable[[Desk], dict[str, Any]], str, list[str]]
KINDS: dict[str, Kind] = {
    "token": (with_token, "admin", [ADMINS]),
    "token file": (with_token_file, "admin", [ADMINS]),
    "certificate": (with_certificate_data, "alice", [ADMINS]),
    "certificate files": (with_certificate_files, "bob", [ADMINS]),
    "plugin with a token": (with_plugin_token, "admin", [ADMINS]),
    "plugin with a certificate": (with_plugin_certificate, "carol", [ADMINS]),
    "impersonation": (with_other_groups, "dave", [ADMINS, "größe"]),
}
NONSENSE = {
    "REQUESTS_CA_BUNDLE": "/no/such/file",
    "CURL_CA_BUNDLE": "/no/such/file",
    "SSL_CERT_FILE": "/no/such/file",
    "SSL_CERT_DIR": "/no/such/folder",
    "NO_PROXY": "127.0.0.1",
    "HTTPS_PROXY": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1",
}


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


def who_am_i(kubeconfig: dict[str, Any] | Path) -> tuple[str | None, list[str]]:
    with connect(kubeconfig=kubeconfig) as rest:
        return taken_for(Clientset(rest))


def taken_for(clientset: Clientset) -> tuple[str | None, list[str]]:
    reviews = clientset.authentication_v1.self_subject_reviews
    user = reviews.create(SelfSubjectReview()).status.user_info
    return user.username, [group for group in user.groups if group != "system:authenticated"]


def test_the_server_knows_who_asks(desk: Desk, kind: Kind) -> None:
    user, name, groups = kind

    assert who_am_i(desk.kubeconfig(user(desk))) == (name, groups)


def test_the_server_knows_who_watches(desk: Desk, kind: Kind) -> None:
    user, _, _ = kind
    with connect(kubeconfig=desk.kubeconfig(user(desk))) as rest:
        namespaces = Clientset(rest).core_v1.namespaces
        since = namespaces.get("default").metadata.resource_version
        source = namespaces.lister_watcher()
        events = source.watch(resource_version=since)  # an answer of 2xx, or an error
        events.close()


def test_variables_of_the_environment_change_nothing(
    desk: Desk,
    kind: Kind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in NONSENSE.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv(
        "NETRC", desk.write("netrc", "machine 127.0.0.1 login eve password secret\n")
    )
    user, name, groups = kind

    assert who_am_i(desk.kubeconfig(user(desk))) == (name, groups)


def test_a_netrc_is_not_read_for_one_who_says_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = "machine 127.0.0.1 login eve password secret\n"
    monkeypatch.setenv("NETRC", desk.write("netrc", netrc))

    with pytest.raises(ForbiddenError, match='User "system:anonymous"'):
        who_am_i(desk.kubeconfig({}))


def test_a_kubeconfig_file_points_at_files_beside_it(desk: Desk) -> None:
    with_certificate_files(desk)
    user = {"client-certificate": "bob.crt", "client-key": "bob.key"}
    config = desk.kubeconfig(user)
    desk.write("ca.crt", desk.endpoint.ca_data)
    del config["clusters"][0]["cluster"]["certificate-authority-data"]
    config["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"

    assert who_am_i(Path(desk.write("kubeconfig", json.dumps(config)))) == ("bob", [ADMINS])


def test_all_of_an_impersonation_arrives(desk: Desk) -> None:
    user = {
        "token": desk.endpoint.token,
        "as": "dave",
        "as-uid": "u-1",
        "as-groups": ["a", "b"],
        "as-user-extra": {"example.com/scopes": ["read", "write %"]},
    }
    with connect(kubeconfig=desk.kubeconfig(user)) as rest:
        review = Clientset(rest).authentication_v1.self_subject_reviews.create(SelfSubjectReview())

    info = review.status.user_info
    assert (info.username, info.uid, info.groups, info.extra) == (
        "dave",
        "u-1",
        ["a", "b", "system:authenticated"],
        {"example.com/scopes": ["read", "write %"]},
    )


def test_a_plugin_runs_once_for_many_calls(desk: Desk) -> None:
    with connect(kubeconfig=desk.kubeconfig(with_plugin_token(desk))) as rest:
        for _ in range(3):
            taken_for(Clientset(rest))

    assert desk.calls() == ["ExecCredential client.authentication.k8s.io/v1"]


def test_a_plugin_is_asked_again_when_its_token_is_refused(desk: Desk) -> None:
    with (
        connect(kubeconfig=desk.kubeconfig(desk.plugin({"token": "no-such-token"}))) as rest,
        pytest.raises(UnauthorizedError),
    ):
        taken_for(Clientset(rest))

    assert len(desk.calls()) == 2


def test_a_token_that_was_written_anew_is_taken_after_a_refusal(desk: Desk) -> None:
    path = desk.write("token", "no-such-token")
    with connect(kubeconfig=desk.kubeconfig({"tokenFile": path})) as rest:
        clientset = Clientset(rest)
        with pytest.raises(UnauthorizedError):
            taken_for(clientset)
        desk.write("token", desk.endpoint.plain_token)

        assert taken_for(clientset) == ("plain", [])


@pytest.mark.parametrize(
    ("user", "refusal"),
    [
        # today's API servers do not read passwords: one who sends it is anonymous
        ({"username": "admin", "password": "hunter2"}, ForbiddenError),
        ({"token": "hunter2"}, UnauthorizedError),
    ],
    ids=["password", "token"],
)
def test_a_refusal_shows_no_secret(
    desk: Desk, user: dict[str, Any], refusal: type[KubeError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with (
        connect(kubeconfig=desk.kubeconfig(user)) as rest,
        pytest.raises(refusal) as caught,
    ):
        taken_for(Clientset(rest))

    seen = f"{caught.value!s} {caught.value!r} {rest!r} {caplog.text}"
    assert "hunter2" not in seen
    assert base64.b64encode(b"admin:hunter2").decode() not in seen


def test_a_server_of_another_authority_is_not_trusted(desk: Desk) -> None:
    certificate, _ = desk.endpoint.client_certificate("eve")
    wrong = base64.b64encode(certificate).decode()

    with pytest.raises(CertificateError):
        who_am_i(desk.kubeconfig(with_token(desk), **{"certificate-authority-data": wrong}))


def test_a_server_of_another_name_is_not_trusted(desk: Desk) -> None:
    with pytest.raises(CertificateError):
        who_am_i(desk.kubeconfig(with_token(desk), **{"tls-server-name": "other.example"}))


def test_the_server_may_be_known_by_another_name(desk: Desk) -> None:
    kubeconfig = desk.kubeconfig(with_token(desk), **{"tls-server-name": "localhost"})

    assert who_am_i(kubeconfig) == ("admin", [ADMINS])


def test_a_certificate_of_another_authority_is_refused(desk: Desk) -> None:
    leaf = trustme.CA().issue_cert("user.invalid", common_name="mallory")
    certificate = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    user = {
        "client-certificate": desk.write("m.crt", certificate),
        "client-key": desk.write("m.key", leaf.private_key_pem.bytes()),
    }

    with pytest.raises(KubeError) as caught:
        who_am_i(desk.kubeconfig(user))

    assert isinstance(caught.value, UnauthorizedError | CertificateError)
