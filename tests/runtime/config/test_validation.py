"""Everything that is wrong with a context comes at once, with place and remedy."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from kubewright.config.loader import load_config
from kubewright.config.overrides import Overrides
from kubewright.errors import ConfigError

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


def kubeconfig_of(
    *,
    user: dict[str, Any] | None = None,
    cluster: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "current-context": "dev",
        "clusters": [{"name": "dev", "cluster": {"server": "https://dev", **(cluster or {})}}],
        "users": [{"name": "me", "user": user or {}}],
        "contexts": [
            {"name": "dev", "context": {"cluster": "dev", "user": "me", **(context or {})}}
        ],
    }


def problems_of(kubeconfig: dict[str, Any], **overrides: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(kubeconfig, overrides=Overrides(**overrides))
    lines = str(caught.value).splitlines()
    return lines if len(lines) == 1 else lines[1:]


USERS = [
    pytest.param({"token": "t", "username": "u", "password": "p"}, [": has both token and username and password: keep one"], id="token and password"),
    pytest.param({"tokenFile": __file__, "username": "u"}, [": has both token and username and password: keep one"], id="token file and user"),
    pytest.param({"client-certificate-data": "YQ=="}, [".client-key: is missing: a client certificate needs its key"], id="certificate without key"),
    pytest.param({"client-key-data": "YQ=="}, [".client-certificate: is missing: a client key needs its certificate"], id="key without certificate"),
    pytest.param({"client-certificate": "/no/c", "client-key": "/no/k"}, [".client-certificate: cannot read /no/c: No such file or directory", ".client-key: cannot read /no/k: No such file or directory"], id="unreadable files"),
    pytest.param({"exec": {}}, [".exec.command: is missing: name the program to run", f".exec.apiVersion: is missing: set it to {V1}"], id="empty plugin"),
    pytest.param({"exec": {"command": "x", "apiVersion": V1}}, [f".exec.interactiveMode: is missing: {V1} needs one of Never, IfAvailable, Always"], id="v1 without interactiveMode"),
    pytest.param({"exec": {"command": "x", "apiVersion": V1, "interactiveMode": "never"}}, [".exec.interactiveMode: 'never' is not known: use Never, IfAvailable, Always"], id="odd interactiveMode"),
    pytest.param({"exec": {"command": "x", "apiVersion": f"{V1}alpha1"}}, [f".exec.apiVersion: '{V1}alpha1' is not known: update the plugin to {V1}"], id="alpha plugin"),
    pytest.param({"exec": {"command": "x", "apiVersion": V1BETA1, "env": [{"value": "v"}, {"name": "A=B"}]}}, [".exec.env[0].name: is missing: name the variable", ".exec.env[1].name: has a character that no variable can have"], id="odd variables"),
    pytest.param({"exec": {"command": "x", "apiVersion": V1BETA1}, "auth-provider": {"name": "gcp"}}, [".exec: and auth-provider exclude each other: keep exec"], id="plugin and provider"),
    pytest.param({"auth-provider": {"name": "gcp"}}, [".auth-provider: 'gcp' is not supported: use the exec plugin gke-gcloud-auth-plugin"], id="gcp"),
    pytest.param({"auth-provider": {"name": "azure"}}, [".auth-provider: 'azure' is not supported: use the exec plugin kubelogin"], id="azure"),
    pytest.param({"auth-provider": {"name": "other"}}, [".auth-provider: 'other' is not supported: use an exec plugin, or install the package that has it"], id="unknown provider"),
    pytest.param({"auth-provider": {}}, [".auth-provider: '' is not supported: use an exec plugin, or install the package that has it"], id="provider without a name"),
    pytest.param({"as-groups": ["g"]}, [".as: is missing: as-uid, as-groups and as-user-extra need a user"], id="groups without a user"),
    pytest.param({"token_file": "x"}, [".token_file: is not known here: write it as tokenFile"], id="misspelled field"),
    pytest.param({"exec": {"command": "x", "apiVersion": V1BETA1, "interactive-mode": "Never"}}, [".exec.interactive-mode: is not known here: write it as interactiveMode"], id="misspelled in the plugin"),
]  # fmt: skip


@pytest.mark.parametrize(("user", "problems"), USERS)
def test_a_user_that_cannot_be_used(user: dict[str, Any], problems: list[str]) -> None:
    expected = [f"users[me].user{problem}" for problem in problems]

    assert problems_of(kubeconfig_of(user=user)) == expected


CLUSTERS = [
    pytest.param({"server": ""}, ["server: is missing: set it to the URL of the API server"], id="no server"),
    pytest.param({"server": "ftp://x"}, ["server: 'ftp://x' is not an http or https URL"], id="ftp"),
    pytest.param({"server": "https://x:y"}, ["server: is not a URL: write it as https://host:port"], id="odd port"),
    pytest.param({"server": "https://u:hunter2@x"}, ["server: carries a user or a password: give them as username and password of the user"], id="password in the URL"),
    pytest.param({"certificate-authority": "/no/ca"}, ["certificate-authority: cannot read /no/ca: No such file or directory"], id="no CA file"),
    pytest.param({"certificate-authority-data": "YQ==", "insecure-skip-tls-verify": True}, ["insecure-skip-tls-verify: and a certificate authority exclude each other: remove one, preferably this"], id="insecure with a CA"),
    pytest.param({"proxy-url": "ftp://u:hunter2@p"}, ["proxy-url: 'ftp://p' is no proxy: write it as http://, https:// or socks5:// with host and port"], id="odd proxy"),
    pytest.param({"proxy-url": "proxy:8080"}, ["proxy-url: 'proxy:8080' is no proxy: write it as http://, https:// or socks5:// with host and port"], id="proxy without a scheme"),
    pytest.param({"proxyUrl": "http://p"}, ["proxyUrl: is not known here: write it as proxy-url"], id="misspelled proxy"),
]  # fmt: skip


@pytest.mark.parametrize(("cluster", "problems"), CLUSTERS)
def test_a_cluster_that_cannot_be_used(cluster: dict[str, Any], problems: list[str]) -> None:
    expected = [f"clusters[dev].cluster.{problem}" for problem in problems]

    assert problems_of(kubeconfig_of(cluster=cluster)) == expected


CONTEXTS = [
    pytest.param({"namespace": "Not_A_Label"}, ["contexts[dev].context.namespace: 'Not_A_Label' is no name of a namespace: lower-case letters, digits and '-', 63 at most"], id="namespace"),
    pytest.param({"cluster": "prod", "user": "you"}, ["contexts[dev].context.cluster: 'prod' does not exist: there is dev", "contexts[dev].context.user: 'you' does not exist: there is me"], id="both missing"),
    pytest.param({"cluster": ""}, ["contexts[dev].context.cluster: is missing: name one of the clusters"], id="no cluster"),
]  # fmt: skip


@pytest.mark.parametrize(("context", "problems"), CONTEXTS)
def test_a_context_that_cannot_be_used(context: dict[str, Any], problems: list[str]) -> None:
    assert problems_of(kubeconfig_of(context=context)) == problems


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        pytest.param({"context": "x"}, "the context 'x' does not exist: there is dev", id="context"),
        pytest.param({"cluster": "x"}, "the cluster 'x' does not exist: there is dev", id="cluster"),
        pytest.param({"user": "x"}, "the user 'x' does not exist: there is me", id="user"),
        pytest.param({"server": "ftp://x"}, "server=: 'ftp://x' is not an http or https URL", id="server"),
        pytest.param({"ca": "/no/ca"}, "ca=: cannot read /no/ca: No such file or directory", id="CA"),
        pytest.param({"client_key": "/no/k", "client_certificate": __file__}, "client_key=: cannot read /no/k: No such file or directory", id="key"),
        pytest.param({"namespace": "a/b"}, "namespace=: 'a/b' is no name of a namespace: lower-case letters, digits and '-', 63 at most", id="namespace"),
    ],
)  # fmt: skip
def test_an_override_that_cannot_be_used(overrides: dict[str, Any], problem: str) -> None:
    assert problems_of(kubeconfig_of(), **overrides) == [problem]


def test_everything_comes_at_once() -> None:
    kubeconfig = kubeconfig_of(
        context={"namespace": "A"}, cluster={"server": ""}, user={"as-uid": "1"}
    )

    assert [line.partition(":")[0] for line in problems_of(kubeconfig)] == [
        "contexts[dev].context.namespace",
        "clusters[dev].cluster.server",
        "users[me].user.as",
    ]


def test_what_nobody_uses_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    kubeconfig = kubeconfig_of()
    kubeconfig["users"].append({"name": "old", "user": {"auth-provider": {"name": "gcp"}}})

    assert load_config(kubeconfig).host == "https://dev"
    assert caplog.messages == []


def test_a_field_from_the_future_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    load_config(kubeconfig_of(cluster={"hologram": True}))

    assert caplog.messages == [
        "kubeconfig: clusters[dev].cluster.hologram is not known and does nothing"
    ]


def test_a_name_cannot_forge_a_line_of_the_message() -> None:
    kubeconfig = {"users": [{"name": "a\n\x1b[31mall is well", "user": {"token": 1}}]}

    assert problems_of(kubeconfig) == [
        "users[a??[31mall is well].user.token: a number where text is expected: put it in quotes"
    ]
