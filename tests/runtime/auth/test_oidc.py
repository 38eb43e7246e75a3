"""Tokens of an issuer: when they are refreshed, what is written back, what is an error."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from kubewright import ConfigError
from kubewright.auth import providers
from kubewright.auth.oidc import OIDCSource
from kubewright.auth.providers import ProviderSettings, register_auth_provider
from kubewright.config.editing import edit_kubeconfig
from kubewright.config.loader import load_config
from kubewright.rest.credentials import Credentials, CredentialSource, StaticCredentials
from tests.runtime.rest.https_server import Exchange, Server, serve

NOW = 1_000_000.0


def id_token(ends: float, mark: str = "") -> str:
    claims = json.dumps({"exp": ends, "mark": mark}).encode()
    return f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s"


class Issuer:
    """An issuer whose tokens live for an hour; each refresh token is good for one use."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = f"{server.url}/realm"
        self.forms: list[dict[str, list[str]]] = []
        self.answer: dict[str, Any] | int | None = None
        server.answer = self.reply

    def reply(self, exchange: Exchange) -> None:
        seen = exchange.seen
        if seen.path == "/realm/.well-known/openid-configuration":
            document = {"token_endpoint": f"{self.server.url}/token?tenant=a"}
            exchange.reply(body=json.dumps(document).encode())
            return
        assert (seen.method, seen.path) == ("POST", "/token?tenant=a")
        self.forms.append(parse_qs(seen.body.decode()))
        number = len(self.forms)
        answer: Any = self.answer
        if answer is None:
            token = id_token(NOW + 3600 * (number + 1), str(number))
            answer = {"id_token": token, "refresh_token": f"refresh-{number}"}
        if isinstance(answer, int):
            exchange.reply(answer, b'{"error":"invalid_grant","secret":"refresh-0"}')
        else:
            exchange.reply(body=json.dumps(answer).encode())


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serve() as server:
        yield Issuer(server)


class Harness:
    def __init__(self, issuer: Issuer, **config: str) -> None:
        self.time = NOW
        self.saved: list[Mapping[str, str]] = []
        settings = {
            "idp-issuer-url": issuer.url,
            "client-id": "kubewright",
            "client-secret": "s&=",
            "refresh-token": "refresh-0",
            **{name.replace("_", "-"): value for name, value in config.items()},
        }
        given = {name: value for name, value in settings.items() if value}
        self.source = OIDCSource(given, persist=self.saved.append, now=lambda: self.time)


def test_a_token_is_used_until_shortly_before_its_end(issuer: Issuer) -> None:
    token = id_token(NOW + 60)
    harness = Harness(issuer, id_token=token)
    assert harness.source.current() == Credentials(token=token)
    harness.time = NOW + 49
    assert harness.source.current() is harness.source.current()
    assert issuer.server.requests == []
    harness.time = NOW + 51
    assert harness.source.current() != Credentials(token=token)
    assert len(issuer.forms) == 1


def test_a_refresh_says_who_and_is_written_back(issuer: Issuer) -> None:
    harness = Harness(issuer)
    current = harness.source.current()
    assert issuer.forms == [
        {
            "grant_type": ["refresh_token"],
            "refresh_token": ["refresh-0"],
            "client_id": ["kubewright"],
            "client_secret": ["s&="],
        }
    ]
    assert harness.saved == [{"id-token": current.token, "refresh-token": "refresh-1"}]
    harness.time += 3600 * 2
    harness.source.current()
    assert issuer.forms[1]["refresh_token"] == ["refresh-1"]


def test_many_threads_refresh_once(issuer: Issuer) -> None:
    harness = Harness(issuer)
    found: list[Credentials] = []
    threads = [
        threading.Thread(target=lambda: found.append(harness.source.current())) for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(issuer.forms) == 1
    assert len({each.token for each in found}) == 1


def test_a_rejected_token_is_refreshed_once_for_all(issuer: Issuer) -> None:
    harness = Harness(issuer, id_token=id_token(NOW + 3000))
    rejected = harness.source.current()
    assert harness.source.refresh(rejected)
    assert harness.source.refresh(rejected)
    assert len(issuer.forms) == 1


def test_a_failed_refresh_is_not_repeated_at_once(issuer: Issuer) -> None:
    issuer.answer = 400
    harness = Harness(issuer, id_token=id_token(NOW + 3000))
    rejected = harness.source.current()
    assert not harness.source.refresh(rejected)
    assert not harness.source.refresh(rejected)
    assert len(issuer.forms) == 1
    harness.time += 11
    assert not harness.source.refresh(rejected)
    assert len(issuer.forms) == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (400, "answered with 400: log in again"),
        ({}, "sent no id_token: log in again"),
        ({"id_token": 7}, "sent no id_token"),
        ({"id_token": "a\nb"}, "id-token"),
    ],
)
def test_an_answer_without_a_token_is_an_error(issuer: Issuer, answer: Any, message: str) -> None:
    issuer.answer = answer
    with pytest.raises(ConfigError, match=message) as raised:
        Harness(issuer).source.current()
    assert "refresh-0" not in str(raised.value)


