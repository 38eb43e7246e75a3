"""What goes over the wire, and what becomes of what comes back."""

from __future__ import annotations

import base64
import gzip
import logging
import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kubewright import errors
from kubewright.errors import ConfigError, ConnectionLostError, RequestTimeoutError
from kubewright.rest.config import Config, Impersonation
from kubewright.rest.credentials import Credentials, CredentialSource, StaticCredentials
from kubewright.rest.request import Method, Request
from kubewright.rest.transport import RequestsTransport
from tests.runtime.rest.https_server import Answer, Exchange, Server

GET = Request("GET", "/api/v1/pods")


def _with(
    *, token: str | None = None, username: str | None = None, password: str | None = None
) -> StaticCredentials:
    return StaticCredentials(Credentials(token=token, username=username, password=password))


def _transport(server: Server, credentials: CredentialSource | None = None) -> RequestsTransport:
    return RequestsTransport(
        Config(host=server.url, credentials=credentials or _with(), user_agent="tester/1")
    )


def test_get_sends_these_headers_and_no_others(http: Server) -> None:
    with _transport(http, _with(token="s3cr3t")) as transport:
        transport.send(
            Request("GET", "/api/v1/pods", query=[("limit", "5"), ("labelSelector", "a=b,c")])
        )

    assert http.last.path == "/api/v1/pods?limit=5&labelSelector=a%3Db%2Cc"
    assert dict(http.last.headers.items()) == {
        "Host": f"127.0.0.1:{http.port}",
        "Accept-Encoding": "identity",
        "User-Agent": "tester/1",
        "Accept": "application/json",
        "Authorization": "Bearer s3cr3t",
    }


def test_body_goes_with_its_type_and_length(http: Server) -> None:
    patch = Request(
        "PATCH", "/api/v1/x", body=b'{"a":1}', content_type="application/merge-patch+json"
    )
    with _transport(http) as transport:
        transport.send(patch)

    sent = http.last
    assert (sent.method, sent.body) == ("PATCH", b'{"a":1}')
    assert sent.headers["Content-Type"] == "application/merge-patch+json"
    assert sent.headers["Content-Length"] == "7"


def test_path_of_the_host_goes_in_front(http: Server) -> None:
    with RequestsTransport(Config(host=f"{http.url}/k8s/c-1/")) as transport:
        transport.send(GET)

    assert http.last.path == "/k8s/c-1/api/v1/pods"


@pytest.mark.parametrize("status", [200, 404, 500])
def test_answer_of_any_status_comes_back_whole(http: Server, status: int) -> None:
    http.answer = lambda exchange: exchange.reply(status, b"text", X_Some="1")
    with _transport(http) as transport:
        response = transport.send(GET)

    assert (response.status, response.body, response.headers["x-sOME"]) == (status, b"text", "1")


def test_basic_credentials(http: Server) -> None:
    with _transport(http, _with(username="jane", password="p:ä")) as transport:
        transport.send(GET)

    expected = base64.b64encode("jane:p:ä".encode()).decode()
    assert http.last.headers["Authorization"] == f"Basic {expected}"


def test_given_authorization_is_left_alone(http: Server) -> None:
    request = Request("GET", "/x", headers={"authorization": "Negotiate x"})
    with _transport(http, _with(token="s3cr3t")) as transport:
        transport.send(request)

    assert http.last.headers.get_all("Authorization") == ["Negotiate x"]


