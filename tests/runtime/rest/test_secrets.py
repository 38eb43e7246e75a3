"""No credential is seen anywhere but in the header it belongs into."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace

import pytest
import trustme

from kubewright.errors import KubeError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import ClientCertificate, Credentials, StaticCredentials
from kubewright.rest.request import Request
from tests.runtime.rest.https_server import Answer, Exchange, Server, connect_proxy

SECRET = "s3cr3t"


def _forbid(exchange: Exchange) -> None:
    exchange.reply(401, b"no", Content_Type="text/plain")


def _hang_up(exchange: Exchange) -> None:
    exchange.hang_up()


def _keep_silent(exchange: Exchange) -> None:
    exchange.owner.over.wait(5)


def _welcome(exchange: Exchange) -> None:
    exchange.reply()


def _everything_of(error: BaseException | None) -> str:
    """Return all that an error, its causes and what they hold would show to a curious logger."""
    shown: list[str] = []
    while error is not None:
        shown += [repr(error), str(error), repr(vars(error))]
        # such as the request that an exception of requests carries
        shown += [repr(getattr(value, "__dict__", None)) for value in vars(error).values()]
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


_CREDENTIALS = {
    "token": Credentials(token=SECRET),
    "password": Credentials(username="jane", password=SECRET),
    "broken token": Credentials(token=f"{SECRET}\nX"),
}
_ANSWERS = {"welcome": _welcome, "401": _forbid, "hang up": _hang_up, "silence": _keep_silent}


@pytest.fixture
def jane(ca: trustme.CA) -> ClientCertificate:
    leaf = ca.issue_cert("jane@example.com")
    return ClientCertificate(leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())


@pytest.mark.parametrize(
    "how",
    [
        pytest.param((c, a), id=f"{x}, {y}")
        for x, c in _CREDENTIALS.items()
        for y, a in _ANSWERS.items()
    ],
)
@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxy"])
def test_credentials_are_in_no_log_error_or_repr(
    how: tuple[Credentials, Answer],
    proxied: bool,
    caplog: pytest.LogCaptureFixture,
    https: Server,
    jane: ClientCertificate,
) -> None:
    caplog.set_level(logging.DEBUG)
    credentials, https.answer = how
    source = StaticCredentials(replace(credentials, certificate=jane))
    seen: list[str] = []
    with connect_proxy() as proxy:
        proxy_url = proxy.url.replace("://", f"://u:{SECRET}@") if proxied else None
        config = Config(
            host=https.url,
            insecure_skip_tls_verify=True,
            credentials=source,
            proxy_url=proxy_url,
            max_retries=0,
        )
        with RESTClient.for_config(config) as client:
            seen += [repr(config), repr(client), repr(client.transport), repr(source)]
            for call in (client.send, client.stream):
                try:
                    call(Request("GET", "/api/v1/pods", timeout=0.2))
                except KubeError as error:
                    seen += [_everything_of(error), "".join(traceback.format_exception(error))]
    seen += [record.getMessage() for record in caplog.records]

    assert [text for text in seen if SECRET in text or jane.key.decode()[100:150] in text] == []
    assert any("urllib3" in record.name for record in caplog.records) is (
        "\n" not in (credentials.token or "")
    )
