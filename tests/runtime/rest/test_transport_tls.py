"""Whom a client trusts, and that nothing but its config decides it."""

from __future__ import annotations

import os
import ssl
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from kubewright.errors import CertificateError, ConfigError, TransportError
from kubewright.rest.config import Config
from kubewright.rest.credentials import ClientCertificate, Credentials, StaticCredentials
from kubewright.rest.request import Request
from kubewright.rest.transport import RequestsTransport
from tests.runtime.rest.conftest import server_context
from tests.runtime.rest.fakes import FakeClock
from tests.runtime.rest.https_server import Server, serve

GET = Request("GET", "/api/v1/pods")


def _get(config: Config) -> int:
    with RequestsTransport(config) as transport:
        return transport.send(GET).status


def _certificate(leaf: trustme.LeafCert) -> ClientCertificate:
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return ClientCertificate(chain, leaf.private_key_pem.bytes())


def _holding(certificate: ClientCertificate) -> StaticCredentials:
    return StaticCredentials(Credentials(certificate=certificate))


@pytest.fixture
def mutual(ca: trustme.CA) -> Iterator[Server]:
    context = server_context(ca, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca.cert_pem.bytes().decode())
    with serve(context) as server:
        yield server


def test_ca_data_is_trusted(https: Server, ca_pem: bytes) -> None:
    assert _get(Config(host=https.url, ca_data=ca_pem)) == 200


def test_ca_file_with_comments_of_any_alphabet_is_trusted(
    https: Server, ca_pem: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes("# Zürich\n".encode() + ca_pem)

    assert _get(Config(host=https.url, ca_file=str(file))) == 200


def test_server_of_another_ca_is_refused_with_the_reason(https: Server) -> None:
    other = trustme.CA().cert_pem.bytes()

    with pytest.raises(CertificateError, match=r"127\.0\.0\.1:\d+ is not trusted: ") as caught:
        _get(Config(host=https.url, ca_data=other))

    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("own_ca", [True, False], ids=["another ca", "system roots"])
def test_no_variable_adds_a_ca(
    https: Server,
    ca: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    own_ca: bool,
) -> None:
    data = trustme.CA().cert_pem.bytes() if own_ca else None

    with ca.cert_pem.tempfile() as path:
        monkeypatch.setenv(variable, path)
        with pytest.raises(CertificateError):
            _get(Config(host=https.url, ca_data=data))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_variable_takes_the_ca_away(
    https: Server, ca_pem: bytes, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "/nonexistent")

    assert _get(Config(host=https.url, ca_data=ca_pem)) == 200


@pytest.mark.parametrize("content", [b"", b"not a certificate"], ids=["empty", "nonsense"])
def test_ca_without_a_certificate_is_an_error_and_not_the_systems(
    content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes(content)

    with pytest.raises(ConfigError, match="ca_data holds no PEM certificate"):
        RequestsTransport(Config(host="https://h", ca_data=content))
    with pytest.raises(ConfigError, match=r"ca\.crt holds no PEM certificate"):
        RequestsTransport(Config(host="https://h", ca_file=str(file)))


def test_ca_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="cannot read the CA file /nonexistent/ca: No such"):
        RequestsTransport(Config(host="https://h", ca_file="/nonexistent/ca"))


def test_insecure_takes_any_certificate_without_a_warning(https: Server) -> None:
    assert _get(Config(host=https.url, insecure_skip_tls_verify=True)) == 200


def test_certificate_for_another_name_is_refused(ca: trustme.CA, ca_pem: bytes) -> None:
    with serve(server_context(ca, "elsewhere")) as server, pytest.raises(CertificateError):
        _get(Config(host=server.url, ca_data=ca_pem))


def test_tls_server_name_is_asked_for_and_verified(ca: trustme.CA, ca_pem: bytes) -> None:
    with serve(server_context(ca, "elsewhere")) as server:
        config = Config(host=server.url, ca_data=ca_pem, tls_server_name="elsewhere")

        assert _get(config) == 200
        assert server.names == ["elsewhere"]


def test_old_protocols_are_refused(ca: trustme.CA, ca_pem: bytes) -> None:
    context = server_context(ca, "127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serve(context) as server, pytest.raises(CertificateError, match="TLS with"):
        _get(Config(host=server.url, ca_data=ca_pem))


def test_client_certificate_is_shown(mutual: Server, ca: trustme.CA, ca_pem: bytes) -> None:
    leaf = ca.issue_cert("jane@example.com", common_name="jane")
    credentials = _holding(_certificate(leaf))

    assert _get(Config(host=mutual.url, ca_data=ca_pem, credentials=credentials)) == 200
    assert mutual.last.peer is not None
    assert ((("commonName", "jane"),)) in mutual.last.peer["subject"]


def test_missing_client_certificate_is_an_error_of_this_package(
    mutual: Server, ca_pem: bytes
) -> None:
    # a server may close before its alert is read: then the connection is merely lost
    with pytest.raises(TransportError):
        _get(Config(host=mutual.url, ca_data=ca_pem))


def _without_key(good: ClientCertificate) -> ClientCertificate:
    return ClientCertificate(good.cert, b"")


def _without_certificate(good: ClientCertificate) -> ClientCertificate:
    return ClientCertificate(b"", good.key)


def _with_other_key(good: ClientCertificate) -> ClientCertificate:
    other = trustme.CA().issue_cert("x").private_key_pem.bytes()
    return ClientCertificate(good.cert, other)


def _with_encrypted_key(good: ClientCertificate) -> ClientCertificate:
    key = serialization.load_pem_private_key(good.key, None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"s3cr3t"),
    )
    return ClientCertificate(good.cert, encrypted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without_key, "no PEM"),
        (_without_certificate, "no PEM"),
        (_with_other_key, "another certificate"),
        (_with_encrypted_key, "its key is encrypted"),
    ],
    ids=["no key", "no certificate", "mismatch", "encrypted key"],
)
def test_unusable_client_certificate_is_explained_without_the_key(
    https: Server,
    ca: trustme.CA,
    ca_pem: bytes,
    change: Callable[[ClientCertificate], ClientCertificate],
    message: str,
) -> None:
    broken = change(_certificate(ca.issue_cert("jane@example.com")))

    with pytest.raises(ConfigError, match=message) as caught:
        _get(Config(host=https.url, ca_data=ca_pem, credentials=_holding(broken)))

    assert "BEGIN" not in str(caught.value)


