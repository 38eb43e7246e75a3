"""Client certificates that are replaced while a client lives."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from kubewright.auth.certificates import CertificateSource, PEMSource
from kubewright.auth.combined import CombinedSource
from kubewright.errors import ConfigError
from kubewright.rest.credentials import ClientCertificate, Credentials, StaticCredentials


@pytest.fixture(scope="module")
def pairs() -> list[ClientCertificate]:
    """Two certificates, each with its own key."""
    ca = trustme.CA()
    certs = [ca.issue_cert("me@example.org") for _ in range(2)]
    return [
        ClientCertificate(c.cert_chain_pems[0].bytes(), c.private_key_pem.bytes()) for c in certs
    ]


class Files:
    """A certificate and its key in files, and a clock."""

    def __init__(self, folder: Path, pair: ClientCertificate) -> None:
        self.cert = folder / "tls.crt"
        self.key = folder / "tls.key"
        self.now = 0.0
        self.write(pair)
        self.source = CertificateSource(
            cert=PEMSource(file=str(self.cert)),
            key=PEMSource(file=str(self.key)),
            clock=lambda: self.now,
        )

    def write(self, pair: ClientCertificate) -> None:
        for path, content in ((self.cert, pair.cert), (self.key, pair.key)):
            new = path.with_suffix(".new")
            new.write_bytes(content)
            new.replace(path)


@pytest.fixture
def files(tmp_path: Path, pairs: list[ClientCertificate]) -> Files:
    return Files(tmp_path, pairs[0])


def test_a_new_pair_is_noticed_after_a_second(files: Files, pairs: list[ClientCertificate]) -> None:
    found = [files.source.current().certificate]
    files.write(pairs[1])
    files.now += 0.5
    found.append(files.source.current().certificate)
    files.now += 0.5
    found.append(files.source.current().certificate)

    assert found == [pairs[0], pairs[0], pairs[1]]


def test_files_that_did_not_change_give_the_same_value(files: Files) -> None:
    first = files.source.current()
    files.now += 10

    assert files.source.current() is first


def test_half_of_a_new_pair_is_not_used(
    files: Files, pairs: list[ClientCertificate], caplog: pytest.LogCaptureFixture
) -> None:
    files.source.current()
    files.cert.write_bytes(pairs[1].cert)
    files.now += 1

    assert files.source.current().certificate == pairs[0]
    assert "do not go together (KEY_VALUES_MISMATCH)" in caplog.text


def test_a_pair_that_vanished_stays_in_use(
    files: Files, pairs: list[ClientCertificate], caplog: pytest.LogCaptureFixture
) -> None:
    files.source.current()
    files.key.unlink()
    files.now += 1

    assert files.source.current().certificate == pairs[0]
    assert f"cannot read {files.key}" in caplog.text


def test_a_rejected_certificate_is_looked_up_at_once(
    files: Files, pairs: list[ClientCertificate]
) -> None:
    rejected = files.source.current()
    unchanged = files.source.refresh(rejected)
    files.write(pairs[1])

    assert (unchanged, files.source.refresh(rejected)) == (False, True)
    assert files.source.current().certificate == pairs[1]


def test_data_goes_before_a_file(pairs: list[ClientCertificate]) -> None:
    source = CertificateSource(
        cert=PEMSource(data=pairs[0].cert, file="/not/there"),
        key=PEMSource(data=pairs[0].key, file="/not/there"),
    )

    assert source.current() == Credentials(certificate=pairs[0])


_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
_OLD_ENCRYPTED = (
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,B\n\nAAAA\n"
    b"-----END RSA PRIVATE KEY-----\n"
)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("tls.crt", b"", "no client certificate (PEM) in", id="empty certificate"),
        pytest.param("tls.crt", b"\x30\x82", "no client certificate (PEM) in", id="DER"),
        pytest.param("tls.key", b"hunter2", "no client key (PEM) in", id="no key"),
        pytest.param("tls.key", _ENCRYPTED, "is encrypted: store it without a", id="encrypted"),
        pytest.param("tls.key", _OLD_ENCRYPTED, "is encrypted: store it", id="encrypted, old form"),
        pytest.param(
            "tls.crt",
            b"-----BEGIN CERTIFICATE-----\nhunter2!\n-----END CERTIFICATE-----",
            "is damaged: no valid base64",
            id="damaged",
        ),
        pytest.param(
            "tls.crt",
            b"-----BEGIN CERTIFICATE-----\n" * 100_000,
            "no client certificate (PEM) in",
            id="endless beginnings",
        ),
    ],
)
def test_what_is_no_pair_is_named_by_its_file(
    files: Files, name: str, content: bytes, message: str
) -> None:
    path = files.cert.with_name(name)
    path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        files.source.current()

    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_sources_combine_part_by_part(files: Files, pairs: list[ClientCertificate]) -> None:
    token = StaticCredentials(Credentials(token="t"))
    source = CombinedSource(token, files.source)

    first = source.current()

    assert first == Credentials(token="t", certificate=pairs[0])
    assert source.current() is first
    assert not source.refresh(first)


def test_a_combination_changes_with_any_of_its_parts(
    files: Files, pairs: list[ClientCertificate]
) -> None:
    source = CombinedSource(StaticCredentials(Credentials(token="t")), files.source)
    rejected = source.current()
    files.write(pairs[1])

    assert source.refresh(rejected)
    assert source.current() == Credentials(token="t", certificate=pairs[1])


def test_no_repr_shows_a_key(pairs: list[ClientCertificate]) -> None:
    source = CertificateSource(cert=PEMSource(data=pairs[0].cert), key=PEMSource(data=pairs[0].key))

    assert "PRIVATE" not in repr(source) + repr(source.current()) + repr(CombinedSource(source))
