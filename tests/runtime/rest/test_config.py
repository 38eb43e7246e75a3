"""What a config accepts, and that it shows no secret."""

from __future__ import annotations

import re

import pytest

from kubewright.errors import ConfigError
from kubewright.rest.config import Config, Impersonation, default_user_agent
from kubewright.rest.credentials import ClientCertificate, Credentials, StaticCredentials


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Config(host="https://h:6443"), "https://h:6443"),
        (Config(host="https://h:6443/base/"), "https://h:6443/base"),
        (Config(host="HTTP://h"), "http://h"),
        (Config(host="h"), "http://h"),
        (Config(host="h:8080"), "http://h:8080"),
        (Config(host="10.0.0.1:6443", ca_data=b"x"), "https://10.0.0.1:6443"),
        (Config(host="h", ca_file="x"), "https://h"),
        (Config(host="h", insecure_skip_tls_verify=True), "https://h"),
        (Config(host="h", tls_server_name="x"), "https://h"),
        (Config(host="[::1]:6443", insecure_skip_tls_verify=True), "https://[::1]:6443"),
    ],
)
def test_url_of_a_host(config: Config, expected: str) -> None:
    assert config.url == expected


@pytest.mark.parametrize(
    "host",
    ["", "https://", "ftp://h", "h/path", "https://h:port", "https://h?x=1", "https://u:s3cr3t@h"],
)
def test_host_that_is_none_is_an_error_without_its_password(host: str) -> None:
    with pytest.raises(ConfigError, match="host ") as caught:
        Config(host=host)

    assert "s3cr3t" not in str(caught.value)


def test_insecure_and_a_ca_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        Config(host="h", insecure_skip_tls_verify=True, ca_data=b"x")


def test_impersonation_needs_a_user() -> None:
    with pytest.raises(ConfigError, match="needs a user"):
        Impersonation(user="", groups=["a"])


def test_repr_shows_no_secret() -> None:
    credentials = Credentials(
        token="s3cr3t",
        username="jane",
        password="s3cr3t",
        certificate=ClientCertificate(b"PEM", b"s3cr3t"),
    )
    config = Config(
        host="https://h",
        ca_data=b"PEM",
        proxy_url="http://u:s3cr3t@p:1",
        credentials=StaticCredentials(credentials),
    )
    shown = repr(config)

    assert "s3cr3t" not in shown
    assert "credentials=StaticCredentials(credentials=Credentials(token=<hidden>" in shown
    assert "proxy_url='http://p:1'" in shown


def test_repr_does_not_ask_a_source_of_credentials() -> None:
    class Other:
        def current(self) -> Credentials:
            return Credentials()

        def refresh(self, rejected: Credentials) -> bool:
            return False

        def __repr__(self) -> str:
            return "s3cr3t"

    assert "credentials=Other" in repr(Config(host="h", credentials=Other()))


def test_default_user_agent_tells_program_system_and_library() -> None:
    pattern = r"[\w.-]+/\S+ \(\w+/\w+\) kubewright/\S+"

    assert re.fullmatch(pattern, default_user_agent())


@pytest.mark.parametrize("host", ["https://a b", "https://a<b", "https://a|b:6443"])
def test_a_host_with_a_character_that_none_has_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="is not a URL"):
        Config(host=host)