def test_netrc_is_not_read(http: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with _transport(http) as transport:
        transport.send(GET)

    assert "Authorization" not in http.last.headers


def test_impersonation_headers(http: Server) -> None:
    config = Config(
        host=http.url,
        impersonate=Impersonation(
            user="jäne",
            uid="7",
            groups=["a", "b"],
            extra={"acme.com/Scopes 100%": ["x", "y"], "%20": ["z"]},
        ),
    )
    with RequestsTransport(config) as transport:
        transport.send(GET)
    sent = [(k, v) for k, v in http.last.headers.items() if k.startswith("Impersonate")]

    assert sent == [
        ("Impersonate-User", "jäne".encode().decode("latin-1")),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-acme.com%2FScopes%20100%25", "x"),
        ("Impersonate-Extra-acme.com%2FScopes%20100%25", "y"),
        ("Impersonate-Extra-%2520", "z"),
    ]


def test_gzip_is_asked_for_only_where_configured_and_undone(http: Server) -> None:
    http.answer = lambda exchange: exchange.reply(
        body=gzip.compress(b"x" * 100_000), Content_Encoding="gzip"
    )
    with RequestsTransport(Config(host=http.url, compression=True)) as transport:
        assert transport.send(GET).body == b"x" * 100_000
        with transport.stream(GET) as stream:
            assert b"".join(stream.chunks()) == b"x" * 100_000

    assert http.last.headers["Accept-Encoding"] == "gzip"


def test_connection_is_used_again(http: Server) -> None:
    with _transport(http) as transport:
        for _ in range(3):
            transport.send(GET)

    assert http.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_connection_that_the_server_closed_while_idle_is_replaced(
    http: Server, method: Method
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.reply()
        exchange.close_connection = True

    http.answer = answer
    with _transport(http) as transport:
        for _ in range(3):
            assert transport.send(Request(method, "/x")).status == 200
            assert http.gone.acquire(timeout=5)

    assert http.connections == 3


class _Renewing:
    """Has a second token, which a 401 brings out."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self.rejected: list[str | None] = []

    def current(self) -> Credentials:
        return Credentials(token=self.tokens[0])

    def refresh(self, rejected: Credentials) -> bool:
        self.rejected.append(rejected.token)
        if len(self.tokens) == 1:
            return False
        self.tokens.pop(0)
        return True


def _accept(token: str) -> Answer:
    def answer(exchange: Exchange) -> None:
        good = exchange.headers["Authorization"] == f"Bearer {token}"
        exchange.reply(200 if good else 401)

    return answer


@pytest.mark.parametrize("streamed", [False, True], ids=["send", "stream"])
@pytest.mark.parametrize(
    ("tokens", "status", "rejected"),
    [
        (["good"], 200, []),
        (["old", "good"], 200, ["old"]),
        (["old", "older", "good"], 401, ["old"]),
        (["old"], 401, ["old"]),
    ],
    ids=["accepted", "renewed", "once only", "no other"],
)
def test_rejected_request_is_sent_once_more_with_other_credentials(
    http: Server, tokens: list[str], status: int, rejected: list[str], streamed: bool
) -> None:
    http.answer = _accept("good")
    source = _Renewing(tokens)
    post = Request("POST", "/x", body=b"{}")
    with _transport(http, source) as transport:
        got = transport.stream(post).status if streamed else transport.send(post).status

    assert (got, source.rejected) == (status, rejected)
    assert [seen.body for seen in http.requests] == [b"{}"] * (1 + (len(tokens) > 1))
    assert http.connections == 1


def _redirect_to(location: str) -> Answer:
    def answer(exchange: Exchange) -> None:
        if exchange.path == "/moved?a=b":
            exchange.reply(body=b"here")
        else:
            exchange.reply(302, Location=location)

    return answer


@pytest.mark.parametrize(
    ("method", "location", "expected"),
    [
        ("GET", "/moved?a=b", (200, b"here")),
        ("POST", "/moved?a=b", (302, b"{}")),
        ("GET", "http://elsewhere.invalid/moved?a=b", (302, b"{}")),
        ("GET", "/round", (302, b"{}")),
        ("GET", "http://[", (302, b"{}")),
    ],
    ids=["same server", "not a GET", "another server", "for ever", "nonsense"],
)
def test_redirects_stay_on_the_server(
    http: Server, method: str, location: str, expected: tuple[int, bytes]
) -> None:
    http.answer = _redirect_to(location)
    with _transport(http) as transport:
        response = transport.send(Request("GET" if method == "GET" else "POST", "/x"))

    assert (response.status, response.body) == expected
    assert len(http.requests) <= 11


def test_nobody_listening_is_a_refusal_that_sent_nothing() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    with (
        RequestsTransport(Config(host=f"http://127.0.0.1:{port}")) as transport,
        pytest.raises(errors.RefusedError) as caught,
    ):
        transport.send(GET)

    assert str(caught.value) == f"GET /api/v1/pods: 127.0.0.1:{port} refuses the connection"
    assert not caught.value.may_have_reached
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_hanging_up_is_a_lost_connection(http: Server) -> None:
    http.answer = lambda exchange: exchange.hang_up()
    with _transport(http) as transport, pytest.raises(ConnectionLostError) as caught:
        transport.send(GET)

    assert caught.value.may_have_reached


def _cut_length(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.send_header("Content-Length", "100")
    exchange.end_headers()
    exchange.wfile.write(b"only this")
    exchange.hang_up()


def _cut_chunks(exchange: Exchange) -> None:
    exchange.start_chunks()
    exchange.chunk(b"only this\n")
    exchange.wfile.write(b"5\r\nab")
    exchange.hang_up()


@pytest.mark.parametrize("answer", [_cut_length, _cut_chunks], ids=["length", "chunks"])
def test_answer_that_breaks_off_is_not_taken_for_whole(http: Server, answer: Answer) -> None:
    http.answer = answer
    with _transport(http) as transport:
        with pytest.raises(ConnectionLostError, match="before its answer was complete"):
            transport.send(GET)
        with transport.stream(GET) as stream, pytest.raises(ConnectionLostError):
            list(stream.chunks())


def test_answer_that_never_comes_times_out(http: Server) -> None:
    def keep_silent(_exchange: Exchange) -> None:
        http.over.wait(5)

    http.answer = keep_silent
    with _transport(http) as transport:
        with pytest.raises(RequestTimeoutError, match="no answer from "):
            transport.send(Request("GET", "/x", timeout=0.05))
        with pytest.raises(RequestTimeoutError):
            transport.stream(Request("GET", "/x", timeout=0.05))


def test_answer_that_trickles_does_not_outlive_the_timeout(http: Server) -> None:
    def trickle(exchange: Exchange) -> None:
        exchange.start_chunks()
        while not http.over.wait(0.02):
            exchange.chunk(b"x")

    http.answer = trickle
    with _transport(http) as transport, pytest.raises(RequestTimeoutError):
        transport.send(Request("GET", "/x", timeout=0.2))


@pytest.mark.parametrize(
    "token", ["s3cr3t\nx", "s3cr3t\r\nX: y", " s3cr3t", "s3cr3t ", "s3cr3t\x00", "s3cr3t\n"]
)
def test_token_that_no_header_can_carry_is_an_error_without_it(http: Server, token: str) -> None:
    with (
        _transport(http, _with(token=token)) as transport,
        pytest.raises(ConfigError, match="the token has a character") as caught,
    ):
        transport.send(GET)

    assert "s3cr3t" not in str(caught.value)


def test_token_and_password_together_are_an_error(http: Server) -> None:
    both = _with(token="t", username="u")
    with _transport(http, both) as transport, pytest.raises(ConfigError, match="use one of them"):
        transport.send(GET)


def test_more_connections_than_are_kept_are_no_news(
    http: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def wait(exchange: Exchange) -> None:
        exchange.start_chunks()
        exchange.chunk(b"x")
        http.over.wait(5)

    http.answer = wait
    caplog.set_level(logging.WARNING)
    with RequestsTransport(Config(host=http.url, max_idle_connections=1)) as transport:
        streams = [transport.stream(GET) for _ in range(5)]
        http.answer = lambda exchange: exchange.reply()
        for _ in range(3):
            transport.send(GET)
        for stream in streams:
            stream.close()

    assert http.connections == 6
    assert caplog.records == []


def test_closed_transport_says_so(http: Server) -> None:
    transport = _transport(http)
    transport.close()

    with pytest.raises(errors.StoppedError, match="is closed"):
        transport.send(GET)
