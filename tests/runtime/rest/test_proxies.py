"""Which way a client takes to the server."""

from __future__ import annotations

import base64
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest
import trustme

from kubewright.errors import ConfigError, UnreachableError
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright.rest.proxies import bypasses_proxy, proxy_for
from kubewright.rest.request import Request
from kubewright.rest.transport import RequestsTransport
from tests.runtime.rest.conftest import server_context
from tests.runtime.rest.https_server import Exchange, Server, connect_proxy, pump

GET = Request("GET", "/api/v1/pods")
SECURE = "https://api.example.com:6443"
PLAIN = "http://api.example.com:8080"


@pytest.mark.parametrize(
    ("url", "configured", "environment", "expected"),
    [
        (SECURE, None, {}, None),
        (SECURE, None, {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        (SECURE, None, {"https_proxy": "http://p:1"}, "http://p:1"),
        (
            SECURE,
            None,
            {"HTTPS_PROXY": "http://up:1", "https_proxy": "http://low:1"},
            "http://up:1",
        ),
        (SECURE, None, {"HTTPS_PROXY": "p:1"}, "http://p:1"),
        (SECURE, None, {"HTTP_PROXY": "http://p:1"}, None),
        (SECURE, None, {"ALL_PROXY": "socks5://p:1"}, "socks5://p:1"),
        (PLAIN, None, {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        (PLAIN, None, {"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, None),
        (SECURE, "http://own:1", {"HTTPS_PROXY": "http://p:1"}, "http://own:1"),
        (SECURE, "http://own:1", {"NO_PROXY": "*"}, "http://own:1"),
        (SECURE, None, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.com"}, None),
        (SECURE, None, {"HTTPS_PROXY": "http://p:1", "no_proxy": "example.com"}, None),
        ("https://127.0.0.1", None, {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://localhost", None, {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://[::1]", None, {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://127.0.0.1", "http://own:1", {}, "http://own:1"),
    ],
)
def test_the_configured_proxy_then_the_environments(
    url: str, configured: str | None, environment: dict[str, str], expected: str | None
) -> None:
    assert proxy_for(url, configured, environment) == expected


@pytest.mark.parametrize(
    ("host", "no_proxy", "expected"),
    [
        ("a.example.com", "example.com", True),
        ("example.com", "example.com", True),
        ("EXAMPLE.com", "Example.COM", True),
        ("notexample.com", "example.com", False),
        ("a.example.com", ".example.com", True),
        ("example.com", ".example.com", False),
        ("a.example.com", "*.example.com", True),
        ("a.example.com", " x , example.com ", True),
        ("a.example.com", "example.com:443", True),
        ("a.example.com", "example.com:6443", False),
        ("a.example.com", "*", True),
        ("a.example.com", "", False),
        ("a.example.com", ",,", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:80", False),
        ("10.1.2.3", "1.2.3", False),
        ("[fd00::1]", "fd00::/8", True),
        ("[fd00::1]", "[fd00::1]:443", True),
        ("[fd00::1]", "fd00::1", True),
        ("[fd00::1]", "10.0.0.0/8", False),
        ("a.example.com", "10.0.0.0/8", False),
        ("10.1.2.3", "10.0.0.0/99", False),
    ],
)
def test_no_proxy(host: str, no_proxy: str, expected: bool) -> None:
    assert bypasses_proxy(f"https://{host}", no_proxy) is expected


@pytest.mark.parametrize(
    "url", ["ftp://u:s3cr3t@p:1", "http://", "http://u:s3cr3t@p:x", "socks4://p"]
)
def test_proxy_that_is_none_is_an_error_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="is no proxy: it takes") as caught:
        RequestsTransport(Config(host=SECURE, proxy_url=url))

    assert "s3cr3t" not in str(caught.value)


def test_socks_without_pysocks_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(_name: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", find_nothing)

    with pytest.raises(ConfigError, match=r"socks5://p:1 needs PySocks: pip install 'kubewright"):
        RequestsTransport(Config(host=SECURE, proxy_url="socks5://u:s3cr3t@p:1"))


@pytest.mark.parametrize("over_tls", [False, True], ids=["http", "https"])
def test_tunnel_shows_the_proxy_its_user_and_nothing_of_the_request(
    https: Server, ca: trustme.CA, ca_pem: bytes, over_tls: bool
) -> None:
    tls = server_context(ca, "127.0.0.1") if over_tls else None
    expected = "Basic " + base64.b64encode(b"jane:p@ss").decode()
    with connect_proxy(tls, auth=expected) as proxy:
        url = proxy.url.replace("://", "://jane:p%40ss@")
        config = Config(
            host=https.url,
            ca_data=ca_pem,
            proxy_url=url,
            credentials=StaticCredentials(Credentials(token="s3cr3t")),
        )
        with RequestsTransport(config) as transport:
            status = transport.send(GET).status
            with transport.stream(GET) as stream:
                stream.read()

    assert status == 200
    assert [(s.method, s.path) for s in proxy.requests] == [("CONNECT", f"127.0.0.1:{https.port}")]
    assert "s3cr3t" not in str(proxy.last.headers)
    assert "Proxy-Authorization" not in https.last.headers
    assert https.last.headers["Authorization"] == "Bearer s3cr3t"


@pytest.mark.parametrize("over_tls", [False, True], ids=["http", "https"])
def test_closing_a_stream_through_a_proxy_wakes_its_reader(
    https: Server, ca: trustme.CA, ca_pem: bytes, over_tls: bool
) -> None:
    tls = server_context(ca, "127.0.0.1") if over_tls else None

    def answer(exchange: Exchange) -> None:
        exchange.start_chunks()
        exchange.chunk(b"a\n")
        https.over.wait(10)

    https.answer = answer
    with connect_proxy(tls) as proxy:
        config = Config(host=https.url, ca_data=ca_pem, proxy_url=proxy.url)
        with RequestsTransport(config) as transport:
            stream = transport.stream(GET)
            got: list[bytes] = []
            first = threading.Event()

            def read() -> None:
                for line in stream.lines():
                    got.append(line)
                    first.set()

            reader = threading.Thread(target=read, daemon=True)
            reader.start()
            assert first.wait(5)
            stream.close()
            reader.join(1)

            assert (reader.is_alive(), got) == (False, [b"a"])


def test_proxy_that_wants_a_user_is_an_error_that_says_so(https: Server, ca_pem: bytes) -> None:
    with connect_proxy(auth="Basic x") as proxy:
        url = proxy.url.replace("://", "://jane:s3cr3t@")
        config = Config(host=https.url, ca_data=ca_pem, proxy_url=url)
        with RequestsTransport(config) as transport, pytest.raises(UnreachableError) as caught:
            transport.send(GET)

    assert "407" in str(caught.value)
    assert f"(through {proxy.url})" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_proxy_that_is_not_there_is_named(https: Server, ca_pem: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    config = Config(host=https.url, ca_data=ca_pem, proxy_url=f"http://127.0.0.1:{port}")

    with RequestsTransport(config) as transport, pytest.raises(UnreachableError) as caught:
        transport.send(GET)

    assert "refuses the connection" in str(caught.value)
    assert f"(through http://127.0.0.1:{port})" in str(caught.value)


def test_plain_http_is_forwarded() -> None:
    with connect_proxy() as proxy:
        config = Config(host="http://api.invalid:8080", proxy_url=proxy.url)
        with RequestsTransport(config) as transport:
            body = transport.send(GET).body

    assert body == b'{"forwarded":"api.invalid:8080"}'
    assert proxy.last.path == "http://api.invalid:8080/api/v1/pods"


@contextmanager
def _socks5(target: int) -> Generator[tuple[int, list[bytes]]]:
    """A socks5 server that connects to one port whatever is asked, and remembers the names."""
    names: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client, client.makefile("rb") as reader:
                reader.read(reader.read(2)[1])
                client.sendall(b"\x05\x00")
                assert reader.read(4) == b"\x05\x01\x00\x03"
                names.append(reader.read(reader.read(1)[0]))
                reader.read(2)
                client.sendall(b"\x05\x00\x00\x01" + b"\x00" * 4 + struct.pack(">H", target))
                with socket.create_connection(("127.0.0.1", target)) as upstream:
                    threading.Thread(target=pump, args=(upstream, client), daemon=True).start()
                    pump(client, upstream)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], names
        thread.join(5)


def test_socks5_proxy_looks_the_name_up_itself(https: Server, ca_pem: bytes) -> None:
    with _socks5(https.port) as (port, names):
        config = Config(
            host=f"https://kubernetes:{https.port}",
            ca_data=ca_pem,
            proxy_url=f"socks5://127.0.0.1:{port}",
        )
        with RequestsTransport(config) as transport:
            status = transport.send(GET).status

    assert (status, names) == (200, [b"kubernetes"])