def test_no_file_with_a_key_stays(
    https: Server, ca: trustme.CA, ca_pem: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    good = _certificate(ca.issue_cert("jane@example.com"))

    _get(Config(host=https.url, ca_data=ca_pem, credentials=_holding(good)))
    broken = ClientCertificate(good.cert, b"broken")
    with pytest.raises(ConfigError):
        _get(Config(host=https.url, ca_data=ca_pem, credentials=_holding(broken)))

    assert list(tmp_path.rglob("*")) == []


class _Rotating:
    """Gives the certificate that the test put in last."""

    def __init__(self, certificate: ClientCertificate) -> None:
        self.certificate = certificate

    def current(self) -> Credentials:
        return Credentials(certificate=self.certificate)

    def refresh(self, rejected: Credentials) -> bool:
        return False


def test_new_certificate_is_shown_on_a_new_connection(
    mutual: Server, ca: trustme.CA, ca_pem: bytes
) -> None:
    source = _Rotating(_certificate(ca.issue_cert("a@x.org", common_name="first")))
    with RequestsTransport(
        Config(host=mutual.url, ca_data=ca_pem, credentials=source)
    ) as transport:
        transport.send(GET)
        transport.send(GET)
        before = mutual.connections
        source.certificate = _certificate(ca.issue_cert("a@x.org", common_name="second"))
        transport.send(GET)
        transport.send(GET)
    names = [seen.peer["subject"][-1][0][1] for seen in mutual.requests if seen.peer]

    assert (before, mutual.connections) == (1, 2)
    assert names == ["first", "first", "second", "second"]


def test_idle_connection_with_the_old_certificate_is_closed(
    mutual: Server, ca: trustme.CA, ca_pem: bytes
) -> None:
    source = _Rotating(_certificate(ca.issue_cert("a@x.org")))
    config = Config(host=mutual.url, ca_data=ca_pem, credentials=source)
    with RequestsTransport(config) as transport:
        transport.send(GET)
        source.certificate = _certificate(ca.issue_cert("a@x.org"))
        transport.send(GET)

        assert mutual.gone.acquire(timeout=5)
        assert not mutual.gone.acquire(blocking=False)


def test_threads_lose_nothing_when_the_certificate_changes(
    mutual: Server, ca: trustme.CA, ca_pem: bytes
) -> None:
    certificates = [_certificate(ca.issue_cert("a@x.org")) for _ in range(2)]
    source = _Rotating(certificates[0])
    config = Config(host=mutual.url, ca_data=ca_pem, credentials=source)

    def send_many(number: int) -> list[int]:
        statuses: list[int] = []
        for turn in range(10):
            if number == 0:
                source.certificate = certificates[turn % 2]
            statuses.append(transport.send(GET).status)
        return statuses

    with RequestsTransport(config) as transport, ThreadPoolExecutor(4) as threads:
        statuses = [status for each in threads.map(send_many, range(4)) for status in each]

    assert statuses == [200] * 40


def test_closing_closes_idle_connections(https: Server, ca_pem: bytes) -> None:
    transport = RequestsTransport(Config(host=https.url, ca_data=ca_pem))
    transport.send(GET)
    transport.close()

    assert https.gone.acquire(timeout=5)


def test_changed_ca_file_is_read_again_and_a_broken_one_is_not(
    https: Server, ca_pem: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes(ca_pem)
    clock = FakeClock()
    outcomes: list[str] = []
    with RequestsTransport(Config(host=https.url, ca_file=str(file)), clock=clock) as transport:
        for content in (ca_pem, b"broken", trustme.CA().cert_pem.bytes(), ca_pem + b"\n"):
            file.write_bytes(content)
            clock.time += 301
            try:
                outcomes.append(str(transport.send(GET).status))
            except CertificateError:
                outcomes.append("not trusted")

    assert outcomes == ["200", "200", "not trusted", "200"]
    assert len([r for r in caplog.records if "cannot be used" in r.getMessage()]) == 1


def test_a_forked_process_makes_connections_of_its_own(https: Server, ca_pem: bytes) -> None:
    request = Request("GET", "/version")
    with RequestsTransport(Config(host=https.url, ca_data=ca_pem)) as transport:
        transport.send(request)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads
            child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if transport.send(request).status == 200 else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0
        assert transport.send(request).status == 200
    assert https.connections == 2
