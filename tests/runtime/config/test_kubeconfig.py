"""What a kubeconfig says, where its paths lead, and what several say together."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from kubewright.config.kubeconfig import (
    Cluster,
    Context,
    ExecStanza,
    Kubeconfig,
    ProviderStanza,
    User,
    merge,
    parse,
)


def one_user(**fields: Any) -> dict[str, Any]:
    return {"users": [{"name": "me", "user": fields}]}


def one_cluster(**fields: Any) -> dict[str, Any]:
    return {"clusters": [{"name": "dev", "cluster": fields}]}


def test_every_field_is_read() -> None:
    data = base64.b64encode(b"PEM").decode()
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {"colors": True},
        "current-context": "dev",
        "clusters": [
            {
                "name": "dev",
                "cluster": {
                    "server": "https://dev",
                    "tls-server-name": "api",
                    "insecure-skip-tls-verify": True,
                    "certificate-authority": "/ca.crt",
                    "certificate-authority-data": data,
                    "proxy-url": "http://proxy:1",
                    "disable-compression": True,
                    "extensions": [
                        {"name": "other", "extension": {"x": 1}},
                        {
                            "name": "client.authentication.k8s.io/exec",
                            "extension": {"audience": "a", "n": 1},
                        },
                    ],
                },
            }
        ],
        "users": [
            {
                "name": "me",
                "user": {
                    "token": "t",
                    "tokenFile": "/token",
                    "username": "u",
                    "password": "p",
                    "client-certificate": "/c.crt",
                    "client-certificate-data": data,
                    "client-key": "/c.key",
                    "client-key-data": data,
                    "as": "bob",
                    "as-uid": "7",
                    "as-groups": ["dev", "ops"],
                    "as-user-extra": {"scopes": ["view", "edit"]},
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1",
                        "command": "login",
                        "args": ["--a"],
                        "env": [{"name": "A", "value": "b"}],
                        "installHint": "install it",
                        "provideClusterInfo": True,
                        "interactiveMode": "Never",
                    },
                    "auth-provider": {"name": "gcp", "config": {"a": "b"}},
                    "extensions": [],
                },
            }
        ],
        "contexts": [
            {
                "name": "dev",
                "context": {"cluster": "dev", "user": "me", "namespace": "n", "extensions": []},
            }
        ],
    }

    assert parse(document, file="/k/config") == (
        Kubeconfig(
            current_context="dev",
            current_context_file="/k/config",
            clusters={
                "dev": Cluster(
                    name="dev",
                    file="/k/config",
                    server="https://dev",
                    tls_server_name="api",
                    insecure_skip_tls_verify=True,
                    certificate_authority="/ca.crt",
                    certificate_authority_data=b"PEM",
                    proxy_url="http://proxy:1",
                    disable_compression=True,
                    exec_config='{"audience":"a","n":1}',
                )
            },
            users={
                "me": User(
                    name="me",
                    file="/k/config",
                    token="t",
                    token_file="/token",
                    username="u",
                    password="p",
                    client_certificate="/c.crt",
                    client_certificate_data=b"PEM",
                    client_key="/c.key",
                    client_key_data=b"PEM",
                    impersonate="bob",
                    impersonate_uid="7",
                    impersonate_groups=("dev", "ops"),
                    impersonate_extra=(("scopes", ("view", "edit")),),
                    exec=ExecStanza(
                        command="login",
                        api_version="client.authentication.k8s.io/v1",
                        args=("--a",),
                        env=(("A", "b"),),
                        install_hint="install it",
                        provide_cluster_info=True,
                        interactive_mode="Never",
                    ),
                    auth_provider=ProviderStanza(name="gcp", config=(("a", "b"),)),
                )
            },
            contexts={
                "dev": Context(
                    name="dev", file="/k/config", cluster="dev", user="me", namespace="n"
                )
            },
        ),
        [],
    )


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="nothing"),
        pytest.param({}, id="object"),
        pytest.param({"clusters": None, "users": None, "contexts": None}, id="nulls"),
        pytest.param({"clusters": [], "users": []}, id="lists"),
    ],
)
def test_an_empty_kubeconfig_is_no_problem(document: object) -> None:
    assert parse(document) == (Kubeconfig(), [])


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        pytest.param([], ["f: a list where an object is expected"], id="list at the top"),
        pytest.param("x", ["f: text where an object is expected"], id="text at the top"),
        pytest.param(
            {"kind": "Pod"}, ["f: kind: 'Pod' where a kubeconfig has 'Config'"], id="other kind"
        ),
        pytest.param(
            {"clusters": {"dev": {}}},
            ["f: clusters: an object where a list is expected"],
            id="clusters by name",
        ),
        pytest.param(
            {"users": ["me"]},
            ["f: users[0]: text where an object is expected", "f: users[0].name: is missing"],
            id="text for a user",
        ),
        pytest.param({"users": [{"user": None}]}, ["f: users[0].name: is missing"], id="no name"),
        pytest.param(
            {"users": [{"name": "a"}, {"name": "b"}, {"name": "a"}]},
            ["f: users[2].name: 'a' is there twice: rename or remove one"],
            id="name twice",
        ),
        pytest.param(
            one_user(token=31337),
            ["f: users[me].user.token: a number where text is expected: put it in quotes"],
            id="number for a token",
        ),
        pytest.param(
            one_user(password=["31337"]),
            ["f: users[me].user.password: a list where text is expected"],
            id="list for a password",
        ),
        pytest.param(
            one_user(**{"client-key-data": "31337!"}),
            ["f: users[me].user.client-key-data: no valid base64"],
            id="no base64",
        ),
        pytest.param(
            one_cluster(**{"insecure-skip-tls-verify": "no"}),
            [
                "f: clusters[dev].cluster.insecure-skip-tls-verify:"
                " text where true or false is expected"
            ],
            id="text for a flag",
        ),
        pytest.param(
            one_user(exec={"args": [1], "env": [{"name": True}, 5]}),
            [
                "f: users[me].user.exec.env[0].name:"
                " true or false where text is expected: put it in quotes",
                "f: users[me].user.exec.env[1]: a number where an object is expected",
                "f: users[me].user.exec.args[0]: a number where text is expected: put it in quotes",
            ],
            id="plugin",
        ),
        pytest.param(
            one_user(**{"as-user-extra": {"a": "b"}, "as-groups": "g"}),
            [
                "f: users[me].user.as-groups: text where a list is expected",
                "f: users[me].user.as-user-extra.a: text where a list is expected",
            ],
            id="impersonation",
        ),
        pytest.param(
            {"clusters": [{"name": "a", "cluster": 1}], "current-context": {}},
            [
                "f: current-context: an object where text is expected",
                "f: clusters[a].cluster: a number where an object is expected",
            ],
            id="two at once",
        ),
    ],
)
def test_a_wrong_type_is_named_by_its_place_and_never_shown(
    document: object, problems: list[str]
) -> None:
    _, found = parse(document, file="f")

    assert found == problems
    assert "31337" not in "".join(found)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        pytest.param("ca.crt", "/home/me/.kube/ca.crt", id="beside"),
        pytest.param("../pki/ca.crt", "/home/me/pki/ca.crt", id="above"),
        pytest.param("./ca.crt", "/home/me/.kube/ca.crt", id="dot"),
        pytest.param("/etc/ca.crt", "/etc/ca.crt", id="absolute"),
        pytest.param("~/ca.crt", "/home/me/.kube/~/ca.crt", id="no home"),
        pytest.param("", "", id="none"),
    ],
)
def test_paths_start_at_the_folder_of_their_file(written: str, resolved: str) -> None:
    user = {"client-certificate": written, "client-key": written, "tokenFile": written}
    document = {**one_user(**user), **one_cluster(**{"certificate-authority": written})}

    found, _ = parse(document, file="/home/me/.kube/config")

    me = found.users["me"]
    paths = {me.client_certificate, me.client_key, me.token_file}
    assert paths | {found.clusters["dev"].certificate_authority} == {resolved}


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        pytest.param("aws", "aws", id="a name is for PATH"),
        pytest.param("bin/aws", "/home/me/.kube/bin/aws", id="a path is not"),
        pytest.param("./aws", "/home/me/.kube/aws", id="dot"),
        pytest.param("/usr/bin/aws", "/usr/bin/aws", id="absolute"),
    ],
)
def test_a_plugin_with_a_separator_starts_at_the_folder_of_its_file(
    written: str, resolved: str
) -> None:
    found, _ = parse(one_user(exec={"command": written}), file="/home/me/.kube/config")

    assert found.users["me"].exec == ExecStanza(command=resolved)


def test_paths_of_a_mapping_start_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    found, _ = parse(one_user(tokenFile="token"))

    assert found.users["me"].token_file == os.path.join(tmp_path, "token")


def cluster(name: str, server: str, **more: Any) -> Cluster:
    return Cluster(name=name, server=server, **more)


@pytest.mark.parametrize(
    ("files", "merged"),
    [
        pytest.param([], Kubeconfig(), id="none"),
        pytest.param(
            [
                Kubeconfig(users={"a": User(name="a", token="1")}),
                Kubeconfig(users={"a": User(name="a", username="x", password="y")}),
            ],
            Kubeconfig(users={"a": User(name="a", token="1")}),
            id="a stanza is taken whole from the first",
        ),
        pytest.param(
            [
                Kubeconfig(clusters={"a": cluster("a", "1")}),
                Kubeconfig(clusters={"b": cluster("b", "2")}),
            ],
            Kubeconfig(clusters={"a": cluster("a", "1"), "b": cluster("b", "2")}),
            id="names add up",
        ),
        pytest.param(
            [
                Kubeconfig(),
                Kubeconfig(current_context="x", current_context_file="f2"),
                Kubeconfig(current_context="y"),
            ],
            Kubeconfig(current_context="x", current_context_file="f2"),
            id="the first current context that is one",
        ),
        pytest.param(
            [
                Kubeconfig(contexts={"c": Context(name="c")}),
                Kubeconfig(contexts={"c": Context(name="c", namespace="n")}),
            ],
            Kubeconfig(contexts={"c": Context(name="c")}),
            id="an empty stanza counts as well",
        ),
    ],
)
def test_the_first_file_wins(files: list[Kubeconfig], merged: Kubeconfig) -> None:
    assert merge(files) == merged


def test_unknown_fields_are_remembered_with_their_places() -> None:
    document = {
        "users": [{"name": "me", "tokn": 1, "user": {"x": 1, "exec": {"y": [{"name": "z"}]}}}]
    }

    found, problems = parse(document)

    assert (problems, found.users["me"].unknown) == (
        [],
        ("users[me].user.x", "users[me].tokn", "users[me].user.exec.y"),
    )


def test_no_repr_shows_a_secret() -> None:
    key = base64.b64encode(b"hunter2").decode()
    document = one_user(
        token="hunter2",
        password="hunter2",
        **{"client-key-data": key},
        exec={"args": ["hunter2"], "env": [{"name": "A", "value": "hunter2"}]},
    )

    found, _ = parse(document)

    shown = repr(found) + repr(found.users["me"].exec)
    assert "hunter2" not in shown
    assert key not in shown


def test_an_extension_that_is_no_json_is_a_problem() -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"a": object()}}

    _, problems = parse(one_cluster(extensions=[extension]))

    assert problems == ["clusters[dev].cluster.extensions[0].extension: cannot be written as JSON"]
