"""The configuration of a pod, and when it counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kubewright.config.in_cluster import (
    NotInClusterError,
    in_cluster_config,
    in_cluster_namespace,
    is_in_cluster,
)
from kubewright.config.loader import default_config, load_config
from kubewright.config.overrides import Overrides
from kubewright.errors import ConfigError
from kubewright.rest.credentials import Credentials, StaticCredentials
from tests.runtime.config.conftest import Write


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A mounted service account."""
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text("t1\n")
    (folder / "ca.crt").write_text("PEM")
    (folder / "namespace").write_text("pods-own\n")
    return folder


@pytest.fixture
def pod(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of a pod."""
    return {**environ, "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_everything_comes_from_the_service_account(account: Path, pod: Mapping[str, str]) -> None:
    config = in_cluster_config(environ=pod, service_account=account)

    assert config.host == "https://10.0.0.1:443"
    assert config.ca_file == str(account / "ca.crt")
    assert config.namespace == "pods-own"
    assert config.credentials.current() == Credentials(token="t1")


def test_a_token_that_was_renewed_is_read(account: Path, pod: Mapping[str, str]) -> None:
    source = in_cluster_config(environ=pod, service_account=account).credentials
    (account / "token").write_text("t2")

    assert source.refresh(Credentials(token="t1"))
    assert source.current() == Credentials(token="t2")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        pytest.param("10.0.0.1", "https://10.0.0.1:443", id="IPv4"),
        pytest.param("fd00::1", "https://[fd00::1]:443", id="IPv6"),
        pytest.param("[fd00::1]", "https://[fd00::1]:443", id="brackets"),
        pytest.param("kubernetes.default.svc", "https://kubernetes.default.svc:443", id="name"),
    ],
)
def test_the_host_becomes_a_url(account: Path, pod: Mapping[str, str], host: str, url: str) -> None:
    environ = {**pod, "KUBERNETES_SERVICE_HOST": host}

    assert in_cluster_config(environ=environ, service_account=account).url == url


@pytest.mark.parametrize("name", ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"])
def test_without_its_variables_it_is_no_pod(
    account: Path, pod: Mapping[str, str], name: str
) -> None:
    environ = {**pod, name: ""}

    assert not is_in_cluster(environ=environ, service_account=account)
    with pytest.raises(NotInClusterError):
        in_cluster_config(environ=environ, service_account=account)


@pytest.mark.parametrize("content", [None, "", " \n"], ids=["missing", "empty", "blank"])
def test_a_token_file_without_a_token_is_an_error(
    account: Path, pod: Mapping[str, str], content: str | None
) -> None:
    if content is None:
        (account / "token").unlink()
    else:
        (account / "token").write_text(content)

    with pytest.raises(ConfigError, match=str(account / "token")):
        in_cluster_config(environ=pod, service_account=account)


def test_a_ca_that_is_missing_is_only_logged(
    account: Path, pod: Mapping[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    (account / "ca.crt").unlink()

    assert in_cluster_config(environ=pod, service_account=account).ca_file is None
    assert "cannot read" in caplog.text


def test_the_namespace_of_the_variable_goes_first(account: Path, pod: Mapping[str, str]) -> None:
    environ = {**pod, "POD_NAMESPACE": "named"}

    assert in_cluster_namespace(environ=environ, service_account=account) == "named"


def test_a_token_given_replaces_the_file(account: Path, pod: Mapping[str, str]) -> None:
    overrides = Overrides(token="mine")

    config = in_cluster_config(overrides=overrides, environ=pod, service_account=account)

    assert config.credentials == StaticCredentials(Credentials(token="mine"))


def test_an_empty_kubeconfig_leads_to_the_pod(account: Path, pod: Mapping[str, str]) -> None:
    config = default_config(
        overrides=Overrides(namespace="n"), environ=pod, service_account=account
    )

    assert (config.host, config.namespace) == ("https://10.0.0.1:443", "n")


def test_a_kubeconfig_that_says_something_goes_before_the_pod(
    account: Path, pod: Mapping[str, str], write: Write, kubeconfig: dict[str, Any]
) -> None:
    environ = {**pod, "KUBECONFIG": str(write("c", kubeconfig))}

    config = default_config(environ=environ, service_account=account)

    assert (config.host, config.namespace) == ("https://dev.example:6443", "team")


def test_a_context_without_a_namespace_takes_the_pods(
    account: Path, pod: Mapping[str, str], kubeconfig: dict[str, Any]
) -> None:
    del kubeconfig["contexts"][0]["context"]["namespace"]

    config = load_config(kubeconfig, environ=pod, service_account=account)

    assert config.namespace == "pods-own"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "not YAML", id="broken"),
        pytest.param("current-context: x", "does not exist", id="context missing"),
    ],
)
def test_a_broken_kubeconfig_never_leads_to_the_pod(
    account: Path, pod: Mapping[str, str], write: Write, content: str, message: str
) -> None:
    environ = {**pod, "KUBECONFIG": str(write("c", content))}

    with pytest.raises(ConfigError, match=message):
        default_config(environ=environ, service_account=account)


def test_a_named_kubeconfig_never_leads_to_the_pod(
    account: Path, pod: Mapping[str, str], write: Write
) -> None:
    with pytest.raises(ConfigError, match="is empty"):
        default_config(write("c", ""), environ=pod, service_account=account)