def test_without_a_refresh_token_one_has_to_log_in(issuer: Issuer) -> None:
    harness = Harness(issuer, id_token=id_token(NOW - 1), refresh_token="")
    with pytest.raises(ConfigError, match="there is no refresh-token: log in again"):
        harness.source.current()


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "a.e30.c", "a.W10.c", "a." + "e" * 90000 + ".c"]
)
def test_a_token_that_does_not_say_when_it_ends_is_refreshed(issuer: Issuer, token: str) -> None:
    Harness(issuer, id_token=token).source.current()
    assert len(issuer.forms) == 1


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"client_id": ""}, "client-id is missing"),
        ({"idp_issuer_url": ""}, "idp-issuer-url is missing"),
        ({"idp_certificate_authority_data": "?"}, "no valid base64"),
    ],
)
def test_settings_that_cannot_be_used_are_an_error(
    issuer: Issuer, config: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Harness(issuer, **config)


def test_an_issuer_that_is_no_url_or_not_there_is_an_error(issuer: Issuer) -> None:
    with pytest.raises(ConfigError, match="is not an http or https URL"):
        Harness(issuer, idp_issuer_url="ftp://x").source.current()
    with pytest.raises(ConfigError, match="refuses the connection"):
        Harness(issuer, idp_issuer_url="http://127.0.0.1:9").source.current()


def kubeconfig(path: Path, provider: dict[str, Any]) -> Path:
    with edit_kubeconfig(path) as editor:
        editor.clusters["c"] = {"server": "https://c"}
        editor.users["me"] = {"auth-provider": provider}
        editor.contexts["c"] = {"cluster": "c", "user": "me"}
        editor.use_context("c")
    return path


def test_the_kubeconfig_has_the_new_tokens(issuer: Issuer, tmp_path: Path) -> None:
    settings = {
        "idp-issuer-url": issuer.url,
        "client-id": "k",
        "refresh-token": "refresh-0",
        "extra": "stays",
    }
    path = kubeconfig(tmp_path / "config", {"name": "oidc", "config": settings})
    token = load_config(path).credentials.current().token
    saved = yaml.safe_load(path.read_text())["users"][0]["user"]["auth-provider"]["config"]
    assert saved == {**settings, "id-token": token, "refresh-token": "refresh-1"}


def test_a_kubeconfig_that_cannot_be_written_does_no_harm(
    issuer: Issuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"idp-issuer-url": issuer.url, "client-id": "k", "refresh-token": "refresh-0"}
    path = kubeconfig(tmp_path / "config", {"name": "oidc", "config": settings})
    source = load_config(path).credentials
    path.write_text("clusters: [")
    assert source.current().token
    assert "the new tokens are not saved" in caplog.text


def test_a_program_may_add_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_registered", {})
    seen: list[ProviderSettings] = []

    def mine(settings: ProviderSettings) -> CredentialSource:
        seen.append(settings)
        settings.persist({"last": str(int(time.time()))})
        return StaticCredentials(Credentials(token="mine"))

    register_auth_provider("mine", mine)
    path = kubeconfig(tmp_path / "config", {"name": "mine", "config": {"a": "b"}})
    assert load_config(path).credentials.current().token == "mine"
    assert dict(seen[0].config) == {"a": "b"}
    assert "users[me].user.auth-provider" in seen[0].place
    assert "'b'" not in repr(seen[0])
    saved = yaml.safe_load(path.read_text())["users"][0]["user"]["auth-provider"]["config"]
    assert saved["a"] == "b"
    assert saved["last"]


def test_a_package_may_add_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_registered", {})

    def theirs(settings: ProviderSettings) -> CredentialSource:
        return StaticCredentials(Credentials(token=settings.config["t"]))

    class Entry:
        value = "package:provider"

        def load(self) -> Any:
            return theirs

    class Broken(Entry):
        def load(self) -> Any:
            raise ImportError("no module named x")

    found = {"theirs": Entry(), "broken": Broken()}

    def entry_points(group: str, name: str) -> list[Entry]:
        assert group == providers.ENTRY_POINTS
        return [found[name]] if name in found else []

    monkeypatch.setattr(providers, "entry_points", entry_points)
    path = kubeconfig(tmp_path / "config", {"name": "theirs", "config": {"t": "x"}})
    assert load_config(path).credentials.current().token == "x"
    path = kubeconfig(tmp_path / "other", {"name": "broken"})
    with pytest.raises(
        ConfigError, match="of package:provider cannot be loaded: no module named x"
    ):
        load_config(path)


def test_a_new_token_that_is_over_by_this_clock_is_used_for_a_while(issuer: Issuer) -> None:
    harness = Harness(issuer)
    harness.time = NOW + 10 * 3600  # far ahead of the issuer
    tokens = {harness.source.current().token for _ in range(5)}
    assert len(tokens) == len(issuer.forms) == 1
    harness.time += 60
    harness.source.current()
    assert len(issuer.forms) == 2


@pytest.mark.parametrize("end", ["9" * 400, "NaN", "-1e400", '"soon"', "[]"])
def test_an_end_that_is_none_counts_as_over(issuer: Issuer, end: str) -> None:
    claims = base64.urlsafe_b64encode(f'{{"exp":{end}}}'.encode()).decode()
    harness = Harness(issuer, id_token=f"h.{claims}.s")
    harness.source.current()
    assert len(issuer.forms) == 1


def test_an_endpoint_without_tls_gets_no_token() -> None:
    class Lying(OIDCSource):
        def _sent(self, method: str, url: str, body: bytes | None = None) -> dict[str, Any]:
            assert body is None, "the refresh token was sent"
            return {"token_endpoint": "http://issuer.example/token"}

    settings = {"idp-issuer-url": "https://issuer.example", "client-id": "c"}
    source = Lying({**settings, "refresh-token": "secret"}, persist=print)
    with pytest.raises(ConfigError, match="without TLS") as raised:
        source.current()
    assert "secret" not in str(raised.value)


def test_an_issuer_that_is_no_url_is_an_error_of_the_settings() -> None:
    settings = {"idp-issuer-url": "https://[issuer", "client-id": "c", "refresh-token": "r"}
    with pytest.raises(ConfigError, match="not an http or https URL"):
        OIDCSource(settings, persist=print).current()
